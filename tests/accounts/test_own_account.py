"""The own account: profile, password, sessions; nobody else's."""

import pytest

from ops_portal.accounts.words import device_words
from ops_portal.core.clock import now
from ops_portal.jobs import purge
from tests.accounts.browsing import audited, change, deliver, rows, words_of
from tests.factories import PASSWORD, sign_in
from tests.portal import acting

NEW = "lantern above the quay"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Safari/604"
EDGE = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537 Chrome/139 Safari/537 Edg/139"


def save_profile(browser, **changes):
    usual = {"name": "Claire Fontaine", "language": "en", "theme": "auto", "has_shortcuts": "y"}
    return browser.send("/account", {**usual, **changes})


def test_the_profile_is_kept_and_audited(app, world, browse):
    browser = browse(world.representative)
    answer = save_profile(browser, language="nl", theme="dark", has_shortcuts="")
    assert answer.status_code == 303
    assert "theme=dark" in answer.headers["Set-Cookie"]
    page = browser.get("/account").text
    assert 'lang="nl"' in page
    assert 'data-theme="dark"' in page
    assert 'data-shortcuts="off"' in page
    assert audited(app, world.home.customer_id)[-1] == "profile.change"


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "See https://evil.example"},
        {"name": "<b>Claire</b>"},
        {"name": "x" * 101},
        {"language": "de"},
        {"theme": "pink"},
    ],
)
def test_what_is_no_profile_is_refused(world, browse, changes):
    assert save_profile(browse(world.representative), **changes).status_code == 422


def test_no_other_column_can_be_written(app, world, browse):
    """Mass assignment: only the listed fields change."""
    before = rows(app, "SELECT id, email, password_hash, is_active FROM users ORDER BY id")
    more = {"id": "1", "email": "evil@example.org", "is_active": "", "password_hash": "x"}
    assert save_profile(browse(world.representative), **more).status_code == 303
    assert rows(app, "SELECT id, email, password_hash, is_active FROM users ORDER BY id") == before


def change_password(browser, current=PASSWORD, password=NEW):
    return browser.send("/account/password", {"current": current, "password": password})


def test_changing_the_password_goes_on_here_and_ends_elsewhere(app, world, browse):
    here, elsewhere = browse(world.representative), browse(world.representative)
    with here.client.session_transaction() as cookie:
        before = cookie["_user_id"]
    assert change_password(here).status_code == 303
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 303
    with here.client.session_transaction() as cookie:
        assert cookie["_user_id"] != before
    data = {"email": world.representative.email, "password": NEW}
    assert browse().send("/login", data).status_code == 303
    assert "password.change" in audited(app, world.home.customer_id)
    assert [mail["Subject"] for mail in deliver(app)] == ["Your password was changed"]


@pytest.mark.parametrize(
    ("current", "password", "sentence"),
    [
        ("not it at all", NEW, "This is not your present password."),
        (PASSWORD, "short", "Use at least 12 characters"),
        (PASSWORD, "password1234", "among the first that are tried"),
        (PASSWORD, PASSWORD, "the password you have already"),
        ("", NEW, "Type your password."),
    ],
)
def test_a_password_is_not_changed(world, browse, current, password, sentence):
    refused = change_password(browse(world.representative), current, password)
    assert refused.status_code == 422
    assert sentence in words_of(refused)


def test_the_present_password_cannot_be_guessed_either(world, browse):
    browser = browse(world.representative)
    for _ in range(10):
        change_password(browser, "wrong")
    assert change_password(browser).status_code == 429


def test_a_new_password_kills_the_links_that_wait(app, world, browse):
    browse().send("/forgot-password", {"email": world.representative.email})
    deliver(app)
    change_password(browse(world.representative))
    assert rows(app, "SELECT count(*) FROM password_resets WHERE used_at IS NULL") == [(0,)]


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (SAFARI, "Safari on iPhone"),
        (EDGE, "Edge on Linux"),
        ("curl/8.5", "Unknown device"),
        ("", "Unknown device"),
    ],
)
def test_a_browser_has_words(app, agent, words):
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert device_words(agent) == words


def session_ids(app, person):
    query = "SELECT id FROM user_sessions WHERE user_id = :id AND ended_at IS NULL ORDER BY id"
    return [found for (found,) in rows(app, query, id=person.user_id)]


def test_the_sessions_are_listed(app, world, browse):
    browser = browse(world.representative)
    browse(world.representative)
    browse(world.stranger)
    change(app, "UPDATE user_sessions SET user_agent = :agent, ip = '192.0.2.4'", agent=FIREFOX)
    page = words_of(browser.get("/account/sessions"))
    assert page.count("Firefox on Windows") == 2
    assert page.count("this browser") == 1
    assert "192.0.2.4" in page
    assert "12 h" in page.replace("\u202f", " ")


def test_one_session_is_ended(app, world, browse):
    here, there = browse(world.representative), browse(world.representative)
    _first, second = session_ids(app, world.representative)
    answer = here.send(f"/account/sessions/{second}/end", page="/account/sessions")
    assert answer.status_code == 303
    assert there.get("/account").status_code == 303
    assert here.get("/account").status_code == 200


