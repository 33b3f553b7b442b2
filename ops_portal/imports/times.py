"""Local times of a log as instants, with the two hours a year that a clock change spoils."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from ops_portal.imports.codes import Repair
from ops_portal.imports.mapping import TimeShape

ISO = "iso"
REMEMBERED = 16_384
Read = Callable[[str], tuple[datetime, Repair | None]]


def time_reader(shape: TimeShape) -> Read:
    """Return the function that reads the times of a log.

    It gives the instant (UTC, to the second) and the repair it took, if any: a time that the change
    to summer time skipped is taken an hour later, one that came twice is taken the first time
    (T26). It raises ValueError for what is no such time.
    """
    zone = ZoneInfo(shape.zone)
    pattern = None if shape.format == ISO else shape.format

    @lru_cache(REMEMBERED)
    def read(text: str) -> tuple[datetime, Repair | None]:
        value = _parse(text.strip(), pattern).replace(microsecond=0)
        if value.tzinfo is not None:
            return value.astimezone(UTC), None
        first, second = (value.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
        instant = first.astimezone(UTC)
        if first.utcoffset() == second.utcoffset():
            return instant, None
        is_skipped = instant.astimezone(zone).replace(tzinfo=None) != value
        return instant, Repair.TIME_IN_GAP if is_skipped else Repair.TIME_TWICE

    return read


def _parse(text: str, pattern: str | None) -> datetime:
    if pattern is None:
        return datetime.fromisoformat(text)
    return datetime.strptime(text, pattern)  # noqa: DTZ007 (the zone is the mapping's)
