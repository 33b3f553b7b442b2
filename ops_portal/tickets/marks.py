"""The marks of a lane in the clock drawing: what counted, what did not, and why."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from flask_babel import gettext as _

from ops_portal.tickets import words
from ops_portal.tickets.axis import Axis
from ops_portal.web.filters import duration, moment_short
from sla.clock import Clock
from sla.explanation import HOLIDAY, OUTSIDE, Segment
from sla.interval import to_epoch

THINNEST = 1.0
"""A mark is never thinner, and neighbours of one kind that are nearer become one."""
CLOSED = frozenset({OUTSIDE, HOLIDAY})
"""Closed hours have no mark: the axis shows them."""
ICON = 10.0
ICON_FROM = 14.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A piece of a lane, with its cause in words."""

    x: float
    width: float
    look: str
    """`counted`, `over` (past the target), `stop`, `works`."""
    title: str
    icon: str = ""
    icon_x: float = 0.0


def marks(clock: Clock, axis: Axis, coming: Sequence[Segment] = ()) -> tuple[Mark, ...]:
    """Return the marks of a clock read with its segments, and of the works that are coming.

    A ticket that lasted months has more pieces than a screen has dots: neighbours that would touch
    are drawn as one.

    Source: SLA-6; design.md, The clock drawing.
    """
    found: list[Mark] = []
    for segment in (*_split_at_target(clock), *coming):
        if segment.cause in CLOSED:
            continue
        mark = _mark(segment, clock, axis)
        if found and _is_joined(found[-1], mark):
            width = round(mark.x + mark.width - found[-1].x, 1)
            found[-1] = replace(found[-1], width=width, title=words.cause_of(segment))
        else:
            found.append(mark)
    return tuple(
        _with_icon(mark, found[place - 1] if place else None) for place, mark in enumerate(found)
    )


def _split_at_target(clock: Clock) -> Iterator[Segment]:
    due = None if clock.due_at is None else to_epoch(clock.due_at)
    for segment in clock.segments:
        if due is not None and segment.counted and segment.begin < due < segment.finish:
            yield segment._replace(finish=due)
            yield segment._replace(begin=due)
        else:
            yield segment


def _mark(segment: Segment, clock: Clock, axis: Axis) -> Mark:
    left, right = axis.x(segment.start), axis.x(segment.end)
    title = _(
        "%(cause)s, %(start)s to %(end)s: %(length)s",
        cause=words.cause_of(segment),
        start=moment_short(segment.start),
        end=moment_short(segment.end),
        length=duration(segment.seconds),
    )
    look, icon = _look(segment, clock)
    return Mark(round(left, 1), round(max(right - left, THINNEST), 1), look, title, icon)


def _look(segment: Segment, clock: Clock) -> tuple[str, str]:
    if segment.counted:
        is_over = clock.due_at is not None and segment.start >= clock.due_at
        return ("over" if is_over else "counted"), ""
    reason = words.stop_reason_of(segment)
    return ("works", "tools") if reason is None else ("stop", words.STOP_ICON[reason])


def _is_joined(last: Mark, mark: Mark) -> bool:
    is_near = mark.x - (last.x + last.width) < THINNEST
    return is_near and (last.look, last.icon) == (mark.look, mark.icon)


def _with_icon(mark: Mark, before: Mark | None) -> Mark:
    """Place the icon of a stop on its first piece that has room for it."""
    has_before = (
        before is not None
        and before.width >= ICON_FROM
        and (before.look, before.icon) == (mark.look, mark.icon)
    )
    if mark.width < ICON_FROM or has_before:
        return replace(mark, icon="")
    return replace(mark, icon_x=round(mark.x + (mark.width - ICON) / 2, 1))
