"""Which seconds counted, which did not, and why (SLA-6)."""

from collections.abc import Sequence
from datetime import datetime
from heapq import heappop, heappush
from itertools import pairwise
from typing import NamedTuple

from sla.interval import from_epoch
from sla.timeline import Cut, Timeline

OUTSIDE = "outside_window"
HOLIDAY = "public_holiday"


class Segment(NamedTuple):
    """[start, end) of one cause; `cause` None = counted; `name` says which closed day."""

    start: datetime
    end: datetime
    seconds: int
    counted: bool
    cause: str | None
    name: str | None = None


class _Line:
    """Pieces laid end to end; neighbours with the same cause become one."""

    __slots__ = ("at", "pieces")

    def __init__(self, start: int) -> None:
        self.at = start
        self.pieces: list[tuple[int, str | None, str | None]] = []

    def put(self, until: int, cause: str | None, name: str | None = None) -> None:
        """Lay a piece from the end of the last one; an empty one is left out."""
        if until <= self.at:
            return
        if self.pieces and self.pieces[-1][1:] == (cause, name):
            self.pieces.pop()
        self.pieces.append((until, cause, name))
        self.at = until


def explain(timeline: Timeline, start: int, end: int) -> tuple[Segment, ...]:
    """Return segments that cover [start, end) without gap or overlap, in order.

    The cause of an uncounted one is the first that applies: outside_window, public_holiday (any
    closed day, with its name), planned_works, stop:<reason>.

    Source: SLA-6; sla.md, Explanation.
    """
    line = _Line(start)
    cuts = layered(timeline.cuts)
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
    return _segments(start, line.pieces)


def _put_window(line: _Line, until: int, cuts: Sequence[Cut]) -> None:
    for a, b, cause in cuts:
        if a >= until:
            break
        if b > line.at:
            line.put(a, None)
            line.put(min(b, until), cause)
    line.put(until, None)


def _segments(start: int, pieces: list[tuple[int, str | None, str | None]]) -> tuple[Segment, ...]:
    found = []
    at, begun = start, from_epoch(start)
    for until, cause, name in pieces:
        ended = from_epoch(until)
        found.append(Segment(begun, ended, until - at, cause is None, cause, name))
        at, begun = until, ended
    return tuple(found)


def layered(cuts: Sequence[Cut]) -> list[Cut]:
    """Return the same seconds as cuts that do not overlap, each with its first cause."""
    waiting = sorted((a, rank, b, cause) for rank, (a, b, cause) in enumerate(cuts) if a < b)
    edges = sorted({edge for a, _, b, _ in waiting for edge in (a, b)})
    active: list[tuple[int, int, str]] = []
    found: list[Cut] = []
    taken = 0
    for at, until in pairwise(edges):
        while taken < len(waiting) and waiting[taken][0] <= at:
            _, rank, b, cause = waiting[taken]
            heappush(active, (rank, b, cause))
            taken += 1
        while active and active[0][1] <= at:
            heappop(active)
        if active:
            found.append((at, until, active[0][2]))
    return found
