"""Reading tickets: one by its reference, lists by keyset, counters, search."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError, StaleError
from ops_portal.core.paging import Order, instant, whole
from ops_portal.tickets.models import (
    Alarm,
    Fact,
    Ticket,
    Verdict,
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of tickets is narrowed to; comes from the address of the page."""

    view: str = "all"
    states: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    customer_id: int | None = None
    customer: str = ""
    """A customer number."""
    line: int | None = None
    search: str = ""
    order: str = "urgency"


def ticket_for(actor: Actor, reference: str) -> Ticket:
    """Return a ticket the actor may see.

    Raises:
        NotFoundError: it does not exist, or belongs to another tenant; the answer is the same.

    """
    ticket = db.session.execute(
        select(Ticket).where(Ticket.reference == reference.upper())
    ).scalar_one_or_none()
    return _seen(actor, ticket)


def lock_ticket(actor: Actor, reference: str, *, based_on: int | None = None) -> Ticket:
    """Return a ticket for changing it; others wait until this transaction ends.

    Args:
        actor: who changes it.
        reference: which.
        based_on: the version the page showed; None where the change only adds.

    Raises:
        NotFoundError: it does not exist for this actor.
        StaleError: somebody changed it since.

    """
    ticket = db.session.execute(
        select(Ticket)
        .where(Ticket.reference == reference.upper())
        .with_for_update()
        .execution_options(populate_existing=True),
    ).scalar_one_or_none()
    ticket = _seen(actor, ticket)
    if based_on is not None and ticket.version != based_on:
        message = "{reference} was changed since this page was loaded."
        params = {"reference": ticket.reference}
        raise StaleError(message, based_on=based_on, current=ticket.version, params=params)
    return ticket


def _seen(actor: Actor, ticket: Ticket | None) -> Ticket:
    if ticket is None or (not actor.is_staff and ticket.customer_id != actor.customer_id):
        raise NotFoundError
    return ticket


def facts_of(ticket: Ticket, *, is_internal_shown: bool) -> Sequence[Fact]:
    """Return a ticket's history in order; for customers the public part only."""
    query = select(Fact).where(Fact.ticket_id == ticket.id).order_by(Fact.seq)
    if not is_internal_shown:
        query = query.where(Fact.is_public)
    return db.session.scalars(query).all()


def alarms_of(ticket: Ticket) -> Sequence[Alarm]:
    """Return the warnings and breaches found for a ticket, in time order."""
    query = select(Alarm).where(Alarm.ticket_id == ticket.id).order_by(Alarm.at, Alarm.id)
    return db.session.scalars(query).all()


def verdicts_of(ticket: Ticket) -> Sequence[Verdict]:
    """Return all judgements of a ticket, the current one last."""
    query = (
        select(Verdict)
        .where(Verdict.ticket_id == ticket.id)
        .order_by(Verdict.judgement, Verdict.period, Verdict.id)
    )
    return db.session.scalars(query).all()


ORDERS = {
    "urgency": Order(
        (Ticket.urgency_rank, Ticket.urgency_at, Ticket.id),
        parsers=(whole, instant, whole),
    ),
    "newest": Order((Ticket.created_at, Ticket.id), is_descending=True, parsers=(instant, whole)),
    "oldest": Order((Ticket.created_at, Ticket.id), parsers=(instant, whole)),
}


def matching_ids(search: str, *, public_only: bool) -> Select[Any]:
    """Return the ids of the tickets a search finds; the function looks behind the policies."""
    found = func.portal_search_tickets(search, public_only).table_valued("id").alias("found")
    return select(found.c.id)
