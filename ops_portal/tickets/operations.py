"""The life of a ticket: opening, talking, resolving, confirming, reopening."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text

from ops_portal.accounts.models import Membership
from ops_portal.contracts.models import Contract
from ops_portal.contracts.queries import contract_at, elements_of
from ops_portal.core.actor import Actor, ActorKind
from ops_portal.core.db import db
from ops_portal.core.errors import N_, NotFoundError, RefusedError
from ops_portal.core.permissions import Role
from ops_portal.core.texts import cleaned, cleaned_line
from ops_portal.tickets.clocks import RANK_NO_CLOCK, Reading
from ops_portal.tickets.drafts import (
    customer_reply_drafts,
    desk_reply_drafts,
    history_of,
    resolve_drafts,
    words_of,
)
from ops_portal.tickets.impact import PRIORITY_OF, Impact
from ops_portal.tickets.models import Channel, FactKind, Ticket, TicketKind, TicketState
from ops_portal.tickets.recording import Draft, write_facts
from sla.policy import Priority, StopReason

NUMBER_SPACE = 10**8
NUMBER_STEP = 48_271_373  # coprime to the space: numbers do not repeat and do not count up


@dataclass(frozen=True, slots=True)
class Report:
    """What is known when a ticket is opened."""

    title: str
    priority: Priority
    channel: Channel
    description: str = ""
    kind: TicketKind = TicketKind.INCIDENT
    element_id: int | None = None
    """None when nobody knows: planned works then do not cut its clocks (MNT-3)."""
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
    priority_reason: str = ""
    """Why the priority is another one than the answer leads to; the customer reads it."""
    contact_id: int | None = None
    """The representative who called (INC-1)."""


def open_ticket(actor: Actor, contract: Contract, report: Report, *, now: datetime) -> Ticket:
    """Open a ticket on the contract that holds at its own instant (ORD-4).

    Args:
        actor: who records it; staff for a call, the representative for the portal and the API.
        contract: one of the service; a superseded one stands for the one in force.
        report: what is known.
        now: the creation, aware.

    Raises:
        RefusedError: a P1 that did not come by telephone (INC-4), said before anything else; a
            recording without word to the caller (INC-2); a notification after the creation; an
            incident reported by a customer who did not check the own side (INC-12); a priority
            that differs from the answer without a reason (INC-3); a service without a contract in
            force (ORD-4).
        NotFoundError: the contact is no representative of the customer (INC-1).

    Source: INC-1, INC-2, INC-3, INC-4, INC-12, ORD-4, §2, §5.1.1, §6.4.

    """
    _check_report(actor, report, now)
    contract = _in_force(contract, now)
    ticket = Ticket(
        customer_id=contract.customer_id,
        reference=next_reference(),
        contract_id=contract.id,
        element_id=_element_id(contract, report.element_id),
        kind=report.kind,
        title=cleaned_line(report.title)[:200],
        description=cleaned(report.description),
        channel=report.channel,
        contact_name=cleaned_line(report.contact_name),
        contact_phone=cleaned_line(report.contact_phone),
        reported_by=_reporter_id(actor, contract, report),
        recording_reference=cleaned_line(report.recording_reference),
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
    drafts = _opening(ticket, report, now)
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
            that is closed or void; a start or a stop on a ticket that is not open.

    Source: INC-7, SLA-2; sla-cases T36, T42, T62.

    """
    drafts = [Draft(FactKind.REPLIED, now, is_public=True, text=words_of(body))]
    if actor.kind is ActorKind.CUSTOMER:
        drafts += customer_reply_drafts(history_of(ticket), stop, now)
    elif is_start or stop is not None:
        words = ticket.version + 1
        drafts += desk_reply_drafts(history_of(ticket), stop, now, words=words)
    return write_facts(ticket, actor, drafts, now=now, action="ticket.reply")


def note(actor: Actor, ticket: Ticket, body: str, *, now: datetime) -> Reading:
    """Add an internal note; no customer ever sees it."""
    drafts = [Draft(FactKind.NOTED, now, is_public=False, text=words_of(body))]
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
    """Resolve a ticket; see `resolve_drafts`. Source: INC-7, SLA-4."""
    drafts = resolve_drafts(ticket, body, is_temporary=is_temporary, at=at, reason=reason)
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
    drafts = [Draft(FactKind.REOPENED, now, is_public=True, text=words_of(body))]
    return write_facts(ticket, actor, drafts, now=now, action="ticket.reopen")


