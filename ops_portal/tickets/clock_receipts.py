"""The receipt of a clock: every span with its cause and seconds, the sum, the verdict."""

from flask_babel import gettext as _

from ops_portal.tickets import words
from ops_portal.tickets.chips import chip, overrun_s
from ops_portal.tickets.clocks import Reading
from ops_portal.web.filters import duration_exact, moment_near, moment_short
from ops_portal.web.receipts import Receipt, ReceiptLine
from sla.clock import Clock, ClockState
from sla.explanation import HOLIDAY, OUTSIDE, Segment
from sla.periods import PLANNED_WORKS
from sla.policy import Obligation

RULES = {OUTSIDE: "SLA-1", HOLIDAY: "SLA-1", PLANNED_WORKS: "SLA-7"}


def receipt_of(clock: Clock, reading: Reading) -> Receipt:
    """Return how a clock's figure came about.

    Args:
        clock: one of the reading's clocks, read with its segments.
        reading: the ticket's history and terms.

    Returns:
        the lines in the order of time; the counted ones add up to the total, which is the elapsed
        counted time.

    Source: SLA-6; design.md, The clock drawing.

    """
    return Receipt(
        title=f"{words.KPI[clock.kpi]} · {clock.priority} · {words.OBLIGATION[clock.obligation]}",
        lines=tuple(_line(segment) for segment in clock.segments),
        total_label=_("Counted"),
        total=duration_exact(clock.elapsed_s or 0),
        target_label=_("Target"),
        target=duration_exact(clock.target_s),
        verdict_kind=chip(clock, reading, reading.as_of).kind,
        verdict=_verdict(clock, reading),
        rules=_rules(clock),
    )


def _line(segment: Segment) -> ReceiptLine:
    return ReceiptLine(
        label=words.cause_of(segment),
        detail=f"{moment_short(segment.start)} \u2013 {moment_near(segment.end, segment.start)}",
        value=duration_exact(segment.seconds),
        is_counted=segment.counted,
    )


def _verdict(clock: Clock, reading: Reading) -> str:
    if clock.state is ClockState.PAUSED:
        return _paused_verdict(clock, reading)
    if clock.state is ClockState.BREACHED:
        over = duration_exact(overrun_s(clock))
        return _("Breached on %(at)s, by %(over)s", at=moment_short(clock.breached_at), over=over)
    if clock.state is ClockState.MET:
        left = duration_exact(clock.remaining_s)
        return _("Met on %(at)s, %(left)s left", at=moment_short(clock.end), left=left)
    if clock.state is ClockState.RUNNING:
        left = duration_exact(clock.remaining_s)
        return _("%(left)s left, due %(at)s", left=left, at=moment_short(clock.due_at))
    return chip(clock, reading, reading.as_of).words


def _paused_verdict(clock: Clock, reading: Reading) -> str:
    left = duration_exact(clock.remaining_s)
    due = clock.due_if_resumed(reading.as_of)
    return _("Paused, %(left)s left; if resumed now: due %(at)s", left=left, at=moment_short(due))


def _rules(clock: Clock) -> tuple[str, ...]:
    causes = [segment.cause for segment in clock.segments if segment.cause is not None]
    found = ["SLA-4", "SLA-5" if clock.obligation is Obligation.SLO else "CRD-1"]
    found += [RULES.get(cause, "SLA-2") for cause in causes]
    return tuple(dict.fromkeys([clock.clause, *found]))
