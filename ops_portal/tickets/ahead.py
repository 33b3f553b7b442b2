"""What will not count before a clock is due: announced works, and closed days."""

from datetime import datetime

from flask_babel import gettext as _

from ops_portal.tickets import words
from ops_portal.web.filters import moment_span
from sla.clock import Clock
from sla.explanation import HOLIDAY, Segment, explain
from sla.interval import to_epoch
from sla.periods import PLANNED_WORKS


def ahead(clock: Clock, as_of: datetime) -> tuple[Segment, ...]:
    """Return the works and the closed days between now and the instant a clock is due.

    Source: SLA-6, SLA-7, MNT-3.
    """
    if clock.end is not None or clock.due_at is None or clock.timeline is None:
        return ()
    found = explain(clock.timeline, to_epoch(as_of), to_epoch(clock.due_at))
    return tuple(s for s in found if s.cause in {PLANNED_WORKS, HOLIDAY})


def ahead_words(clock: Clock, as_of: datetime) -> tuple[str, ...]:
    """Return one sentence for each of them, with its rules."""
    return tuple(_sentence(segment) for segment in ahead(clock, as_of))


def _sentence(segment: Segment) -> str:
    span = moment_span(segment.start, segment.end)
    if segment.cause == PLANNED_WORKS:
        return _(
            "Until the due time: planned works %(span)s do not count (MNT-3, SLA-7).", span=span
        )
    return _(
        "Until the due time: %(name)s, %(span)s, does not count (SLA-1).",
        name=words.cause_of(segment),
        span=span,
    )
