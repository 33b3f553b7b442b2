"""Props of the tests about the life of a service: its rows, its notices, its mails."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from ops_portal.contracts.life import ServiceEvent, ServiceUse
from ops_portal.contracts.life_jobs import nightly, tell
from ops_portal.contracts.models import Contract, Service
from ops_portal.contracts.service_queries import Run, service_for
from ops_portal.contracts.termination import TELL, Notice, give_notice
from ops_portal.core.db import db
from ops_portal.core.outbox import OutboxJob
from sla.catalogue import Party
from tests.factories import MONDAY, Person, Tenant, World

BRUSSELS = ZoneInfo("Europe/Brussels")
TODAY = date(2026, 6, 8)
"""The local day of `MONDAY`."""


def local(text: str) -> datetime:
    """Return the instant of a local time in Brussels such as `2026-07-09 00:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS).astimezone(UTC)


def service_id_of(tenant: Tenant) -> int:
    """Return the id of the tenant's service."""
    return db.session.get_one(Contract, tenant.contract_id).service_id


def run_for(who: Person, tenant: Tenant) -> Run:
    """Return the tenant's service, locked, as somebody may see it."""
    return service_for(who.actor, service_id_of(tenant), is_locked=True)


def give(
    world: World,
    *,
    party: Party = Party.CUSTOMER,
    received_on: date = TODAY,
    now: datetime = MONDAY,
    reason: str = "We move on.",
) -> Run:
    """Record a notice for `home`, by its representative or by the account manager."""
    who = world.representative if party is Party.CUSTOMER else world.manager
    run = run_for(who, world.home)
    give_notice(who.actor, run, Notice(party, received_on, reason), now=now)
    return run


def kinds(service: Service) -> list[str]:
    """Return the kinds of what happened to a service, oldest first."""
    query = select(ServiceEvent.kind).where(ServiceEvent.service_id == service.id)
    return list(db.session.scalars(query.order_by(ServiceEvent.occurred_at, ServiceEvent.id)))


def used(service_id: int, at: datetime) -> None:
    """Say that a service was last used at an instant."""
    service = db.session.get_one(Service, service_id)
    db.session.add(
        ServiceUse(
            customer_id=service.customer_id, service_id=service_id, last_used_at=at, channel="visit"
        )
    )
    db.session.flush()


def night(now: datetime) -> None:
    """Do what the night does, and write the mails asked for so far."""
    nightly(now=now)
    write_mails(now)


def write_mails(now: datetime) -> None:
    """Do the jobs that write mails about services; done again, they must add none."""
    for payload in db.session.scalars(
        select(OutboxJob.payload).where(OutboxJob.name == TELL)
    ).all():
        tell(now=now, **payload)


def mails() -> list[dict[str, str]]:
    """Return the mails that were written, in order."""
    query = select(OutboxJob.payload).where(OutboxJob.name == "mail.send").order_by(OutboxJob.id)
    return list(db.session.scalars(query))
