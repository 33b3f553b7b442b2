"""Reading orders: the list, one order, and the sheet that says whether it is complete."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, or_, select

from ops_portal.accounts.models import Customer
from ops_portal.contracts.description_queries import descriptions_in_force
from ops_portal.contracts.life import ServiceAccount
from ops_portal.contracts.models import Contract, Service, ServiceDescription
from ops_portal.contracts.queries import described
from ops_portal.contracts.succession import can_be_superseded
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import N_, NotFoundError, RefusedError, StaleError
from ops_portal.core.paging import PAGE, Page, keyset, whole
from ops_portal.core.paging import Order as Sorting
from ops_portal.orders.completeness import Account, Gap, Running, Sheet, missing
from ops_portal.orders.models import Order, OrderAccount, OrderKind, OrderState
from sla.catalogue import Catalogue
from sla.policy import Description

OFFERED = "offered"
SORTINGS = {
    "newest": Sorting((Order.id,), is_descending=True, parsers=(whole,)),
    "oldest": Sorting((Order.id,), parsers=(whole,)),
}
SHOWN: dict[str, tuple[ColumnElement[bool], ...]] = {
    "draft": (Order.state == OrderState.DRAFT, Order.offered_at.is_(None)),
    OFFERED: (Order.state == OrderState.DRAFT, Order.offered_at.is_not(None)),
    "signed": (Order.state == OrderState.SIGNED,),
    "cancelled": (Order.state == OrderState.CANCELLED,),
}
"""What the list can be narrowed to; an offered order is a draft that waits for its signature."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of orders is narrowed to."""

    state: str = ""
    kind: str = ""
    search: str = ""
    sorting: str = "newest"
    customer_id: int | None = None
    for_customer: bool = False
    """Whether only what a customer may see is meant: offered and signed orders."""


def standing(order: Order) -> str:
    """Return how an order stands: its state, or that it waits for the customer's signature."""
    is_offered = order.state == OrderState.DRAFT and order.offered_at is not None
    return OFFERED if is_offered else str(order.state)


def order_for(actor: Actor, reference: str, *, is_locked: bool = False) -> Order:
    """Return an order the actor may see; a customer sees those that were offered or signed.

    Raises:
        NotFoundError: it does not exist, is another tenant's, or is not for the customer yet.

    """
    query = select(Order).where(Order.reference == reference)
    if not actor.is_staff:
        query = query.where(Order.customer_id == actor.customer_id, _is_for_customer())
    if is_locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    order = db.session.scalars(query).one_or_none()
    if order is None:
        raise NotFoundError
    return order


def lock_order(actor: Actor, reference: str, *, based_on: int) -> Order:
    """Return an order for changing it; nobody else changes it until the transaction ends.

    Raises:
        NotFoundError: as `order_for`.
        StaleError: somebody saved another version meanwhile.

    """
    order = order_for(actor, reference, is_locked=True)
    if order.version != based_on:
        message = N_("Somebody saved another version of this order meanwhile.")
        raise StaleError(message, based_on=based_on, current=order.version)
    return order


def orders_page(wanted: Wanted, *, after: str = "", before: str = "", size: int = PAGE) -> Page:
    """Return one page of orders, each row `(Order, name of the customer, its number)`."""
    query = select(Order, Customer.name, Customer.code).join(
        Customer, Customer.id == Order.customer_id
    )
    if wanted.customer_id is not None:
        query = query.where(Order.customer_id == wanted.customer_id)
    if wanted.for_customer:
        query = query.where(_is_for_customer())
    if wanted.state in SHOWN:
        query = query.where(*SHOWN[wanted.state])
    if wanted.kind:
        query = query.where(Order.kind == wanted.kind)
    if wanted.search:
        columns = (Order.reference, Customer.name, Customer.code, Order.access_owner_name)
        found = (column.icontains(wanted.search, autoescape=True) for column in columns)
        query = query.where(or_(*found))
    sorting = SORTINGS.get(wanted.sorting, SORTINGS["newest"])
    return keyset(query, sorting, after=after, before=before, size=size)


def accounts_of(order: Order) -> tuple[Account, ...]:
    """Return the accounts an order names, in its order."""
    query = (
        select(OrderAccount)
        .where(OrderAccount.customer_id == order.customer_id, OrderAccount.order_id == order.id)
        .order_by(OrderAccount.position)
    )
    return tuple(
        Account(row.number, row.parent_number, row.name) for row in db.session.scalars(query)
    )


def customer_of(order: Order) -> Customer:
    """Return whose order it is."""
    return db.session.get_one(Customer, order.customer_id)


def service_of(order: Order) -> Service | None:
    """Return the service that an order changes, or that it started."""
    return db.session.get(Service, order.service_id) if order.service_id else None


