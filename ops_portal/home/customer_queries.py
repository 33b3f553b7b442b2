"""What one page shows of a customer: contracts with their elements, people, open tickets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from ops_portal.accounts.models import Customer
from ops_portal.accounts.people_queries import Member, Wanted, members_of
from ops_portal.contracts.models import Contract, Service, SolutionElement
from ops_portal.contracts.queries import described, elements_of
from ops_portal.contracts.service_page import state_of
from ops_portal.contracts.service_queries import Run, open_deactivation, open_notice, runs_of
from ops_portal.core.db import db
from ops_portal.tickets.models import OPEN_STATES, Ticket
from sla.policy import Description

COUNTED = 1000
PEOPLE = 8


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """A service with the contract to show of it, and the elements it covers."""

    service: Service
    contract: Contract
    """In force, else the last that was, else the first to come (ORD-4)."""
    state: str
    """A key of `service_words.STATES`."""
    description: Description
    elements: Sequence[SolutionElement]


@dataclass(frozen=True, slots=True)
class CustomerPicture:
    """Everything the page of a customer shows."""

    customer: Customer
    services: Sequence[ServiceFacts]
    people: Sequence[Member]
    has_more_people: bool
    open_tickets: int
    """Counted up to `COUNTED`."""


def picture_of(customer: Customer, *, now: datetime) -> CustomerPicture:
    """Return what is known of a customer, services newest first."""
    services = [_service(run, now) for run in reversed(runs_of(customer.id))]
    people = members_of(customer.id, Wanted(size=PEOPLE))
    return CustomerPicture(
        customer=customer,
        services=services,
        people=people.rows,
        has_more_people=people.after is not None,
        open_tickets=_open_tickets(customer.id),
    )


def _service(run: Run, now: datetime) -> ServiceFacts:
    service, contract = run.service, run.shown_at(now)
    state = state_of(run, open_notice(service), open_deactivation(service), now)
    found = described(contract.description_id)
    return ServiceFacts(service, contract, state, found, elements_of(contract))


def _open_tickets(customer_id: int) -> int:
    some = (
        select(Ticket.id)
        .where(Ticket.customer_id == customer_id, Ticket.state.in_(OPEN_STATES))
        .limit(COUNTED)
        .subquery()
    )
    return db.session.execute(select(func.count()).select_from(some)).scalar_one()
