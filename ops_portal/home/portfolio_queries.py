"""The services of all customers, with what the account manager must look at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from ops_portal.accounts.models import Customer
from ops_portal.contracts.implementation_queries import Ending, training_windows_ending
from ops_portal.contracts.inactivity import Idle, idle_services
from ops_portal.contracts.life import Deactivation, ImplementationStep, TerminationNotice
from ops_portal.contracts.models import Contract, Service
from ops_portal.contracts.service_page import state_of
from ops_portal.contracts.service_queries import Run
from ops_portal.core.db import db
from ops_portal.core.paging import PAGE, Order, Page, keyset, whole, words
from ops_portal.orders.models import Order as OrderForm
from ops_portal.orders.models import OrderState

TRAINING_SOON = timedelta(days=45)
MOST_TRAININGS = 1000
STATES = ("implementing", "active", "notice", "off", "ended")
ATTENTION = ("training", "idle", "notice", "order", "off")
ORDERS = {
    "newest": Order((Service.id,), is_descending=True, parsers=(whole,)),
    "reference": Order((Service.reference, Service.id), parsers=(words, whole)),
}


@dataclass(frozen=True, slots=True)
class Watched:
    """What needs the account manager, by the service it is about."""

    idle: Mapping[int, Idle]
    trainings: Mapping[int, Ending]
    orders: Mapping[int, int]
    """How many orders for a service wait for the signature."""
    new_orders: int
    """How many orders wait that start a service."""


@dataclass(frozen=True, slots=True)
class Row:
    """One service in the list."""

    run: Run
    customer: Customer
    contract: Contract
    state: str
    notice: TerminationNotice | None
    steps_done: int
    steps: int
    idle: Idle | None
    training: Ending | None
    orders: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What the reader asks the list for; empty = everything."""

    state: str = ""
    """One of `STATES`."""
    attention: str = ""
    """One of `ATTENTION`."""
    search: str = ""
    """A part of the customer's name or number, of the service's number, of the Access Owner."""
    order: str = "newest"
    """A key of `ORDERS`."""


def watched(now: datetime) -> Watched:
    """Return what needs the account manager: CON-3 from the warning on, TRN-1, ORD-1."""
    endings = training_windows_ending(now, TRAINING_SOON, limit=MOST_TRAININGS)
    waiting = db.session.execute(
        select(OrderForm.service_id, func.count())
        .where(OrderForm.state == OrderState.DRAFT, OrderForm.offered_at.is_not(None))
        .group_by(OrderForm.service_id)
    )
    orders: dict[int, int] = {}
    new_orders = 0
    for service_id, number in waiting:
        if service_id is None:
            new_orders = number
        else:
            orders[service_id] = number
    return Watched(
        idle={idle.service.id: idle for idle in idle_services(now=now, is_warning=True)},
        trainings={ending.service.id: ending for ending in reversed(endings)},
        new_orders=new_orders,
        orders=orders,
    )


def portfolio_page(
    found: Watched,
    asked: Asked,
    *,
    now: datetime,
    after: str = "",
    before: str = "",
    size: int = PAGE,
) -> Page:
    """Return one page of the services, each with its customer and what needs attention.

    Args:
        found: what needs attention.
        asked: what the reader asks for.
        now: the instant.
        after: the key of the last row before the page.
        before: the key of the first row after the page.
        size: rows a page.

    """
    query = select(Service, Customer).join(Customer, Customer.id == Service.customer_id)
    if asked.state:
        query = query.where(_is_in_state(asked.state, now))
    if asked.attention:
        query = query.where(_needs(asked.attention, found, now))
    for word in asked.search.split():
        query = query.where(_fits(word))
    page = keyset(
        query, ORDERS.get(asked.order, ORDERS["newest"]), after=after, before=before, size=size
    )
    pairs = [(row[0], row[1]) for row in page.rows]
    return Page(_rows(pairs, found, now), page.after, page.before)


