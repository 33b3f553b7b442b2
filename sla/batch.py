"""Elapsed and due time of many tickets at once: the closed form of `Timeline.measure` in numpy.

Instants are first mapped onto the line of counted seconds, where the union of stops is a running
maximum. There is no loop over tickets; a test proves the figures equal to the scalar ones.
"""

import numpy as np

from sla.columns import Batch, Figures, parts
from sla.interval import FOREVER
from sla.lookup import Lookup, Numbers
from sla.schedule import Schedule
from sla.table import Line

UNKNOWN = np.iinfo(np.int64).min
"""The due instant of a ticket whose open stop begins before its target is used up."""
OPEN = 1 << 34
"""Counted seconds that no calendar reaches: the end of an open stop."""
APART = 1 << 36
"""What sets the counted seconds of one ticket apart from those of the next in one array."""


class BatchClock:
    """The line of a schedule as arrays, made again when the schedule has grown."""

    def __init__(self, schedule: Schedule) -> None:
        """Take the years that the schedule holds already."""
        self.schedule = schedule
        self._take(schedule.years.table.line)

    def measure(self, batch: Batch) -> Figures:
        """Return the figures of every ticket; those of `Timeline.measure`.

        Raises:
            ScheduleError: an instant lies outside the years that can be asked for.

        Source: SLA-1, SLA-2; sla.md, Counted time.

        """
        self._cover(batch.starts, batch.ends, batch.stop_starts, batch.stop_ends)
        found = [self._measure(part) for part in parts(batch)]
        if not found:
            return Figures(np.empty(0, np.int64), np.empty(0, np.int64))
        return Figures(*(np.concatenate(column) for column in zip(*found, strict=True)))

    def _measure(self, batch: Batch) -> Figures:
        first, last = self._worked(batch.starts), self._worked(batch.ends)
        elapsed, marks = last - first, first + batch.targets
        if len(batch.stop_starts):
            lost, pushed = _lost(batch.first_stop, *self._stops(batch, first), last, marks)
            elapsed -= lost
            marks += pushed
        is_known = marks < OPEN
        marks = np.where(is_known, marks, first + 1)
        self._take(self.schedule.years.reaching(int(marks.max())))
        due = np.where(is_known, self._first_at(marks), UNKNOWN)
        return Figures(elapsed, np.where(batch.targets == 0, batch.starts, due))

    def _stops(self, batch: Batch, first: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
        """Return ticket, its distance, begin and end of each stop, by ticket and begin.

        Begin and end are counted seconds plus the distance, which sets each ticket APART.
        """
        counts = np.diff(batch.first_stop)
        tickets = np.repeat(np.arange(len(counts)), counts)
        apart = tickets * APART
        begins = np.maximum(self._worked(batch.stop_starts), first[tickets])
        begins += apart
        is_open = batch.stop_ends >= FOREVER
        ends = self._worked(np.where(is_open, batch.stop_starts, batch.stop_ends))
        ends[is_open] = OPEN
        ends += apart
        if (begins[1:] < begins[:-1]).any():
            order = np.argsort(begins, kind="stable")
            begins, ends = begins[order], ends[order]
        return tickets, apart, begins, ends

    def _worked(self, instants: Numbers) -> Numbers:
        windows = self.window_at(instants)
        counts = instants + self.shifts[windows]
        return np.minimum(counts, self.after[windows], out=counts)

    def _first_at(self, counts: Numbers) -> Numbers:
        return counts - self.shifts[self.window_before(counts - 1) + 1]

    def _cover(self, *columns: Numbers) -> None:
        filled = [column for column in columns if len(column)]
        if filled:
            low = min(int(column.min()) for column in filled)
            high = max(int(column[column < FOREVER].max(initial=low)) for column in filled)
            self._take(self.schedule.years.covering(low, high).line)

    def _take(self, line: Line) -> None:
        if line is getattr(self, "line", None):
            return
        self.line = line
        opens, before, after = (
            np.array(column, np.int64) for column in (line.opens, line.before, line.after)
        )
        kept = after > before
        kept[0] = True
        self.after, self.shifts = after[kept], (before - opens)[kept]
        self.window_at = Lookup(opens[kept])
        self.window_before = Lookup(before[kept][1:])


def _lost(
    first_stop: Numbers,
    tickets: Numbers,
    apart: Numbers,
    begins: Numbers,
    ends: Numbers,
    last: Numbers,
    marks: Numbers,
) -> tuple[Numbers, Numbers]:
    """Return for each ticket the seconds that stops take from it, and those that push its mark."""
    np.maximum(begins[1:], np.maximum.accumulate(ends)[:-1], out=begins[1:])
    lengths = np.maximum(ends - begins, 0)
    taken = np.minimum(ends, last[tickets] + apart)
    taken -= begins
    np.maximum(taken, 0, out=taken)
    earlier = np.cumsum(lengths)
    earlier -= lengths
    skipped = np.append(earlier, 0)[first_stop[:-1]]
    is_before = begins - apart - earlier < (marks - skipped)[tickets]
    return _sums(taken, first_stop), _sums(lengths * is_before, first_stop)


def _sums(values: Numbers, first_stop: Numbers) -> Numbers:
    totals = np.zeros(len(values) + 1, np.int64)
    np.cumsum(values, out=totals[1:])
    return np.diff(totals[first_stop])
