"""Reading the implementation of services: the checklist, the office hours, what is coming."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, false, func, or_, select

from ops_portal.accounts.models import Customer
from ops_portal.contracts.life import ImplementationStep
from ops_portal.contracts.models import Contract, Service, ServiceDescription
from ops_portal.contracts.queries import catalogue, described, newest_calendar_id, terms
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError
from sla.catalogue import Step
from sla.interval import from_epoch, to_epoch
from sla.spans import last_day

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Line:
    """One step of a checklist: what is kept of it, and what the catalogue says it is."""

    row: ImplementationStep
    step: Step
    waits_for: tuple[Step, ...] = ()
    """Steps that come first; empty when it can be done."""

    @property
    def is_done(self) -> bool:
        """Whether it is done."""
        return self.row.done_at is not None


@dataclass(frozen=True, slots=True)
class TrainingWindow:
    """Until when a training that belongs to the service can be asked for (TRN-1)."""

    step: Step
    zone: ZoneInfo
    ordered_on: date
    ends_on: date

    def is_between(self, first: datetime, last: datetime) -> bool:
        """Whether it ends on a local day from one instant to another."""
        days = [at.astimezone(self.zone).date() for at in (first, last)]
        return days[0] <= self.ends_on <= days[1]


@dataclass(frozen=True, slots=True)
class Ending:
    """A training window that ends soon, and whose it is."""

    service: Service
    customer_name: str
    window: TrainingWindow


def service_for(actor: Actor, service_id: int, *, is_locked: bool = False) -> Service:
    """Return a service the actor may see.

    Raises:
        NotFoundError: it does not exist, or belongs to another tenant.

    """
    query = select(Service).where(Service.id == service_id)
    if not actor.is_staff:
        query = query.where(Service.customer_id == actor.customer_id)
    if is_locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    service = db.session.scalars(query).one_or_none()
    if service is None:
        raise NotFoundError
    return service


def contracts_of_service(service: Service) -> Sequence[Contract]:
    """Return every contract of a service, in the order in which they hold."""
    query = (
        select(Contract)
        .where(Contract.customer_id == service.customer_id, Contract.service_id == service.id)
        .order_by(Contract.valid_from, Contract.id)
    )
    return db.session.scalars(query).all()


def checklist(service: Service) -> list[Line]:
    """Return the steps of a service: those of its last contract, and whatever was done (IMP-1)."""
    contracts = contracts_of_service(service)
    known = {
        row.key: row
        for row in db.session.scalars(
            select(ImplementationStep).where(
                ImplementationStep.customer_id == service.customer_id,
                ImplementationStep.service_id == service.id,
            )
        )
    }
    steps: dict[str, Step] = {}
    for contract in reversed(contracts):
        is_last = contract is contracts[-1]
        sold = catalogue(contract.description_id)
        for step in sold.steps_of(contract.subscription) if sold else ():
            row = known.get(step.key)
            if row is not None and (is_last or row.done_at is not None):
                steps.setdefault(step.key, step)
    rows = sorted((known[key] for key in steps), key=lambda row: (row.position, row.id))
    ordered = [(row, steps[row.key]) for row in rows]
    return [Line(row, step, _before(step, ordered)) for row, step in ordered]


def _before(step: Step, ordered: Sequence[tuple[ImplementationStep, Step]]) -> tuple[Step, ...]:
    """Return the steps that must be done first and are not (IMP-1)."""
    if step.needs_activation:
        return tuple(s for row, s in ordered if s.activates and row.done_at is None)
    if not step.activates:
        return ()
    return tuple(
        s
        for row, s in ordered
        if not s.activates and not s.needs_activation and row.done_at is None
    )


def is_in_office_hours(contract: Contract, at: datetime) -> bool:
    """Whether an instant lies in the office hours of a contract: its support window.

    Source: IMP-1, §4.2; SLA-1.
    """
    schedule = terms(contract.description_id, newest_calendar_id(contract.calendar)).schedule
    return schedule.elapsed(at, at + SECOND) > 0


def next_office_hours(contract: Contract, at: datetime) -> datetime:
    """Return the next instant at or after another that lies in the office hours."""
    schedule = terms(contract.description_id, newest_calendar_id(contract.calendar)).schedule
    return from_epoch(schedule.next_at(schedule.worked(to_epoch(at)))).astimezone(UTC)


def signed_at(contract: Contract) -> datetime:
    """Return when the order behind a contract was signed.

    The first contract of a service begins with the signature and may be recorded later; a successor
    is recorded with it and may begin later.
    """
    return min(contract.valid_from, contract.created_at)


def training_windows_ending(now: datetime, within: timedelta, *, limit: int = 100) -> list[Ending]:
    """Return the trainings that were not given and can be asked for until a day that is near.

    A training is a step of the implementation that needs the activation and is a component of the
    service. Its time is counted from the signature of the order that brought it.

    Args:
        now: the instant.
        within: how near the last day is; days that have passed are left out.
        limit: the most to return, the soonest first.

    Source: TRN-1, §4.2.

    """
    near = _signed_so_that_it_ends(now, within)
    query = (
        select(ImplementationStep, Service, Customer.name)
        .join(Service, Service.id == ImplementationStep.service_id)
        .join(Customer, Customer.id == Service.customer_id)
        .where(ImplementationStep.done_at.is_(None), Service.id.in_(near))
    )
    rows = db.session.execute(query).all()
    contracts = _contracts_by_service({service.id for _row, service, _name in rows})
    found = []
    for row, service, name in rows:
        window = training_window(row, contracts[service.id])
        if window and window.is_between(now, now + within):
            found.append(Ending(service, name, window))
    return sorted(found, key=lambda e: (e.window.ends_on, e.service.id))[:limit]


def training_window(
    row: ImplementationStep, contracts: Sequence[Contract]
) -> TrainingWindow | None:
    """Return until when a training can be asked for; None where the step is none (TRN-1).

    Args:
        row: the step.
        contracts: every contract of its service, in order; the first that has the step brought it.

    """
    for contract in contracts:
        sold = catalogue(contract.description_id)
        steps = sold.steps_of(contract.subscription) if sold else ()
        step = next((s for s in steps if s.key == row.key), None)
        if sold and step:
            if not step.needs_activation or step.key not in sold.components:
                return None
            zone = described(contract.description_id).zone
            ordered_on = signed_at(contract).astimezone(zone).date()
            return TrainingWindow(
                step, zone, ordered_on, last_day(ordered_on, sold.training_window)
            )
    return None


def _signed_so_that_it_ends(now: datetime, within: timedelta) -> Select[int]:
    """Return the services with an order signed on a day from which a window ends soon."""
    signed = func.least(Contract.valid_from, Contract.created_at)
    ranges = []
    for description_id in db.session.scalars(select(ServiceDescription.id)):
        sold = catalogue(description_id)
        if sold is None:
            continue
        span = sold.training_window
        longest = timedelta(days=span.days + span.months * 31 + 2)
        shortest = timedelta(days=span.days + span.months * 28 - 2)
        is_near = signed.between(now - longest, now + within - shortest)
        ranges.append(and_(Contract.description_id == description_id, is_near))
    has_ended = and_(Contract.ended_at.is_not(None), Contract.ended_at <= now)
    return select(Contract.service_id).where(or_(false(), *ranges), ~has_ended)


def _contracts_by_service(service_ids: set[int]) -> dict[int, list[Contract]]:
    query = select(Contract).where(Contract.service_id.in_(service_ids))
    found: dict[int, list[Contract]] = defaultdict(list)
    for contract in db.session.scalars(query.order_by(Contract.valid_from, Contract.id)):
        found[contract.service_id].append(contract)
    return found
