"""The life of a ticket: opening, talking, handing over, resolving, reopening, leaving the scope."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, text

from ops_portal.accounts.models import Membership
from ops_portal.contracts.models import Contract, SolutionElement
from ops_portal.core.actor import Actor, ActorKind
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError, RefusedError
from ops_portal.core.permissions import Role
from ops_portal.tickets.history import History, read_history
from ops_portal.tickets.clocks import RANK_NO_CLOCK, Reading, facts_by_ticket
from ops_portal.tickets.impact import Impact
from ops_portal.tickets.models import (
    Channel,
    FactKind,
    OutOfScopeCause,
    Ticket,
    TicketKind,
    TicketState,
)
from ops_portal.tickets.recording import Draft, write_facts
from sla.policy import Priority, StopReason

NUMBER_SPACE = 10**8
NUMBER_STEP = 48_271_373  # coprime to the space: numbers do not repeat and do not count up
LINES = (1, 2, 3)
ENDED = frozenset({TicketState.CLOSED, TicketState.VOID})


@dataclass(frozen=True, slots=True)
class Report:
    """What is known when a ticket is opened."""

    title: str
    priority: Priority
    channel: Channel
    description: str = ""
    kind: TicketKind = TicketKind.INCIDENT
    element_id: int | None = None
    notified_at: datetime | None = None
    contact_name: str = ""
    contact_phone: str = ""
    recording_reference: str = ""
    is_recording_told: bool = False
    is_own_side_checked: bool = False
    since: datetime | None = None
    """When the reporter first noticed it, or when a change at the customer takes place."""
    impact: Impact | None = None
    """The answer that led to the priority (INC-3)."""


def open_ticket(actor: Actor, contract: Contract, report: Report, *, now: datetime) -> Ticket:
    """Open a ticket on a contract.

    Args:
        actor: who records it; staff for a call, the representative for the portal and the API.
        contract: whose terms hold.
        report: what is known.
        now: the creation, aware.

    Raises:
        RefusedError: a P1 that did not come by telephone (INC-4), said before anything else; a
            recording without word to the caller (INC-2); a notification after the creation; an
            incident reported by a customer who did not check the own side (INC-12).

    Source: INC-1, INC-2, INC-3, INC-4, INC-12, §5.1.1, §6.4.

    """
    _check_report(actor, report, now)
    ticket = Ticket(
        customer_id=contract.customer_id,
        reference=next_reference(),
        contract_id=contract.id,
        element_id=_element_id(contract, report.element_id),
        kind=report.kind,
        title=report.title.strip()[:200],
        description=report.description.strip(),
        channel=report.channel,
        contact_name=report.contact_name.strip(),
        contact_phone=report.contact_phone.strip(),
        reported_by=actor.user_id if actor.kind is ActorKind.CUSTOMER else None,
        recording_reference=report.recording_reference.strip(),
        is_recording_told=report.is_recording_told,
        is_own_side_checked=report.is_own_side_checked,
        created_at=now,
        updated_at=now,
        version=0,
        state=TicketState.NEW,
        priority=report.priority,
        urgency_rank=RANK_NO_CLOCK,
        urgency_at=now,
    )
    db.session.add(ticket)
    db.session.flush()
    drafts = [
        Draft(FactKind.NOTIFIED, report.notified_at or now, is_public=True),
        Draft(
            FactKind.CREATED, now, is_public=True, text=ticket.description, data=_answers(report)
        ),
        Draft(FactKind.PRIORITY_SET, now, is_public=True, data={"priority": report.priority}),
    ]
    write_facts(ticket, actor, drafts, now=now, action="ticket.open")
    return ticket


def reply(
    actor: Actor,
    ticket: Ticket,
    body: str,
    *,
    now: datetime,
    is_start: bool = False,
    stop: StopReason | None = None,
) -> Reading:
    """Add a public reply; a customer's one ends the stops that waited for the customer.

    Args:
        actor: the author.
        ticket: the locked ticket.
        body: the text.
        now: the instant.
        is_start: whether staff start the intervention with it (T36); ignored when started.
        stop: the reason to stop the clock for with the same action (staff only).

    Raises:
        RefusedError: empty text; a stop asked for by a customer; a customer's reply to a ticket
            that is closed or void.

    Source: INC-7, SLA-2; sla-cases T36, T42, T62.

    """
    history = history_of(ticket)
    drafts = [Draft(FactKind.REPLIED, now, is_public=True, text=_body(body))]
    if actor.kind is ActorKind.CUSTOMER:
        if stop is not None:
            message = "Only the Service Desk stops the clock."
            raise RefusedError(message, rule="SLA-2")
        if history.state in ENDED:
            message = "This ticket is closed. Report a new incident and name this one."
            raise RefusedError(message)
        drafts += [
            Draft(FactKind.CLOCK_RESUMED, now, is_public=True, refers_to=s.seq)
            for s in history.open_stops
            if s.reason is StopReason.CUSTOMER and s.start <= now
        ]
    else:
        if (is_start or stop) and history.intervention_started_at is None:
            drafts.append(Draft(FactKind.INTERVENTION_STARTED, now, is_public=True))
        if stop is not None:
            drafts.append(
                Draft(FactKind.CLOCK_STOPPED, now, is_public=True, data={"reason": stop})
            )
    return write_facts(ticket, actor, drafts, now=now, action="ticket.reply")


def note(actor: Actor, ticket: Ticket, body: str, *, now: datetime) -> Reading:
    """Add an internal note; no customer ever sees it."""
    drafts = [Draft(FactKind.NOTED, now, is_public=False, text=_body(body))]
    return write_facts(ticket, actor, drafts, now=now, action="ticket.note")


def resolve(
    actor: Actor,
    ticket: Ticket,
    body: str,
    *,
    is_temporary: bool,
    at: datetime,
    reason: str = "",
    now: datetime,
) -> Reading:
    """Resolve a ticket; open stops end with it.

    Args:
        actor: the author.
        ticket: the locked ticket.
        body: what was done, for the customer.
        is_temporary: a temporary solution, else a permanent one (INC-7).
        at: when the service was restored.
        reason: why it is recorded later, when it is.
        now: the instant of recording.

    Raises:
        RefusedError: it is not open, or `at` lies before the creation or an open stop.

    Source: INC-7, SLA-4; sla-cases T35, T43.

    """
    history = _open_history(ticket)
    _check_not_before(at, max([history.created_at, *(s.start for s in history.open_stops)]))
    drafts = [
        Draft(FactKind.CLOCK_RESUMED, at, is_public=True, reason=reason, refers_to=s.seq)
        for s in history.open_stops
    ]
    drafts.append(
        Draft(
            FactKind.RESOLVED,
            at,
            is_public=True,
            text=_body(body),
            reason=reason.strip(),
            data={"temporary": is_temporary},
        ),
    )
    return write_facts(ticket, actor, drafts, now=now, action="ticket.resolve")


def confirm(actor: Actor, ticket: Ticket, *, now: datetime) -> Reading:
    """Confirm a resolution; the ticket is closed."""
    if ticket.state != TicketState.RESOLVED:
        message = "Only a resolved ticket can be confirmed."
        raise RefusedError(message)
    drafts = [Draft(FactKind.CONFIRMED, now, is_public=True)]
    return write_facts(ticket, actor, drafts, now=now, action="ticket.confirm")


def reopen(actor: Actor, ticket: Ticket, body: str, *, now: datetime) -> Reading:
    """Reopen a resolved ticket: the resolution was no end.

    Raises:
        RefusedError: it is not resolved; a closed one stays closed, a new ticket refers to it.

    Source: sla.md, restoration; sla-cases T54, T55.

    """
    if ticket.state != TicketState.RESOLVED:
        message = "Only a resolved ticket can be reopened. Report a new incident and name this one."
        raise RefusedError(message)
    drafts = [Draft(FactKind.REOPENED, now, is_public=True, text=_body(body))]
    return write_facts(ticket, actor, drafts, now=now, action="ticket.reopen")


def next_reference() -> str:
    """Return a fresh ticket reference: short enough to read out, and it does not count up."""
    number = db.session.scalar(text("SELECT nextval('ticket_numbers')")) or 0
    return f"INC-{number * NUMBER_STEP % NUMBER_SPACE:08d}"


def history_of(ticket: Ticket) -> History:
    """Return what the ticket's facts add up to."""
    return read_history(facts_by_ticket([ticket.id])[ticket.id])


