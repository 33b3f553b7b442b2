"""Forms in a browser: sent once, errors said at once, nothing typed is lost."""

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from ops_portal.tickets.models import Ticket
from tests.portal import acting

pytestmark = pytest.mark.browser

STORY = "Nobody of accounting can open an invoice since the update of this morning."


@pytest.fixture
def report(page, live_url, world, enter):
    enter(world.representative)
    page.goto(f"{live_url}/care/report")
    return page


def tickets(app):
    with acting(app) as session:
        return session.scalar(select(func.count()).select_from(Ticket))


def fill(page):
    page.locator("#title").fill("Invoices do not open")
    page.locator("#description").fill(STORY)
    page.locator("input[name=impact]").nth(2).check()
    page.locator("#is_own_side_checked").check()


def test_what_was_typed_survives_a_lost_session(report, world, enter, live_url):
    report.locator("#description").fill(STORY)
    report.context.clear_cookies(name="portal")
    report.get_by_role("button", name="Send the report").click()
    expect(report).to_have_url(re.compile("/login"))
    enter(world.representative)
    report.goto(f"{live_url}/care/report")
    expect(report.locator("#description")).to_have_value(STORY)
    expect(report.get_by_text("What you typed before is back.")).to_be_visible()


def test_what_was_sent_does_not_come_back(report, live_url):
    fill(report)
    report.get_by_role("button", name="Send the report").click()
    expect(report.locator("h1")).to_have_text("Invoices do not open")
    report.goto(f"{live_url}/care/report")
    expect(report.locator("#description")).to_have_value("")


def test_nobody_else_in_this_browser_sees_a_draft(report, world, enter, live_url):
    report.locator("#description").fill(STORY)
    enter(world.stranger)
    report.goto(f"{live_url}/care/report")
    expect(report.locator("#description")).to_have_value("")


def test_two_clicks_open_one_ticket(app, report):
    fill(report)
    report.get_by_role("button", name="Send the report").dblclick(no_wait_after=True)
    expect(report.locator("h1")).to_have_text("Invoices do not open")
    assert tickets(app) == 1


def test_the_first_error_takes_the_focus_and_keeps_the_rest(report):
    report.locator("#description").fill(STORY)
    report.get_by_role("button", name="Send the report").click()
    expect(report.locator("[data-errors]")).to_be_focused()
    expect(report.locator("#description")).to_have_value(STORY)
    expect(report.locator("#title-error")).to_be_visible()


def test_a_mistake_is_said_at_once_and_goes_with_its_repair(report):
    title = report.locator("#title")
    title.fill("x")
    title.fill("")
    title.blur()
    expect(report.locator("#title-error")).to_be_visible()
    expect(title).to_have_attribute("aria-invalid", "true")
    title.fill("Invoices")
    expect(report.locator("#title-error")).to_have_count(0)
