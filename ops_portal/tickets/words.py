"""The reader's words for what tickets and clocks are made of."""

from ops_portal.tickets.models import Channel, FactKind, OutOfScopeCause, TicketKind, TicketState
from ops_portal.web.filters import duration, duration_exact
from ops_portal.web.holidays import holiday
from ops_portal.web.languages import gettext as _
from ops_portal.web.languages import lazy_gettext as _l
from sla.clock import Clock, ClockState
from sla.explanation import HOLIDAY, OUTSIDE, Segment
from sla.periods import PLANNED_WORKS, REOPENED, STOP
from sla.policy import Kpi, Obligation, Priority, StopReason

MINUTE = 60
KPI = {
    Kpi.CREATION: _l("Time to log"),
    Kpi.REACTION: _l("Time to react"),
    Kpi.RESTORATION: _l("Time to restore"),
}
KPI_SHORT = {
    Kpi.CREATION: _l("log"),
    Kpi.REACTION: _l("react"),
    Kpi.RESTORATION: _l("restore"),
}
OBLIGATION = {
    Obligation.SLA: _l("guaranteed, with credit (SLA)"),
    Obligation.SLO: _l("best effort, no credit (SLO)"),
}
PRIORITY = {
    Priority.P1: _l("Complete interruption"),
    Priority.P2: _l("Serious degradation"),
    Priority.P3: _l("Limited impact"),
    Priority.P4: _l("No impact, question"),
}
STATE = {
    TicketState.NEW: _l("New"),
    TicketState.IN_PROGRESS: _l("In progress"),
    TicketState.WAITING: _l("Waiting"),
    TicketState.RESOLVED: _l("Resolved"),
    TicketState.CLOSED: _l("Closed"),
    TicketState.VOID: _l("Void"),
}
CLOCK_STATE = {
    ClockState.RUNNING: _l("running"),
    ClockState.PAUSED: _l("paused"),
    ClockState.MET: _l("met"),
    ClockState.BREACHED: _l("breached"),
    ClockState.SUPERSEDED: _l("superseded"),
    ClockState.NOT_APPLICABLE: _l("not applicable"),
}
STOP_REASON = {
    StopReason.CUSTOMER: _l("customer"),
    StopReason.FORCE_MAJEURE: _l("force majeure"),
    StopReason.THIRD_PARTY: _l("third party"),
    StopReason.CONNECTIVITY: _l("connectivity"),
}
STOP_ICON = {
    StopReason.CUSTOMER: "person",
    StopReason.FORCE_MAJEURE: "cloud-lightning",
    StopReason.THIRD_PARTY: "people",
    StopReason.CONNECTIVITY: "wifi-off",
}
CHANNEL = {
    Channel.PHONE: _l("by telephone"),
    Channel.MAIL: _l("by e-mail"),
    Channel.PORTAL: _l("through the portal"),
    Channel.API: _l("by a program"),
    Channel.IMPORT: _l("imported"),
}
NOTIFIED = {
    Channel.PHONE: _l("Call received"),
    Channel.MAIL: _l("Reported by e-mail"),
    Channel.PORTAL: _l("Reported through the portal"),
    Channel.API: _l("Reported by a program"),
    Channel.IMPORT: _l("Reported in the other tool"),
}
KIND = {
    TicketKind.INCIDENT: _l("Incident"),
    TicketKind.REQUEST: _l("Request"),
    TicketKind.CUSTOMER_CHANGE: _l("Change at the customer"),
}
NOT_APPLICABLE = {
    "before_activation": _l("created before the activation"),
    "out_of_scope": _l("out of scope"),
    "void": _l("void"),
}
OUT_OF_SCOPE = {
    OutOfScopeCause.EXTERNAL: _l("External cause (a)"),
    OutOfScopeCause.UNAUTHORISED_USE: _l("Unauthorised use (b)"),
    OutOfScopeCause.FOREIGN_COMPONENT: _l("Component of others (c)"),
    OutOfScopeCause.UNAUTHORISED_MAINTENANCE: _l("Unauthorised maintenance or move (d)"),
    OutOfScopeCause.TRANSPORT: _l("Damage in transport (e)"),
    OutOfScopeCause.NEGLIGENCE: _l("Negligence (f)"),
    OutOfScopeCause.BREACH: _l("Breach of the contract (g)"),
    OutOfScopeCause.ON_DEMAND: _l("Support on demand"),
}
FACT = {
    FactKind.CREATED: _l("Ticket created"),
    FactKind.INTERVENTION_STARTED: _l("Intervention started"),
    FactKind.DIAGNOSED: _l("Diagnosis"),
    FactKind.CONFIRMED: _l("Resolution confirmed"),
    FactKind.REOPENED: _l("Reopened"),
    FactKind.REPLIED: _l("Reply"),
    FactKind.NOTED: _l("Internal note"),
}
NOBODY = _l("nobody")
LINE = {1: _l("First line"), 2: _l("Second line"), 3: _l("Experts")}
CAUSE = {
    OUTSIDE: _l("Outside the support window"),
    PLANNED_WORKS: _l("Planned works"),
    REOPENED: _l("Resolved, then reopened"),
}


def used_of(clock: Clock) -> str:
    """Return what has counted, rounded so that it and what is left add up to the target."""
    elapsed, left = clock.elapsed_s or 0, clock.remaining_s or 0
    if clock.state is not ClockState.RUNNING or not left:
        return duration(elapsed)
    if left < MINUTE:
        return duration_exact(elapsed)
    return duration(clock.target_s - left // MINUTE * MINUTE)


def cause_of(segment: Segment) -> str:
    """Return why the seconds of a segment count, or why they do not (SLA-6)."""
    reason = stop_reason_of(segment)
    if reason is not None:
        return _("Stopped: %(reason)s", reason=STOP_REASON[reason])
    if segment.cause == HOLIDAY:
        return holiday(segment.name) if segment.name else _("Closed day")
    return str(CAUSE[segment.cause]) if segment.cause else _("Counted")


def stop_reason_of(segment: Segment) -> StopReason | None:
    """Return whose time a segment is, if the clock was stopped in it."""
    cause = segment.cause or ""
    return StopReason(cause.removeprefix(STOP)) if cause.startswith(STOP) else None
