"""The windows of some years in UTC, with the seconds counted before each.

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


class Table(NamedTuple):
    """[start, end) of whole local years; lists of equal length in order of time.

    The first entry is an empty one at `start`, so that every instant has an entry at or before it.
    """

    first_year: int
    last_year: int
    start: int
    end: int
    opens: list[int]
    closes: list[int]
    lengths: list[int]
    before: list[int]
    names: list[str | None]

    @property
    def counted(self) -> int:
        """The seconds counted before the end."""
        return self.before[-1] + self.lengths[-1]


def build(
    zone: ZoneInfo, week: Sequence[Hours], closures: Iterable[Closure], first: int, last: int
) -> Table:
    """Return the table of the years `first` to `last` (included), counted from 0."""
    begin, stop = date(first, 1, 1), date(last + 1, 1, 1)
    closed = _closed_days(closures, begin, stop)
    start = at = midnight(zone, begin)
    table = Table(first, last, start, 0, [start], [start], [0], [0], [None])
    counted = 0
    day = begin
    while day < stop:
        following = midnight(zone, day + DAY)
        hours = week[day.weekday()]
        name = closed.get(day) if hours else None
        for opening, closing in day_spans(zone, at, following, hours) if hours else ():
            length = 0 if name is not None else closing - opening
            table.opens.append(opening)
            table.closes.append(closing)
            table.lengths.append(length)
            table.before.append(counted)
            table.names.append(name)
            counted += length
        day, at = day + DAY, following
    return table._replace(end=at)


def joined(early: Table, late: Table, *, keep: Table) -> Table:
    """Return one table of two that follow each other; the counts of `keep` stay what they are."""
    shift_early = -early.counted + late.before[0] if keep is late else 0
    shift_late = early.counted - late.before[0] if keep is early else 0
    return Table(
        early.first_year,
        late.last_year,
        early.start,
        late.end,
        early.opens + late.opens[1:],
        early.closes + late.closes[1:],
        early.lengths + late.lengths[1:],
        [n + shift_early for n in early.before] + [n + shift_late for n in late.before[1:]],
        early.names + late.names[1:],
    )


def _closed_days(closures: Iterable[Closure], begin: date, stop: date) -> dict[date, str]:
    closed: dict[date, str] = {}
    for first, last, name in closures:
        day, until = max(first, begin), min(last, stop)
        while day <= until:
            closed[day] = name
            day += DAY
    return closed
