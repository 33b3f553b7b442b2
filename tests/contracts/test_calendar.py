"""The calendar: dated versions, previewed, published with a reason, never rewritten."""

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from ops_portal.contracts.description_queries import description_in_force
from ops_portal.contracts.models import CalendarVersion
from ops_portal.contracts.operations import publish_calendar
from ops_portal.contracts.queries import calendar_versions, dated
from ops_portal.core.audit import AuditEntry
from ops_portal.core.db import db
from ops_portal.core.errors import RefusedError, StaleError
from ops_portal.tickets.recomputing import Recomputation
from sla.policy import Priority
from tests.factories import MONDAY, make_world, sign_in, ticket
from tests.portal import acting

TUESDAY = date(2026, 6, 9)


@pytest.fixture
def world(app, client, monkeypatch):
    for module in ("contracts.views", "tickets.calendar_views"):
        monkeypatch.setattr(f"ops_portal.{module}.now", lambda: MONDAY)
    with acting(app):
        found = make_world()
        ticket(found, priority=Priority.P1)
    sign_in(client, found.operator)
    return found


def publish(world, closures, **changes):
    values = {
        "holidays": dated(calendar_versions("BE")[0]).holidays,
        "closures": closures,
        "reason": "Strike",
        "actor": world.operator.actor,
        "now": MONDAY,
    }
    return publish_calendar("BE", **(values | changes))


@pytest.mark.parametrize(
    "closures",
    [
        [(TUESDAY, TUESDAY - timedelta(days=1), "Backwards")],
        [(TUESDAY, TUESDAY, "  ")],
        [(date(2026, 1, 1), date(2126, 1, 1), "For ever")],
    ],
)
def test_t12_a_calendar_that_makes_no_sense_is_refused(app, world, closures):
    with acting(app), pytest.raises(RefusedError):
        publish(world, closures)


def test_a_version_needs_a_reason(app, world):
    with acting(app), pytest.raises(RefusedError):
        publish(world, [], reason=" ")


def test_a_version_based_on_an_older_one_is_refused_with_both_numbers(app, world):
    with acting(app):
        first = calendar_versions("BE")[0].number
        publish(world, [], based_on=first)
        with pytest.raises(StaleError) as refusal:
            publish(world, [], based_on=first)
    assert (refusal.value.based_on, refusal.value.current) == (first, first + 1)


def test_versions_are_audited_and_cannot_be_rewritten(app, world):
    with acting(app):
        publish(world, [(TUESDAY, TUESDAY, "Strike")])
        entry = db.session.scalars(
            select(AuditEntry)
            .where(AuditEntry.action == "calendar.publish")
            .order_by(AuditEntry.seq.desc())
        ).first()
        assert entry.after["reason"] == "Strike"
        for change in ("UPDATE calendar_versions SET reason = ''", "DELETE FROM calendar_versions"):
            with pytest.raises(ProgrammingError), db.session.begin_nested():
                db.session.execute(text(change))


def form(page):
    """Return what the calendar's form would send as it stands."""
    inputs = re.findall(r"<input[^>]+>", page.text.partition("calendar-rows")[0][-3000:])
    inputs += re.findall(r"<input[^>]+>", page.text.partition("calendar-rows")[2])
    found = {}
    for tag in inputs:
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1] not in {"q", "next"}:
            found[name[1]] = value[1].replace("&#39;", "'") if value else ""
    return found


def change(client, page=None, *, step, **typed):
    page = page or client.get("/terms/calendar/change")
    return client.post(
        "/terms/calendar/change", data=form(page) | typed | {"step": step, "reason": "Strike"}
    )


CLOSE = {
    "closures-0-first": "2026-06-09",
    "closures-0-last": "2026-06-09",
    "closures-0-name": "Strike",
}


