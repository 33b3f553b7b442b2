"""Cases T01 to T19: the calendar. Rule SLA-1."""

from itertools import combinations

import pytest

from sla.errors import DescriptionError, ScheduleError
from sla.holidays import public_holidays
from sla.policy import parse_description
from sla.schedule import Schedule
from tests.sla.factories import (
    ALL_DAYS,
    BELGIAN,
    DESCRIPTION,
    HOUR,
    OFFICE,
    WORKDAYS,
    at,
    clock,
    closure,
    document,
    due,
    hours,
    ticket,
    weekly,
)

DEADLINES = [
    ("T01 Friday evening", "2026-06-12 17:30", 1, "2026-06-15 08:30"),
    ("T02 Saturday", "2026-06-13 11:00", 1, "2026-06-15 09:00"),
    ("T03 holiday and weekend", "2026-04-30 17:30", 1, "2026-05-04 08:30"),
    ("T04 24 h are 2.4 windows", "2026-06-08 09:00", 24, "2026-06-10 13:00"),
    ("T05 a bridge day counts", "2026-05-13 16:00", 48, "2026-05-21 14:00"),
    ("T06 Easter moves", "2026-04-02 15:00", 24, "2026-04-08 09:00"),
    ("T07 Christmas", "2026-12-24 16:00", 24, "2026-12-30 10:00"),
    ("T08 up to the last second of the window", "2026-06-15 17:00", 1, "2026-06-15 18:00"),
    ("T09 start at the end of the window", "2026-06-15 18:00", 1, "2026-06-16 09:00"),
    ("T10 start at its beginning", "2026-06-15 08:00", 1, "2026-06-15 09:00"),
    ("T15 King's Feast is no contract holiday", "2027-11-15 09:00", 1, "2027-11-15 10:00"),
    ("T16 years ago", "2024-08-14 17:30", 1, "2024-08-16 08:30"),
]


@pytest.mark.parametrize(
    ("start", "counted", "expected"), [pytest.param(*row, id=name) for name, *row in DEADLINES]
)
def test_T01_to_T16_deadlines(start: str, counted: int, expected: str) -> None:
    assert due(start, counted) == at(expected)


def test_T01_the_deadline_is_the_instant_in_UTC() -> None:
    assert due("2026-06-12 17:30", 1).isoformat() == "2026-06-15T06:30:00+00:00"


@pytest.mark.parametrize(
    ("reacted", "elapsed", "state"),
    [
        ("2026-06-15 20:00", 3_600, "met"),
        ("2026-06-16 08:00", 3_600, "met"),
        ("2026-06-16 08:01", 3_660, "breached"),
    ],
)
def test_T08_a_verdict_follows_the_counted_time(reacted: str, elapsed: int, state: str) -> None:
    found = clock(ticket("2026-06-15 17:00", started=reacted), "reaction")
    assert (found.elapsed_s, found.state) == (elapsed, state)
    assert found.due_at == at("2026-06-15 18:00")


@pytest.mark.parametrize(
    ("reacted", "state"), [("2026-06-15 09:00:00", "met"), ("2026-06-15 09:00:01", "breached")]
)
def test_T10_exactly_on_target_is_met_and_one_second_later_is_not(reacted: str, state: str) -> None:
    assert clock(ticket("2026-06-15 08:00", started=reacted), "reaction").state == state


def test_T11_four_seconds_before_the_target_nothing_is_breached() -> None:
    found = clock(ticket("2026-06-08 09:00", as_of="2026-06-10 12:59:56"), "restoration")
    assert (found.state, found.elapsed_s, found.remaining_s) == ("running", 86_396, 4)


def test_T12_a_week_without_open_hours_is_refused() -> None:
    with pytest.raises(DescriptionError, match="support_window: has no open hours"):
        parse_description(document(support_window={"monday": []}))


def test_T12_a_calendar_closed_for_ever_is_refused() -> None:
    with pytest.raises(ScheduleError, match="never opens"):
        Schedule.of(DESCRIPTION, closures=[closure("2026-01-01", "9999-12-31")])


