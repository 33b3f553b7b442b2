"""Reading contracts, and the description and calendar a clock needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    SQLColumnExpression,
    and_,
    func,
    or_,
    select,
)

from ops_portal.contracts.models import (
    CalendarVersion,
    Contract,
    ServiceDescription,
    SolutionElement,
)
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError
from ops_portal.core.kept import kept
from sla.catalogue import Catalogue
from sla.policy import Description, parse_description
from sla.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Terms:
    """What a ticket is judged by: the description, its schedule, and the ids of both versions."""

    description_id: int
    calendar_id: int
    description: Description
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Dated:
    """The closed days of a calendar: `(day, name)` and `(first, last included, name)`."""

    holidays: tuple[tuple[date, str], ...]
    closures: tuple[tuple[date, date, str], ...]


def terms_with(used: Terms, days: Dated) -> Terms:
    """Return terms under a calendar that is not published; for previews only."""
    schedule = Schedule.of(used.description, holidays=days.holidays, closures=days.closures)
    return Terms(used.description_id, 0, used.description, schedule)


def terms(description_id: int, calendar_id: int) -> Terms:
    """Return the terms of two immutable versions; read once per process and database."""
    cache, key = kept("terms"), (description_id, calendar_id)
    if key not in cache:
        cache[key] = _read_terms(description_id, calendar_id)
    found: Terms = cache[key]
    return found


def _read_terms(description_id: int, calendar_id: int) -> Terms:
    row = db.session.get_one(ServiceDescription, description_id)
    calendar = db.session.get_one(CalendarVersion, calendar_id)
    description = parse_description(row.document)
    days = dated(calendar)
    schedule = Schedule.of(description, holidays=days.holidays, closures=days.closures)
    return Terms(description_id, calendar_id, description, schedule)


def described(description_id: int) -> Description:
    """Return a version of a service description; read once per process and database (CAT-1)."""
    cache = kept("descriptions")
    if description_id not in cache:
        row = db.session.get_one(ServiceDescription, description_id)
        cache[description_id] = parse_description(row.document)
    found: Description = cache[description_id]
    return found


def catalogue(description_id: int) -> Catalogue | None:
    """Return what a version of a description sells; read once per process (CAT-1)."""
    return described(description_id).catalogue


def is_in_force(at: datetime) -> ColumnElement[bool]:
    """Return, as a part of a query, whether a contract holds at an instant (ORD-4)."""
    has_not_ended = or_(Contract.ended_at.is_(None), Contract.ended_at > at)
    return and_(Contract.valid_from <= at, has_not_ended)


def contract_at(service_id: int, at: datetime) -> Contract | None:
    """Return the contract of a service that holds at an instant; None before and after all.

    Incidents, claims and charges find the contract of their own date with it. Source: ORD-4, §2.
    """
    return db.session.scalars(
        select(Contract).where(Contract.service_id == service_id, is_in_force(at))
    ).one_or_none()


def current_calendar_ids() -> dict[str, int]:
    """Return the newest version of each calendar, `{calendar: id}`."""
    rows = db.session.execute(
        select(CalendarVersion.calendar, func.max(CalendarVersion.id)).group_by(
            CalendarVersion.calendar
        ),
    )
    return {row[0]: row[1] for row in rows}


def newest_calendar_of(calendar: SQLColumnExpression[str] | str) -> ScalarSelect[int]:
    """Return, as a part of a query, the newest version of a calendar."""
    newest = select(func.max(CalendarVersion.id)).where(CalendarVersion.calendar == calendar)
    return newest.scalar_subquery()


def newest_calendar_id(calendar: str) -> int:
    """Return the newest version of a calendar."""
    return db.session.execute(select(newest_calendar_of(calendar))).scalar_one()


def newest_terms(on: date, calendar: str = "BE") -> Terms:
    """Return the terms of a contract signed on a day, of the service that was described first.

    For what belongs to no contract: the axis of the queue, a call whose caller is not known yet.
    """
    row = ServiceDescription
    first = select(row.name).order_by(row.id).limit(1).scalar_subquery()
    description = (
        select(row.id)
        .where(row.name == first)
        .order_by((row.effective_from <= on).desc(), row.effective_from.desc(), row.id.desc())
        .limit(1)
    )
    query = select(description.scalar_subquery(), newest_calendar_of(calendar))
    return terms(*db.session.execute(query).one())


def calendar_versions(calendar: str) -> Sequence[CalendarVersion]:
    """Return the versions of a calendar, newest first."""
    query = select(CalendarVersion).where(CalendarVersion.calendar == calendar)
    return db.session.scalars(query.order_by(CalendarVersion.number.desc())).all()


def dated(version: CalendarVersion) -> Dated:
    """Return a version's holidays and closures with real dates."""
    return Dated(
        tuple((date.fromisoformat(day), name) for day, name in version.holidays),
        tuple(
            (date.fromisoformat(a), date.fromisoformat(b), name) for a, b, name in version.closures
        ),
    )


def contract_for(actor: Actor, contract_id: int) -> Contract:
    """Return a contract the actor may see.

    Raises:
        NotFoundError: it does not exist, or belongs to another tenant.

    """
    contract = db.session.execute(
        select(Contract).where(Contract.id == contract_id)
    ).scalar_one_or_none()
    if contract is None or (not actor.is_staff and contract.customer_id != actor.customer_id):
        raise NotFoundError
    return contract


def contracts_of(customer_id: int, at: datetime) -> Sequence[Contract]:
    """Return a customer's contracts in force at an instant, the oldest service first."""
    query = (
        select(Contract)
        .where(Contract.customer_id == customer_id, is_in_force(at))
        .order_by(Contract.service_id)
    )
    return db.session.scalars(query).all()


def named(contracts: Sequence[Contract], reference: str) -> list[Contract]:
    """Return those contracts whose service has, or had, a contract of this number.

    Who names a service by an older number, as programs do for years, means what holds now (ORD-4).
    """
    services = select(Contract.service_id).where(
        Contract.reference == reference,
        Contract.service_id.in_({contract.service_id for contract in contracts}),
    )
    meant = set(db.session.scalars(services))
    return [contract for contract in contracts if contract.service_id in meant]


def elements_of(contract: Contract) -> Sequence[SolutionElement]:
    """Return the solution elements of a contract: those of its service, whatever contract (ORD-4).

    A change of components leaves the elements where they are, so that works and tickets keep them.
    """
    siblings = select(Contract.id).where(
        Contract.customer_id == contract.customer_id, Contract.service_id == contract.service_id
    )
    query = (
        select(SolutionElement)
        .where(
            SolutionElement.customer_id == contract.customer_id,
            SolutionElement.contract_id.in_(siblings),
        )
        .order_by(SolutionElement.id)
    )
    return db.session.scalars(query).all()
