"""The windows of some years in UTC, as a line of counted seconds.

A closed day keeps its windows with no seconds in them, so that an explanation can name the day.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sla.hours import Hours, day_spans, midnight

DAY = timedelta(days=1)
Closure = tuple[date, date, str]
"""(from, to included, name)"""


class Line(NamedTuple):
    """Windows in order of time over [start, end), with the seconds counted before and after each.

    `shifts` = before - open: in an open window, instant + shift = the seconds counted before it.
    The first window is an empty one at `start`: every instant has one at or before it.
    """

    start: int
    end: int
    opens: list[int]
    shifts: list[int]
    before: list[int]
    after: list[int]


class Table(NamedTuple):
    """The line of some whole local years, with what only an explanation needs."""

    first_year: int
    last_year: int
    line: Line
    closes: list[int]
    names: list[str | None]


def build(
    zone: ZoneInfo, week: Sequence[Hours], closures: Iterable[Closure], first: int, last: int
) -> Table:
    """Return the table of the years `first` to `last` (included), counted from 0."""
    day, stop = date(first, 1, 1), date(last + 1, 1, 1)
    closed = _closed_days(closures, day, stop)
    start = at = midnight(zone, day)
    opens, closes, before, after = [start], [start], [0], [0]
    names: list[str | None] = [None]
    while day < stop:
        following = midnight(zone, day + DAY)
        hours = week[day.weekday()]
        name = closed.get(day)
        for opening, closing in day_spans(zone, at, following, hours) if hours else ():
            opens.append(opening)
            closes.append(closing)
            names.append(name)
            before.append(after[-1])
            after.append(after[-1] + (closing - opening if name is None else 0))
        day, at = day + DAY, following
    shifts = [b - opening for b, opening in zip(before, opens, strict=True)]
    return Table(first, last, Line(start, at, opens, shifts, before, after), closes, names)


def joined(early: Table, late: Table, *, keep: Table) -> Table:
    """Return one table of two that follow each other; the counts of `keep` stay what they are."""
    a, b = early.line, late.line
    gap = b.before[0] - a.after[-1]
    move_a, move_b = (gap, 0) if keep is late else (0, -gap)
    line = Line(
        a.start,
        b.end,
        a.opens + b.opens[1:],
        [n + move_a for n in a.shifts] + [n + move_b for n in b.shifts[1:]],
        [n + move_a for n in a.before] + [n + move_b for n in b.before[1:]],
        [n + move_a for n in a.after] + [n + move_b for n in b.after[1:]],
    )
    closes, names = early.closes + late.closes[1:], early.names + late.names[1:]
    return Table(early.first_year, late.last_year, line, closes, names)


def _closed_days(closures: Iterable[Closure], begin: date, stop: date) -> dict[date, str]:
    closed: dict[date, str] = {}
    for first, last, name in closures:
        day, until = max(first, begin), min(last, stop)
        while day <= until:
            closed[day] = name
            day += DAY
    return closed