def test_T12_closures_that_add_up_to_for_ever_end_in_an_error_not_in_a_loop() -> None:
    decades = [closure(f"{year}-01-01", f"{year + 9}-12-31") for year in range(2020, 2100, 10)]
    schedule = Schedule.of(DESCRIPTION, closures=decades)
    with pytest.raises(ScheduleError, match="not open long enough"):
        schedule.advance(at("2026-06-15 08:00"), HOUR)


def test_T13_a_yearly_closure_over_new_year() -> None:
    schedule = weekly(
        hours(WORKDAYS, OFFICE),
        closures=[closure("2026-12-24", "2027-01-02"), closure("2027-12-24", "2028-01-02")],
    )
    assert due("2026-12-28 09:00", 1, schedule=schedule) == at("2027-01-04 09:00")
    assert due("2027-12-27 09:00", 1, schedule=schedule) == at("2028-01-03 09:00")
    assert due("2026-12-23 17:00", 2, schedule=schedule) == at("2027-01-04 09:00")


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2026-11-10 17:00", "2026-11-12 09:00"),
        ("2026-11-11 09:00", "2026-11-12 10:00"),
        ("2026-11-12 09:00", "2026-11-12 11:00"),
    ],
)
def test_T14_a_dated_holiday_closes_its_local_day_only(start: str, expected: str) -> None:
    assert due(start, 2) == at(expected)


def test_T15_the_statutory_days_are_ten_a_year_and_no_others() -> None:
    days = [f"{day.day} {day:%b}" for day, _ in public_holidays("BE", [2026])]
    assert days[:5] == ["1 Jan", "6 Apr", "1 May", "14 May", "25 May"]
    assert days[5:] == ["21 Jul", "15 Aug", "1 Nov", "11 Nov", "25 Dec"]


def test_T17_half_hours() -> None:
    schedule = weekly(hours(WORKDAYS, "08:30-17:30"))
    assert due("2026-06-15 08:00", 1, schedule=schedule) == at("2026-06-15 09:30")
    assert due("2026-06-15 17:00", 1, schedule=schedule) == at("2026-06-16 09:00")


def test_T18_a_lunch_break() -> None:
    schedule = weekly(hours(WORKDAYS, "08:00-12:00", "13:00-18:00"))
    assert due("2026-06-15 11:30", 1, schedule=schedule) == at("2026-06-15 13:30")
    assert due("2026-06-15 11:00", 1, schedule=schedule) == at("2026-06-15 12:00")
    assert due("2026-06-15 12:00", 9, schedule=schedule) == at("2026-06-16 12:00")


SUBSETS = [days for n in range(1, 8) for days in combinations(ALL_DAYS, n)]


@pytest.mark.parametrize("days", SUBSETS, ids="+".join)
def test_T19_every_subset_of_weekdays(days: tuple[str, ...]) -> None:
    """30 hours are three windows: the third open day from Monday on, at 18:00."""
    schedule = weekly(hours(days, OFFICE))
    order = [week * 7 + ALL_DAYS.index(day) for week in range(3) for day in days]
    day = 8 + sorted(order)[2]
    assert due("2026-06-08 00:00", 30, schedule=schedule) == at(f"2026-06-{day:02} 18:00")


def test_T19_only_tuesday_is_a_support_day() -> None:
    schedule = weekly(hours(["tuesday"], OFFICE))
    assert due("2026-06-08 09:00", 24, schedule=schedule) == at("2026-06-23 12:00")


def test_holidays_count_where_the_description_says_so() -> None:
    """Rules SLA-1 and CAT-1: a catalogue setting."""
    open_always = parse_description(document(public_holidays=False))
    schedule = Schedule.of(open_always, holidays=public_holidays("BE", [2026]))
    assert due("2026-04-30 17:30", 1, schedule=schedule) == at("2026-05-01 08:30")


def test_the_fixture_has_its_holidays_in_every_year_of_the_tests() -> None:
    assert BELGIAN.elapsed(at("2026-01-01 00:00"), at("2027-01-01 00:00")) == 253 * 10 * HOUR
