"""The axis of a clock drawing: nine tenths of its width is support time, nights are narrow."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from babel.dates import format_date

from sla.interval import from_epoch, to_epoch
from sla.schedule import Schedule

OPEN_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Stretch:
    """A span of the axis: open hours, or closed ones, of which a closed day has a name."""

    start: int
    end: int
    is_open: bool
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the axis with its label."""

    x: float
    text: str
    is_main: bool = True
    """Whether it stays where the drawing is small and letters are larger."""


@dataclass(frozen=True, slots=True)
class Level:
    """How fine the labels are: from which width of a day on, and how wide one label is."""

    room: float
    width: float
    pattern: str
    key: Callable[[date], object]


LEVELS = (
    Level(70, 62, "EEE d MMM", date.toordinal),
    Level(42, 36, "EEE d", date.toordinal),
    Level(9, 42, "d MMM", lambda day: day.isocalendar()[:2]),
    Level(0, 56, "MMM y", lambda day: (day.year, day.month)),
)


class Axis:
    """Maps instants to places: straight within a stretch, each stretch by its worth in width."""

    def __init__(self, stretches: Sequence[Stretch], left: float, width: float) -> None:
        """Lay the stretches side by side; empty ones are not given."""
        self.stretches = stretches
        self.left = left
        self.right = left + width
        self.end = from_epoch(stretches[-1].end)
        self._starts = [stretch.start for stretch in stretches]
        self._edges = [left]
        open_s = sum(s.end - s.start for s in stretches if s.is_open)
        closed_s = sum(s.end - s.start for s in stretches if not s.is_open)
        share = OPEN_SHARE if open_s and closed_s else 1.0
        for stretch in stretches:
            whole, part = (open_s, share) if stretch.is_open else (closed_s, 1 - share or 1.0)
            self._edges.append(
                self._edges[-1] + width * part * (stretch.end - stretch.start) / whole
            )

    def x(self, instant: datetime) -> float:
        """Return the place of an instant; one outside the axis lies at its edge."""
        return self.x_of(to_epoch(instant))

    def x_of(self, at: int) -> float:
        """Return the place of an instant in seconds since 1970."""
        entry = bisect_right(self._starts, at) - 1
        if entry < 0:
            return self.left
        stretch = self.stretches[entry]
        if at >= stretch.end:
            return self._edges[entry + 1]
        left, right = self._edges[entry], self._edges[entry + 1]
        return left + (right - left) * (at - stretch.start) / (stretch.end - stretch.start)

    def spans(self, *, is_open: bool) -> Iterator[tuple[float, float, Stretch]]:
        """Yield `(left, right, stretch)` of the open or the closed stretches."""
        for entry, stretch in enumerate(self.stretches):
            if stretch.is_open is is_open:
                yield self._edges[entry], self._edges[entry + 1], stretch


def axis_of(schedule: Schedule, start: datetime, end: datetime, left: float, width: float) -> Axis:
    """Return the axis of [start, end) on a schedule.

    Args:
        schedule: the support window and its closed days.
        start: its first instant, aware.
        end: its last, aware and later.
        left: the place of the start.
        width: how wide the whole is.

    Source: design.md, The clock drawing.

    """
    first, last = to_epoch(start), max(to_epoch(end), to_epoch(start) + 1)
    return Axis(list(_stretches(schedule, first, last)), left, width)


def ticks(axis: Axis, schedule: Schedule, locale: str) -> list[Tick]:
    """Return the labels of the days, or of the weeks or months where days are too narrow."""
    days = _days(axis, schedule)
    room = (axis.right - axis.left) / max(len(days), 1)
    level = next((level for level in LEVELS if room >= level.room), LEVELS[-1])
    starts = [
        (left, day)
        for number, (left, day) in enumerate(days)
        if not number or level.key(day) != level.key(days[number - 1][1])
    ]
    found: list[Tick] = []
    for number, (left, day) in enumerate(starts):
        until = starts[number + 1][0] if number + 1 < len(starts) else axis.right
        fitting = [pattern for width, pattern in _patterns(level) if until - left >= width]
        if len(starts) == 1:
            fitting = [level.pattern]
        if fitting and (not number or fitting[0] == level.pattern):
            found.append(Tick(round(left, 1), format_date(day, fitting[0], locale=locale)))
    return found


def _patterns(level: Level) -> list[tuple[float, str]]:
    """Return how a label can be written and how wide that is; a short first day says less."""
    found = [(level.width, level.pattern)]
    return [*found, (44.0, "EEE d"), (20.0, "d")] if level.key is date.toordinal else found


def _stretches(schedule: Schedule, first: int, last: int) -> Iterator[Stretch]:
    at = first
    for opening, closing, name in schedule.windows(first, last):
        start, end = max(opening, first), min(closing, last)
        if start >= end:
            continue
        if name is not None:
            yield from _closed_day(at, start, end, name)
        else:
            if start > at:
                yield Stretch(at, start, is_open=False)
            yield Stretch(start, end, is_open=True)
        at = end
    if at < last:
        yield Stretch(at, last, is_open=False)


def _closed_day(at: int, start: int, end: int, name: str) -> Iterator[Stretch]:
    if start > at:
        yield Stretch(at, start, is_open=False)
    yield Stretch(start, end, is_open=False, name=name)


def _days(axis: Axis, schedule: Schedule) -> list[tuple[float, date]]:
    days: list[tuple[float, date]] = []
    for left, _right, stretch in axis.spans(is_open=True):
        day = from_epoch(stretch.start).astimezone(schedule.zone).date()
        if not days or days[-1][1] != day:
            days.append((left, day))
    return days
