"""The support window as a line of counted seconds that can be read both ways.

`worked` maps an instant to the seconds counted before it; `first_at` and `next_at` map back. Years
are added when they are asked for, and figures never move when they are.
"""

# ruff: noqa: FURB136, PLR1730 -- min() and max() would take half of the time here

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Self

from sla.errors import ScheduleError
from sla.interval import FOREVER, Span, from_epoch, to_epoch
from sla.table import Closure
from sla.terms import Description
from sla.years import Years

LONGEST_CLOSURE = timedelta(days=3_660)


class Schedule:
    """Which seconds count, before any stop. Source: SLA-1."""

    __slots__ = ("years", "zone")

    def __init__(self, description: Description, closures: list[Closure]) -> None:
        """Keep the rules that `of` has checked."""
        self.zone = description.zone
        self.years = Years(description, closures)

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
            ScheduleError: there is no such instant before 2100.

        Source: SLA-1; sla.md, Counted time.

        """
        start = to_epoch(instant)
        return from_epoch(self.first_at(self.worked(start) + seconds) if seconds else start)

    def elapsed(self, start: datetime, end: datetime) -> int:
        """Return the counted seconds of [start, end). Source: SLA-1."""
        return self.worked(to_epoch(end)) - self.worked(to_epoch(start))

    def worked(self, at: int) -> int:
        """Return the seconds counted before an instant, from an origin that never moves."""
        start, end, opens, shifts, _, after = self.years.table.line
        if not start <= at < end:
            _, _, opens, shifts, _, after = self.years.covering(at, at).line
        window = bisect_right(opens, at) - 1
        count = at + shifts[window]
        limit = after[window]
        return limit if count > limit else count

    def worked_spans(self, spans: Iterable[tuple[int, int, str]]) -> list[Span]:
        """Return spans of instants as spans of counted seconds, sorted; those without any vanish.

        The same as `worked` for both ends, in one loop because every reading of a clock runs it.
        """
        start, end, opens, shifts, _, after = self.years.table.line
        found = []
        for a, b, _ in spans:
            if a < start or b >= end:
                first, last = self.worked(a), FOREVER if b >= FOREVER else self.worked(b)
            else:
                window = bisect_right(opens, a) - 1
                first = a + shifts[window]
                if first > after[window]:
                    first = after[window]
                window = bisect_right(opens, b) - 1
                last = b + shifts[window]
                if last > after[window]:
                    last = after[window]
            if first < last:
                found.append((first, last))
        found.sort()
        return found

    def first_at(self, count: int) -> int:
        """Return the earliest instant before which `count` seconds have counted."""
        line = self.years.reaching(count)
        window = bisect_left(line.before, count) - 1
        return count - line.shifts[window]

    def next_at(self, count: int) -> int:
        """Return the start of the first counted second after `count` seconds have counted."""
        line = self.years.reaching(count + 1)
        window = bisect_right(line.before, count) - 1
        return count - line.shifts[window]

    def windows(self, start: int, end: int) -> Iterator[tuple[int, int, str | None]]:
        """Yield `(open, close, name of the closed day or None)` of the windows in [start, end)."""
        table = self.years.covering(start, end)
        opens = table.line.opens
        first, last = bisect_right(opens, start) - 1, bisect_left(opens, end)
        return zip(
            opens[first:last], table.closes[first:last], table.names[first:last], strict=True
        )