def _answers(report: Report) -> dict[str, str]:
    answers = {"impact": report.impact, "since": report.since and report.since.isoformat()}
    return {name: str(value) for name, value in answers.items() if value}


def _check_report(actor: Actor, report: Report, now: datetime) -> None:
    if report.priority is Priority.P1 and report.channel is not Channel.PHONE:
        message = "A complete interruption (P1) is reported by telephone only."
        raise RefusedError(message, rule="INC-4", fields={"priority": message})
    fields: dict[str, str] = {}
    if not report.title.strip():
        fields["title"] = "Say in a few words what is wrong."
    if report.notified_at is not None and report.notified_at > now:
        fields["notified_at"] = "The call cannot be later than the ticket."
    if report.recording_reference and not report.is_recording_told:
        fields["is_recording_told"] = "Confirm that the caller was told of the recording (INC-2)."
    is_incident = report.kind is TicketKind.INCIDENT
    if actor.kind is ActorKind.CUSTOMER and is_incident and not report.is_own_side_checked:
        fields["is_own_side_checked"] = "Confirm that your own equipment and actions were checked."
    if fields:
        message = "Some answers are missing."
        raise RefusedError(message, fields=fields)


def _element_id(contract: Contract, asked: int | None) -> int | None:
    query = select(SolutionElement.id).where(
        SolutionElement.customer_id == contract.customer_id,
        SolutionElement.contract_id == contract.id,
    )
    if asked is None:
        return db.session.scalar(query.order_by(SolutionElement.id).limit(1))
    found = db.session.scalar(query.where(SolutionElement.id == asked))
    if found is None:
        raise NotFoundError
    return found


def _open_history(ticket: Ticket) -> History:
    history = history_of(ticket)
    if not history.is_open:
        message = "The ticket is not open any more."
        raise RefusedError(message)
    return history


def _check_not_before(at: datetime, earliest: datetime) -> None:
    if at < earliest:
        message = "The time lies before the ticket or its last stop began."
        raise RefusedError(message, fields={"at": message})


def _body(text_: str) -> str:
    if not text_.strip():
        message = "Write a few words."
        raise RefusedError(message, fields={"body": message})
    return text_.strip()
