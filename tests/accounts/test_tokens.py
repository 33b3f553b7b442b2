"""Keys for programs: shown once, kept as a hash, never stronger or older than said."""

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from ops_portal.accounts.secrets import hash_token
from ops_portal.accounts.token_operations import add_token
from ops_portal.accounts.words import ROLE_HELP, ROLES, SCOPES
from ops_portal.core.clock import now
from ops_portal.core.errors import ForbiddenError, RefusedError
from ops_portal.core.permissions import Permission, Role
from ops_portal.core.tenancy import Scope
from tests.accounts.browsing import audited, change, rows, words_of
from tests.portal import acting

READ = Permission.CARE_TICKETS_READ.value


def make(browser, *, days=30, **changes):
    usual = {"name": "Nightly report", "scopes": [READ]}
    today = now().astimezone(ZoneInfo("Europe/Brussels")).date()
    usual["expires_on"] = (today + timedelta(days=days)).isoformat()
    return browser.send("/account/tokens", {**usual, **changes})


def token_in(answer):
    return re.search(r">(ac_[\w-]{20,})<", answer.text)[1]


def call(app, token, path="/api/v1/tickets"):
    return app.test_client().get(path, headers={"Authorization": f"Bearer {token}"})


def test_a_token_is_shown_once_and_kept_as_a_hash(app, world, browse):
    browser = browse(world.representative)
    token = token_in(make(browser))
    again = browser.get("/account/tokens").text
    assert token not in again
    assert token[:9] in again
    stored = rows(app, "SELECT token_hash, prefix, scopes FROM api_tokens")
    assert stored == [(hash_token(token), token[:9], [READ])]
    assert audited(app, world.home.customer_id)[-1] == "token.add"
    assert not any(token in str(row) for row in rows(app, "SELECT after FROM audit_entries"))


def test_a_token_opens_what_its_scopes_say(app, world, browse):
    token = token_in(make(browse(world.representative)))
    assert call(app, token).status_code == 200
    assert call(app, f"{token}x").status_code == 401
    used = rows(app, "SELECT last_used_at IS NOT NULL FROM api_tokens")
    assert used == [(True,)]


def test_a_token_is_no_login(app, world, browse):
    token = token_in(make(browse(world.representative)))
    assert call(app, token, "/people").status_code == 303


def test_a_token_loses_what_its_owner_loses(app, world, browse):
    token = token_in(make(browse(world.representative)))
    change(app, "UPDATE memberships SET role = 'access_owner' WHERE user_id = :id",
           id=world.representative.user_id)  # fmt: skip
    assert call(app, token).status_code == 403


def test_a_token_of_a_scope_that_was_given_up_still_works(app, world, browse):
    token = token_in(make(browse(world.representative)))
    change(app, """UPDATE api_tokens SET scopes = scopes || '["care:past:read"]'::jsonb""")
    assert call(app, token).status_code == 200


@pytest.mark.parametrize("column", ["expires_at", "revoked_at"])
def test_an_ended_token_opens_nothing(app, world, browse, column):
    token = token_in(make(browse(world.representative)))
    change(app, f"UPDATE api_tokens SET {column} = now() - interval '1 second'")  # noqa: S608
    assert call(app, token).status_code == 401


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"days": 0}, "Choose a day from tomorrow"),
        ({"days": 366}, "Choose a day from tomorrow"),
        ({"expires_on": ""}, "Choose a day."),
        ({"expires_on": "9999-12-31"}, "Choose a day from tomorrow"),
        ({"name": ""}, "Type a name."),
        ({"scopes": []}, "Choose at least one thing"),
        ({"scopes": ["desk:tickets:read"]}, "valid choice"),
        ({"scopes": ["self:account:use"]}, "valid choice"),
        ({"scopes": ["api:tokens:manage"]}, "valid choice"),
    ],
)
def test_what_no_token_may_be(app, world, browse, changes, sentence):
    refused = make(browse(world.representative), **changes)
    assert refused.status_code == 422
    assert sentence in words_of(refused)
    assert rows(app, "SELECT count(*) FROM api_tokens") == [(0,)]


def test_a_year_is_allowed(world, browse):
    assert token_in(make(browse(world.representative), days=365))


@pytest.mark.parametrize("lasting", [timedelta(0), timedelta(days=-1), timedelta(days=367)])
def test_the_operation_refuses_ends_itself(app, world, lasting):
    actor = world.representative.actor
    with acting(app, Scope.customers(actor.customer_id, actor=actor)):
        scopes = [Permission.CARE_TICKETS_READ]
        with pytest.raises(RefusedError):
            add_token(actor, "x", scopes, expires_at=now() + lasting, now=now())


def test_the_operation_refuses_more_than_the_owner_may(app, world):
    actor = world.representative.actor
    with (
        acting(app, Scope.customers(actor.customer_id, actor=actor)),
        pytest.raises(ForbiddenError),
    ):
        add_token(actor, "x", [Permission.DESK_READ], expires_at=now(), now=now())


def test_a_token_is_revoked(app, world, browse):
    browser = browse(world.representative)
    token = token_in(make(browser))
    ((number,),) = rows(app, "SELECT id FROM api_tokens")
    path = f"/account/tokens/{number}/revoke"
    assert browser.send(path, page="/account/tokens").status_code == 303
    assert call(app, token).status_code == 401
    assert "revoked" in words_of(browser.get("/account/tokens"))
    assert browser.send(path, page="/account/tokens").status_code == 404


@pytest.mark.parametrize("who", ["broker", "stranger", "agent"])
def test_nobody_revokes_the_token_of_somebody_else(app, world, browse, who):
    make(browse(world.representative))
    ((number,),) = rows(app, "SELECT id FROM api_tokens")
    other = getattr(world, who)
    answer = browse(other).send(f"/account/tokens/{number}/revoke", page="/account/tokens")
    assert answer.status_code == 404
    assert rows(app, "SELECT revoked_at FROM api_tokens") == [(None,)]
    assert "Nightly report" not in browse(other).get("/account/tokens").text


@pytest.mark.parametrize(
    ("who", "status"), [("access_owner", 403), ("manager", 200), ("clerk", 200)]
)
def test_tokens_are_for_those_who_may(world, browse, who, status):
    assert browse(world.personas()[who]).get("/account/tokens").status_code == status
    is_offered = "/account/tokens" in browse(world.personas()[who]).get("/account").text
    assert is_offered == (status == 200)


def test_sending_the_form_twice_makes_one_token(app, world, browse):
    browser = browse(world.representative)
    data = {**browser.keys("/account/tokens"), "name": "x", "scopes": [READ]}
    data["expires_on"] = (now().date() + timedelta(days=9)).isoformat()
    answers = [browser.client.post("/account/tokens", data=data) for _ in range(2)]
    assert [a.status_code for a in answers] == [200, 409]
    assert rows(app, "SELECT count(*) FROM api_tokens") == [(1,)]


def test_every_permission_and_role_has_a_word():
    assert set(SCOPES) == set(Permission)
    assert set(ROLES) == set(ROLE_HELP) == set(Role)


def test_a_token_can_be_made_for_every_address_of_the_api(app):
    """Each permission that a route of the API asks for is offered as a scope."""
    asked = {
        permission
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/")
        for permission in getattr(app.view_functions[rule.endpoint], "permissions", ())
    }
    assert asked
    assert asked <= SCOPES.keys()
