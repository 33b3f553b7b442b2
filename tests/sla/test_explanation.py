"""Segments: which seconds counted, which did not, and the first cause that applies. Rule SLA-6."""

import pytest

from sla.explanation import Segment
from sla.facts import Facts
from tests.sla.factories import HOUR, at, clock, stop, ticket, works

MONDAY = "2026-06-08 09:00"


def told(facts: Facts, kpi: str = "restoration") -> list[tuple]:
    """Return (start, cause or name, hours) of each segment, in Brussels time."""
    found = clock(facts, kpi).segments
    zone = at(MONDAY).tzinfo
    return [
        (f"{s.start.astimezone(zone):%d %H:%M}", s.name or s.cause, s.seconds / HOUR) for s in found
    ]


def test_nights_and_weekends_are_one_segment() -> None:
    facts = ticket("2026-06-12 17:00", resolutions="2026-06-15 09:00")
    assert told(facts) == [
        ("12 17:00", None, 1),
        ("12 18:00", "outside_window", 62),
        ("15 08:00", None, 1),
    ]


def test_only_the_hours_of_the_window_are_a_public_holiday() -> None:
    """National Day 2026 is a Tuesday."""
    facts = ticket("2026-07-20 17:00", resolutions="2026-07-22 09:00")
    assert told(facts) == [
        ("20 17:00", None, 1),
        ("20 18:00", "outside_window", 14),
        ("21 08:00", "National Day", 10),
        ("21 18:00", "outside_window", 14),
        ("22 08:00", None, 1),
    ]


def test_a_holiday_on_a_weekend_is_outside_the_window() -> None:
    """All Saints 2026 is a Sunday."""
    facts = ticket("2026-10-30 17:00", resolutions="2026-11-02 09:00")
    assert [cause for _, cause, _ in told(facts)] == [None, "outside_window", None]


def test_the_first_cause_in_the_order_of_the_specification_names_a_second() -> None:
    """Works and a stop over a night and a holiday."""
    facts = ticket(
        "2026-07-20 16:00",
        resolutions="2026-07-22 11:00",
        stops=(stop("2026-07-20 16:30", "2026-07-22 10:00", "force_majeure"),),
        planned_works=(works("2026-07-20 17:00", "2026-07-22 09:00"),),
    )
    assert told(facts) == [
        ("20 16:00", None, 0.5),
        ("20 16:30", "stop:force_majeure", 0.5),
        ("20 17:00", "planned_works", 1),
        ("20 18:00", "outside_window", 14),
        ("21 08:00", "National Day", 10),
        ("21 18:00", "outside_window", 14),
        ("22 08:00", "planned_works", 1),
        ("22 09:00", "stop:force_majeure", 1),
        ("22 10:00", None, 1),
    ]


@pytest.mark.parametrize("turned", [False, True])
def test_of_two_stops_the_one_that_began_first_names_the_second(turned) -> None:
    stops = [
        stop("2026-06-08 10:00", "2026-06-08 12:00", "third_party"),
        stop("2026-06-08 11:00", "2026-06-08 13:00", "customer"),
    ]
    facts = ticket(
        MONDAY, stops=tuple(stops[::-1] if turned else stops), resolutions="2026-06-08 14:00"
    )
    assert told(facts) == [
        ("08 09:00", None, 1),
        ("08 10:00", "stop:third_party", 2),
        ("08 12:00", "stop:customer", 1),
        ("08 13:00", None, 1),
    ]


def test_a_stop_within_another_does_not_end_it() -> None:
    facts = ticket(
        MONDAY,
        stops=(
            stop("2026-06-08 10:00", "2026-06-08 13:00"),
            stop("2026-06-08 11:00", "2026-06-08 12:00", "connectivity"),
        ),
        resolutions="2026-06-08 14:00",
    )
    assert [row[1:] for row in told(facts)] == [(None, 1), ("stop:customer", 3), (None, 1)]


def test_stops_of_one_reason_that_touch_are_one_segment() -> None:
    facts = ticket(
        MONDAY,
        stops=(
            stop("2026-06-08 10:00", "2026-06-08 11:00"),
            stop("2026-06-08 11:00", "2026-06-08 12:00"),
        ),
        resolutions="2026-06-08 13:00",
    )
    assert [row[1:] for row in told(facts)] == [(None, 1), ("stop:customer", 2), (None, 1)]


def test_an_open_stop_lasts_to_the_reading() -> None:
    facts = ticket(MONDAY, stops=(stop("2026-06-08 10:00", None),), as_of="2026-06-08 12:00")
    assert told(facts) == [("08 09:00", None, 1), ("08 10:00", "stop:customer", 2)]


def test_a_clock_that_ends_at_night_is_explained_to_its_end() -> None:
    facts = ticket("2026-06-12 17:00", resolutions="2026-06-13 11:00")
    assert told(facts) == [("12 17:00", None, 1), ("12 18:00", "outside_window", 17)]


def test_a_clock_that_starts_and_ends_at_night_is_one_segment() -> None:
    facts = ticket("2026-06-13 10:00", resolutions="2026-06-13 11:00")
    assert told(facts) == [("13 10:00", "outside_window", 1)]


def test_each_clock_is_explained_from_its_own_start_to_its_own_end() -> None:
    facts = ticket(
        MONDAY,
        notified="2026-06-08 08:50",
        started="2026-06-08 10:30",
        planned_works=(works("2026-06-08 08:55", "2026-06-08 10:00"),),
        resolutions="2026-06-08 11:00",
    )
    assert told(facts, "creation") == [
        ("08 08:50", None, 5 / 60),
        ("08 08:55", "planned_works", 5 / 60),
    ]
    assert told(facts, "reaction") == [("08 09:00", "planned_works", 1), ("08 10:00", None, 0.5)]


def test_a_segment_tells_whether_it_counts() -> None:
    counted = Segment(0, 60, None, None)
    lost = Segment(60, 90, "planned_works", None)
    assert (counted.counted, counted.seconds) == (True, 60)
    assert (lost.counted, lost.seconds) == (False, 30)
    assert lost.start == counted.end


def test_hundreds_of_overlapping_stops_are_explained() -> None:
    """As many as a faulty importer might write; the counts still add up."""
    stops = tuple(
        stop(f"2026-06-08 {9 + n // 60:02}:{n % 60:02}", f"2026-06-08 {15 + n % 3}:00")
        for n in range(300)
    )
    found = clock(ticket(MONDAY, stops=stops, resolutions="2026-06-08 18:00"), "restoration")
    assert [(s.cause, s.seconds) for s in found.segments] == [
        ("stop:customer", 8 * HOUR),
        (None, HOUR),
    ]
