"""Reading services with their contracts: which hold, which held, which will."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from ops_portal.contracts.life import Deactivation, ServiceAccount, ServiceUse, TerminationNotice
from ops_portal.contracts.models import Contract, Service
from ops_portal.contracts.queries import described
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError
from sla.policy import Description


@dataclass(frozen=True, slots=True)
class Run:
    """A service with its contracts, oldest first; there is always one."""

    service: Service
    contracts: Sequence[Contract]

    def at(self, instant: datetime) -> Contract | None:
        """Return the contract in force at an instant. Source: ORD-4."""
        return next(
            (
                c
                for c in self.contracts
                if c.valid_from <= instant and (c.ended_at is None or instant < c.ended_at)
            ),
            None,
        )

    def shown_at(self, instant: datetime) -> Contract:
        """Return the contract in force, else the last that was, else the first to come."""
        begun = [c for c in self.contracts if c.valid_from <= instant and not is_void(c)]
        return self.at(instant) or (begun[-1] if begun else self.contracts[0])

    @property
    def last(self) -> Contract:
        """The last contract; what changes or ends changes or ends this one."""
        return self.contracts[-1]

    @property
    def ended_at(self) -> datetime | None:
        """When the service ends, excluded; None while no end is known."""
        ends = [c.ended_at for c in self.contracts if not is_void(c)]
        return ends[-1] if ends else self.last.ended_at

    def has_ended(self, now: datetime) -> bool:
        """Whether no contract holds or will hold."""
        return self.ended_at is not None and self.ended_at <= now

    @property
    def description(self) -> Description:
        """The description of the last contract."""
        return described(self.last.description_id)


def is_void(contract: Contract) -> bool:
    """Whether a contract never held: the service ended before it began (CON-2)."""
    return contract.ended_at == contract.valid_from


def service_for(actor: Actor, service_id: int, *, is_locked: bool = False) -> Run:
    """Return a service the actor may see, with its contracts.

    Raises:
        NotFoundError: it does not exist, or belongs to another tenant.

    """
    query = select(Service).where(Service.id == service_id)
    if is_locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    service = db.session.scalars(query).one_or_none()
    if service is None or not (actor.is_staff or service.customer_id == actor.customer_id):
        raise NotFoundError
    return Run(service, contracts_of_service(service))


def run_of(service: Service) -> Run:
    """Return a service with its contracts."""
    return Run(service, contracts_of_service(service))


def contracts_of_service(service: Service) -> Sequence[Contract]:
    """Return every contract of a service, oldest first."""
    query = (
        select(Contract)
        .where(Contract.customer_id == service.customer_id, Contract.service_id == service.id)
        .order_by(Contract.valid_from, Contract.id)
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).all()


def runs_of(customer_id: int) -> list[Run]:
    """Return the services of a customer with their contracts, oldest first."""
    services = db.session.scalars(
        select(Service).where(Service.customer_id == customer_id).order_by(Service.id)
    )
    return [run_of(service) for service in services]


def notices_of(service: Service) -> Sequence[TerminationNotice]:
    """Return the notices of a service, newest first, withdrawn ones too."""
    query = (
        select(TerminationNotice)
        .where(
            TerminationNotice.customer_id == service.customer_id,
            TerminationNotice.service_id == service.id,
        )
        .order_by(TerminationNotice.id.desc())
    )
    return db.session.scalars(query).all()


def open_notice(service: Service) -> TerminationNotice | None:
    """Return the notice of a service that was not withdrawn, if there is one."""
    return next((n for n in notices_of(service) if n.withdrawn_at is None), None)


def open_deactivation(service: Service) -> Deactivation | None:
    """Return the deactivation that holds, if there is one."""
    query = select(Deactivation).where(
        Deactivation.customer_id == service.customer_id,
        Deactivation.service_id == service.id,
        Deactivation.reactivated_at.is_(None),
    )
    return db.session.scalars(query).one_or_none()


def last_use(service: Service) -> ServiceUse | None:
    """Return when a service was last used, if ever."""
    query = select(ServiceUse).where(
        ServiceUse.customer_id == service.customer_id, ServiceUse.service_id == service.id
    )
    return db.session.scalars(query).one_or_none()


def accounts_of(service: Service) -> Sequence[ServiceAccount]:
    """Return the accounts of a service, removed ones too, each under its customer account."""
    query = select(ServiceAccount).where(
        ServiceAccount.customer_id == service.customer_id, ServiceAccount.service_id == service.id
    )
    found = db.session.scalars(query).all()
    return sorted(found, key=lambda a: (a.parent_number or a.number, a.parent_number, a.number))
