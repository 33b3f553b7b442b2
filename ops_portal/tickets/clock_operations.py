"""What moves a clock: starting the intervention, stopping, resuming, priorities, annulments.

Each operation is made of drafts that can also be only previewed, so that the page shows which
clocks and verdicts a change would move before it is saved.
"""

from datetime import datetime
from typing import NoReturn

from ops_portal.core.actor import Actor, ActorKind
from ops_portal.core.errors import RefusedError
from ops_portal.tickets.clocks import Reading, facts_by_ticket
from ops_portal.tickets.drafts import history_of, resume_all
from ops_portal.tickets.history import History
from ops_portal.tickets.models import Fact, FactKind, Ticket
from ops_portal.tickets.recording import Draft, write_facts
from sla.policy import Priority, StopReason

ANNULLABLE = frozenset(
    {
        FactKind.INTERVENTION_STARTED,
        FactKind.CLOCK_STOPPED,
        FactKind.CLOCK_RESUMED,
        FactKind.OUT_OF_SCOPE,
        FactKind.PRIORITY_CORRECTED,
        FactKind.PRIORITY_CHANGED,
    },
)


def start_draft(ticket: Ticket, *, at: datetime, reason: str = "") -> list[Draft]:
    """Return the drafts that start the intervention.

    Raises:
        RefusedError: it has started, the ticket is not open, or `at` lies before the creation.

    """
    history = history_of(ticket)
    if history.intervention_started_at is not None:
        _refuse("The intervention has started already.")
    if not history.is_open:
        _refuse("The ticket is not open any more.")
    if at < history.created_at:
        _refuse("The intervention cannot start before the ticket.", "at")
    return [Draft(FactKind.INTERVENTION_STARTED, at, is_public=True, reason=reason.strip())]


def stop_drafts(
    ticket: Ticket,
    reason: StopReason,
    *,
    start: datetime,
    end: datetime | None,
    note: str,
    why_late: str = "",
) -> list[Draft]:
    """Return the drafts that stop the clock, for a span or until it is resumed.

    Stops may overlap, and may be entered later, also on a closed ticket, with evidence in the note
    (T30, T39).

    Args:
        ticket: the ticket.
        reason: one of the four of SLA-2.
        start: the first instant that does not count.
        end: the first that counts again; None = open.
        note: what was waited for.
        why_late: why it is recorded later than it happened.

    Raises:
        RefusedError: no note, an end at or before the start, a start before the creation, an open
            stop on an ended ticket.

    Source: SLA-2, §6.1.

    """
    _check_stop(history_of(ticket), reason, start, end)
    if not note.strip():
        _refuse("Say what is being waited for.", "note")
    why = why_late.strip()
    stop = Draft(
        FactKind.CLOCK_STOPPED,
        start,
        is_public=True,
        text=note.strip(),
        reason=why,
        data={"reason": reason},
    )
    if end is None:
        return [stop]
    begun = ticket.version + 1
    resume = Draft(FactKind.CLOCK_RESUMED, end, is_public=True, reason=why, refers_to=begun)
    return [stop, resume]


def _check_stop(
    history: History, reason: StopReason, start: datetime, end: datetime | None
) -> None:
    if end is not None and end <= start:
        _refuse("The stop must end after it began.", "end")
    if start < history.created_at:
        _refuse("The stop cannot begin before the ticket.", "start")
    if end is None and not history.is_open:
        _refuse("The ticket is not open any more: give the stop an end.", "end")
    if end is None and any(stop.reason is reason for stop in history.open_stops):
        _refuse("The clock is stopped for this reason already.", "stop_reason")


def resume_drafts(ticket: Ticket, *, at: datetime, reason: str = "") -> list[Draft]:
    """Return the drafts that end every open stop.

    Raises:
        RefusedError: the clock is not stopped, or `at` lies before a stop.

    """
    stops = history_of(ticket).open_stops
    if not stops:
        _refuse("The clock is not stopped.")
    if at < max(stop.start for stop in stops):
        _refuse("The clock cannot resume before it stopped.", "at")
    return resume_all(stops, at, reason.strip())


