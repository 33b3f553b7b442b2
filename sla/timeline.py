"""The counted time of one ticket: the schedule less its stops and planned works."""

# ruff: noqa: FURB136 -- min() and max() would take half of the time here

from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import pairwise

from sla.interval import FOREVER, union
from sla.schedule import Schedule

Cut = tuple[int, int, str]
"""[from, to) that does not count, with its cause; an open one ends at `FOREVER`."""


class Timeline:
    """What counts for one ticket, in whole seconds since 1970 UTC. Source: SLA-2, SLA-7, MNT-3.

    Cuts are first mapped onto the line of counted seconds, which has no holes; there overlaps are
    united and a stop at night vanishes.
    """

    __slots__ = ("_layers", "cuts", "holes", "schedule")

    def __init__(self, schedule: Schedule, cuts: Sequence[Cut] = ()) -> None:
        """Take the cuts in the order in which they name a second that several of them claim."""
        self.schedule = schedule
        self.cuts = cuts
        self._layers: list[Cut] | None = None
        holes = schedule.worked_spans(cuts) if cuts else []
        self.holes = union(holes) if len(holes) > 1 else holes

    def measure(self, start: int, end: int, target: int) -> tuple[int, int | None]:
        """Return the counted seconds of [start, end), and the instant `target` of them are used.

        The instant is the earliest one, counted from `start`; None when an open stop begins before.

        Source: SLA-1, SLA-2; sla.md, Counted time.
        """
        first, last = self.schedule.worked(start), self.schedule.worked(end)
        count, mark = last - first, first + target
        for a, b in self.holes:
            if b > first:
                begin = a if a > first else first
                if begin < last:
                    count -= (b if b < last else last) - begin
                if begin < mark:
                    mark += b - begin
        if mark >= FOREVER:
            return count, None
        return count, self.schedule.first_at(mark) if target else start

    def elapsed(self, start: int, end: int) -> int:
        """Return the counted seconds of [start, end). Source: SLA-2."""
        return self.measure(start, end, 0)[0]

    def used_at(self, start: int, seconds: int) -> int | None:
        """Return the earliest instant by which `seconds` have counted since `start`.

        None when an open stop begins before that. Source: sla.md, `due_at`.
        """
        return self.measure(start, start, seconds)[1]

    def counts_from(self, start: int, seconds: int) -> int | None:
        """Return the start of the first counted second after `seconds` have counted since `start`.

        None when an open stop comes first. Source: sla.md, `breached_at`.
        """
        first = self.schedule.worked(start)
        mark = first + seconds
        for a, b in self.holes:
            if b > first and a <= mark:
                mark += b - (a if a > first else first)
        return None if mark >= FOREVER else self.schedule.next_at(mark)

    @property
    def layers(self) -> list[Cut]:
        """The same seconds as cuts that do not overlap, sorted, each with its first cause."""
        if self._layers is None:
            self._layers = _layered(self.cuts)
        return self._layers

    def resumed(self, at: int) -> "Timeline":
        """Return the timeline in which every open stop ended at an instant (T34)."""
        cuts = [(a, at if b == FOREVER else b, cause) for a, b, cause in self.cuts]
        return Timeline(self.schedule, cuts)


def _layered(cuts: Sequence[Cut]) -> list[Cut]:
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
