"""The pages of people in a browser: wide, narrow, by day, by night, in French."""

import re

import pytest
from playwright.sync_api import expect

from tests.accounts.browsing import change, deliver, link_in
from tests.browser.looking import look
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser

NEW = "lantern above the quay"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def ask_for_link(app, page, live_url, email):
    page.goto(f"{live_url}/forgot-password")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_text("Look into your mail")).to_be_visible()
    (mail,) = deliver(app)
    return f"{live_url}{link_in(mail)}"


def test_a_forgotten_password_is_replaced(app, page, live_url, world):
    page.goto(f"{live_url}/forgot-password")
    look(page, "forgot-password")
    link = ask_for_link(app, page, live_url, world.representative.email)
    look(page, "forgot-password-sent")
    page.goto(link)
    look(page, "reset-password")
    page.get_by_label("New password").fill("password1234")
    page.get_by_role("button", name="Keep this password").click()
    expect(page.locator("[data-errors]")).to_contain_text("among the first")
    look(page, "reset-password-refused", is_french_too=False)
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Keep this password").click()
    page.get_by_label("E-mail address").fill(world.representative.email)
    page.get_by_label("Password").fill(NEW)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator(".frame-organisation")).to_be_visible()
    page.goto(link)
    look(page, "link-ended")


def test_a_representative_invites_somebody(app, page, live_url, world, enter):
    enter(world.representative)
    page.goto(f"{live_url}/people/invite")
    look(page, "invite")
    page.get_by_label("E-mail address").fill("paul@example.org")
    page.get_by_label("Authorised representative").check()
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("paul@example.org").first).to_be_visible()
    look(page, "people")
    page.context.clear_cookies()
    (mail,) = deliver(app)
    page.goto(f"{live_url}{link_in(mail)}")
    look(page, "accept-invitation")
    page.get_by_label("Your name").fill("Paul Dumont")
    page.get_by_label("Password").fill(NEW)
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("You now act for")).to_be_visible()


def test_a_person_of_the_own_organisation(page, live_url, world, enter):
    enter(world.representative)
    page.goto(f"{live_url}/people/{world.access_owner.user_id}")
    look(page, "person")
    page.get_by_role("button", name="End the access").click()
    expect(page.get_by_text("has no access any more")).to_be_visible()


def test_the_own_account(app, page, live_url, world, enter):
    enter(world.representative)
    enter(world.representative)
    change(app, "UPDATE user_sessions SET user_agent = :agent", agent=FIREFOX)
    for path in ("", "/password", "/sessions", "/tokens"):
        page.goto(f"{live_url}/account{path}")
        look(page, f"account{path.replace('/', '-')}")


def test_a_token_is_shown_once(page, live_url, world, enter):
    enter(world.representative)
    page.goto(f"{live_url}/account/tokens")
    page.get_by_label("Name").fill("Nightly report")
    page.get_by_label("Read incidents").check()
    page.get_by_role("button", name="Make the token").click()
    expect(page.locator(".token")).to_have_text(re.compile("^ac_"))
    look(page, "account-token-shown", is_french_too=False)
    page.goto(f"{live_url}/account/tokens")
    look(page, "account-tokens-filled")


def test_a_broker_always_sees_for_whom(page, live_url, world, enter):
    enter(world.broker)
    page.goto(f"{live_url}/account")
    expect(page.locator(".frame-organisation")).to_have_text(world.broker.actor.customer_name)
    page.locator(".menu-person summary").click()
    other = next(n for i, n in world.broker.actor.organisations if i == world.foreign.customer_id)
    page.get_by_role("button", name=other).click()
    expect(page.locator(".frame-organisation")).to_have_text(other)


def test_the_provider_looks_after_customers(page, live_url, world, enter):
    enter(world.manager)
    for name, path in (
        ("customers", ""),
        ("customer", f"/{world.home.customer_id}"),
        ("customer-people", f"/{world.home.customer_id}/people"),
        ("customer-new", "/new"),
    ):
        page.goto(f"{live_url}/customers{path}")
        look(page, name)


def test_an_operator_looks_after_staff(page, live_url, world, enter):
    enter(world.operator)
    page.goto(f"{live_url}/staff")
    look(page, "staff")
    page.goto(f"{live_url}/staff/{world.agent.user_id}")
    look(page, "staff-person")


def test_what_was_typed_survives_a_lost_session(app, page, live_url, world, enter):
    enter(world.representative)
    page.goto(f"{live_url}/people/invite")
    page.get_by_label("E-mail address").fill("paul@example.org")
    page.get_by_label("Name").fill("Paul Dumont")
    page.get_by_label("Access Owner").check()
    change(app, "UPDATE user_sessions SET ended_at = now()")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("what you typed is kept")).to_be_visible()
    look(page, "login-again")
    page.get_by_label("E-mail address").fill(world.representative.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{live_url}/people/invite")
    expect(page.get_by_label("E-mail address")).to_have_value("paul@example.org")
    expect(page.get_by_label("Name")).to_have_value("Paul Dumont")


def test_what_one_person_typed_is_not_shown_to_the_next(app, page, live_url, world, enter):
    enter(world.representative)
    page.goto(f"{live_url}/people/invite")
    page.get_by_label("E-mail address").fill("paul@example.org")
    change(app, "UPDATE user_sessions SET ended_at = now()")
    enter(world.broker)
    page.goto(f"{live_url}/people/invite")
    expect(page.get_by_label("E-mail address")).to_have_value("")
