"""Inviting people: the link works once, for seven days, for one address, in one organisation."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.accounts.browsing import audited, change, deliver, link_in, rows, words_of
from tests.factories import PASSWORD

NEW = "lantern above the quay"
EMAIL = "new.person@example.org"


def invite(browser, email=EMAIL, role="representative", page="/people/invite", **more):
    return browser.send(page, {"email": email, "name": "New Person", "roles": role, **more})


def invited(app, browse, person, **more):
    assert invite(browse(person), **more).status_code == 303
    (mail,) = deliver(app)
    return link_in(mail)


def accept(browser, link, **changes):
    return browser.send(link, {"name": "New Person", "password": NEW, "language": "nl", **changes})


def roles_of(app, email):
    query = """SELECT m.customer_id, m.role FROM memberships m JOIN users u ON u.id = m.user_id
               WHERE u.email = :email AND m.ended_at IS NULL ORDER BY 1, 2"""
    return rows(app, query, email=email)


def test_somebody_new_joins(app, world, browse):
    """TEC-2: local accounts, where there is no single sign-on."""
    link = invited(app, browse, world.representative)
    browser = browse()
    page = words_of(browser.get(link))
    assert "Authorised representative" in page
    assert EMAIL in page
    assert accept(browser, link).status_code == 303
    assert 'lang="nl"' in browser.get("/people").text
    assert roles_of(app, EMAIL) == [(world.home.customer_id, "representative")]
    actions = audited(app, world.home.customer_id)
    assert actions[-2:] == ["invitation.accept", "session.open"]
    assert "invitation.send" in actions


def test_the_mail_says_who_invites_to_what_and_until_when(app, world, browse):
    change(app, "UPDATE customers SET language = 'en'")
    invite(browse(world.representative))
    (mail,) = deliver(app)
    text = mail.get_content()
    assert mail["To"] == EMAIL
    assert world.representative.actor.customer_name in mail["Subject"]
    assert "Hello New Person," in text
    assert world.representative.actor.name in text
    assert "Service Desk" in text
    assert world.representative.email not in text


@pytest.mark.parametrize(
    ("language", "day"), [("fr", "ven. 25 déc."), ("nl", "vr 25 dec"), ("en", "Fri 25 Dec")]
)
def test_the_mail_speaks_the_language_of_the_organisation(app, world, browse, language, day):
    """TEC-3: French, Dutch and English throughout; the reader's dates show it here."""
    change(app, "UPDATE customers SET language = :language", language=language)
    invite(browse(world.representative))
    change(app, "UPDATE invitations SET expires_at = '2099-12-25 12:00+00'")
    (mail,) = deliver(app)
    assert day in mail.get_content()


def test_the_mail_speaks_the_language_of_who_is_known(app, world, browse):
    change(app, "UPDATE users SET language = 'nl' WHERE id = :id", id=world.stranger.user_id)
    invite(browse(world.representative), email=world.stranger.email)
    change(app, "UPDATE invitations SET expires_at = '2099-12-25 12:00+00'")
    (mail,) = deliver(app)
    assert "vr 25 dec" in mail.get_content()


def test_a_link_works_once(app, world, browse):
    link = invited(app, browse, world.representative)
    accept(browse(), link)
    used, unknown = browse().get(link), browse().get("/invitation/unknown")
    assert (used.status_code, unknown.status_code) == (404, 404)
    assert words_of(used) == words_of(unknown)


def test_of_two_who_accept_in_one_moment_one_wins(app, world, browse):
    link = invited(app, browse, world.representative)
    browsers = [browse(), browse()]
    keys = [browser.keys(link) for browser in browsers]
    together = Barrier(2)

    def go(number):
        data = {"name": f"Person {number}", "password": NEW, "language": "en", **keys[number]}
        together.wait()
        return browsers[number].client.post(link, data=data).status_code

    with ThreadPoolExecutor(2) as threads:
        answers = sorted(threads.map(go, range(2)))
    assert answers in ([303, 404], [303, 422])
    assert roles_of(app, EMAIL) == [(world.home.customer_id, "representative")]
    assert rows(app, "SELECT count(*) FROM users WHERE email = :email", email=EMAIL) == [(1,)]
    assert audited(app, world.home.customer_id).count("invitation.accept") == 1


