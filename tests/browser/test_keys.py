"""Keys of the desk and the palette: quick for those who want them, never in the way of typing."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from ops_portal.accounts.models import User
from tests.portal import acting

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(page, live_url, persona, enter):
    enter(persona("amal@desk.example"))
    page.goto(f"{live_url}/desk")
    return page


def test_rows_are_walked_and_opened(desk):
    links = desk.locator("[data-row] [data-row-link]")
    desk.keyboard.press("j")
    expect(links.nth(0)).to_be_focused()
    desk.keyboard.press("j")
    expect(links.nth(1)).to_be_focused()
    desk.keyboard.press("k")
    expect(links.nth(0)).to_be_focused()
    reference = links.nth(0).inner_text()
    desk.keyboard.press("Enter")
    expect(desk.locator("h1")).to_contain_text(reference)


def test_typing_stays_typing(desk):
    desk.keyboard.press("/")
    desk.keyboard.type("j?gc")
    expect(desk.locator("#frame-search")).to_have_value("j?gc")
    expect(desk.locator("dialog[open]")).to_have_count(0)


def test_g_and_a_letter_go_somewhere(desk, live_url):
    desk.keyboard.press("g")
    desk.keyboard.press("c")
    expect(desk).to_have_url(f"{live_url}/customers")


def test_c_begins_a_new_incident(desk):
    desk.keyboard.press("c")
    expect(desk.locator("h1")).to_have_text("New incident by phone")


def test_the_help_names_every_key(desk):
    desk.keyboard.press("?")
    expect(desk.locator("dialog.keys")).to_be_visible()
    expect(desk.locator("dialog.keys")).to_contain_text("Stop or resume the clock")
    desk.keyboard.press("Escape")
    expect(desk.locator("dialog.keys")).to_be_hidden()


def test_the_palette_finds_what_the_page_can_do(desk, live_url):
    desk.keyboard.press("Control+k")
    desk.keyboard.type("cust")
    expect(desk.get_by_role("option", name="Customers")).to_have_attribute("aria-selected", "true")
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(f"{live_url}/customers")


def test_the_palette_says_when_nothing_fits_and_looks_among_the_tickets(desk, live_url):
    desk.get_by_role("button", name="Commands").click()
    desk.keyboard.type("xyzzy")
    expect(desk.get_by_text("No command fits.")).to_be_visible()
    expect(desk.get_by_role("option", name="Search for “xyzzy”")).to_be_visible()
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(f"{live_url}/desk?q=xyzzy")


def test_single_keys_can_be_switched_off(app, desk):
    with acting(app) as session:
        session.execute(update(User).values(has_shortcuts=False))
    desk.reload()
    desk.keyboard.press("?")
    desk.keyboard.press("c")
    expect(desk.locator("dialog[open]")).to_have_count(0)
    expect(desk.locator("h1")).to_have_text("Desk")
    desk.keyboard.press("Control+k")
    expect(desk.locator("dialog.palette")).to_be_visible()
