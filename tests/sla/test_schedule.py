"""The line of counted seconds: read both ways, and grown year by year. Rule SLA-1."""

from dataclasses import replace
from datetime import date
from threading import Thread

import pytest

from sla.errors import ScheduleError
from sla.holidays import public_holidays
from sla.interval import from_epoch, to_epoch
from sla.policy import parse_description
from sla.schedule import Schedule
from tests.sla.factories import (
    BELGIAN,
    DESCRIPTION,
    HOLIDAYS,
    HOUR,
    OFFICE,
    WORKDAYS,
    at,
    closure,
    document,
    hours,
    weekly,
)

SPLIT = weekly(hours(WORKDAYS, "08:00-12:00", "13:00-18:00"))
MONDAY = "2026-06-08 "


def second(text: str) -> int:
    return to_epoch(at(text))


@pytest.mark.parametrize(
    ("instant", "counted"),
    [
        ("00:00", 0),
        ("08:00", 0),
        ("08:00:01", 1),
        ("12:00", 4 * HOUR),
        ("12:30", 4 * HOUR),
        ("13:00", 4 * HOUR),
        ("13:30", 4.5 * HOUR),
        ("18:00", 9 * HOUR),
        ("23:59:59", 9 * HOUR),
    ],
)
def test_worked_counts_what_lies_before(instant: str, counted: float) -> None:
    start = SPLIT.worked(second(MONDAY + "00:00"))
    assert SPLIT.worked(second(MONDAY + instant)) - start == counted


@pytest.mark.parametrize(
    ("counted", "first", "following"),
    [
        (1, "08:00:01", "08:00:01"),
        (4 * HOUR - 1, "11:59:59", "11:59:59"),
        (4 * HOUR, "12:00", "13:00"),
        (4 * HOUR + 1, "13:00:01", "13:00:01"),
    ],
)
def test_the_way_back_is_the_earliest_instant_or_the_next_counted_one(
    counted: int, first: str, following: str
) -> None:
    count = SPLIT.worked(second(MONDAY + "00:00")) + counted
    assert from_epoch(SPLIT.first_at(count)) == at(MONDAY + first)
    assert from_epoch(SPLIT.next_at(count)) == at(MONDAY + following)


def test_the_next_counted_second_after_a_week_skips_the_weekend() -> None:
    count = SPLIT.worked(second("2026-06-12 18:00"))
    assert from_epoch(SPLIT.first_at(count)) == at("2026-06-12 18:00")
    assert from_epoch(SPLIT.next_at(count)) == at("2026-06-15 08:00")


def test_adjoining_spans_make_no_gap() -> None:
    schedule = weekly(hours(WORKDAYS, "08:00-12:00", "12:00-18:00"))
    assert schedule.elapsed(at(MONDAY + "11:00"), at(MONDAY + "13:00")) == 2 * HOUR
    count = schedule.worked(second(MONDAY + "12:00"))
    assert schedule.next_at(count) == second(MONDAY + "12:00")


def test_growing_in_both_directions_moves_no_figure() -> None:
    schedule = Schedule.of(DESCRIPTION, holidays=HOLIDAYS)
    before = schedule.worked(second("2017-06-01 12:00"))
    years = (2030, 2015, 2045, 1990)
    for year in years:
        schedule.worked(second(f"{year}-06-01 12:00"))
        assert schedule.worked(second("2017-06-01 12:00")) == before
    counts = [schedule.worked(second(f"{year}-06-01 12:00")) for year in sorted(years)]
    assert counts == sorted(counts)
    assert schedule.elapsed(at("2029-12-30 00:00"), at("2030-01-03 00:00")) == 2 * 10 * HOUR


def test_growing_in_threads_gives_the_same_figures() -> None:
    schedule = Schedule.of(DESCRIPTION, holidays=HOLIDAYS)
    found: dict[int, int] = {}

    def count(year: int) -> None:
        found[year] = schedule.elapsed(at(f"{year}-01-01 00:00"), at(f"{year + 1}-01-01 00:00"))

    threads = [Thread(target=count, args=(year,)) for year in range(2014, 2030)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for year in range(2014, 2030):
        once = found[year]
        count(year)
        assert found[year] == once


@pytest.mark.parametrize("text", ["1969-06-01 12:00", "2100-06-01 12:00"])
def test_years_out_of_reach_are_refused(text: str) -> None:
    with pytest.raises(ScheduleError, match="outside the years 1970 to 2099"):
        BELGIAN.worked(second(text))


def test_a_week_without_hours_is_refused_also_without_a_document() -> None:
    """Case T12."""
    never = replace(DESCRIPTION, week=((),) * 7)
    with pytest.raises(ScheduleError, match="no open hours"):
        Schedule.of(never)


def test_a_closure_closes_from_its_first_to_its_last_day() -> None:
    schedule = weekly(hours(WORKDAYS, OFFICE), closures=[closure("2026-06-09", "2026-06-10")])
    assert schedule.advance(at(MONDAY + "17:00"), 2 * HOUR) == at("2026-06-11 09:00")


def test_closures_of_the_description_come_on_top() -> None:
    """Rule CAT-1."""
    inventory = [{"from": "2026-06-09", "to": "2026-06-09", "name": "inventory"}]
    own = parse_description(document(closures=inventory))
    both = Schedule.of(own, closures=[closure("2026-06-10", "2026-06-10")])
    assert both.advance(at(MONDAY + "17:00"), 2 * HOUR) == at("2026-06-11 09:00")


def test_windows_name_the_closed_day() -> None:
    names = [
        name
        for _, _, name in BELGIAN.windows(second("2026-05-11 00:00"), second("2026-05-16 00:00"))
    ]
    assert names[-5:] == [None, None, None, "Ascension Day", None]


@pytest.mark.parametrize("year", range(2015, 2031))
def test_belgium_has_ten_statutory_days_every_year(year: int) -> None:
    """Cases T06 and T15: Easter is computed here by the rule of Gauss, not looked up."""
    found = dict(public_holidays("BE", [year]))
    assert len(found) == 10
    easter_monday = date.fromordinal(easter_sunday(year).toordinal() + 1)
    assert found[easter_monday] == "Easter Monday"
    assert found[date.fromordinal(easter_monday.toordinal() + 38)] == "Ascension Day"
    assert found[date.fromordinal(easter_monday.toordinal() + 49)] == "Pentecost Monday"


def easter_sunday(year: int) -> date:
    """Return Easter by the algorithm of Meeus, Jones and Butcher."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def test_an_unknown_country_is_refused() -> None:
    with pytest.raises(ScheduleError, match="no public holidays are known for XX"):
        public_holidays("XX", [2026])