def test_a_link_works_for_seven_days(app, world, browse):
    link = invited(app, browse, world.representative)
    (left,) = rows(app, "SELECT extract(day FROM expires_at - created_at) FROM invitations")
    assert left == (7,)
    change(app, "UPDATE invitations SET expires_at = now() - interval '1 second'")
    assert browse().get(link).status_code == 404


def the_invitation(app):
    ((found,),) = rows(app, "SELECT id FROM invitations")
    return found


def test_a_revoked_link_is_dead(app, world, browse):
    link = invited(app, browse, world.representative)
    browser = browse(world.representative)
    path = f"/people/invitations/{the_invitation(app)}/revoke"
    assert browser.send(path, page="/people").status_code == 303
    assert browse().get(link).status_code == 404
    assert browser.send(path, page="/people").status_code == 404
    assert "invitation.revoke" in audited(app, world.home.customer_id)


def test_sending_again_makes_a_new_link_and_kills_the_old(app, world, browse):
    old = invited(app, browse, world.representative)
    change(app, "UPDATE invitations SET expires_at = now() - interval '1 day'")
    path = f"/people/invitations/{the_invitation(app)}/resend"
    assert browse(world.representative).send(path, page="/people").status_code == 303
    (mail,) = deliver(app)
    assert browse().get(old).status_code == 404
    assert accept(browse(), link_in(mail)).status_code == 303


def test_what_was_revoked_before_the_mail_went_out_is_not_sent(app, world, browse):
    browser = browse(world.representative)
    invite(browser)
    browser.send(f"/people/invitations/{the_invitation(app)}/revoke", page="/people")
    assert deliver(app) == []


def test_no_link_lies_in_the_database(app, world, browse):
    token = invited(app, browse, world.representative).rpartition("/")[2]
    stored = rows(app, "SELECT payload::text FROM outbox_jobs")
    stored += rows(app, "SELECT token_hash FROM invitations")
    assert not any(token in str(row) for row in stored)


def test_who_has_a_login_joins_with_its_password(app, world, browse):
    link = invited(app, browse, world.representative, email=world.stranger.email)
    browser = browse()
    assert "has a login already" in words_of(browser.get(link))
    assert browser.send(link, {"password": "not the password"}).status_code == 422
    assert browser.send(link, {"password": PASSWORD}).status_code == 303
    both = sorted([world.home.customer_id, world.foreign.customer_id])
    assert [org for org, _role in roles_of(app, world.stranger.email)] == both
    assert world.representative.actor.customer_name in words_of(browser.get("/account"))


def test_accepting_does_not_change_the_login_that_exists(app, world, browse):
    link = invited(app, browse, world.representative, email=world.stranger.email)
    query = "SELECT name, password_hash FROM users WHERE email = :email"
    before = rows(app, query, email=world.stranger.email)
    more = {"name": "Somebody else", "language": "nl", "password": PASSWORD}
    browse().send(link, more)
    assert rows(app, query, email=world.stranger.email) == before


def test_who_is_signed_in_joins_with_a_click(app, world, browse):
    link = invited(app, browse, world.representative, email=world.stranger.email)
    browser = browse(world.stranger)
    page = browser.get(link).text
    assert 'name="password"' not in page
    assert browser.send(link).status_code == 303
    assert world.representative.actor.customer_name in words_of(browser.get("/account"))
    assert "session.switch_organisation" in audited(app, world.foreign.customer_id)


def test_who_is_signed_in_as_somebody_else_cannot_take_it(app, world, browse):
    link = invited(app, browse, world.representative)
    browser = browse(world.stranger)
    assert "signed in as somebody else" in words_of(browser.get(link))
    accept(browser, link)
    assert roles_of(app, EMAIL) == []
    assert len(roles_of(app, world.stranger.email)) == 1


