"""Reading service descriptions: which version holds on a day, and which contracts stand on one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Date, cast, exists, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from ops_portal.contracts.models import Contract, ServiceDescription
from ops_portal.contracts.queries import is_in_force
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Version:
    """A version with the contracts that stand on it, and the last day before the next one."""

    id: int
    name: str
    version: str
    effective_from: date
    created_at: datetime
    in_force: int
    """Contracts that hold now."""
    ever: int
    """Contracts that were ever made on it."""
    next_from: date | None
    """The day the next version takes effect for new contracts."""

    def holds_on(self, day: date) -> bool:
        """Whether contracts signed on a day stand on it. Source: CAT-1."""
        has_begun = self.effective_from <= day
        return has_begun and (self.next_from is None or day < self.next_from)


def description_in_force(name: str, day: date) -> ServiceDescription | None:
    """Return the version of a service that contracts signed on a day stand on.

    Args:
        name: the name of the service, as its description has it.
        day: a local day of the service.

    Returns:
        None before the first version takes effect, and for a service nobody described.

    Source: CAT-1.

    """
    query = (
        select(ServiceDescription)
        .where(ServiceDescription.name == name, ServiceDescription.effective_from <= day)
        .order_by(ServiceDescription.effective_from.desc(), ServiceDescription.id.desc())
        .limit(1)
    )
    return db.session.scalars(query).one_or_none()


def descriptions_in_force(at: datetime) -> Sequence[ServiceDescription]:
    """Return, for each service, the version in force at an instant, by name.

    The zone of each version tells which day it is there. Source: CAT-1.
    """
    zone = ServiceDescription.document["zone"].as_string()
    today = cast(func.timezone(zone, at), Date)
    query = (
        select(ServiceDescription)
        .ext(distinct_on(ServiceDescription.name))
        .where(ServiceDescription.effective_from <= today)
        .order_by(
            ServiceDescription.name,
            ServiceDescription.effective_from.desc(),
            ServiceDescription.id.desc(),
        )
    )
    return db.session.scalars(query).all()


def versions(at: datetime, name: str = "") -> list[Version]:
    """Return the versions of a service, or of all, by name, the newest first of each."""
    following = func.lag(ServiceDescription.effective_from).over(
        partition_by=ServiceDescription.name,
        order_by=(ServiceDescription.effective_from.desc(), ServiceDescription.id.desc()),
    )
    counts = (
        select(
            Contract.description_id,
            func.count().label("ever"),
            func.count().filter(is_in_force(at)).label("in_force"),
        )
        .group_by(Contract.description_id)
        .subquery()
    )
    in_force, ever = (func.coalesce(counts.c[key], 0) for key in ("in_force", "ever"))
    row = ServiceDescription
    query = (
        select(row.id, row.name, row.version, row.effective_from, row.created_at, in_force, ever)
        .add_columns(following)
        .outerjoin(counts, counts.c.description_id == row.id)
        .order_by(row.name, row.effective_from.desc(), row.id.desc())
    )
    if name:
        query = query.where(row.name == name)
    return [Version(*found) for found in db.session.execute(query)]


def version_for(actor: Actor, description_id: int, at: datetime) -> Version:
    """Return a version the actor may see: staff any, a customer those of its own contracts.

    Raises:
        NotFoundError: there is none, or no contract of the customer stands on it.

    Source: CAT-1.

    """
    row = db.session.get(ServiceDescription, description_id)
    if row is None or not (actor.is_staff or _has_contract(actor, description_id)):
        raise NotFoundError
    return next(found for found in versions(at, row.name) if found.id == description_id)


def _has_contract(actor: Actor, description_id: int) -> bool:
    query = select(
        exists().where(
            Contract.customer_id == actor.customer_id, Contract.description_id == description_id
        )
    )
    return bool(db.session.scalar(query))