def next_reference() -> str:
    """Return a fresh ticket reference: short enough to read out, and it does not count up."""
    return next_references(1)[0]


def next_references(number: int) -> list[str]:
    """Return that many fresh references."""
    query = text("SELECT nextval('ticket_numbers') FROM generate_series(1, :number)")
    taken = db.session.scalars(query, {"number": number})
    return [f"INC-{value * NUMBER_STEP % NUMBER_SPACE:08d}" for value in taken]


def _in_force(contract: Contract, now: datetime) -> Contract:
    found = contract_at(contract.service_id, now)
    if found is None:
        message = N_("{reference} is not in force: no ticket can be opened on it.")
        raise RefusedError(message, rule="ORD-4", params={"reference": contract.reference})
    return found


def _opening(ticket: Ticket, report: Report, now: datetime) -> list[Draft]:
    return [
        Draft(FactKind.NOTIFIED, report.notified_at or now, is_public=True),
        Draft(
            FactKind.CREATED, now, is_public=True, text=ticket.description, data=_answers(report)
        ),
        Draft(
            FactKind.PRIORITY_SET,
            now,
            is_public=True,
            reason=cleaned(report.priority_reason),
            data={"priority": report.priority},
        ),
    ]


def _answers(report: Report) -> dict[str, str]:
    answers = {"impact": report.impact, "since": report.since and report.since.isoformat()}
    return {name: str(value) for name, value in answers.items() if value}


def _check_report(actor: Actor, report: Report, now: datetime) -> None:
    is_call = report.channel is Channel.PHONE and actor.kind is not ActorKind.CUSTOMER
    if report.priority is Priority.P1 and not is_call:
        message = "A complete interruption (P1) is reported by telephone only."
        raise RefusedError(message, rule="INC-4", fields={"priority": message})
    fields = {
        name: words for name, is_wrong, words in _answers_wrong(actor, report, now) if is_wrong
    }
    if fields:
        raise RefusedError(N_("Some answers do not fit."), fields=fields)


def _answers_wrong(actor: Actor, report: Report, now: datetime) -> Iterator[tuple[str, bool, str]]:
    """Yield `(field, whether it is wrong, what to do)`."""
    is_incident = report.kind is TicketKind.INCIDENT
    is_own = actor.kind is ActorKind.CUSTOMER
    yield "title", not cleaned_line(report.title), N_("Say in a few words what is wrong.")
    is_later = report.notified_at is not None and report.notified_at > now
    yield "notified_at", is_later, N_("The call cannot be later than the ticket.")
    is_to_come = is_incident and report.since is not None and report.since > now
    yield "since", is_to_come, N_("The time lies in the future.")
    is_untold = bool(report.recording_reference) and not report.is_recording_told
    words = N_("Confirm that the caller was told of the recording (INC-2).")
    yield "is_recording_told", is_untold, words
    suggested = PRIORITY_OF[report.impact] if report.impact else report.priority
    is_unexplained = suggested != report.priority and not cleaned(report.priority_reason)
    words = N_("Say why the priority differs; the customer reads it.")
    yield "priority_reason", is_unexplained, words
    is_unchecked = is_own and is_incident and not report.is_own_side_checked
    words = N_("Confirm that your own equipment and actions were checked.")
    yield "is_own_side_checked", is_unchecked, words


def _reporter_id(actor: Actor, contract: Contract, report: Report) -> int | None:
    if actor.kind is ActorKind.CUSTOMER or report.contact_id is None:
        return actor.user_id if actor.kind is ActorKind.CUSTOMER else None
    found = db.session.scalar(
        select(Membership.user_id).where(
            Membership.customer_id == contract.customer_id,
            Membership.user_id == report.contact_id,
            Membership.role == Role.REPRESENTATIVE,
            Membership.ended_at.is_(None),
        )
    )
    if found is None:
        raise NotFoundError
    return found


def _element_id(contract: Contract, asked: int | None) -> int | None:
    """Return the part of the service, if it is known.

    Planned works cut the clocks of the parts they touch (MNT-3): a ticket without a part is not
    cut by any works.
    """
    if asked is None:
        return None
    if all(element.id != asked for element in elements_of(contract)):
        raise NotFoundError
    return asked
