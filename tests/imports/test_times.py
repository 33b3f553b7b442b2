"""Local times of a log, over both clock changes (T26)."""

from datetime import UTC, datetime

import pytest

from ops_portal.imports.codes import Repair
from ops_portal.imports.mapping import TimeShape
from ops_portal.imports.times import time_reader

READ = time_reader(TimeShape(format="%d/%m/%Y %H:%M", zone="Europe/Brussels"))


def test_an_ordinary_time_needs_no_repair() -> None:
    assert READ("7/3/2016 09:05") == (datetime(2016, 3, 7, 8, 5, tzinfo=UTC), None)


def test_a_skipped_time_is_taken_an_hour_later_t26() -> None:
    instant, repair = READ("27/3/2016 02:30")
    assert repair is Repair.TIME_IN_GAP
    assert instant == READ("27/3/2016 03:30")[0]


def test_a_time_that_comes_twice_is_taken_the_first_time_t26() -> None:
    assert READ("30/10/2016 02:30") == (
        datetime(2016, 10, 30, 0, 30, tzinfo=UTC),
        Repair.TIME_TWICE,
    )


def test_an_iso_time_with_an_offset_keeps_it_and_loses_its_fractions() -> None:
    read = time_reader(TimeShape(format="iso", zone="Europe/Brussels"))
    expected = datetime(2016, 3, 7, 8, 0, 1, tzinfo=UTC)
    assert read("2016-03-07T03:00:01.999-05:00") == (expected, None)
    assert read("2016-03-07T09:00:01") == (expected, None)


@pytest.mark.parametrize("text", ["", "soon", "2016-03-07 09:00", "31/2/2016 09:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        READ(text)
