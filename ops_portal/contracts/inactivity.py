"""Services nobody uses: what is coming, the deactivation, the reactivation (CON-3)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from ops_portal.contracts.life import Deactivation, LifeEvent, ServiceUse
from ops_portal.contracts.models import Contract, Service, ServiceDescription
from ops_portal.contracts.queries import described, is_in_force
from ops_portal.contracts.service_queries import open_deactivation
from ops_portal.contracts.termination import TELL
from ops_portal.contracts.timeline import note_event
from ops_portal.core import audit, outbox
from ops_portal.core.actor import Actor, ActorKind
from ops_portal.core.db import db
from ops_portal.core.errors import N_, RefusedError
from sla.policy import Description
from sla.spans import add_months, months_after

LONGEST_MONTH_ENDS = timedelta(days=4)
"""How far the ends of months can move a span of months, and the clock change with it."""


@dataclass(frozen=True, slots=True)
class Idle:
    """A service in force that nobody uses: since when, and what comes of it."""

    service: Service
    contract: Contract
    unused_since: datetime
    """The last use, the activation or the reactivation, whichever came last."""
    warns_at: datetime
    deactivates_at: datetime


def idle_services(*, now: datetime, is_warning: bool) -> list[Idle]:
    """Return the services that are unused for so long that it is shown, or that it has an effect.

    Args:
        now: the instant.
        is_warning: whether those are meant that the account manager is shown; else only those
            that are to be deactivated.

    Source: CON-3, §7.1.3.

    """
    rows = db.session.execute(
        select(Service, Contract, unused_since())
        .join(Contract, Contract.service_id == Service.id)
        .where(is_idle(now, is_warning=is_warning))
        .order_by(Service.id)
    )
    found = [idle_of(*row) for row in rows]
    return [
        idle
        for idle in found
        if idle is not None and (idle.warns_at if is_warning else idle.deactivates_at) <= now
    ]


def idle_of(service: Service, contract: Contract, since: datetime) -> Idle | None:
    """Return when an unused service is shown and deactivated; None without a rule for it."""
    description = described(contract.description_id)
    if description.catalogue is None:
        return None
    rule, zone = description.catalogue.inactivity, description.zone
    return Idle(
        service,
        contract,
        since,
        months_after(since, rule.warn_after_months, zone),
        months_after(since, rule.months, zone),
    )


def unused_since() -> ColumnElement[datetime]:
    """Return, as a part of a query on services, since when nobody used one."""
    used = (
        select(func.max(ServiceUse.last_used_at))
        .where(ServiceUse.service_id == Service.id)
        .scalar_subquery()
    )
    reactivated = (
        select(func.max(Deactivation.reactivated_at))
        .where(Deactivation.service_id == Service.id)
        .scalar_subquery()
    )
    return func.greatest(Service.activated_at, used, reactivated)


def is_idle(now: datetime, *, is_warning: bool) -> ColumnElement[bool]:
    """Return, as a part of a query on services with contracts, which may have been unused so long.

    Some days more than the months are let through: the ends of months are compared in Python.
    """
    conditions = []
    for description_id in db.session.scalars(select(ServiceDescription.id)):
        description = described(description_id)
        if description.catalogue is None:
            continue
        limit = _latest_use(now, description, is_warning=is_warning)
        conditions.append(and_(Contract.description_id == description_id, unused_since() <= limit))
    is_off = exists().where(
        Deactivation.service_id == Service.id, Deactivation.reactivated_at.is_(None)
    )
    return and_(is_in_force(now), Service.activated_at <= now, ~is_off, or_(False, *conditions))  # noqa: FBT003


def deactivate_idle(*, now: datetime) -> int:
    """Deactivate every service unused for so long, without prior notice; return how many were.

    Run again, it deactivates nothing twice; run late, it catches up once.

    Source: CON-3, §7.1.3.
    """
    found = idle_services(now=now, is_warning=False)
    return sum(_deactivate(idle, now) for idle in found)


def reactivate(actor: Actor, service: Service, *, now: datetime) -> Deactivation:
    """Switch a deactivated service on again; the months are counted anew from now.

    Args:
        actor: the account manager.
        service: the locked service.
        now: the instant.

    Raises:
        RefusedError: it is not deactivated.

    Source: CON-3, §7.1.3.

    """
    found = open_deactivation(service)
    if found is None:
        raise RefusedError(N_("The service is not deactivated."), rule="CON-3")
    found.reactivated_at, found.reactivated_by = now, actor.user_id
    found.reactivated_by_name = actor.name
    note_event(service, LifeEvent.REACTIVATED, at=now, actor=actor, now=now)
    _record(actor, service, "contract.reactivate", found, now)
    return found


def _deactivate(idle: Idle, now: datetime) -> bool:
    service = db.session.get_one(
        Service, idle.service.id, with_for_update=True, populate_existing=True
    )
    again = db.session.scalars(select(unused_since()).where(Service.id == service.id)).one()
    if open_deactivation(service) is not None or again != idle.unused_since:
        return False  # somebody used it, or another job was first, while this one looked
    row = Deactivation(
        customer_id=service.customer_id,
        service_id=service.id,
        last_used_at=idle.unused_since,
        deactivated_at=now,
    )
    db.session.add(row)
    db.session.flush()
    actor = Actor(ActorKind.SYSTEM, "contracts", service.customer_id)
    since = idle.unused_since.isoformat()
    note_event(service, LifeEvent.DEACTIVATED, at=now, actor=actor, now=now, last_used_at=since)
    _record(actor, service, "contract.deactivate", row, now)
    return True


def _record(actor: Actor, service: Service, action: str, row: Deactivation, now: datetime) -> None:
    audit.record(
        actor,
        action,
        ("service", service.id),
        now=now,
        customer_id=service.customer_id,
        after={"reference": service.reference, "last_used_at": row.last_used_at},
    )
    what = "deactivated" if row.reactivated_at is None else "reactivated"
    outbox.put(
        TELL,
        {"what": what, "service_id": service.id, "about": row.id},
        customer_id=service.customer_id,
        now=now,
        key=f"{TELL}:{what}:{row.id}",
    )


def _latest_use(now: datetime, description: Description, *, is_warning: bool) -> datetime:
    rule = description.catalogue.inactivity if description.catalogue else None
    months = (rule.warn_after_months if is_warning else rule.months) if rule else 0
    zone: ZoneInfo = description.zone
    local = now.astimezone(zone)
    day = add_months(local.date(), -months)
    return datetime.combine(day, local.timetz()).astimezone(now.tzinfo) + LONGEST_MONTH_ENDS