def test_t50_t72_the_change_is_previewed_before_it_is_published(app, client, world):
    preview = change(client, step="preview", **CLOSE)
    assert preview.status_code == 200
    assert "1 of the 1 most urgent open tickets get another due time" in preview.text
    assert 'value="Strike"' in preview.text
    with acting(app) as session:
        assert len(session.scalars(select(CalendarVersion)).all()) == 1
    published = change(client, preview, step="publish")
    assert published.status_code == 303
    with acting(app) as session:
        newest = calendar_versions("BE")[0]
        assert newest.closures == [["2026-06-09", "2026-06-09", "Strike"]]
        assert len(newest.holidays) == len(calendar_versions("BE")[1].holidays)
        assert (
            session.scalars(select(Recomputation).filter_by(cause="calendar", cause_id=newest.id))
            .one()
            .total
            == 1
        )
    assert client.get(published.location).status_code == 200


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"closures-0-name": ""}, "Fill in both days and the name, or empty the row."),
        ({"closures-0-last": "2026-06-08"}, "A closure must end on or after its first day."),
    ],
)
def test_a_refused_row_is_told_in_words_at_the_top_and_beside_the_rows(client, world, typed, words):
    answer = change(client, step="preview", **(CLOSE | typed))
    assert answer.status_code == 422
    assert f'<a href="#closures">Closures</a> – {words}' in answer.text
    assert f'<p class="field-error">{words}</p>' in answer.text


def test_a_holiday_can_be_taken_out_and_earlier_years_stay(app, client, world):
    page = client.get("/terms/calendar/change")
    row = re.search(r'name="holidays-(\d+)-day"[^>]*value="2026-07-21"', page.text)[1]
    answer = change(
        client,
        page,
        step="publish",
        **{f"holidays-{row}-day": "", f"holidays-{row}-name": ""},
    )
    assert answer.status_code == 303, answer.text
    with acting(app):
        days = {day for day, _name in dated(calendar_versions("BE")[0]).holidays}
    assert date(2026, 7, 21) not in days
    assert {date(2025, 7, 21), date(2027, 7, 21)} <= days


def test_half_a_row_is_refused_and_kept(client, world):
    refused = change(client, step="preview", **{"closures-0-name": "Nothing else"})
    assert refused.status_code == 422
    assert "Fill in both days and the name" in refused.text
    assert "Nothing else" in refused.text


def test_publishing_over_somebody_else_is_refused(app, client, world):
    page = client.get("/terms/calendar/change")
    with acting(app):
        publish(world, [])
    assert change(client, page, step="publish", **CLOSE).status_code == 409


def test_sla_1_the_calendar_page_shows_closures_holidays_and_versions(app, client, world):
    with acting(app):
        publish(world, [(TUESDAY, TUESDAY, "Strike")])
    page = client.get("/terms/calendar").text
    for words in ("Tue 9 Jun 2026", "Strike", "National Day", "Version 2"):
        assert words in page


def test_sla_1_the_years_begin_with_this_one_and_the_next_which_are_open(app, client, world):
    page = client.get("/terms/calendar").text
    years = re.findall(r"<details class=\"calendar-year\" (open)?>\s*<summary>(\d{4})", page)
    now_year = MONDAY.year
    assert [int(year) for is_open, year in years if is_open] == [now_year, now_year + 1]
    assert [int(year) for _open, year in years] == [
        *range(now_year, int(max(y for _o, y in years)) + 1),
        *range(now_year - 1, 2014, -1),
    ]


def test_tec_3_the_reason_of_the_portals_own_version_is_said_to_the_reader(app, client, world):
    page = client.get("/terms/calendar").text
    assert re.search(r"Public holidays 2015–20\d\d", page)
    assert "public holidays 2015" not in page


def test_cat_1_sla_4_the_page_of_the_description_shows_its_targets(app, client, world):
    with acting(app):
        shown = description_in_force("Invoice Insights", MONDAY.date()).id
    page = client.get(f"/terms/versions/{shown}").text
    for words in (
        "Invoice Insights",
        "08:00\u201318:00",
        "15\u202fmin",
        "24\u202fh",
        "25 %",
        "§6.5",
    ):
        assert words in page


@pytest.mark.parametrize(
    ("who", "reads", "changes"),
    [("agent", 200, 403), ("manager", 200, 403), ("clerk", 200, 403), ("representative", 403, 403)],
)
def test_only_the_operator_changes_the_calendar(client, world, who, reads, changes):
    sign_in(client, getattr(world, who))
    assert client.get("/terms").status_code == reads
    assert client.get("/terms/calendar").status_code == reads
    assert client.get("/terms/calendar/change").status_code == changes
