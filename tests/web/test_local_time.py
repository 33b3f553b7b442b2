"""Typed local times over both clock changes (T26)."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from ops_portal.web.local_time import Which, read_local

BRUSSELS = ZoneInfo("Europe/Brussels")


def test_an_ordinary_time_has_one_instant() -> None:
    found = read_local("2026-06-08T09:00", BRUSSELS)
    assert found.instants == (datetime(2026, 6, 8, 7, tzinfo=UTC),)
    assert found.instant() == datetime(2026, 6, 8, 7, tzinfo=UTC)


def test_a_time_that_the_clock_jumps_over_has_none_t26() -> None:
    found = read_local("2026-03-29T02:30", BRUSSELS)
    assert found.instants == ()
    assert found.instant(Which.FIRST) is None


def test_a_time_that_comes_twice_asks_which_t26() -> None:
    found = read_local("2026-10-25T02:30", BRUSSELS)
    assert found.is_ambiguous
    assert found.instant() is None
    assert found.instant(Which.FIRST) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert found.instant(Which.SECOND) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01T00:00", "2026-06-08T09:00+02:00"])
def test_what_is_no_local_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_local(text, BRUSSELS)
