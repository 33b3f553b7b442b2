"""The invented lives of services: one changed, one under notice, one unused, one switched off."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ops_portal.accounts.queries import actor_for, user_by_email
from ops_portal.contracts.inactivity import deactivate_idle
from ops_portal.contracts.life import LifeEvent, ServiceUse
from ops_portal.contracts.models import Contract, Service
from ops_portal.contracts.queries import described
from ops_portal.contracts.service_queries import service_for
from ops_portal.contracts.starting import AccountRow, set_accounts
from ops_portal.contracts.succession import supersede
from ops_portal.contracts.termination import Notice, give_notice
from ops_portal.contracts.timeline import note_event
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.demo.people import ARCHIVE, People
from sla.catalogue import Party
from sla.spans import add_months, months_after

CHANGED, ENDING, UNUSED = "K-20933", "K-22841", "K-21560"
"""Whose contracts these are: superseded by another, under notice, unused for long."""
CHANGED_BEFORE = timedelta(days=100)
NOTICE_BEFORE = timedelta(days=12)
OFF_IN = timedelta(days=21)
USED_BEFORE = timedelta(hours=20)

OWNERS = {
    "K-20417": ("Hugo Renard", "hugo@tilleuls.example", "+32 2 555 01 31", "fr"),
    "K-20933": ("Jef Van Hove", "jef@kallo.example", "+32 3 555 04 11", "nl"),
    "K-21560": ("Léa Lambert", "lea@lambert.example", "+32 4 555 02 20", "fr"),
    "K-22078": ("Grace Hill", "grace@northgate.example", "+32 2 555 07 01", "en"),
    "K-22841": ("Tom Claes", "tom@delinde.example", "+32 9 555 03 33", "nl"),
}
ACCOUNTS = {
    "K-20417": (
        AccountRow("6041 7000", "", "Clinique"),
        AccountRow("7041 7000-01", "6041 7000", "Soins"),
        AccountRow("7041 7000-02", "6041 7000", "Administration"),
    ),
    "K-20933": (
        AccountRow("6104 1101", "", "Haven"),
        AccountRow("7104 1101-01", "6104 1101", "Kranen"),
        AccountRow("6104 1180", "", "Kantoor"),
    ),
    "K-21560": (AccountRow("6156 0044", "", "Atelier"),),
    "K-22078": (AccountRow("6207 3310", "", "Consultants"),),
    "K-22841": (
        AccountRow("6188 3300", "", "Brouwerij"),
        AccountRow("7188 3300-01", "6188 3300", "Verkoop"),
    ),
}


def add_contracts(people: People, *, now: datetime) -> None:
    """Give the services their people and accounts, and let some of them live.

    Each thing is done by the operation that a person, or the night, would use.
    """
    manager = _staff("sofie@desk.example")
    for code, contract in people.contracts.items():
        _furnish(code, contract, manager)
        _use(contract, _last_use(code, contract, now))
    _change(people.contracts[CHANGED], manager, now - CHANGED_BEFORE)
    _end(people.contracts[ENDING], people.representatives[ENDING], now - NOTICE_BEFORE)
    deactivate_idle(now=now)


def _furnish(code: str, contract: Contract, manager: Actor) -> None:
    service = db.session.get_one(Service, contract.service_id)
    if code in OWNERS:
        name, email, phone, language = OWNERS[code]
        service.access_owner_name, service.access_owner_email = name, email
        service.access_owner_phone, service.access_owner_language = phone, language
    first_day = contract.valid_from.astimezone(described(contract.description_id).zone).date()
    accounts: Sequence[AccountRow] = ACCOUNTS.get(code, ())
    set_accounts(service, accounts, first_day)
    at = service.activated_at or contract.valid_from
    note_event(service, LifeEvent.ACTIVATED, at=at, actor=manager, now=at)


def _last_use(code: str, contract: Contract, now: datetime) -> datetime:
    """Return when a service was last used; the archive's so long ago that it is switched off."""
    description = described(contract.description_id)
    months = description.catalogue.inactivity.months if description.catalogue else 0
    if code == UNUSED:
        return months_after(now + OFF_IN, -months, description.zone)
    if code == ARCHIVE:
        return now.replace(day=1) - timedelta(days=31 * (months + 1))
    return now - USED_BEFORE


def _use(contract: Contract, at: datetime) -> None:
    db.session.add(
        ServiceUse(
            customer_id=contract.customer_id,
            service_id=contract.service_id,
            last_used_at=at,
            channel="visit",
        )
    )
    db.session.flush()


def _change(contract: Contract, manager: Actor, signed: datetime) -> None:
    """Add an option from the first day of the month after the signature."""
    zone = described(contract.description_id).zone
    first = add_months(signed.astimezone(zone).date(), 1).replace(day=1)
    catalogue = described(contract.description_id).catalogue
    options = catalogue.options_of(contract.subscription)[:1] if catalogue else ()
    supersede(
        contract,
        subscription=contract.subscription,
        options=[component.key for component in options],
        extras=contract.extras,
        order_id=None,
        at=datetime.combine(first, datetime.min.time(), zone),
        actor=manager,
        now=signed,
    )


def _end(contract: Contract, representative: Actor, received: datetime) -> None:
    run = service_for(representative, contract.service_id, is_locked=True)
    received_on = received.astimezone(run.description.zone).date()
    reason = "Wij gaan samen met een andere brouwerij."
    give_notice(representative, run, Notice(Party.CUSTOMER, received_on, reason), now=received)


def _staff(email: str) -> Actor:
    user = user_by_email(email)
    actor = actor_for(user, 0) if user else None
    if actor is None:
        message = f"{email} belongs to nobody"
        raise LookupError(message)
    return actor
