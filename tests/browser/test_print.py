"""Pages on paper: what was read, without what was pressed, black on white in any scheme."""

import pytest
from playwright.sync_api import expect

from tests.browser.looking import OUTPUT

pytestmark = pytest.mark.browser


def test_a_ticket_prints_without_its_frame(page, live_url, persona, enter):
    enter(persona("amal@desk.example"))
    page.emulate_media(color_scheme="dark")
    page.goto(f"{live_url}/desk")
    page.locator("[data-row] [data-row-link]").first.click()
    page.emulate_media(media="print", color_scheme="dark")
    for part in (".frame-top", ".frame-nav", ".crumbs"):
        expect(page.locator(part)).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
    body = page.locator("body")
    assert body.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"
    assert body.evaluate("e => getComputedStyle(e).color") == "rgb(23, 35, 42)"
    OUTPUT.mkdir(exist_ok=True)
    page.pdf(path=OUTPUT / "ticket.pdf", format="A4")