def catalogue_of(description: Description) -> Catalogue:
    """Return what a description sells.

    Raises:
        RefusedError: it describes levels only.

    """
    if description.catalogue is None:
        message = N_("This service description has no catalogue: nothing can be ordered from it.")
        raise RefusedError(message, rule="CAT-1")
    return description.catalogue


def descriptions_for_sale(now: datetime) -> Sequence[ServiceDescription]:
    """Return the version of each service that is in force, where it sells something (CAT-1)."""
    return [row for row in descriptions_in_force(now) if described(row.id).catalogue]


def in_force(order: Order, now: datetime) -> int | None:
    """Return the version of the order's service that is in force, if it still is sold."""
    name = described(order.description_id).name
    return next((row.id for row in descriptions_for_sale(now) if row.name == name), None)


def customers_found(search: str, *, limit: int = 20) -> Sequence[Customer]:
    """Return customers by number or name, for whom an order can be made."""
    query = select(Customer).where(~Customer.is_provider)
    if search:
        columns = (Customer.name, Customer.code)
        query = query.where(or_(*(c.icontains(search, autoescape=True) for c in columns)))
    return db.session.scalars(query.order_by(Customer.name, Customer.id).limit(limit)).all()


def services_of(customer_id: int) -> Sequence[Service]:
    """Return the services of a customer, oldest first."""
    query = select(Service).where(Service.customer_id == customer_id).order_by(Service.id)
    return db.session.scalars(query).all()


def last_contract(customer_id: int, service_id: int) -> Contract | None:
    """Return the contract of a service that began last, or begins last."""
    query = (
        select(Contract)
        .where(Contract.customer_id == customer_id, Contract.service_id == service_id)
        .order_by(Contract.valid_from.desc(), Contract.id.desc())
        .limit(1)
    )
    return db.session.scalars(query).one_or_none()


def service_accounts(customer_id: int, service_id: int) -> Sequence[ServiceAccount]:
    """Return the accounts of a service that were not removed, customer accounts first."""
    query = (
        select(ServiceAccount)
        .where(
            ServiceAccount.customer_id == customer_id,
            ServiceAccount.service_id == service_id,
            ServiceAccount.removed_on.is_(None),
        )
        .order_by(ServiceAccount.parent_number != "", ServiceAccount.number)
    )
    return db.session.scalars(query).all()


def sheet_of(order: Order, accounts: tuple[Account, ...], *, now: datetime) -> Sheet:
    """Return an order form as it stands, ready to be judged."""
    description = described(order.description_id)
    return Sheet(
        kind=OrderKind(order.kind),
        catalogue=catalogue_of(description),
        is_description_in_force=in_force(order, now) == order.description_id,
        today=local_day(description, now),
        subscription=order.subscription,
        options=frozenset(order.options),
        extras=frozenset(order.extras),
        takes_effect_on=order.takes_effect_on,
        access_owner_name=order.access_owner_name,
        access_owner_email=order.access_owner_email,
        access_owner_phone=order.access_owner_phone,
        accounts=accounts,
        has_portal_account=order.has_portal_account,
        running=running_of(order, now) if order.kind == OrderKind.CHANGE else None,
    )


def running_of(order: Order, now: datetime) -> Running | None:
    """Return what a change takes the place of, and what stands against it (ORD-4)."""
    service_id = order.service_id or 0
    contract = last_contract(order.customer_id, service_id)
    if contract is None:
        return None
    refusal = can_be_superseded(contract, now=now)
    rows = service_accounts(order.customer_id, service_id)
    return Running(
        subscription=contract.subscription,
        options=frozenset(contract.options),
        extras=frozenset(contract.extras),
        accounts=frozenset((row.number, row.parent_number, row.name) for row in rows),
        begins_on=local_day(described(contract.description_id), contract.valid_from)
        if contract.valid_from > now
        else None,
        is_newer=contract.created_at > order.created_at,
        reference=contract.reference,
        obstacle=refusal.msgid if refusal else "",
        obstacle_rule=refusal.rule if refusal else "",
        obstacle_params=refusal.params if refusal else {},
    )


def gaps_of(order: Order, *, now: datetime) -> list[Gap]:
    """Return what an order lacks (ORD-1)."""
    return missing(sheet_of(order, accounts_of(order), now=now))


def local_day(description: Description, now: datetime) -> date:
    """Return the day it is where the service is run."""
    return now.astimezone(description.zone).date()


def _is_for_customer() -> ColumnElement[bool]:
    return or_(
        Order.state == OrderState.SIGNED,
        (Order.state == OrderState.DRAFT) & Order.offered_at.is_not(None),
    )