def counts(found: Watched, now: datetime) -> dict[str, int]:
    """Return how many services need attention, and for what."""
    numbers = {
        what: db.session.scalars(
            select(func.count()).select_from(Service).where(_needs(what, found, now))
        ).one()
        for what in ("notice", "off")
    }
    return numbers | {
        "training": len(found.trainings),
        "idle": len(found.idle),
        "order": sum(found.orders.values()) + found.new_orders,
    }


def _rows(pairs: list[tuple[Service, Customer]], found: Watched, now: datetime) -> list[Row]:
    ids = [service.id for service, _customer in pairs]
    contracts, steps = _contracts(ids), _steps(ids)
    notices, off = _notices(ids), _deactivations(ids)
    rows = []
    for service, customer in pairs:
        run, notice = Run(service, contracts[service.id]), notices.get(service.id)
        done, number = steps.get(service.id, (0, 0))
        rows.append(
            Row(
                run=run,
                customer=customer,
                contract=run.shown_at(now),
                state=state_of(run, notice, off.get(service.id), now),
                notice=notice,
                steps_done=done,
                steps=number,
                idle=found.idle.get(service.id),
                training=found.trainings.get(service.id),
                orders=found.orders.get(service.id, 0),
            )
        )
    return rows


def _notices(ids: list[int]) -> dict[int, TerminationNotice]:
    query = select(TerminationNotice).where(
        TerminationNotice.service_id.in_(ids), TerminationNotice.withdrawn_at.is_(None)
    )
    return {row.service_id: row for row in db.session.scalars(query)}


def _deactivations(ids: list[int]) -> dict[int, Deactivation]:
    query = select(Deactivation).where(
        Deactivation.service_id.in_(ids), Deactivation.reactivated_at.is_(None)
    )
    return {row.service_id: row for row in db.session.scalars(query)}


def _contracts(ids: Iterable[int]) -> dict[int, list[Contract]]:
    found: dict[int, list[Contract]] = {}
    query = select(Contract).where(Contract.service_id.in_(list(ids)))
    for contract in db.session.scalars(query.order_by(Contract.valid_from, Contract.id)):
        found.setdefault(contract.service_id, []).append(contract)
    return found


def _steps(ids: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Return how many steps of each implementation are done, and how many there are (IMP-1)."""
    rows = db.session.execute(
        select(ImplementationStep.service_id, func.count(ImplementationStep.done_at), func.count())
        .where(ImplementationStep.service_id.in_(list(ids)))
        .group_by(ImplementationStep.service_id)
    )
    return {service_id: (done, number) for service_id, done, number in rows}


def _fits(word: str) -> ColumnElement[bool]:
    return or_(
        Customer.name.icontains(word, autoescape=True),
        Customer.code.icontains(word, autoescape=True),
        Service.reference.icontains(word, autoescape=True),
        Service.access_owner_name.icontains(word, autoescape=True),
    )


def _is_in_state(state: str, now: datetime) -> ColumnElement[bool]:
    goes_on = exists().where(
        Contract.service_id == Service.id,
        or_(Contract.ended_at.is_(None), Contract.ended_at > now),
    )
    if state == "ended":
        return ~goes_on
    conditions = {
        "notice": [_has_notice()],
        "off": [~_has_notice(), _is_off()],
        "active": [~_has_notice(), ~_is_off(), Service.activated_at.is_not(None)],
        "implementing": [~_has_notice(), ~_is_off(), Service.activated_at.is_(None)],
    }
    return and_(goes_on, *conditions[state])


def _needs(attention: str, found: Watched, now: datetime) -> ColumnElement[bool]:
    if attention in {"notice", "off"}:
        return _is_in_state(attention, now)
    about = {"training": found.trainings, "idle": found.idle, "order": found.orders}
    return Service.id.in_(list(about[attention]))


def _has_notice() -> ColumnElement[bool]:
    return exists().where(
        TerminationNotice.service_id == Service.id, TerminationNotice.withdrawn_at.is_(None)
    )


def _is_off() -> ColumnElement[bool]:
    return exists().where(
        Deactivation.service_id == Service.id, Deactivation.reactivated_at.is_(None)
    )
