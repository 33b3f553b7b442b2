"""Which seconds counted, which did not, and why (SLA-6)."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sla.interval import from_epoch
from sla.timeline import Cut, Timeline

OUTSIDE = "outside_window"
HOLIDAY = "public_holiday"


class Segment(NamedTuple):
    """A stretch of one cause, in whole seconds since 1970 UTC; `cause` None = counted.

    `name` says which closed day it was.
    """

    begin: int
    finish: int
    cause: str | None
    name: str | None

    @property
    def start(self) -> datetime:
        """The first instant."""
        return from_epoch(self.begin)

    @property
    def end(self) -> datetime:
        """The first instant after it."""
        return from_epoch(self.finish)

    @property
    def seconds(self) -> int:
        """How long it lasts."""
        return self.finish - self.begin

    @property
    def counted(self) -> bool:
        """Whether its seconds count."""
        return self.cause is None


class _Line:
    """Segments laid end to end; neighbours with the same cause become one."""

    __slots__ = ("at", "segments")

    def __init__(self, start: int) -> None:
        self.at = start
        self.segments: list[Segment] = []

    def put(self, until: int, cause: str | None, name: str | None = None) -> None:
        """Lay a segment from the end of the last one; an empty one is left out."""
        begin = self.at
        if until <= begin:
            return
        if self.segments:
            last = self.segments[-1]
            if last.cause == cause and last.name == name:
                begin = self.segments.pop().begin
        self.segments.append(Segment(begin, until, cause, name))
        self.at = until


def explain(timeline: Timeline, start: int, end: int) -> tuple[Segment, ...]:
    """Return segments that cover [start, end) without gap or overlap, in order.

    The cause of an uncounted one is the first that applies: outside_window, public_holiday (any
    closed day, with its name), planned_works, stop:<reason>.

    Source: SLA-6; sla.md, Explanation.
    """
    line = _Line(start)
    cuts = timeline.layers
    for opening, closing, name in timeline.schedule.windows(start, end):
        if closing <= start:
            continue
        line.put(min(opening, end), OUTSIDE)
        until = min(closing, end)
        if name is not None:
            line.put(until, HOLIDAY, name)
        else:
            _put_window(line, until, cuts)
    line.put(end, OUTSIDE)
    return tuple(line.segments)


def _put_window(line: _Line, until: int, cuts: Sequence[Cut]) -> None:
    for a, b, cause in cuts:
        if a >= until:
            break
        if b > line.at:
            line.put(a, None)
            line.put(min(b, until), cause)
    line.put(until, None)
