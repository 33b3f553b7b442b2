"""The lists of the API, by keyset."""

from sqlalchemy import select

from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import RefusedError
from ops_portal.core.paging import Page, is_key, keyset
from ops_portal.tickets.api_shapes import FactsQuery, TicketsQuery
from ops_portal.tickets.models import Fact, Ticket
from ops_portal.tickets.queries import ORDERS, matching_ids


def api_tickets(actor: Actor, query: TicketsQuery) -> Page:
    """Return one page of the tickets the actor may see, newest first.

    Raises:
        RefusedError: `after` is no key of a page.

    """
    if query.after and not is_key(ORDERS["newest"], query.after):
        message = "Take the address of the next page from `next`."
        raise RefusedError(message, fields={"after": message})
    rows = select(Ticket)
    if not actor.is_staff:
        rows = rows.where(Ticket.customer_id == actor.customer_id)
    if query.state:
        rows = rows.where(Ticket.state == query.state)
    if query.priority:
        rows = rows.where(Ticket.priority == query.priority)
    if query.q:
        rows = rows.where(Ticket.id.in_(matching_ids(query.q, public_only=not actor.is_staff)))
    page = keyset(rows, ORDERS["newest"], after=query.after, size=query.limit)
    return Page([row[0] for row in page.rows], page.after, page.before)


def api_facts(actor: Actor, ticket: Ticket, query: FactsQuery) -> Page:
    """Return one page of a ticket's history, in order."""
    rows = select(Fact).where(Fact.ticket_id == ticket.id, Fact.seq > query.after)
    if not actor.is_staff:
        rows = rows.where(Fact.is_public)
    found = db.session.scalars(rows.order_by(Fact.seq).limit(query.limit + 1)).all()
    shown = found[: query.limit]
    return Page(shown, after=str(shown[-1].seq) if len(found) > query.limit else None)
