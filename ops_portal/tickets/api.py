"""The API of tickets: `/api/v1/tickets`, their facts, stops and clocks.

A customer's token sees its own tickets and the public part of their history; the Service Desk's
sees all. Both use the operations of the pages, so that no rule holds in one place only.
"""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, current_app, request, url_for
from sqlalchemy import select

from ops_portal.accounts.models import Customer
from ops_portal.contracts.entitlement_edge import check_component, check_contract
from ops_portal.contracts.models import Contract
from ops_portal.contracts.queries import contracts_of, named
from ops_portal.core.actor import Actor
from ops_portal.core.clock import now
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError, RefusedError
from ops_portal.core.permissions import Permission
from ops_portal.tickets import api_shapes as shapes
from ops_portal.tickets import clock_operations
from ops_portal.tickets.api_fact_shapes import NewFact, Reopened
from ops_portal.tickets.api_facts import ADDING_ONLY, apply_fact, permission_for
from ops_portal.tickets.api_out import clocks_out, fact_out, stops_out, ticket_out, tickets_out
from ops_portal.tickets.api_pages import api_facts, api_tickets
from ops_portal.tickets.clocks import read_clocks
from ops_portal.tickets.components import COMPONENTS, DESK, INCIDENTS
from ops_portal.tickets.models import Channel, Ticket
from ops_portal.tickets.operations import Report, open_ticket
from ops_portal.tickets.queries import facts_of, lock_ticket, ticket_for
from ops_portal.web.api import page_body, required_version, tagged
from ops_portal.web.components import Need, Use
from ops_portal.web.guard import current_actor, requires

blueprint = APIBlueprint("api_tickets", __name__, url_prefix="/api/v1", tag="Tickets")

READ = (Permission.DESK_READ, Permission.CARE_TICKETS_READ)
REPORT = (Permission.DESK_WORK, Permission.CARE_TICKETS_REPORT)
WRITE = (
    Permission.DESK_WORK,
    Permission.CARE_TICKETS_REPLY,
    Permission.CARE_TICKETS_CONFIRM,
)


@blueprint.get("/tickets")
@requires(*READ, component=INCIDENTS, use=Use.PAST)
@blueprint.input(shapes.TicketsQuery, location="query", arg_name="query")
@blueprint.output(shapes.TicketsOut)
def list_tickets(query: shapes.TicketsQuery) -> dict[str, Any]:
    """List tickets, newest first, page by page."""
    page = api_tickets(current_actor(), query)
    return page_body(tickets_out(current_actor(), page.rows), page.after, query.limit)


@blueprint.post("/tickets")
@requires(*REPORT, component=DESK)
@blueprint.input(shapes.NewTicket, arg_name="new")
@blueprint.output(shapes.TicketOut, status_code=201)
def create_ticket(new: shapes.NewTicket) -> Response:
    """Report an incident, a question or a change at the customer."""
    actor = current_actor()
    report = Report(
        title=new.title,
        description=new.description,
        priority=new.priority,
        kind=new.kind,
        channel=Channel.PHONE if actor.is_staff and new.notified_at else Channel.API,
        element_id=new.element_id,
        notified_at=new.notified_at if actor.is_staff else None,
        contact_name=new.contact_name,
        contact_phone=new.contact_phone,
        recording_reference=new.recording_reference,
        is_recording_told=new.is_recording_told,
        is_own_side_checked=new.is_own_side_checked,
    )
    ticket = _opened(actor, _contract(actor, new), report)
    response = tagged(ticket_out(actor, ticket), ticket.version, 201)
    response.location = url_for("api_tickets.show_ticket", reference=ticket.reference)
    return response


@blueprint.get("/tickets/<reference>")
@requires(*READ, component=INCIDENTS, use=Use.PAST)
@blueprint.output(shapes.TicketOut)
def show_ticket(reference: str) -> Response:
    """Return a ticket as it stands, with its version as entity tag."""
    actor = current_actor()
    ticket = ticket_for(actor, reference)
    return tagged(ticket_out(actor, ticket), ticket.version)


@blueprint.get("/tickets/<reference>/facts")
@requires(*READ, component=INCIDENTS, use=Use.PAST)
@blueprint.input(shapes.FactsQuery, location="query", arg_name="query")
@blueprint.output(shapes.FactsOut)
def list_facts(reference: str, query: shapes.FactsQuery) -> dict[str, Any]:
    """Return a ticket's history in order; for customers the public part."""
    actor = current_actor()
    page = api_facts(actor, ticket_for(actor, reference), query)
    return page_body([fact_out(fact) for fact in page.rows], page.after, query.limit)


