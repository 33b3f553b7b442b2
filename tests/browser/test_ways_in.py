"""The ways in, the switches and the error pages, in a browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.looking import look
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser


def test_the_sign_in_page_reads_well(page, live_url):
    page.goto(f"{live_url}/login")
    look(page, "login")


def test_a_wrong_password_is_said_and_takes_the_focus(page, live_url):
    page.goto(f"{live_url}/login")
    page.get_by_label("E-mail address").fill("nobody@example.org")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("[data-errors]")).to_be_focused()
    expect(page.get_by_label("E-mail address")).to_have_value("nobody@example.org")
    look(page, "login-refused", is_french_too=False)


def test_signing_in_leads_to_the_page_asked_for(page, live_url, world):
    page.goto(f"{live_url}/desk")
    page.get_by_label("E-mail address").fill(world.agent.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{live_url}/desk")


def test_an_address_that_is_nothing_says_what_to_do(page, live_url):
    page.goto(f"{live_url}/nowhere")
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()
    look(page, "error-404", is_french_too=False)


def test_what_the_role_does_not_include_is_refused_kindly(page, live_url, world, enter):
    enter(world.representative)
    page.goto(f"{live_url}/desk")
    expect(page.get_by_role("heading", name="You may not do this")).to_be_visible()
    look(page, "error-403", is_french_too=False)


def test_the_language_stays_with_the_person(page, live_url, world, enter):
    enter(world.agent)
    page.goto(f"{live_url}/desk")
    page.locator("details.menu:has(button[name=language]) summary").click()
    page.get_by_role("button", name="Nederlands").click()
    expect(page.locator("html")).to_have_attribute("lang", "nl")
    page.context.clear_cookies()
    enter(world.agent)
    page.goto(f"{live_url}/desk")
    expect(page.locator("html")).to_have_attribute("lang", "nl")


def test_the_colours_can_be_chosen_against_the_system(page, live_url):
    page.emulate_media(color_scheme="light")
    page.goto(f"{live_url}/login")
    by_day = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != by_day


def test_the_switches_work_without_javascript(browser, live_url):
    context = browser.new_context(java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto(f"{live_url}/login")
    page.get_by_role("button", name="Français").click()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    page.locator("button[name=theme][value=dark]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    context.close()


def test_the_keyboard_can_skip_to_the_content(page, live_url, world, enter):
    enter(world.agent)
    page.goto(f"{live_url}/desk")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
