"""A ticket in the customer's words: what a page, a list and a mail say of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _l

from ops_portal.tickets.chips import Chip, chip, overrun_s
from ops_portal.tickets.clocks import Reading
from ops_portal.tickets.impact import Impact
from ops_portal.tickets.models import OPEN_STATES, TicketKind, TicketState
from sla.clock import Clock, ClockState
from sla.policy import Basis, Kpi, StopReason

STATE: Mapping[str, str] = {
    TicketState.NEW: _l("Received"),
    TicketState.IN_PROGRESS: _l("In progress"),
    TicketState.WAITING: _l("Waiting"),
    TicketState.RESOLVED: _l("Resolved, please confirm"),
    TicketState.CLOSED: _l("Closed"),
    TicketState.VOID: _l("Cancelled"),
}
WAITING_FOR: Mapping[str, str] = {
    "customer": _l("We wait for you"),
    "third_party": _l("Waiting for a third party"),
    "force_majeure": _l("Stopped by force majeure"),
    "connectivity": _l("Waiting for the connection"),
}
STATE_KIND: Mapping[str, str] = {
    TicketState.NEW: "received",
    TicketState.IN_PROGRESS: "on_track",
    TicketState.WAITING: "paused",
    TicketState.RESOLVED: "attention",
    TicketState.CLOSED: "met",
    TicketState.VOID: "none",
}
KIND: Mapping[str, str] = {
    TicketKind.INCIDENT: _l("Incident"),
    TicketKind.REQUEST: _l("Question"),
    TicketKind.CUSTOMER_CHANGE: _l("Change on your side"),
}
IMPACT = {
    Impact.COMPLETE: _l("Nothing works any more: the service is completely interrupted"),
    Impact.SERIOUS: _l("Functions we cannot do without work badly or not at all"),
    Impact.BACKUP: _l("We had to switch to the back-up"),
    Impact.LIMITED: _l("Something is wrong, but we can go on working"),
    Impact.NONE: _l("It does not hinder our work"),
}
STATES_SHOWN = {
    "open": OPEN_STATES,
    "resolved": (TicketState.RESOLVED,),
    "closed": (TicketState.CLOSED, TicketState.VOID),
}
"""What a customer tells apart; the value in the address and the states behind it."""


@dataclass(frozen=True, slots=True)
class ClockLine:
    """One clock to be said in a sentence."""

    clock: Clock
    chip: Chip
    case: str
    """Which sentence fits: running, paused, late, ended, at_once, at_work, cut, not_applicable."""
    over_s: int
    if_resumed: datetime | None
    """When it would be due if the clock ran again from now on (T34)."""
    is_for_customer: bool
    """Whether only the customer's answer is missing for that."""


def clock_line(clock: Clock, reading: Reading, now: datetime) -> ClockLine:
    """Return what the sentence about a clock is made of. Source: SLA-6."""
    case = _case(clock, reading)
    reasons = {stop.reason for stop in reading.history.open_stops}
    return ClockLine(
        clock=clock,
        chip=chip(clock, reading, now),
        case=case,
        over_s=overrun_s(clock),
        if_resumed=clock.due_if_resumed(now) if case == "paused" else None,
        is_for_customer=reasons == {StopReason.CUSTOMER},
    )


def clock_lines(reading: Reading, now: datetime) -> list[ClockLine]:
    """Return the clocks worth a sentence, those that still run first.

    How long the ticket took to be opened is no news where the customer wrote it.
    """
    running = set(map(id, reading.running))
    history = reading.history
    is_own = history.notified_at == history.created_at
    told = [c for c in reading.clocks if c.kpi is not Kpi.CREATION or not is_own]
    ordered = sorted(told, key=lambda c: id(c) not in running)
    return [clock_line(clock, reading, now) for clock in ordered]


def next_line(reading: Reading, now: datetime) -> ClockLine | None:
    """Return the clock a list shows: the next promise, else how the restoration went."""
    running = reading.running
    late = [c for c in running if c.state is ClockState.BREACHED]
    ended = [c for c in reading.clocks if c.kpi is Kpi.RESTORATION and c.end is not None]
    shown = next(iter([*late, *running, *reversed(ended)]), None)
    return clock_line(shown, reading, now) if shown else None


def _case(clock: Clock, reading: Reading) -> str:
    if clock.state is ClockState.NOT_APPLICABLE:
        return "not_applicable"
    if clock.end is None:
        names = {ClockState.PAUSED: "paused", ClockState.BREACHED: "late"}
        return names.get(clock.state, "running")
    if _is_cut(clock, reading):
        return "cut"
    if clock.elapsed_s:
        return "ended"
    started = reading.history.intervention_started_at
    is_before = clock.kpi is Kpi.REACTION and started is not None and started < clock.start
    return "at_work" if is_before else "at_once"


def _is_cut(clock: Clock, reading: Reading) -> bool:
    """Whether a change of priority ended the clock, and not the work itself."""
    changes: Sequence[datetime] = [
        p.at for p in reading.history.priorities if p.basis is Basis.CHANGE
    ]
    is_last = clock.period > len(changes)
    return clock.state is ClockState.SUPERSEDED or (not is_last and clock.end in changes)