@blueprint.post("/tickets/<reference>/facts")
@requires(*WRITE, component=INCIDENTS, use=Use.PAST)
@blueprint.input(NewFact, arg_name="new")
@blueprint.output(shapes.TicketOut, status_code=201)
def add_fact(reference: str, new: NewFact) -> Response:
    """Add a fact: reply, note, start, resolve, correct the priority … (INC-11)."""
    actor, fact = current_actor(), new.fact
    ticket_for(actor, reference)
    actor.require(permission_for(actor, fact))
    if isinstance(fact, Reopened) and not actor.is_staff:
        check_component(actor, Need(INCIDENTS, Use.NOW), at=now())
    is_free = isinstance(fact, ADDING_ONLY) and not request.if_match
    ticket = lock_ticket(actor, reference, based_on=None if is_free else required_version())
    apply_fact(actor, ticket, fact, now())
    return tagged(ticket_out(actor, ticket), ticket.version, 201)


@blueprint.get("/tickets/<reference>/stops")
@requires(*READ, component=INCIDENTS, use=Use.PAST)
@blueprint.output(shapes.StopsOut)
def list_stops(reference: str) -> dict[str, Any]:
    """Return the stops of a ticket's clock (SLA-2)."""
    actor = current_actor()
    ticket = ticket_for(actor, reference)
    return {"items": stops_out(facts_of(ticket, is_internal_shown=False))}


@blueprint.post("/tickets/<reference>/stops")
@requires(Permission.DESK_WORK)
@blueprint.input(shapes.NewStop, arg_name="new")
@blueprint.output(shapes.TicketOut, status_code=201)
def stop_clock(reference: str, new: shapes.NewStop) -> Response:
    """Stop the clock for one of the four reasons (SLA-2)."""
    actor = current_actor()
    ticket = _locked(actor, reference)
    clock_operations.stop_clock(
        actor,
        ticket,
        new.reason,
        start=new.start or now(),
        end=new.end,
        note=new.note,
        why_late=new.why_late,
        now=now(),
    )
    return tagged(ticket_out(actor, ticket), ticket.version, 201)


@blueprint.post("/tickets/<reference>/stops/end")
@requires(Permission.DESK_WORK)
@blueprint.input(shapes.Resumption, arg_name="new")
@blueprint.output(shapes.TicketOut, status_code=201)
def resume_clock(reference: str, new: shapes.Resumption) -> Response:
    """End every open stop."""
    actor = current_actor()
    ticket = _locked(actor, reference)
    at = new.at or now()
    clock_operations.resume_clock(actor, ticket, at=at, reason=new.why_late, now=now())
    return tagged(ticket_out(actor, ticket), ticket.version, 201)


@blueprint.get("/tickets/<reference>/clocks")
@requires(*READ, component=INCIDENTS, use=Use.PAST)
@blueprint.output(shapes.ClocksOut)
def show_clocks(reference: str) -> dict[str, Any]:
    """Return the clocks of a ticket now, with every span that counted or did not (SLA-6)."""
    ticket = ticket_for(current_actor(), reference)
    reading = read_clocks([ticket], as_of=now(), explain=True)[ticket.id]
    return clocks_out(ticket, reading)


def _opened(actor: Actor, contract: Contract, report: Report) -> Ticket:
    """Open the ticket; the refusal of a P1 names the number to call (INC-4)."""
    try:
        return open_ticket(actor, contract, report, now=now())
    except RefusedError as error:
        if error.rule != "INC-4":
            raise
        phone = current_app.extensions["portal.config"].desk_phone
        message = f"{error.message} Call {phone}."
        fields = dict.fromkeys(error.fields, message)
        raise RefusedError(message, rule=error.rule, fields=fields) from error


def _locked(actor: Actor, reference: str) -> Ticket:
    ticket_for(actor, reference)
    return lock_ticket(actor, reference, based_on=required_version())


def _contract(actor: Actor, new: shapes.NewTicket) -> Contract:
    """Return the contract meant: named, by an older number too, or the only one."""
    found = contracts_of(_customer_id(actor, new), now())
    found = found if new.contract is None else named(found, new.contract)
    if new.contract and not found:
        raise NotFoundError
    if len(found) != 1:
        message = "Name the contract: there is not exactly one in force."
        raise RefusedError(message, fields={"contract": message})
    if not actor.is_staff:
        check_contract(actor, found[0].id, COMPONENTS[new.kind], at=now())
    return found[0]


def _customer_id(actor: Actor, new: shapes.NewTicket) -> int:
    if not actor.is_staff:
        return actor.customer_id
    if not new.customer:
        message = "Name the customer by its number."
        raise RefusedError(message, fields={"customer": message})
    found = db.session.scalar(select(Customer.id).where(Customer.code == new.customer))
    if found is None:
        raise NotFoundError
    return found
