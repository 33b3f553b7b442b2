"""Finding who calls: a customer by name, number, contract or contact (INC-1)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select

from ops_portal.accounts.models import Customer, Membership, User
from ops_portal.contracts.models import Contract
from ops_portal.contracts.queries import is_in_force
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError
from ops_portal.core.permissions import Role

MOST = 20
SHORTEST = 2
SHORTEST_NUMBER = 5


@dataclass(frozen=True, slots=True)
class Contact:
    """An authorised representative, who may call."""

    user_id: int
    name: str
    email: str
    phone: str

    @property
    def label(self) -> str:
        """Name and number, as far as known."""
        return " · ".join(filter(None, (self.name, self.phone)))


@dataclass(frozen=True, slots=True)
class Caller:
    """A contract a call can be about, with the people who may call for it."""

    contract: Contract
    customer: Customer
    contacts: Sequence[Contact]


def callers_for(words: str, now: datetime) -> list[Caller]:
    """Return the contracts in force that fit what the caller says, at most twenty.

    Args:
        words: a part of the customer's name or number, of the contract's number, or of a
            representative's name, address or telephone number.
        now: the instant of the call.

    Source: INC-1, §5.1.1.

    """
    words = " ".join(words.split())
    if len(words) < SHORTEST:
        return []
    rows = db.session.execute(
        select(Contract, Customer)
        .join(Customer, Customer.id == Contract.customer_id)
        .where(is_in_force(now), ~Customer.is_provider, _fits(words))
        .order_by(Customer.name, Contract.id)
        .limit(MOST)
    ).all()
    contacts = contacts_of(customer.id for _contract, customer in rows)
    return [Caller(contract, customer, contacts[customer.id]) for contract, customer in rows]


def caller_of(contract_id: int, now: datetime) -> Caller:
    """Return the contract a call is about; the one in force for one that was superseded (ORD-4).

    Raises:
        NotFoundError: it does not exist, or its service has no contract in force.

    """
    service_id = select(Contract.service_id).where(Contract.id == contract_id).scalar_subquery()
    row = db.session.execute(
        select(Contract, Customer)
        .join(Customer, Customer.id == Contract.customer_id)
        .where(Contract.service_id == service_id, is_in_force(now))
    ).one_or_none()
    if row is None:
        raise NotFoundError
    return Caller(row[0], row[1], contacts_of([row[1].id])[row[1].id])


def contacts_of(customer_ids: Iterable[int]) -> dict[int, list[Contact]]:
    """Return the authorised representatives of each customer, by name."""
    rows = db.session.execute(
        select(Membership.customer_id, User.id, User.name, User.email, User.phone)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.customer_id.in_(list(customer_ids)),
            Membership.role == Role.REPRESENTATIVE,
            Membership.ended_at.is_(None),
            User.is_active,
        )
        .order_by(User.name, User.id)
    )
    found: dict[int, list[Contact]] = defaultdict(list)
    for customer_id, user_id, name, email, phone in rows:
        found[customer_id].append(Contact(user_id, name, email, phone))
    return found


def _fits(words: str) -> ColumnElement[bool]:
    person = or_(
        User.name.icontains(words, autoescape=True),
        User.email.icontains(words, autoescape=True),
        *_fits_number(words),
    )
    contact = (
        select(Membership.id)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.customer_id == Customer.id,
            Membership.role == Role.REPRESENTATIVE,
            Membership.ended_at.is_(None),
            person,
        )
    )
    return or_(
        Customer.name.icontains(words, autoescape=True),
        Customer.code.istartswith(words, autoescape=True),
        Contract.reference.istartswith(words, autoescape=True),
        contact.exists(),
    )


def _fits_number(words: str) -> list[ColumnElement[bool]]:
    digits = "".join(c for c in words if c.isdecimal()).removeprefix("00").lstrip("0")
    if len(digits) < SHORTEST_NUMBER:
        return []
    stored = func.regexp_replace(User.phone, r"\D", "", "g")
    return [stored.contains(digits, autoescape=True)]
