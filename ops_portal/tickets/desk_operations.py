"""What only the Service Desk does: handing over, diagnosing, scope, duplicates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from ops_portal.accounts.models import Membership
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError, RefusedError
from ops_portal.core.permissions import Role
from ops_portal.tickets.clocks import Reading
from ops_portal.tickets.drafts import history_of, resume_all, words_of
from ops_portal.tickets.models import FactKind, OutOfScopeCause, Ticket, TicketState
from ops_portal.tickets.recording import Draft, write_facts
from sla.policy import Priority

LINES = (1, 2, 3)


def assign(actor: Actor, ticket: Ticket, user_id: int | None, *, now: datetime) -> Reading:
    """Give a ticket to an agent, or to nobody.

    Raises:
        NotFoundError: the person is no agent of the provider.

    Source: INC-1.

    """
    if user_id is not None and not _is_agent(user_id):
        raise NotFoundError
    drafts = [Draft(FactKind.ASSIGNED, now, is_public=False, data={"user_id": user_id})]
    return write_facts(ticket, actor, drafts, now=now, action="ticket.assign")


def escalate(actor: Actor, ticket: Ticket, line: int, reason: str, *, now: datetime) -> Reading:
    """Move a ticket to another line: 1, 2, or 3 for experts (INC-1)."""
    if line not in LINES:
        message = "Choose line 1, 2 or 3."
        raise RefusedError(message, fields={"line": message})
    if line == ticket.line:
        message = "The ticket is on that line already."
        raise RefusedError(message, fields={"line": message})
    drafts = [
        Draft(FactKind.ESCALATED, now, is_public=False, reason=reason.strip(), data={"line": line})
    ]
    return write_facts(ticket, actor, drafts, now=now, action="ticket.escalate")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a remote diagnosis finds (INC-6)."""

    assessment: str
    cause: str
    component: str
    impact: Priority
    is_remote_session: bool


def diagnose(actor: Actor, ticket: Ticket, found: Diagnosis, *, now: datetime) -> Reading:
    """Record a remote diagnosis; its impact confirms the priority (INC-6, CRD-8)."""
    drafts = [
        Draft(
            FactKind.DIAGNOSED,
            now,
            is_public=False,
            text=words_of(found.assessment),
            data={
                "cause": found.cause.strip(),
                "component": found.component.strip(),
                "impact": found.impact,
                "remote_session": found.is_remote_session,
            },
        ),
    ]
    return write_facts(ticket, actor, drafts, now=now, action="ticket.diagnose")


def void_as_duplicate(actor: Actor, ticket: Ticket, survivor: Ticket, *, now: datetime) -> Reading:
    """Close a ticket as a duplicate; see `duplicate_drafts`. Source: sla.md; sla-cases T56."""
    drafts = duplicate_drafts(ticket, survivor, now=now)
    return write_facts(ticket, actor, drafts, now=now, action="ticket.void")


def duplicate_drafts(ticket: Ticket, survivor: Ticket, *, now: datetime) -> list[Draft]:
    """Return the drafts that close a ticket as the duplicate of an older one of the same customer.

    Raises:
        RefusedError: the survivor is another tenant's, the ticket itself, void, or younger: the
            ticket that was created first is kept, so that no time is lost (T56).

    """
    message, params = "", {"reference": survivor.reference}
    if survivor.id == ticket.id or survivor.customer_id != ticket.customer_id:
        message = "Name another ticket of the same customer."
    elif survivor.state == TicketState.VOID:
        message = "The other ticket is void itself."
    elif survivor.created_at > ticket.created_at:
        message = "{reference} is younger: mark that one as the duplicate of this one."
    if message:
        raise RefusedError(message, fields={"survivor": message}, params=params)
    data = {"cause": "duplicate", "duplicate_of": survivor.reference}
    return _void_drafts(ticket, data, "", now)


def void_ticket(actor: Actor, ticket: Ticket, reason: str, *, now: datetime) -> Reading:
    """Close a ticket that should not exist; see `void_drafts`."""
    drafts = void_drafts(ticket, reason, now=now)
    return write_facts(ticket, actor, drafts, now=now, action="ticket.void")


def void_drafts(ticket: Ticket, reason: str, *, now: datetime) -> list[Draft]:
    """Return the drafts that close a ticket that should not exist (spam, test): no clock, no claim.

    Source: sla.md, which clocks a ticket has; sla-cases T56.
    """
    return _void_drafts(ticket, {"cause": "void"}, _why(reason), now)


def leave_scope(
    actor: Actor, ticket: Ticket, cause: OutOfScopeCause, reason: str, *, now: datetime
) -> Reading:
    """Say that the cause is not the provider's; see `scope_drafts`. Source: INC-9, §7.2.4."""
    drafts = scope_drafts(ticket, cause, reason, now=now)
    return write_facts(ticket, actor, drafts, now=now, action="ticket.out_of_scope")


def scope_drafts(
    ticket: Ticket, cause: OutOfScopeCause, reason: str, *, now: datetime
) -> list[Draft]:
    """Return the draft that takes a ticket out of the service levels.

    Raises:
        RefusedError: no reason, or it is out for that cause already.

    Source: INC-9, §7.2.4; SLA-3.

    """
    if history_of(ticket).out_of_scope == cause:
        message = "The ticket is out of scope for that cause already."
        raise RefusedError(message, fields={"cause": message})
    return [
        Draft(
            FactKind.OUT_OF_SCOPE, now, is_public=True, reason=_why(reason), data={"cause": cause}
        )
    ]


def _void_drafts(
    ticket: Ticket, data: Mapping[str, str], reason: str, now: datetime
) -> list[Draft]:
    history = history_of(ticket)
    if history.state is TicketState.VOID:
        message = "The ticket is void already."
        raise RefusedError(message)
    ends = resume_all(history.open_stops, now)
    return [*ends, Draft(FactKind.VOIDED, now, is_public=True, reason=reason, data=data)]


def _why(reason: str) -> str:
    if not reason.strip():
        message = "Say why; the customer reads it."
        raise RefusedError(message, fields={"reason": message})
    return reason.strip()


def _is_agent(user_id: int) -> bool:
    query = select(func.count()).where(
        Membership.user_id == user_id,
        Membership.role == Role.AGENT,
        Membership.ended_at.is_(None),
    )
    return bool(db.session.scalar(query))
