"""The clock drawing: one lane per KPI on a common axis of local days, ready for SVG."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import get_locale
from flask_babel import gettext as _

from ops_portal.tickets import words
from ops_portal.tickets.ahead import ahead
from ops_portal.tickets.axis import Axis, Tick, axis_of, ticks
from ops_portal.tickets.chips import chip
from ops_portal.tickets.clocks import Reading
from ops_portal.tickets.marks import THINNEST, Mark, marks
from ops_portal.web.filters import duration, moment_short
from ops_portal.web.holidays import holiday
from sla.clock import Clock, ClockState

WIDTH = 500.0
MARGIN = 1.0
HEADER = 20.0
NAMES = 15.0
LANE = 54.0
LETTER = 5.6
"""About how wide a letter of a closed day's name is."""
ROOM = 96.0
"""How wide a label of the axis is in the letters of a small drawing."""


@dataclass(frozen=True, slots=True)
class Flag:
    """A labelled instant of a lane: where the target is used up."""

    x: float
    text: str
    anchor: str
    text_x: float


@dataclass(frozen=True, slots=True)
class Lane:
    """One clock: its name, its words, its marks and its flag."""

    y: float
    label: str
    words: str
    kind: str
    marks: tuple[Mark, ...]
    flag: Flag | None
    end_x: float | None
    rest: tuple[float, float] | None
    """`(x, width)` of what is left of the target."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything the SVG needs; no arithmetic is left for the template."""

    width: float
    height: float
    top: float
    depth: float
    """How far down the lanes reach from `top`."""
    title: str
    description: str
    bands: tuple[tuple[float, float], ...]
    """`(x, width)` of the open hours."""
    ticks: tuple[Tick, ...]
    names: tuple[Tick, ...]
    """Closed days that have a name."""
    lanes: tuple[Lane, ...]
    now_x: float | None


def draw(reading: Reading, title: str) -> Drawing | None:
    """Return the drawing of a reading's clocks; None when no clock has a figure to draw.

    Args:
        reading: read with `explain=True`.
        title: what the drawing is of.

    Source: SLA-6; design.md, The clock drawing.

    """
    clocks = [c for c in reading.clocks if c.elapsed_s is not None]
    if not clocks:
        return None
    schedule = reading.context.terms.schedule
    start, end = min(c.start for c in clocks), _last(clocks, reading.as_of)
    axis = axis_of(schedule, start, end, MARGIN, WIDTH - 2 * MARGIN)
    names = _names(axis)
    top = HEADER + (NAMES if names else 0.0)
    is_open = any(c.end is None for c in clocks)
    return Drawing(
        width=WIDTH,
        height=top + LANE * len(clocks),
        top=top,
        depth=LANE * len(clocks),
        title=title,
        description=" ".join(_sentence(clock, reading) for clock in clocks),
        bands=tuple(_bands(axis)),
        ticks=tuple(_ranked(ticks(axis, schedule, str(get_locale() or "en")), axis.right)),
        names=tuple(names),
        lanes=tuple(
            _lane(clock, reading, axis, top + LANE * place) for place, clock in enumerate(clocks)
        ),
        now_x=round(axis.x(reading.as_of), 1) if is_open else None,
    )


def _last(clocks: Sequence[Clock], as_of: datetime) -> datetime:
    """Return the end of the axis: what has happened, and what is due while something is open."""
    ends = [c.end or as_of for c in clocks]
    if any(c.end is None for c in clocks):
        ends += [c.due_at for c in clocks if c.due_at is not None]
    return max(ends)


def _lane(clock: Clock, reading: Reading, axis: Axis, y: float) -> Lane:
    shown = chip(clock, reading, reading.as_of)
    return Lane(
        y=y,
        label=f"{words.KPI[clock.kpi]} · {clock.priority}",
        words=_lane_words(clock, shown.words),
        kind=shown.kind,
        marks=marks(clock, axis, ahead(clock, reading.as_of)),
        flag=_flag(clock, axis),
        end_x=round(axis.x(clock.end), 1) if clock.end is not None else None,
        rest=_rest(clock, axis, reading.as_of),
    )


def _lane_words(clock: Clock, standing: str) -> str:
    used, target = words.used_of(clock), duration(clock.target_s)
    if clock.state is ClockState.RUNNING:  # when it goes on, the drawing shows by itself
        standing = _("%(left)s left", left=duration(clock.remaining_s))
    return _("%(used)s of %(target)s · %(standing)s", used=used, target=target, standing=standing)


def _flag(clock: Clock, axis: Axis) -> Flag | None:
    if clock.due_at is None:
        return None
    x = axis.x(clock.due_at)
    text = _("due %(at)s", at=moment_short(clock.due_at))
    if clock.due_at > axis.end:
        text += " →"
    if x > (axis.left + axis.right) / 2:
        return Flag(round(x, 1), text, "end", round(x - 4, 1))
    return Flag(round(x, 1), text, "start", round(x + 4, 1))


def _rest(clock: Clock, axis: Axis, as_of: datetime) -> tuple[float, float] | None:
    if clock.end is not None or clock.due_at is None or clock.due_at <= as_of:
        return None
    left, right = axis.x(as_of), axis.x(clock.due_at)
    return round(left, 1), round(right - left, 1)


def _names(axis: Axis) -> list[Tick]:
    found: list[Tick] = []
    taken = axis.left
    for left, right, stretch in axis.spans(is_open=False):
        name = holiday(stretch.name or "")
        if not name or (found and found[-1].text == name):
            continue
        half = len(name) * LETTER / 2
        middle = min(max((left + right) / 2, axis.left + half), axis.right - half)
        if middle - half < taken:
            continue
        found.append(Tick(round(middle, 1), name))
        taken = middle + half
    return found


def _ranked(found: Iterable[Tick], right: float) -> Iterable[Tick]:
    """Yield the labels of the axis; those are main that have room for larger letters."""
    free = 0.0
    for tick in found:
        is_main = free <= tick.x <= right - ROOM
        free = tick.x + ROOM if is_main else free
        yield replace(tick, is_main=is_main)


def _bands(axis: Axis) -> Iterable[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for left, right, _stretch in axis.spans(is_open=True):
        if found and left - found[-1][1] < THINNEST:
            found[-1] = (found[-1][0], right)
        else:
            found.append((left, right))
    return [(round(left, 1), round(right - left, 1)) for left, right in found]


def _sentence(clock: Clock, reading: Reading) -> str:
    used, target = words.used_of(clock), duration(clock.target_s)
    return _(
        "%(kpi)s (%(priority)s): %(used)s of %(target)s counted, %(state)s.",
        kpi=words.KPI[clock.kpi],
        priority=clock.priority,
        used=used,
        target=target,
        state=chip(clock, reading, reading.as_of).words,
    )
