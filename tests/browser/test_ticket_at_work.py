"""An agent at work on a ticket, with a browser that follows what others do."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from ops_portal.core.clock import now
from ops_portal.tickets import operations
from ops_portal.tickets.queries import lock_ticket
from tests.browser.looking import look
from tests.factories import ticket
from tests.portal import acting

pytestmark = pytest.mark.browser
POLL_MS = 16_000


@pytest.fixture
def reference(app, world):
    """Return a ticket that was opened half an hour ago."""
    with acting(app):
        return ticket(world, at=now() - timedelta(minutes=30)).reference


@pytest.fixture
def desk(page, live_url, enter, world, reference):
    """Open the page as an agent, with a clock that the test moves."""
    page.clock.install()
    enter(world.agent)
    page.goto(f"{live_url}/desk/tickets/{reference}")
    return page


def note(app, world, reference, words):
    """Let a colleague write a note."""
    with acting(app):
        colleague = world.other_agent.actor
        operations.note(colleague, lock_ticket(colleague, reference), words, now=now())


def test_what_is_typed_stays_while_the_page_follows_others(app, world, desk, reference):
    desk.fill("#reply-body", "We have found it")
    note(app, world, reference, "I am on the telephone with them.")
    desk.clock.fast_forward(POLL_MS)
    expect(desk.locator("#ticket-history")).to_contain_text("I am on the telephone with them.")
    expect(desk.locator("#reply-body")).to_have_value("We have found it")
    desk.click("text=Send to the customer")
    expect(desk.locator("#ticket-history")).to_contain_text("We have found it")
    expect(desk.locator("#reply-body")).to_have_value("")
    expect(desk.locator(".timeline > li").last).to_be_focused()


def test_an_open_form_stays_open_while_the_page_follows_others(app, world, desk, reference):
    desk.keyboard.press("p")
    desk.fill("#priority-reason", "Nobody can work")
    note(app, world, reference, "It is the proxy.")
    desk.clock.fast_forward(POLL_MS)
    expect(desk.locator("#ticket-history")).to_contain_text("It is the proxy.")
    expect(desk.locator("#priority-reason")).to_have_value("Nobody can work")


def test_a_key_opens_a_form_and_its_preview_is_confirmed_in_place(desk):
    desk.fill("#reply-body", "Half a sentence")
    desk.locator("h1").click()
    desk.keyboard.press("s")
    expect(desk.locator("#stop-stop_reason")).to_be_focused()
    desk.fill("#stop-note", "the log of the proxy")
    desk.click("text=See what it moves")
    expect(desk.locator(".preview")).to_be_focused()
    expect(desk.locator("#stop-note")).to_have_value("the log of the proxy")
    desk.click("text=Save it like this")
    expect(desk.locator("#ticket-said")).to_be_focused()
    expect(desk.locator("#ticket-said")).to_contain_text("Clock stopped: customer")
    expect(desk.locator("#ticket-history")).to_contain_text("Clock stopped: customer")
    expect(desk.locator("#ticket-live")).to_contain_text("paused: customer")
    expect(desk.locator("#reply-body")).to_have_value("Half a sentence")


def test_keys_lead_to_the_reply_and_to_the_note(desk):
    desk.keyboard.press("r")
    expect(desk.locator("#reply-body")).to_be_focused()
    desk.locator("h1").click()
    desk.keyboard.press("n")
    expect(desk.locator("#note-body")).to_be_focused()


def test_the_receipt_of_a_chip_opens_for_the_keyboard(desk):
    chip = desk.locator("#ticket-live .chip-with-card").last
    card = chip.locator(".chip-card")
    expect(card).not_to_be_visible()
    chip.focus()
    expect(card).to_be_visible()
    expect(card).to_contain_text("Target")


def test_the_page_with_an_open_form_and_its_preview(desk):
    desk.keyboard.press("p")
    desk.check("#priority-basis-0")
    desk.select_option("#priority-priority", "P1")
    desk.fill("#priority-reason", "Nobody can work at all, as the diagnosis shows.")
    desk.click("text=See what it moves")
    expect(desk.locator(".preview")).to_contain_text("Time to restore")
    look(desk, "ticket-preview", is_french_too=False)


def test_the_page_that_asks_for_an_answer_first(desk):
    desk.keyboard.press("v")
    desk.click("#do-resolve button[type=submit]")
    expect(desk.locator("#do-resolve [data-errors]")).to_be_focused()
    look(desk, "ticket-refused", is_french_too=False)


OUTSIDE = """() => {
  const frame = document.querySelector(".clock-drawing");
  const { left, right } = frame.getBoundingClientRect();
  const cut = [...frame.querySelectorAll("text")].filter((text) => {
    const box = text.getBoundingClientRect();
    return box.width && (box.left < left - 1 || box.right > right + 1);
  });
  const words = cut.map((text) => text.textContent);
  return frame.scrollWidth > frame.clientWidth ? [...words, "it scrolls"] : words;
}"""


@pytest.mark.parametrize("width", [360, 519, 768])
def test_the_drawing_fits_the_screen_with_every_word_whole(desk, width):
    desk.set_viewport_size({"width": width, "height": 740})
    assert desk.evaluate(OUTSIDE) == []


@pytest.mark.parametrize("width", [1280, 1440])
def test_a_title_in_the_queue_has_room_and_its_row_one_line(desk, live_url, width):
    desk.set_viewport_size({"width": width, "height": 900})
    desk.goto(f"{live_url}/desk")
    title, row = desk.locator("td.desk-title").first, desk.locator("tr[data-row]").first
    assert title.bounding_box()["width"] >= 240
    assert row.bounding_box()["height"] == 36