def priority_drafts(
    ticket: Ticket, priority: Priority, *, is_correction: bool, reason: str, now: datetime
) -> list[Draft]:
    """Return the draft that corrects the priority (it was always that one) or changes it from now.

    Raises:
        RefusedError: no reason, or the priority is that one already.

    Source: INC-5, §6.4.

    """
    if not reason.strip():
        _refuse("Say why the priority is another one; the customer reads it.", "reason")
    if priority == ticket.priority:
        _refuse("The ticket has that priority already.", "priority")
    kind = FactKind.PRIORITY_CORRECTED if is_correction else FactKind.PRIORITY_CHANGED
    return [Draft(kind, now, is_public=True, reason=reason.strip(), data={"priority": priority})]


def annul_drafts(ticket: Ticket, seq: int, *, reason: str, now: datetime) -> list[Draft]:
    """Return the draft that takes an earlier entry out of account; the entry itself stays.

    An annulled stop takes its end with it.

    Raises:
        RefusedError: no reason, no such entry, or one that cannot be annulled.

    Source: INC-11.

    """
    facts = {f.seq: f for f in facts_by_ticket([ticket.id])[ticket.id]}
    fact = facts.get(seq)
    gone = {f.refers_to for f in facts.values() if f.kind == FactKind.ANNULLED}
    if fact is None or fact.kind not in ANNULLABLE or seq in gone:
        _refuse("This entry cannot be taken back.")
    if not reason.strip():
        _refuse("Say why the entry is wrong.", "reason")
    if fact.kind == FactKind.CLOCK_RESUMED and not history_of(ticket).is_open:
        _refuse("The ticket has ended: a stop of it needs its end. Take back the stop instead.")
    ends = [f for f in facts.values() if _ends(f, seq) and f.seq not in gone]
    return [
        Draft(FactKind.ANNULLED, now, is_public=True, reason=reason.strip(), refers_to=n)
        for n in (seq, *(f.seq for f in ends))
    ]


def start_intervention(
    actor: Actor, ticket: Ticket, *, at: datetime, reason: str = "", now: datetime
) -> Reading:
    """Start the intervention; ends the reaction clock (SLA-4)."""
    drafts = start_draft(ticket, at=at, reason=reason)
    return write_facts(ticket, actor, drafts, now=now, action="ticket.start")


def stop_clock(
    actor: Actor,
    ticket: Ticket,
    reason: StopReason,
    *,
    start: datetime,
    end: datetime | None,
    note: str,
    why_late: str = "",
    now: datetime,
) -> Reading:
    """Stop the clock; see `stop_drafts`. Only staff do (T41). Source: SLA-2."""
    if actor.kind is ActorKind.CUSTOMER:
        _refuse("Only the Service Desk stops the clock.")
    drafts = stop_drafts(ticket, reason, start=start, end=end, note=note, why_late=why_late)
    return write_facts(ticket, actor, drafts, now=now, action="ticket.stop")


def resume_clock(
    actor: Actor, ticket: Ticket, *, at: datetime, reason: str = "", now: datetime
) -> Reading:
    """End every open stop. Source: SLA-2."""
    drafts = resume_drafts(ticket, at=at, reason=reason)
    return write_facts(ticket, actor, drafts, now=now, action="ticket.resume")


def set_priority(
    actor: Actor,
    ticket: Ticket,
    priority: Priority,
    *,
    is_correction: bool,
    reason: str,
    now: datetime,
) -> Reading:
    """Correct or change the priority; see `priority_drafts`. Source: INC-5."""
    drafts = priority_drafts(ticket, priority, is_correction=is_correction, reason=reason, now=now)
    action = "ticket.correct_priority" if is_correction else "ticket.change_priority"
    return write_facts(ticket, actor, drafts, now=now, action=action)


def annul(actor: Actor, ticket: Ticket, seq: int, *, reason: str, now: datetime) -> Reading:
    """Take an earlier entry out of account; see `annul_drafts`. Source: INC-11."""
    drafts = annul_drafts(ticket, seq, reason=reason, now=now)
    return write_facts(ticket, actor, drafts, now=now, action="ticket.annul")


def _ends(fact: Fact, seq: int) -> bool:
    return fact.kind == FactKind.CLOCK_RESUMED and fact.refers_to == seq


def _refuse(message: str, field: str = "") -> NoReturn:
    raise RefusedError(message, fields={field: message} if field else {})
