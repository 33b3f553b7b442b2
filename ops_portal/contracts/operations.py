"""Registering calendars and contracts."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select

from ops_portal.accounts.models import Customer
from ops_portal.contracts.models import (
    CalendarVersion,
    Contract,
    Service,
    ServiceDescription,
    SolutionElement,
)
from ops_portal.contracts.queries import catalogue
from ops_portal.core import audit
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import N_, RefusedError, StaleError
from sla.schedule import LONGEST_CLOSURE

Holidays = Sequence[tuple[date, str]]
Closures = Sequence[tuple[date, date, str]]


def publish_calendar(
    calendar: str,
    *,
    holidays: Holidays,
    closures: Closures,
    reason: str,
    actor: Actor,
    now: datetime,
    based_on: int | None = None,
) -> CalendarVersion:
    """Publish the next version of a calendar; open tickets follow it, judged ones keep theirs.

    Args:
        calendar: its name.
        holidays: `(day, name)`.
        closures: `(first day, last day included, name)`.
        reason: why; the history shows it.
        actor: who publishes.
        now: the instant.
        based_on: the number of the version that was edited, where a person edits.

    Raises:
        RefusedError: no reason, a closure that ends before it starts, or one without end (T12).
        StaleError: somebody published another version meanwhile.

    Source: SLA-1; sla-cases T12, T50.

    """
    check_calendar(holidays, closures)
    if not reason.strip():
        message = N_("Say why the calendar changes.")
        raise RefusedError(message, fields={"reason": message})
    last = _last_number(calendar, based_on)
    version = CalendarVersion(
        calendar=calendar,
        number=last + 1,
        holidays=[[day.isoformat(), name] for day, name in sorted(holidays)],
        closures=[[a.isoformat(), b.isoformat(), name] for a, b, name in sorted(closures)],
        reason=reason,
        created_by=actor.user_id,
        created_at=now,
    )
    db.session.add(version)
    db.session.flush()
    audit.record(
        actor,
        "calendar.publish",
        ("calendar", calendar),
        now=now,
        before={"number": last},
        after={"number": version.number, "reason": reason, "closures": len(closures)},
    )
    return version


def _last_number(calendar: str, based_on: int | None) -> int:
    """Return the number of the newest version; who publishes next waits for this transaction."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"calendar:{calendar}"))))
    last = db.session.execute(
        select(func.coalesce(func.max(CalendarVersion.number), 0)).filter_by(calendar=calendar),
    ).scalar_one()
    if based_on is not None and based_on != last:
        message = N_("Somebody published another version of the calendar meanwhile.")
        raise StaleError(message, based_on=based_on, current=last)
    return last


def check_calendar(holidays: Holidays, closures: Closures) -> None:
    """Refuse dates from which no schedule can be made.

    Raises:
        RefusedError: a name is missing, a closure ends before it starts, or it closes for ever.

    Source: SLA-1; sla-cases T12.

    """
    message = ""
    names = [name for _day, name in holidays] + [name for _a, _b, name in closures]
    if not all(name.strip() for name in names):
        message = N_("Give every closed day a name.")
    elif any(last < first for first, last, _name in closures):
        message = N_("A closure must end on or after its first day.")
    elif any(last - first > LONGEST_CLOSURE for first, last, _name in closures):
        message = N_("A closure of more than ten years would stop every clock for ever.")
    if message:
        raise RefusedError(message, rule="SLA-1", fields={"closures": message})


def sign_contract(
    customer: Customer,
    reference: str,
    description: ServiceDescription,
    *,
    active_from: datetime | None,
    elements: Sequence[str],
    actor: Actor,
    now: datetime,
    subscription: str = "",
) -> Contract:
    """Record a contract with its solution elements.

    Args:
        customer: who signed.
        reference: the number people read out.
        description: the service description in force at the signature (CAT-1).
        active_from: the activation, from which service levels apply (IMP-2); None = not yet.
        elements: names of the solution elements.
        actor: who records it.
        now: the instant.
        subscription: its key; the last one the description names where nothing is said.

    """
    service = _add_service(customer, reference, description, active_from, now)
    contract = Contract(
        customer_id=customer.id,
        service_id=service.id,
        reference=reference,
        description_id=description.id,
        subscription=subscription or _last_subscription(description),
        valid_from=min(now, active_from or now),
        active_from=active_from,
        created_at=now,
    )
    db.session.add(contract)
    db.session.flush()
    _add_elements(contract, elements, now)
    audit.record(
        actor,
        "contract.sign",
        ("contract", contract.id),
        now=now,
        customer_id=customer.id,
        after={"reference": reference, "description": description.version},
    )
    return contract


def _add_elements(contract: Contract, names: Sequence[str], now: datetime) -> None:
    mine = {"customer_id": contract.customer_id, "contract_id": contract.id}
    db.session.add_all(SolutionElement(name=name, created_at=now, **mine) for name in names)


def _last_subscription(description: ServiceDescription) -> str:
    found = catalogue(description.id)
    return list(found.subscriptions)[-1] if found else ""


def _add_service(
    customer: Customer,
    reference: str,
    description: ServiceDescription,
    activated_at: datetime | None,
    now: datetime,
) -> Service:
    service = Service(
        customer_id=customer.id,
        reference=reference,
        name=description.name,
        access_owner_language=customer.language,
        activated_at=activated_at,
        created_at=now,
    )
    db.session.add(service)
    db.session.flush()
    return service
