"""Signing in: the same answer to every wrong try, limits that hold, nothing carried over."""

import pytest

from ops_portal.accounts import secrets
from ops_portal.app import create_app
from ops_portal.core.db import db
from tests.accounts.browsing import Browser, audited, change, rows, words_of
from tests.factories import PASSWORD

WRONG = "The address and the password do not fit together."


def try_in(browser, email, password=PASSWORD, **more):
    return browser.send("/login", {"email": email, "password": password}, **more)


def test_the_right_password_opens_a_session(app, world, browse):
    browser = browse()
    answer = try_in(browser, world.representative.email.upper())
    assert (answer.status_code, answer.location) == (303, "/")
    assert browser.get("/account").status_code == 200
    assert audited(app, world.home.customer_id)[-1] == "session.open"


def test_only_a_hash_of_the_session_is_kept(app, world, browse):
    browser = browse()
    try_in(browser, world.agent.email)
    with browser.client.session_transaction() as cookie:
        token = cookie["_user_id"]
    assert rows(app, "SELECT token_hash FROM user_sessions") == [(secrets.hash_token(token),)]


@pytest.mark.parametrize("who", ["unknown", "known", "inactive", "former", "without password"])
def test_every_wrong_try_gets_the_same_answer(app, world, browse, who):
    email = {"unknown": "nobody@example.org"}.get(who, world.agent.email)
    user_id = world.agent.user_id
    if who == "inactive":
        change(app, "UPDATE users SET is_active = false WHERE id = :id", id=user_id)
    if who == "former":
        change(app, "UPDATE memberships SET ended_at = now() WHERE user_id = :id", id=user_id)
    if who == "without password":
        change(app, "UPDATE users SET password_hash = NULL WHERE id = :id", id=user_id)
    password = "not the password" if who == "known" else PASSWORD
    answer = try_in(browse(), email, password)
    assert answer.status_code == 422
    assert WRONG in words_of(answer)
    reference = words_of(try_in(browse(), "other@example.org"))
    assert words_of(answer) == reference


class CountingHasher:
    """Counts what is computed: the time of an answer is the number of verifications."""

    def __init__(self, usual):
        self.usual, self.verified, self.hashed = usual, 0, 0

    def verify(self, stored, password):
        self.verified += 1
        return self.usual.verify(stored, password)

    def hash(self, password):
        self.hashed += 1
        return self.usual.hash(password)

    def check_needs_rehash(self, stored):
        return self.usual.check_needs_rehash(stored)


@pytest.mark.parametrize("known_first", [True, False])
def test_an_unknown_address_costs_as_much_time_as_a_known_one(world, browse, known_first):
    counting = CountingHasher(secrets._hasher)
    secrets.use_hasher(counting)
    emails = [world.agent.email, "nobody@example.org"]
    work = []
    for email in emails if known_first else reversed(emails):
        try_in(browse(), email, "not the password")
        work.append((counting.verified, counting.hashed))
    # the first answer of a process also makes the hash that unknown addresses are compared with
    assert work == [(1, 1), (2, 1)]


def test_ten_wrong_tries_are_enough(app, world, browse):
    for _ in range(10):
        assert try_in(browse(), world.agent.email, "wrong").status_code == 422
    refused = try_in(browse(), world.agent.email)
    assert refused.status_code == 429
    assert 0 < int(refused.headers.get("Retry-After", "0")) <= 900
    elsewhere = Browser(app.test_client())
    elsewhere.client.environ_base["REMOTE_ADDR"] = "192.0.2.7"
    assert try_in(elsewhere, world.agent.email).status_code == 303


def test_the_limit_holds_over_a_restart(app, world, browse):
    for _ in range(10):
        try_in(browse(), world.agent.email, "wrong")
    restarted = create_app(app.extensions["portal.config"])
    assert try_in(Browser(restarted.test_client()), world.agent.email).status_code == 429
    with restarted.app_context():
        db.session.remove()
        db.engine.dispose()


def test_the_limit_is_the_same_for_an_unknown_address(world, browse):
    for _ in range(10):
        try_in(browse(), "nobody@example.org", "wrong")
    unknown = try_in(browse(), "Nobody@example.org ", "wrong")
    for _ in range(10):
        try_in(browse(), world.agent.email, "wrong")
    known = try_in(browse(), world.agent.email, "wrong")
    assert (unknown.status_code, words_of(unknown)) == (known.status_code, words_of(known))


