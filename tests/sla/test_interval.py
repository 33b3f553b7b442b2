"""Intervals of instants and the algebra of their seconds."""

from datetime import UTC, datetime, timedelta

import pytest

from sla.interval import (
    FOREVER,
    Interval,
    difference,
    from_epoch,
    intersection,
    to_epoch,
    total,
    union,
)
from tests.sla.factories import at, works


def test_an_interval_is_half_open() -> None:
    found = works("2026-06-08 10:00", "2026-06-08 11:00")
    assert found.contains(at("2026-06-08 10:00"))
    assert found.contains(at("2026-06-08 10:59:59"))
    assert not found.contains(at("2026-06-08 11:00"))
    assert not found.contains(at("2026-06-08 09:59:59"))


def test_an_interval_without_end_is_still_open() -> None:
    found = Interval(at("2026-06-08 10:00"))
    assert found.contains(at("2099-01-01 00:00"))
    assert found.seconds is None
    assert found.span[1] == FOREVER


def test_an_interval_may_be_empty_but_not_turned() -> None:
    assert works("2026-06-08 10:00", "2026-06-08 10:00").seconds == 0
    with pytest.raises(ValueError, match="cannot end before it starts"):
        works("2026-06-08 10:00", "2026-06-08 09:59:59")


def test_an_end_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        Interval(at("2026-06-08 10:00"), datetime.fromisoformat("2026-06-08T11:00:00"))


@pytest.mark.parametrize(
    ("instant", "seconds"),
    [
        (datetime(2026, 1, 1, tzinfo=UTC), 1_767_225_600),
        (datetime(2026, 1, 1, 0, 0, 0, 999_999, tzinfo=UTC), 1_767_225_600),
        (datetime(1969, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC), -1),
    ],
)
def test_fractions_are_cut_off_downwards(instant: datetime, seconds: int) -> None:
    assert to_epoch(instant) == seconds
    assert timedelta(0) <= instant - from_epoch(seconds) < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([], []),
        ([(3, 3)], []),
        ([(5, 4)], []),
        ([(5, 6), (1, 2)], [(1, 2), (5, 6)]),
        ([(1, 3), (3, 5)], [(1, 5)]),
        ([(1, 9), (3, 5)], [(1, 9)]),
        ([(1, 4), (3, FOREVER)], [(1, FOREVER)]),
    ],
)
def test_union(spans: list, expected: list) -> None:
    assert union(spans) == expected


@pytest.mark.parametrize(
    ("spans", "cuts", "expected"),
    [
        ([(0, 10)], [], [(0, 10)]),
        ([(0, 10)], [(2, 4), (6, 8)], [(0, 2), (4, 6), (8, 10)]),
        ([(0, 10)], [(-5, 3)], [(3, 10)]),
        ([(0, 10)], [(8, FOREVER)], [(0, 8)]),
        ([(0, 10)], [(0, 10)], []),
        ([(0, 3), (5, 8)], [(2, 6)], [(0, 2), (6, 8)]),
    ],
)
def test_difference(spans: list, cuts: list, expected: list) -> None:
    assert difference(spans, cuts) == expected


def test_intersection_and_total() -> None:
    common = intersection([(0, 10), (20, 30)], [(5, 25)])
    assert common == [(5, 10), (20, 25)]
    assert total(common) == 10
