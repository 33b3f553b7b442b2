"""The support window as a line of counted seconds that can be read both ways.

`worked` maps an instant to the seconds counted before it; `first_at` and `next_at` map back. Years
are added when they are asked for, and figures never move when they are.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Self

from sla.document import FIRST_YEAR, LAST_YEAR
from sla.errors import ScheduleError
from sla.interval import from_epoch, to_epoch
from sla.table import Closure, Table, build, joined
from sla.terms import Description

LONGEST_CLOSURE = timedelta(days=3_660)


class Schedule:
    """Which seconds count, before any stop. Source: SLA-1."""

    __slots__ = ("_closures", "_table", "_week", "zone")

    def __init__(self, description: Description, closures: list[Closure]) -> None:
        """Keep the rules of `of`; the first table holds the years around the effective date."""
        self.zone = description.zone
        self._week = description.week
        self._closures = closures
        year = min(max(description.effective_from.year, FIRST_YEAR), LAST_YEAR)
        self._table = self._build(year, year)

    @classmethod
    def of(
        cls,
        description: Description,
        *,
        holidays: Iterable[tuple[date, str]] = (),
        closures: Iterable[Closure] = (),
    ) -> Self:
        """Return the schedule of a description with dated closed days.

        Args:
            description: zone, weekly hours, and whether public holidays are closed.
            holidays: `(day, name)`; left out when the description counts holidays.
            closures: `(from, to included, name)`, besides those of the description.

        Raises:
            ScheduleError: it never opens: no hours in the week, or closed for over ten years (T12).

        Source: SLA-1, CAT-1.

        """
        if not any(description.week):
            message = "the support window has no open hours"
            raise ScheduleError(message)
        closed = [*closures, *description.closures]
        for start, end, name in closed:
            if end - start > LONGEST_CLOSURE:
                message = f"{name} closes from {start} to {end}: the support window never opens"
                raise ScheduleError(message)
        if description.country is not None:
            closed += [(day, day, name) for day, name in holidays]
        return cls(description, closed)

    def advance(self, instant: datetime, seconds: int) -> datetime:
        """Return the earliest instant (UTC) by which `seconds` have counted since `instant`.

        Raises:
            ScheduleError: there is no such instant before 2200.

        Source: SLA-1; sla.md, Counted time.

        """
        start = to_epoch(instant)
        return from_epoch(self.first_at(self.worked(start) + seconds) if seconds else start)

    def elapsed(self, start: datetime, end: datetime) -> int:
        """Return the counted seconds of [start, end). Source: SLA-1."""
        return self.worked(to_epoch(end)) - self.worked(to_epoch(start))

    def worked(self, at: int) -> int:
        """Return the seconds counted before an instant, from an origin that never moves."""
        table = self._table
        if not table.start <= at < table.end:
            table = self.covering(at, at)
        entry = bisect_right(table.opens, at) - 1
        passed = at - table.opens[entry]
        length = table.lengths[entry]
        return table.before[entry] + (passed if passed < length else length)

    def first_at(self, count: int) -> int:
        """Return the earliest instant before which `count` seconds have counted."""
        table = self._table
        while count > table.counted:
            table = self._grown(table)
        entry = bisect_left(table.before, count) - 1
        return table.opens[entry] + count - table.before[entry]

    def next_at(self, count: int) -> int:
        """Return the start of the first counted second after `count` seconds have counted."""
        table = self._table
        while count >= table.counted:
            table = self._grown(table)
        entry = bisect_right(table.before, count) - 1
        return table.opens[entry] + count - table.before[entry]

    def windows(self, start: int, end: int) -> Iterator[tuple[int, int, str | None]]:
        """Yield `(open, close, name of the closed day or None)` of the windows in [start, end)."""
        table = self.covering(start, end)
        for entry in range(bisect_right(table.opens, start) - 1, bisect_left(table.opens, end)):
            yield table.opens[entry], table.closes[entry], table.names[entry]

    def covering(self, start: int, end: int) -> Table:
        """Return the table, with the years of both instants in it."""
        table = self._table
        if table.start <= start and end < table.end:
            return table
        first = max(min(from_epoch(start).year - 1, table.first_year), FIRST_YEAR)
        last = min(max(from_epoch(end).year + 1, table.last_year), LAST_YEAR)
        if first < table.first_year:
            table = joined(self._build(first, table.first_year - 1), table, keep=table)
        if last > table.last_year:
            table = joined(table, self._build(table.last_year + 1, last), keep=table)
        if not (table.start <= start and end < table.end):
            message = f"an instant lies outside the years {FIRST_YEAR} to {LAST_YEAR}"
            raise ScheduleError(message)
        self._table = table
        return table

    def _grown(self, table: Table) -> Table:
        years = table.last_year - table.first_year + 1
        last = min(table.last_year + years, LAST_YEAR)
        if last == table.last_year:
            message = f"the support window does not open long enough before the end of {LAST_YEAR}"
            raise ScheduleError(message)
        self._table = joined(table, self._build(table.last_year + 1, last), keep=table)
        return self._table

    def _build(self, first: int, last: int) -> Table:
        return build(self.zone, self._week, self._closures, first, last)
