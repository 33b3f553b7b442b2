"""Cases T20 to T27 as far as the engine carries them: time zones and clock changes. Rule SLA-1."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from sla.clock import evaluate
from sla.interval import Interval
from sla.reading import clock_to_json, facts_from_json
from tests.sla.factories import (
    ALL_DAYS,
    BELGIAN,
    BRUSSELS,
    DESCRIPTION,
    HOUR,
    OFFICE,
    at,
    due,
    hours,
    ticket,
    weekly,
    works,
)

FULL_WEEK = weekly(hours(ALL_DAYS, OFFICE))
ROUND_THE_CLOCK = weekly(hours(ALL_DAYS, "00:00-24:00"))
NIGHTS = weekly(hours(ALL_DAYS, "00:00-02:30", "22:00-24:00"))
LATE_NIGHTS = weekly(hours(ALL_DAYS, "02:30-05:00"))

OVER_CLOCK_CHANGES = [
    ("T20 into summer", "2026-03-27 17:30", 1, "2026-03-30T06:30:00+00:00"),
    ("T21 into winter", "2026-10-23 17:30", 1, "2026-10-26T07:30:00+00:00"),
    ("T22 24 h into summer", "2026-03-27 09:00", 24, "2026-03-31T11:00:00+00:00"),
    ("T22 24 h into winter", "2026-10-23 09:00", 24, "2026-10-27T12:00:00+00:00"),
]


@pytest.mark.parametrize(
    ("start", "counted", "expected"),
    [pytest.param(*row, id=name) for name, *row in OVER_CLOCK_CHANGES],
)
def test_T20_to_T22_windows_keep_local_time(start: str, counted: int, expected: str) -> None:
    assert due(start, counted).isoformat() == expected


def test_T23_a_seven_day_plan_over_the_autumn_change() -> None:
    assert FULL_WEEK.elapsed(at("2026-10-24 00:30"), at("2026-10-27 12:00")) == 34 * HOUR


@pytest.mark.parametrize(
    ("start", "end", "lasting"),
    [
        ("2026-03-28 23:00", "2026-03-29 06:00", 6),
        ("2026-10-24 23:00", "2026-10-25 06:00", 8),
    ],
)
def test_T24_works_over_a_clock_change_last_what_really_passes(
    start: str, end: str, lasting: int
) -> None:
    """Rule SLA-7."""
    assert works(start, end).seconds == lasting * HOUR


@pytest.mark.parametrize(
    ("start", "end", "lasting"),
    [
        ("2026-03-29 01:30", "2026-03-29 03:30", 1),
        ("2026-10-25 01:30", "2026-10-25 03:30", 3),
    ],
)
def test_T25_works_across_the_change_last_one_hour_or_three(
    start: str, end: str, lasting: int
) -> None:
    assert works(start, end).seconds == lasting * HOUR
    cut = ROUND_THE_CLOCK.elapsed(at(start), at(end))
    assert cut == lasting * HOUR


def test_T26_the_repeated_hour_is_two_hours() -> None:
    """The portal asks which one is meant; the engine tells them apart by their offset."""
    first = datetime.fromisoformat("2026-10-25T02:30:00+02:00")
    second = datetime.fromisoformat("2026-10-25T02:30:00+01:00")
    assert Interval(first, second).seconds == HOUR
    assert ROUND_THE_CLOCK.elapsed(first, second) == HOUR


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Europe/Brussels", "America/New_York", "UTC"])
def test_T27_the_same_ticket_from_any_zone_gives_the_same_figures(zone: str) -> None:
    def local(text: str) -> str:
        return at(text).astimezone(ZoneInfo(zone)).isoformat()

    facts = facts_from_json(
        {
            "created_at": local("2026-03-27 16:00"),
            "priorities": [
                {"at": local("2026-03-27 16:00"), "priority": "P1", "basis": "initial"},
            ],
            "intervention_started_at": local("2026-03-30 08:10"),
            "as_of": local("2026-03-31 09:00"),
        },
    )
    shown = [
        clock_to_json(c, BRUSSELS) for c in evaluate(facts, DESCRIPTION, BELGIAN, explain=True)
    ]
    assert shown == SEEN_FROM_BRUSSELS


SEEN_FROM_BRUSSELS = [
    clock_to_json(c, BRUSSELS)
    for c in evaluate(
        facts_from_json(
            {
                "created_at": "2026-03-27T16:00:00+01:00",
                "priorities": [
                    {"at": "2026-03-27T16:00:00+01:00", "priority": "P1", "basis": "initial"},
                ],
                "intervention_started_at": "2026-03-30T08:10:00+02:00",
                "as_of": "2026-03-31T09:00:00+02:00",
            },
        ),
        DESCRIPTION,
        BELGIAN,
        explain=True,
    )
]


def test_a_day_of_24_hours_has_23_or_25_at_the_changes() -> None:
    assert ROUND_THE_CLOCK.elapsed(at("2026-03-29 00:00"), at("2026-03-30 00:00")) == 23 * HOUR
    assert ROUND_THE_CLOCK.elapsed(at("2026-10-25 00:00"), at("2026-10-26 00:00")) == 25 * HOUR
    assert ROUND_THE_CLOCK.elapsed(at("2026-10-26 00:00"), at("2026-10-27 00:00")) == 24 * HOUR


@pytest.mark.parametrize(
    ("day", "next_day", "night", "late"),
    [
        ("2026-03-28", "2026-03-29", 4.5, 2.5),
        ("2026-03-29", "2026-03-30", 4.0, 2.0),  # 02:00 to 03:00 does not exist
        ("2026-10-25", "2026-10-26", 5.0, 3.0),  # 02:00 to 03:00 comes twice
    ],
)
def test_a_window_that_ends_or_begins_within_the_change(
    day: str, next_day: str, night: float, late: float
) -> None:
    """An instant is in the window when its wall-clock time is."""
    span = (at(f"{day} 00:00"), at(f"{next_day} 00:00"))
    assert NIGHTS.elapsed(*span) == night * HOUR
    assert LATE_NIGHTS.elapsed(*span) == late * HOUR


def test_the_repeated_half_hour_opens_the_window_twice() -> None:
    opened = [
        (datetime.fromtimestamp(a, UTC).isoformat(), b - a)
        for a, b, _ in LATE_NIGHTS.windows(
            int(at("2026-10-25 00:00").timestamp()), int(at("2026-10-26 00:00").timestamp())
        )
        if a > at("2026-10-25 00:00").timestamp()
    ]
    assert opened == [("2026-10-25T00:30:00+00:00", 1800), ("2026-10-25T01:30:00+00:00", 9000)]


@pytest.mark.parametrize(
    ("zone", "day", "following", "lasting"),
    [
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-06", 24.5),  # changes by half an hour
        ("America/Sao_Paulo", "2017-10-15", "2017-10-16", 23),  # midnight does not exist
        ("America/Havana", "2019-11-03", "2019-11-04", 25),  # midnight comes twice
        ("Pacific/Apia", "2011-12-29", "2011-12-30", 24),  # the day before the one left out
    ],
)
def test_unusual_clock_changes(zone: str, day: str, following: str, lasting: float) -> None:
    place = ZoneInfo(zone)
    schedule = weekly(hours(ALL_DAYS, "00:00-24:00"), zone=zone, public_holidays=False)
    found = schedule.elapsed(at(f"{day} 00:00", place), at(f"{following} 00:00", place))
    assert found == lasting * HOUR


def test_instants_without_offset_are_refused() -> None:
    naive = datetime.fromisoformat("2026-03-06T10:00:00")
    with pytest.raises(ValueError, match="no offset"):
        BELGIAN.advance(naive, HOUR)
    with pytest.raises(ValueError, match="offset"):
        Interval(naive)
    with pytest.raises(ValueError, match="no offset"):
        evaluate(replace(ticket("2026-03-06 10:00"), as_of=naive), DESCRIPTION, BELGIAN)
