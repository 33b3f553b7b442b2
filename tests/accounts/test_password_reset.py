"""A forgotten password: a link that works once, for an hour, and says nothing about anybody."""

import pytest

from tests.accounts.browsing import audited, change, deliver, link_in, rows, words_of
from tests.factories import PASSWORD

NEW = "lantern above the quay"


def ask(browser, email, **more):
    return browser.send("/forgot-password", {"email": email}, **more)


def link_for(app, browser, email):
    ask(browser, email)
    (mail,) = deliver(app)
    return link_in(mail)


def choose(browser, link, password=NEW):
    return browser.send(link, {"password": password})


def test_a_new_password_by_link(app, world, browse):
    link = link_for(app, browse(), world.representative.email)
    browser = browse()
    assert choose(browser, link).location == "/login"
    data = {"email": world.representative.email, "password": NEW}
    assert browser.send("/login", data).status_code == 303
    data["password"] = PASSWORD
    assert browse().send("/login", data).status_code == 422
    assert "password.reset" in audited(app, world.home.customer_id)


def test_the_answer_is_the_same_for_every_address(app, world, browse):
    known, unknown = ask(browse(), world.agent.email), ask(browse(), "nobody@example.org")
    assert known.location == unknown.location == "/forgot-password?sent=1"
    assert words_of(browse().get(known.location)) == words_of(browse().get(unknown.location))
    written = rows(app, "SELECT name, count(*) FROM outbox_jobs GROUP BY name")
    assert written == [("accounts.send_reset", 2)]
    assert [mail["To"] for mail in deliver(app)] == [world.agent.email]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE users SET is_active = false WHERE id = :id",
        "UPDATE users SET password_hash = NULL WHERE id = :id",
    ],
)
def test_who_has_no_login_gets_no_mail(app, world, browse, statement):
    change(app, statement, id=world.agent.user_id)
    ask(browse(), world.agent.email)
    assert deliver(app) == []


def test_a_link_works_once(app, world, browse):
    link = link_for(app, browse(), world.agent.email)
    assert choose(browse(), link).status_code == 303
    used, unknown = browse().get(link), browse().get("/reset-password/unknown")
    assert (used.status_code, unknown.status_code) == (404, 404)
    assert words_of(used) == words_of(unknown)
    browser = browse()
    keys = browser.keys("/login")
    assert browser.client.post(link, data={**keys, "password": NEW}).status_code == 404


def test_looking_at_the_page_does_not_use_the_link_up(app, world, browse):
    link = link_for(app, browse(), world.agent.email)
    for _ in range(3):
        assert browse().get(link).status_code == 200
    assert choose(browse(), link).status_code == 303


def test_a_link_works_for_an_hour(app, world, browse):
    link = link_for(app, browse(), world.agent.email)
    (left,) = rows(app, "SELECT extract(epoch FROM expires_at - created_at) FROM password_resets")
    assert left == (3600,)
    change(app, "UPDATE password_resets SET expires_at = now() - interval '1 second'")
    assert browse().get(link).status_code == 404


def test_a_new_password_ends_every_session_and_every_other_link(app, world, browse):
    signed_in = browse(world.agent)
    first = link_for(app, browse(), world.agent.email)
    second = link_for(app, browse(), world.agent.email)
    choose(browse(), second)
    assert signed_in.get("/account").status_code == 303
    assert browse().get(first).status_code == 404


def test_the_person_is_told_afterwards(app, world, browse):
    choose(browse(), link_for(app, browse(), world.agent.email))
    (mail,) = deliver(app)
    assert (mail["To"], mail["Subject"]) == (world.agent.email, "Your password was changed")
    assert "/reset-password/" not in mail.get_content()


@pytest.mark.parametrize("password", ["short", "password1234", ""])
def test_a_weak_password_is_refused_and_the_link_lives(app, world, browse, password):
    link = link_for(app, browse(), world.agent.email)
    refused = choose(browse(), link, password)
    assert refused.status_code == 422
    assert "The password was not changed." in words_of(refused)
    assert choose(browse(), link).status_code == 303


def test_an_address_gets_three_mails_an_hour(app, world, browse):
    for email in (world.agent.email, world.agent.email.upper(), f" {world.agent.email}") * 3:
        assert ask(browse(), email).status_code == 303
    assert len(deliver(app)) == 3


def test_a_machine_may_ask_twenty_times_an_hour(app, world, browse):
    for number in range(20):
        assert ask(browse(), f"nobody.{number}@example.org").status_code == 303
    assert ask(browse(), world.agent.email).status_code == 429
    forged = {"X-Forwarded-For": "192.0.2.9"}
    assert ask(browse(), world.agent.email, headers=forged).status_code == 429


def test_a_forged_host_does_not_get_into_the_mail(app, world, browse):
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    browser = browse()
    ask(browser, world.agent.email, headers=forged)
    found = deliver(app) or (ask(browser, world.agent.email), deliver(app))[1]
    assert "evil.example" not in found[0].get_content()
    assert "http://localhost/reset-password/" in found[0].get_content()


def test_no_link_lies_in_the_database(app, world, browse):
    token = link_for(app, browse(), world.agent.email).rpartition("/")[2]
    stored = rows(app, "SELECT payload::text FROM outbox_jobs")
    stored += rows(app, "SELECT token_hash FROM password_resets")
    assert stored
    assert not any(token in str(row) for row in stored)


def test_a_mail_is_written_in_its_readers_words(app, world, browse):
    ask(browse(), world.agent.email)
    (mail,) = deliver(app)
    text = mail.get_content()
    assert mail["Subject"] == "Choose a new password"
    assert "Hello Agent," in text
    assert "for one hour" in text
    assert world.agent.email not in text
    assert mail["Auto-Submitted"] == "auto-generated"


def test_who_left_every_organisation_can_still_choose_a_password(app, world, browse):
    link = link_for(app, browse(), world.representative.email)
    change(app, "UPDATE memberships SET ended_at = now()")
    assert choose(browse(), link).status_code == 303
