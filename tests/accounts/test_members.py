"""Who may do what: roles change at once, access ends at once, and nobody reaches other tenants."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from ops_portal.accounts import member_operations, people_queries
from ops_portal.accounts.models import Customer
from ops_portal.accounts.operations import add_membership, add_user
from ops_portal.accounts.token_operations import add_token
from ops_portal.core.clock import now
from ops_portal.core.errors import RefusedError
from ops_portal.core.permissions import Permission, Role
from ops_portal.core.tenancy import Scope
from tests.accounts.browsing import audited, change, rows, words_of
from tests.factories import MONDAY, person
from tests.portal import acting


def roles_of(app, person_, customer_id):
    query = """SELECT role FROM memberships WHERE user_id = :user AND customer_id = :customer
               AND ended_at IS NULL ORDER BY role"""
    found = rows(app, query, user=person_.user_id, customer=customer_id)
    return [role for (role,) in found]


def change_roles(browser, user_id, *roles, at="/people"):
    return browser.send(f"{at}/{user_id}", {"roles": list(roles)})


def end_access(browser, user_id, at="/people"):
    return browser.send(f"{at}/{user_id}/end", page=f"{at}/{user_id}")


@pytest.fixture
def second(app, world):
    """Return a second representative of `home`."""
    with acting(app) as session:
        home = session.get_one(Customer, world.home.customer_id)
        return person("Second representative", (home, Role.REPRESENTATIVE))


def test_the_list_shows_the_own_people_only(world, browse):
    page = words_of(browse(world.representative).get("/people"))
    assert world.representative.email in page
    assert world.access_owner.email in page
    assert world.broker.email in page
    assert world.stranger.email not in page
    assert world.agent.email not in page


def test_the_list_is_searched_filtered_and_ordered(world, browse):
    browser = browse(world.representative)
    found = words_of(browser.get("/people?q=access"))
    assert world.access_owner.email in found
    assert world.broker.email not in found
    owners = words_of(browser.get("/people?role=access_owner"))
    assert world.access_owner.email in owners
    assert world.broker.email not in owners
    falling = browser.get("/people?order=-name").text
    assert falling.index(world.access_owner.email) < falling.index(world.broker.email)
    assert "Nothing fits these filters" in words_of(browser.get("/people?q=%25"))


def test_the_list_is_exported(world, browse):
    with browse(world.representative).get("/people?export=csv") as answer:
        lines = answer.get_data(as_text=True).splitlines()
    assert len(lines) == 4
    assert not any(world.stranger.email in line for line in lines)


def test_long_lists_come_in_pages(app, world, browse):
    with acting(app) as session:
        home = session.get_one(Customer, world.home.customer_id)
        for number in range(60):
            user = add_user(f"p{number:02d}@x.example", f"P {number:02d}", None, now=MONDAY,
                            language="en")  # fmt: skip
            add_membership(user, home, Role.ACCESS_OWNER, now=MONDAY)
    browser = browse(world.representative)
    seen, path = [], "/people?order=email"
    while path:
        page = browser.get(path).text
        seen += [f"p{n:02d}@x.example" for n in range(60) if f">p{n:02d}@x.example<" in page]
        after = page.partition('rel="next" href="')[2].partition('"')[0]
        path = after.replace("&amp;", "&")
    assert seen == [f"p{n:02d}@x.example" for n in range(60)]


def test_roles_hold_from_the_next_request_on(app, world, browse):
    owner = browse(world.access_owner)
    assert owner.get("/people").status_code == 403
    manager = browse(world.representative)
    answer = change_roles(manager, world.access_owner.user_id, "access_owner", "representative")
    assert answer.status_code == 303
    assert owner.get("/people").status_code == 200
    change_roles(manager, world.access_owner.user_id, "access_owner")
    assert owner.get("/people").status_code == 403
    home = world.home.customer_id
    assert roles_of(app, world.access_owner, home) == ["access_owner"]
    assert audited(app, home).count("membership.change_roles") == 2


def test_the_audit_says_what_it_was_and_what_it_is(app, world, browse):
    """CFG-2: who, when, what, before and after."""
    change_roles(browse(world.representative), world.access_owner.user_id, "representative")
    query = """SELECT actor_id, object_id, before, after FROM audit_entries
               WHERE action = 'membership.change_roles'"""
    assert rows(app, query) == [
        (
            world.representative.user_id,
            str(world.access_owner.user_id),
            {"roles": "access_owner"},
            {"roles": "representative"},
        )
    ]


def test_saving_the_same_roles_writes_nothing(app, world, browse):
    change_roles(browse(world.representative), world.access_owner.user_id, "access_owner")
    assert "membership.change_roles" not in audited(app, world.home.customer_id)


@pytest.mark.parametrize("roles", [(), ("operator",), ("representative", "agent")])
def test_roles_of_the_other_side_are_refused(app, world, browse, roles):
    answer = change_roles(browse(world.representative), world.access_owner.user_id, *roles)
    assert answer.status_code == 422
    assert roles_of(app, world.access_owner, world.home.customer_id) == ["access_owner"]


def test_the_operation_refuses_roles_of_the_other_side_itself(app, world):
    with acting(app) as session:
        home = session.get_one(Customer, world.home.customer_id)
        member = people_queries.member_for(home, world.access_owner.user_id)
        actor = world.representative.actor
        wanted = frozenset({Role.OPERATOR})
        with pytest.raises(RefusedError, match="does not exist in this organisation"):
            member_operations.change_roles(actor, home, member, wanted, now=now())


def test_access_ends_at_once(app, world, browse, second):
    gone = browse(second)
    assert gone.get("/people").status_code == 200
    answer = end_access(browse(world.representative), second.user_id)
    assert answer.status_code == 303
    assert gone.get("/people").status_code == 303
    query = "SELECT count(*) FROM user_sessions WHERE user_id = :id AND ended_at IS NULL"
    assert rows(app, query, id=second.user_id) == [(0,)]
    assert "membership.end" in audited(app, world.home.customer_id)


def test_a_session_does_not_come_back_with_the_membership(app, world, browse, second):
    gone = browse(second)
    end_access(browse(world.representative), second.user_id)
    with acting(app) as session:
        home = session.get_one(Customer, world.home.customer_id)
        member_operations.grant_role(home.id, second.user_id, Role.REPRESENTATIVE, now=now())
    assert gone.get("/people").status_code == 303


def test_tokens_and_invitations_end_with_the_access(app, world, browse, second):
    with acting(app, Scope.customers(world.home.customer_id, actor=second.actor)):
        scopes = [Permission.CARE_TICKETS_READ]
        token = add_token(second.actor, "script", scopes, expires_at=soon(), now=now())
    data = {"email": "friend@example.org", "roles": "representative"}
    assert browse(second).send("/people/invite", data).status_code == 303
    end_access(browse(world.representative), second.user_id)
    answer = app.test_client().get("/api/v1/tickets", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert rows(app, "SELECT count(*) FROM api_tokens WHERE revoked_at IS NULL") == [(0,)]
    assert rows(app, "SELECT count(*) FROM invitations WHERE revoked_at IS NULL") == [(0,)]


def soon():
    return now().replace(year=now().year + 1) - (MONDAY - MONDAY.replace(hour=6))


def test_a_broker_keeps_the_other_organisation(app, world, browse):
    broker = browse(world.broker)
    elsewhere = browse(world.broker)
    foreign = {"customer_id": world.foreign.customer_id}
    elsewhere.send("/organisation", foreign, page="/account")
    end_access(browse(world.representative), world.broker.user_id)
    # the session for the lost organisation is over; it does not slide into the other one
    assert broker.get("/people").status_code == 303
    assert elsewhere.get("/people").status_code == 200
    assert roles_of(app, world.broker, world.foreign.customer_id) == ["representative"]


def alone(app, world):
    change(app, "UPDATE memberships SET ended_at = now() WHERE user_id = :id AND customer_id = :c",
           id=world.broker.user_id, c=world.home.customer_id)  # fmt: skip


def test_the_last_representative_cannot_leave(app, world, browse):
    alone(app, world)
    browser = browse(world.representative)
    me = world.representative.user_id
    refused = [end_access(browser, me), change_roles(browser, me, "access_owner")]
    assert [r.status_code for r in refused] == [422, 422]
    assert all("Nobody would be left" in words_of(r) for r in refused)
    assert roles_of(app, world.representative, world.home.customer_id) == ["representative"]


def test_the_provider_can_remove_the_last_representative(app, world, browse):
    alone(app, world)
    at = f"/customers/{world.home.customer_id}/people"
    answer = end_access(browse(world.manager), world.representative.user_id, at)
    assert answer.status_code == 303
    assert roles_of(app, world.representative, world.home.customer_id) == []


def test_two_who_remove_each_other_leave_one(app, world, browse, second):
    alone(app, world)
    pairs = [(world.representative, second), (second, world.representative)]
    browsers = [browse(who) for who, _whom in pairs]
    paths = [f"/people/{whom.user_id}" for _who, whom in pairs]
    keys = [browser.keys(path) for browser, path in zip(browsers, paths, strict=True)]
    together = Barrier(2)

    def go(number):
        together.wait()
        answer = browsers[number].client.post(f"{paths[number]}/end", data=keys[number])
        return answer.status_code

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(go, range(2)))
    home = world.home.customer_id
    left = roles_of(app, world.representative, home) + roles_of(app, second, home)
    assert left == ["representative"]


def test_who_ends_the_own_access_is_signed_out(world, browse, second):
    browser = browse(second)
    assert end_access(browser, second.user_id).status_code == 303
    assert browser.get("/people").status_code == 303


PATHS = [("GET", ""), ("POST", ""), ("POST", "/end")]


@pytest.mark.parametrize(("method", "what"), PATHS)
def test_people_of_another_organisation_do_not_exist(world, browse, method, what):
    browser = browse(world.representative)
    keys = {**browser.keys("/people/invite"), "roles": "representative"}
    answers = [
        browser.client.open(f"/people/{user_id}{what}", method=method, data=keys)
        for user_id in (world.stranger.user_id, world.agent.user_id, 999_999)
    ]
    assert [a.status_code for a in answers] == [404, 404, 404]
    assert len({words_of(a) for a in answers}) == 1


@pytest.mark.parametrize("who", ["access_owner", "agent", "clerk"])
@pytest.mark.parametrize("path", ["/people", "/people/invite", "/people/1"])
def test_who_does_not_manage_people_is_refused(world, browse, who, path):
    assert browse(world.personas()[who]).get(path).status_code == 403


@pytest.mark.parametrize("who", ["agent", "manager", "clerk", "representative", "access_owner"])
def test_only_operators_manage_staff(world, browse, who):
    browser = browse(world.personas()[who])
    assert browser.get("/staff").status_code == 403
    data = {**browser.keys("/account"), "email": "x@example.org", "roles": "operator"}
    assert browser.client.post("/staff/invite", data=data).status_code == 403


def test_an_operator_manages_staff(app, world, browse):
    browser = browse(world.operator)
    page = words_of(browser.get("/staff"))
    assert world.agent.email in page
    assert world.representative.email not in page
    assert change_roles(browser, world.agent.user_id, "agent", "operator", at="/staff").location
    assert roles_of(app, world.agent, world.provider_id) == ["agent", "operator"]
    assert end_access(browser, world.agent.user_id, "/staff").status_code == 303
    assert "membership.end" in audited(app, world.provider_id)


def test_the_last_operator_cannot_leave(world, browse):
    refused = end_access(browse(world.operator), world.operator.user_id, "/staff")
    assert refused.status_code == 422


@pytest.mark.parametrize("role", ["representative", "access_owner"])
def test_staff_get_no_role_of_a_customer(world, browse, role):
    browser = browse(world.operator)
    assert change_roles(browser, world.agent.user_id, role, at="/staff").status_code == 422


def test_customers_are_managed_by_who_may(world, browse):
    at = f"/customers/{world.home.customer_id}/people"
    assert browse(world.agent).get(at).status_code == 200
    assert browse(world.agent).get(f"{at}/invite").status_code == 403
    assert browse(world.manager).get(f"{at}/invite").status_code == 200
    for who in (world.representative, world.access_owner):
        assert browse(who).get(at).status_code == 403


def test_managing_customers_is_no_way_to_manage_staff(app, world, browse):
    """The provider is an organisation too, but no customer: no role there by this door."""
    browser = browse(world.manager)
    at = f"/customers/{world.provider_id}/people"
    data = {**browser.keys("/customers/new"), "email": "x@example.org", "roles": "operator"}
    user = world.agent.user_id
    tries = [
        browser.get(at),
        browser.get(f"{at}/{user}"),
        browser.client.post(f"{at}/invite", data=data),
        browser.client.post(f"{at}/{user}", data=data),
        browser.client.post(f"{at}/{user}/end", data=data),
        browser.get(f"/customers/{world.provider_id}"),
        browser.get(f"/customers/{world.provider_id}/edit"),
    ]
    assert {t.status_code for t in tries} == {404}
    assert roles_of(app, world.agent, world.provider_id) == ["agent"]


def test_a_member_is_addressed_through_the_own_organisation_only(world, browse):
    browser = browse(world.manager)
    path = f"/customers/{world.foreign.customer_id}/people/{world.representative.user_id}"
    assert browser.get(path).status_code == 404
