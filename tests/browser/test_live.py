"""Live parts: clocks tick, and nothing the reader is busy with is taken away."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

CLOCK = """([due, state, words]) => document.querySelector("main").insertAdjacentHTML(
  "beforeend", `<span id="clock" data-due="${due}" data-state="${state}">${words}</span>`)"""


@pytest.fixture
def clock(page, live_url):
    page.clock.install(time=datetime(2026, 3, 9, 8, 0, tzinfo=UTC))
    page.goto(f"{live_url}/login")
    page.evaluate("document.body.dataset.now = new Date().toISOString()")

    def put(state, words, **left):
        due = datetime.fromtimestamp(page.evaluate("Date.now()") / 1000, UTC) + timedelta(**left)
        page.evaluate(CLOCK, [due.isoformat(), state, words])
        return page.locator("#clock")

    return put


def with_now(route):
    answer = route.fetch()
    body = answer.text()
    start = body.index('data-now="') + len('data-now="')
    route.fulfill(response=answer, body=f"{body[:start]}2026-03-09T08:00:00Z{body[start + 20 :]}")


@pytest.fixture(autouse=True)
def same_time(page):
    """The page believes the server's instant, so both are told the same one."""
    page.route("**/login", with_now)


def test_a_running_clock_goes_on_between_two_answers(page, clock):
    shown = clock("on_track", "38\u202fmin left", minutes=38, seconds=30)
    page.clock.run_for(65_000)
    expect(shown).to_have_text("37\u202fmin left")


def test_the_last_minute_is_counted_in_seconds(page, clock):
    shown = clock("attention", "1\u202fmin left", minutes=1, seconds=5)
    page.clock.run_for(25_000)
    expect(shown).to_have_text("40\u202fs left")


def test_a_clock_that_will_pause_in_between_is_left_to_the_server(page, clock):
    shown = clock("on_track", "30\u202fmin left", hours=62, minutes=30)
    page.clock.run_for(120_000)
    expect(shown).to_have_text("30\u202fmin left")


@pytest.mark.parametrize("state", ["closed", "paused", "breached"])
def test_a_clock_that_does_not_count_stands_still(page, clock, state):
    shown = clock(state, "30\u202fmin left", minutes=30, seconds=10)
    page.clock.run_for(120_000)
    expect(shown).to_have_text("30\u202fmin left")


def test_little_motion_means_one_new_word_a_minute(page, clock):
    page.emulate_media(reduced_motion="reduce")
    shown = clock("attention", "1\u202fmin left", minutes=1, seconds=30)
    page.clock.run_for(40_000)
    expect(shown).to_have_text("1\u202fmin left")
