"""What one page shows of a customer: contracts with their elements, people, open tickets."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from ops_portal.accounts.models import Customer
from ops_portal.accounts.people_queries import Member, Wanted, members_of
from ops_portal.contracts.models import Contract, ServiceDescription, SolutionElement
from ops_portal.contracts.queries import elements_of
from ops_portal.core.db import db
from ops_portal.tickets.models import OPEN_STATES, Ticket

COUNTED = 1000
PEOPLE = 8


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """A contract with the description it points at and the elements it covers."""

    contract: Contract
    description: ServiceDescription
    elements: Sequence[SolutionElement]


@dataclass(frozen=True, slots=True)
class CustomerPicture:
    """Everything the page of a customer shows."""

    customer: Customer
    contracts: Sequence[ContractFacts]
    people: Sequence[Member]
    has_more_people: bool
    open_tickets: int
    """Counted up to `COUNTED`."""


def picture_of(customer: Customer) -> CustomerPicture:
    """Return what is known of a customer, contracts newest first."""
    query = (
        select(Contract, ServiceDescription)
        .join(ServiceDescription, ServiceDescription.id == Contract.description_id)
        .where(Contract.customer_id == customer.id)
        .order_by(Contract.id.desc())
    )
    contracts = [
        ContractFacts(contract, description, elements_of(contract))
        for contract, description in db.session.execute(query)
    ]
    people = members_of(customer.id, Wanted(size=PEOPLE))
    return CustomerPicture(
        customer=customer,
        contracts=contracts,
        people=people.rows,
        has_more_people=people.after is not None,
        open_tickets=_open_tickets(customer.id),
    )


def _open_tickets(customer_id: int) -> int:
    some = (
        select(Ticket.id)
        .where(Ticket.customer_id == customer_id, Ticket.state.in_(OPEN_STATES))
        .limit(COUNTED)
        .subquery()
    )
    return db.session.execute(select(func.count()).select_from(some)).scalar_one()