def test_success_forgets_the_wrong_tries(world, browse):
    for _ in range(3):
        for _ in range(6):
            try_in(browse(), world.agent.email, "wrong")
        assert try_in(browse(), world.agent.email).status_code == 303


def test_the_counters_name_nobody(app, world, browse):
    try_in(browse(), world.agent.email, "wrong")
    buckets = [bucket for (bucket,) in rows(app, "SELECT bucket FROM rate_counters")]
    assert len(buckets) == 3
    assert not any("@" in bucket or "127.0.0.1" in bucket for bucket in buckets)


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example/",
        "https:evil.example",
        "javascript:alert(1)",
        "/\tevil",
        "/x\n//evil.example",
        "\\\\evil.example",
        "evil.example",
        "",
    ],
)
def test_signing_in_leads_nowhere_else(world, browse, target):
    browser = browse()
    data = {"email": world.agent.email, "password": PASSWORD}
    data |= browser.keys("/login")
    answer = browser.client.post("/login", query_string={"next": target}, data=data)
    assert (answer.status_code, answer.location) == (303, "/")


def test_signing_in_leads_to_the_page_asked_for(world, browse):
    browser = browse()
    asked = browser.get("/people?role=representative")
    assert asked.location == "/login?next=/people?role%3Drepresentative"
    answer = try_in(browser, world.representative.email, query_string={"next": "/people?role=x"})
    assert answer.location == "/people?role=x"


def test_a_form_without_its_token_is_refused(world, browse):
    answer = browse().client.post("/login", data={"email": world.agent.email, "password": PASSWORD})
    assert answer.status_code == 400


def test_a_session_planted_before_is_worth_nothing(app, world, browse):
    browser = browse()
    browser.get("/login")
    with browser.client.session_transaction() as cookie:
        cookie["_user_id"] = "planted"
        planted = dict(cookie)
    try_in(browser, world.agent.email)
    with browser.client.session_transaction() as cookie:
        assert cookie["_user_id"] != "planted"
        assert cookie.get("csrf_token") != planted["csrf_token"]


def test_signing_in_again_ends_the_session_before(app, world, browse):
    browser = browse(world.agent)
    with browser.client.session_transaction() as cookie:
        old = cookie["_user_id"]
    keys = browser.keys("/account")
    data = {"email": world.manager.email, "password": PASSWORD, **keys}
    assert browser.client.post("/login", data=data).status_code == 303
    thief = browse()
    with thief.client.session_transaction() as cookie:
        cookie["_user_id"] = old
    assert thief.get("/account").status_code == 303


def test_signing_out_kills_the_cookie(world, browse):
    browser = browse(world.agent)
    with browser.client.session_transaction() as cookie:
        kept = dict(cookie)
    answer = browser.send("/logout", page="/account")
    assert answer.location == "/login"
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    with browser.client.session_transaction() as cookie:
        cookie.update(kept)
    assert browser.get("/account").status_code == 303


def test_a_link_cannot_sign_anybody_out(world, browse):
    browser = browse(world.agent)
    assert browser.get("/logout").status_code == 405
    assert browser.get("/account").status_code == 200


def test_whoever_is_signed_in_does_not_see_the_form_again(world, browse):
    assert browse(world.agent).get("/login?next=/account").location == "/account"


def test_a_form_sent_into_an_ended_session_comes_back_to_its_page(app, world, browse):
    browser = browse(world.representative)
    keys = browser.keys("/people/invite")
    change(app, "UPDATE user_sessions SET ended_at = now()")
    answer = browser.client.post(
        "/people/invite", data=keys, headers={"Referer": "http://localhost/people/invite"}
    )
    assert answer.location == "/login?next=/people/invite&kept=1"
    assert "what you typed is kept" in words_of(browser.get(answer.location))


def test_the_page_to_come_back_to_is_one_of_ours(app, world, browse):
    browser = browse(world.representative)
    keys = browser.keys("/people/invite")
    change(app, "UPDATE user_sessions SET ended_at = now()")
    answer = browser.client.post(
        "/people/invite", data=keys, headers={"Referer": "https://evil.example/people"}
    )
    assert answer.location == "/login?kept=1"


def test_one_machine_cannot_lock_somebody_out(world, browse):
    for _ in range(70):
        stranger = {"REMOTE_ADDR": "10.0.0.9"}
        try_in(browse(), world.agent.email, "wrong", environ_base=stranger)
    assert try_in(browse(), world.agent.email).status_code == 303