def test_nobody_ends_the_session_of_somebody_else(app, world, browse):
    browse(world.stranger)
    (foreign,) = session_ids(app, world.stranger)
    browser = browse(world.representative)
    answers = [
        browser.send(f"/account/sessions/{found}/end", page="/account/sessions")
        for found in (foreign, 999_999)
    ]
    assert [a.status_code for a in answers] == [404, 404]
    assert words_of(answers[0]) == words_of(answers[1])
    assert session_ids(app, world.stranger) == [foreign]


def test_all_sessions_are_ended(app, world, browse):
    here, there = browse(world.representative), browse(world.representative)
    other = browse(world.stranger)
    answer = here.send("/account/sessions/end", page="/account/sessions")
    assert answer.location == "/login"
    assert session_ids(app, world.representative) == []
    assert [b.get("/account").status_code for b in (here, there, other)] == [303, 303, 200]


@pytest.mark.parametrize(
    ("column", "age", "status"),
    [
        ("last_seen_at", "11 hours 59 minutes", 200),
        ("last_seen_at", "12 hours 1 minute", 303),
        ("created_at", "6 days 23 hours", 200),
        ("created_at", "7 days 1 minute", 303),
    ],
)
def test_sessions_end_by_themselves(app, world, browse, column, age, status):
    browser = browse(world.representative)
    change(app, f"UPDATE user_sessions SET {column} = now() - interval '{age}'")  # noqa: S608
    assert browser.get("/account").status_code == status


def test_sessions_are_forgotten_after_a_month(app, world, browse):
    """GDP-2: from where somebody worked is not kept for longer than it is of use."""
    browse(world.representative)
    browse(world.stranger)
    browse().send("/forgot-password", {"email": world.representative.email})
    deliver(app)
    change(app, "UPDATE user_sessions SET last_seen_at = now() - interval '31 days' WHERE id = 1")
    change(app, "UPDATE password_resets SET expires_at = now() - interval '31 days'")
    with acting(app):
        purge(now=now())
    assert rows(app, "SELECT id FROM user_sessions") == [(2,)]
    assert rows(app, "SELECT id FROM password_resets") == []


def test_each_request_keeps_the_session_alive(app, world, browse):
    browser = browse(world.representative)
    change(app, "UPDATE user_sessions SET last_seen_at = now() - interval '3 hours'")
    browser.get("/account")
    query = "SELECT now() - last_seen_at < interval '1 minute' FROM user_sessions"
    assert rows(app, query) == [(True,)]


def test_a_page_that_follows_by_itself_is_no_sign_of_life(app, world, browse):
    browser = browse(world.representative)
    change(app, "UPDATE user_sessions SET last_seen_at = now() - interval '3 hours'")
    assert browser.get("/account", headers={"X-Poll": "1"}).status_code == 200
    query = "SELECT now() - last_seen_at > interval '2 hours' FROM user_sessions"
    assert rows(app, query) == [(True,)]


def test_the_organisation_is_switched_and_audited(app, world, browse):
    browser = browse(world.broker)
    page = words_of(browser.get("/account"))
    assert world.broker.actor.customer_name in page
    target = world.foreign.customer_id
    answer = browser.send("/organisation", {"customer_id": target}, page="/account")
    assert answer.status_code == 303
    (active,) = rows(app, "SELECT active_customer_id FROM user_sessions")
    assert active == (target,)
    assert audited(app, world.home.customer_id)[-1] == "session.switch_organisation"
    assert "You now act for Foreign" in words_of(browser.get("/account"))


@pytest.mark.parametrize("who", ["representative", "agent"])
def test_nobody_switches_to_an_organisation_that_is_not_theirs(app, world, browse, who):
    browser = browse(world.personas()[who])
    data = {"customer_id": world.foreign.customer_id}
    assert browser.send("/organisation", data, page="/account").status_code == 404


def test_a_page_left_open_does_not_write_for_the_other_organisation(app, world, browse):
    browser = browse(world.broker)
    stale = browser.keys("/people/invite")
    browser.send("/organisation", {"customer_id": world.foreign.customer_id}, page="/account")
    data = {**stale, "email": "new@example.org", "roles": "representative"}
    answer = browser.client.post("/people/invite", data=data)
    assert answer.status_code == 409
    assert "another organisation" in words_of(answer)
    assert rows(app, "SELECT count(*) FROM invitations") == [(0,)]
    assert browser.client.post("/logout", data=stale).status_code == 303


def test_the_last_organisation_is_active_at_the_next_sign_in(app, world, browse):
    browser = browse(world.broker)
    browser.send("/organisation", {"customer_id": world.foreign.customer_id}, page="/account")
    again = browse()
    again.send("/login", {"email": world.broker.email, "password": PASSWORD})
    active = rows(app, "SELECT active_customer_id FROM user_sessions ORDER BY id DESC LIMIT 1")
    assert active == [(world.foreign.customer_id,)]


def test_the_cookie_is_for_this_site_only(app, world):
    client = app.test_client()
    sign_in(client, world.agent)
    header = client.get("/account").headers.get("Set-Cookie", "")
    assert "HttpOnly" in header
    assert "SameSite=Lax" in header
    assert len(header) < 4096