def test_who_lost_every_membership_comes_back_by_invitation(app, world, browse):
    change(app, "UPDATE memberships SET ended_at = now() WHERE user_id = :id",
           id=world.access_owner.user_id)  # fmt: skip
    link = invited(app, browse, world.representative, email=world.access_owner.email)
    browser = browse()
    assert browser.send(link, {"password": PASSWORD}).status_code == 303
    assert browser.get("/people").status_code == 200


def test_an_invitation_cannot_be_used_to_guess_a_password(app, world, browse):
    link = invited(app, browse, world.representative, email=world.stranger.email)
    for _ in range(10):
        browse().send(link, {"password": "wrong"})
    assert browse().send(link, {"password": PASSWORD}).status_code == 429


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"password": "short"}, "at least 12 characters"),
        ({"password": "new.person2026"}, "your name or address"),
        ({"password": "password1234"}, "among the first"),
        ({"name": ""}, "Type a name."),
        ({"name": "http://evil.example"}, "A name has no signs"),
        ({"language": "de"}, "Not a valid choice"),
    ],
)
def test_a_new_login_is_checked(app, world, browse, changes, sentence):
    link = invited(app, browse, world.representative)
    refused = accept(browse(), link, **changes)
    assert refused.status_code == 422
    assert sentence in words_of(refused)
    assert roles_of(app, EMAIL) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"email": "no address"}, "This is not an e-mail address"),
        ({"email": "a@b\r\nBcc: evil@example.org"}, "This is not an e-mail address"),
        ({"role": "operator"}, "Not a valid choice"),
        ({"role": "agent"}, "Not a valid choice"),
        ({"role": ""}, "Choose a role."),
        ({"name": "Read https://evil.example now"}, "A name has no signs"),
    ],
)
def test_an_invitation_is_checked(app, world, browse, changes, sentence):
    refused = invite(browse(world.representative), **changes)
    assert refused.status_code == 422
    assert sentence in words_of(refused)
    assert rows(app, "SELECT count(*) FROM invitations") == [(0,)]


def test_the_same_role_is_offered_once(app, world, browse):
    browser = browse(world.representative)
    assert invite(browser).status_code == 303
    again = invite(browser, email=EMAIL.upper())
    assert "open invitation" in words_of(again)
    held = invite(browser, email=world.representative.email)
    assert "holds this role already" in words_of(held)


def test_it_is_not_said_whether_a_stranger_has_a_login(world, browse):
    browser = browse(world.representative)
    known = invite(browser, email=world.stranger.email)
    unknown = invite(browser, email="nobody@example.org")
    assert (known.status_code, unknown.status_code) == (303, 303)


def test_one_form_invites_once(app, world, browse):
    browser = browse(world.representative)
    data = {**browser.keys("/people/invite"), "email": EMAIL, "roles": "representative"}
    answers = [browser.client.post("/people/invite", data=data) for _ in range(2)]
    assert [a.location for a in answers] == ["/people", "/people"]
    assert rows(app, "SELECT count(*) FROM invitations") == [(1,)]
    assert len(deliver(app)) == 1


def test_nobody_sends_mails_without_end(app, world, browse):
    browser = browse(world.representative)
    invite(browser)
    again = f"/people/invitations/{the_invitation(app)}/resend"
    answers = [browser.send(again, page="/people").status_code for _ in range(60)]
    assert answers.count(303) == 59
    assert answers[-1] == 429


@pytest.mark.parametrize("what", ["resend", "revoke"])
def test_an_invitation_of_another_organisation_does_not_exist(app, world, browse, what):
    invite(browse(world.stranger))
    number = the_invitation(app)
    browser = browse(world.representative)
    answers = [
        browser.send(f"/people/invitations/{n}/{what}", page="/people") for n in (number, 999_999)
    ]
    assert [a.status_code for a in answers] == [404, 404]
    assert words_of(answers[0]) == words_of(answers[1])
    assert rows(app, "SELECT revoked_at FROM invitations") == [(None,)]
