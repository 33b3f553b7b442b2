"""The counted time of one ticket: the schedule less its stops and planned works."""

from collections.abc import Sequence

from sla.interval import FOREVER, Span
from sla.schedule import Schedule

Cut = tuple[int, int, str]
"""[from, to) that does not count, with its cause; an open one ends at `FOREVER`."""


class Timeline:
    """What counts for one ticket, in whole seconds since 1970 UTC. Source: SLA-2, SLA-7, MNT-3.

    Cuts are first mapped onto the line of counted seconds, which has no holes; there overlaps are
    united and a stop at night vanishes.
    """

    __slots__ = ("cuts", "holes", "schedule")

    def __init__(self, schedule: Schedule, cuts: Sequence[Cut] = ()) -> None:
        """Take the cuts in the order in which they name a second that several of them claim."""
        self.schedule = schedule
        self.cuts = cuts
        self.holes: Sequence[Span] = _holes(schedule, cuts) if cuts else ()

    def elapsed(self, start: int, end: int) -> int:
        """Return the counted seconds of [start, end); 0 when it is empty."""
        first, last = self.schedule.worked(start), self.schedule.worked(end)
        count = last - first
        for a, b in self.holes:
            if a >= last:
                break
            if b > first:
                count -= (b if b < last else last) - (a if a > first else first)
        return count if count > 0 else 0

    def used_at(self, start: int, seconds: int) -> int | None:
        """Return the earliest instant by which `seconds` have counted since `start`.

        None when an open stop begins before that. Source: sla.md, `due_at`.
        """
        if seconds <= 0:
            return start
        at = self.schedule.worked(start)
        left = seconds
        for a, b in self.holes:
            if b <= at:
                continue
            if a >= at + left:
                break
            if b == FOREVER:
                return None
            if a > at:
                left -= a - at
            at = b
        return self.schedule.first_at(at + left)

    def counts_from(self, start: int, seconds: int) -> int | None:
        """Return the start of the first counted second after `seconds` have counted since `start`.

        None when an open stop comes first. Source: sla.md, `breached_at`.
        """
        at = self.schedule.worked(start)
        left = seconds
        for a, b in self.holes:
            if b <= at:
                continue
            if a > at + left:
                break
            if b == FOREVER:
                return None
            if a > at:
                left -= a - at
            at = b
        return self.schedule.next_at(at + left)

    def resumed(self, at: int) -> "Timeline":
        """Return the timeline in which every open stop ended at an instant (T34)."""
        cuts = [(a, max(a, at) if b == FOREVER else b, cause) for a, b, cause in self.cuts]
        return Timeline(self.schedule, cuts)


def _holes(schedule: Schedule, cuts: Sequence[Cut]) -> list[Span]:
    worked = schedule.worked
    found = []
    for start, end, _ in cuts:
        a, b = worked(start), FOREVER if end == FOREVER else worked(end)
        if a < b:
            found.append((a, b))
    if len(found) < 2:  # noqa: PLR2004
        return found
    found.sort()
    return _united(found)


def _united(spans: list[Span]) -> list[Span]:
    merged = []
    start, end = spans[0]
    for a, b in spans:
        if a > end:
            merged.append((start, end))
            start, end = a, b
        elif b > end:
            end = b
    merged.append((start, end))
    return merged
