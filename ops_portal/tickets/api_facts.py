"""From the facts of the API to the operations: one function for each shape."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from ops_portal.core.actor import Actor
from ops_portal.core.permissions import Permission
from ops_portal.tickets import api_fact_shapes as shapes
from ops_portal.tickets import clock_operations, desk_operations, operations
from ops_portal.tickets.api_shapes import Shape
from ops_portal.tickets.models import Ticket
from ops_portal.tickets.queries import ticket_for

Apply = Callable[[Actor, Ticket, Any, datetime], object]

BY_CUSTOMERS: dict[type[Shape], Permission] = {
    shapes.Replied: Permission.CARE_TICKETS_REPLY,
    shapes.Confirmed: Permission.CARE_TICKETS_CONFIRM,
    shapes.Reopened: Permission.CARE_TICKETS_CONFIRM,
}
ADDING_ONLY = (shapes.Replied, shapes.Noted)
"""Facts that only add: they need no version."""


def permission_for(actor: Actor, fact: Shape) -> Permission:
    """Return the permission this fact needs from this side of the contract."""
    if actor.is_staff:
        return Permission.DESK_WORK
    return BY_CUSTOMERS.get(type(fact), Permission.DESK_WORK)


def apply_fact(actor: Actor, ticket: Ticket, fact: Shape, now: datetime) -> None:
    """Write the fact through the operation that the pages use."""
    APPLY[type(fact)](actor, ticket, fact, now)


def _replied(actor: Actor, ticket: Ticket, fact: shapes.Replied, now: datetime) -> object:
    return operations.reply(actor, ticket, fact.text, now=now, is_start=fact.start, stop=fact.stop)


def _noted(actor: Actor, ticket: Ticket, fact: shapes.Noted, now: datetime) -> object:
    return operations.note(actor, ticket, fact.text, now=now)


def _assigned(actor: Actor, ticket: Ticket, fact: shapes.Assigned, now: datetime) -> object:
    return desk_operations.assign(actor, ticket, fact.user_id, now=now)


def _escalated(actor: Actor, ticket: Ticket, fact: shapes.Escalated, now: datetime) -> object:
    return desk_operations.escalate(actor, ticket, fact.line, fact.reason, now=now)


def _started(actor: Actor, ticket: Ticket, fact: shapes.Started, now: datetime) -> object:
    return clock_operations.start_intervention(
        actor, ticket, at=fact.at or now, reason=fact.reason, now=now
    )


def _prioritised(actor: Actor, ticket: Ticket, fact: shapes.Prioritised, now: datetime) -> object:
    is_correction = fact.kind == "priority_corrected"
    return clock_operations.set_priority(
        actor, ticket, fact.priority, is_correction=is_correction, reason=fact.reason, now=now
    )


def _diagnosed(actor: Actor, ticket: Ticket, fact: shapes.Diagnosed, now: datetime) -> object:
    found = desk_operations.Diagnosis(
        fact.text, fact.cause, fact.component, fact.impact, fact.remote_session
    )
    return desk_operations.diagnose(actor, ticket, found, now=now)


def _resolved(actor: Actor, ticket: Ticket, fact: shapes.Resolved, now: datetime) -> object:
    return operations.resolve(
        actor,
        ticket,
        fact.text,
        is_temporary=fact.temporary,
        at=fact.at or now,
        reason=fact.reason,
        now=now,
    )


def _confirmed(actor: Actor, ticket: Ticket, _fact: shapes.Confirmed, now: datetime) -> object:
    return operations.confirm(actor, ticket, now=now)


def _reopened(actor: Actor, ticket: Ticket, fact: shapes.Reopened, now: datetime) -> object:
    return operations.reopen(actor, ticket, fact.text, now=now)


def _voided(actor: Actor, ticket: Ticket, fact: shapes.Voided, now: datetime) -> object:
    if fact.duplicate_of is None:
        return desk_operations.void_ticket(actor, ticket, fact.reason, now=now)
    survivor = ticket_for(actor, fact.duplicate_of)
    return desk_operations.void_as_duplicate(actor, ticket, survivor, now=now)


def _out_of_scope(actor: Actor, ticket: Ticket, fact: shapes.OutOfScope, now: datetime) -> object:
    return desk_operations.leave_scope(actor, ticket, fact.cause, fact.reason, now=now)


def _annulled(actor: Actor, ticket: Ticket, fact: shapes.Annulled, now: datetime) -> object:
    return clock_operations.annul(actor, ticket, fact.refers_to, reason=fact.reason, now=now)


APPLY: dict[type[Shape], Apply] = {
    shapes.Replied: _replied,
    shapes.Noted: _noted,
    shapes.Assigned: _assigned,
    shapes.Escalated: _escalated,
    shapes.Started: _started,
    shapes.Prioritised: _prioritised,
    shapes.Diagnosed: _diagnosed,
    shapes.Resolved: _resolved,
    shapes.Confirmed: _confirmed,
    shapes.Reopened: _reopened,
    shapes.Voided: _voided,
    shapes.OutOfScope: _out_of_scope,
    shapes.Annulled: _annulled,
}
