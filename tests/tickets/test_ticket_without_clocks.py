"""A priority without a target has no clocks: what is previewed there can be saved all the same."""

import pytest

from tests.portal import acting
from tests.tickets.agent_page import an_office, kinds

NOTHING = "No clock, no verdict, no credit."


@pytest.fixture
def office(app, monkeypatch):
    return an_office(app, monkeypatch, "P3")


@pytest.mark.parametrize(
    ("name", "typed", "written"),
    [
        ("stop", {"stop_reason": "customer", "note": "logs"}, ["clock_stopped"]),
        ("void", {"reason": "a test"}, ["voided"]),
        (
            "priority",
            {"priority": "P4", "basis": "correction", "reason": "x"},
            ["priority_corrected"],
        ),
        ("scope", {"cause": "a_external", "reason": "a power cut"}, ["out_of_scope"]),
        ("start", {"at": "2026-06-08T10:00", "reason": "by telephone"}, ["intervention_started"]),
        (
            "resolve",
            {"body": "Done.", "solution": "permanent", "at": "2026-06-08T10:00", "reason": "x"},
            ["resolved"],
        ),
    ],
)
def test_where_no_clock_can_move_the_page_says_so_and_saves(office, name, typed, written):
    page = office.agent()
    saved_when_it_says_so(page, name, typed)
    assert kinds(office) == written


def test_a_duplicate_without_clocks_can_be_closed(app, office):
    with acting(app):
        survivor = office.desk().open("2026-06-08 08:30", "P3").reference
    page = office.agent()
    saved_when_it_says_so(page, "duplicate", {"survivor": survivor})
    assert kinds(office) == ["voided"]


def test_an_entry_of_a_ticket_without_clocks_can_be_taken_back(office):
    page = office.agent()
    page.send("start")
    page.follow()
    page.read("?annul=4")
    saved_when_it_says_so(page, "annul", {"seq": "4", "reason": "another ticket"})
    assert kinds(office) == ["intervention_started", "annulled"]


def saved_when_it_says_so(page, name, typed):
    """Send a form, see that nothing moves, and save it as the page offers."""
    assert page.send(name, **typed).status_code == 200
    assert NOTHING in page.words
    assert 'name="confirm"' in page.shown.text
    assert 'class="table preview-table"' not in page.shown.text
    page.send(name, is_confirmed=True, **typed)
    assert page.follow().status_code == 200
