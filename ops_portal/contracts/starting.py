"""Starting a service: what a complete, signed order sets going, and nothing else (ORD-3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from ops_portal.contracts.life import ImplementationStep, LifeEvent, ServiceAccount
from ops_portal.contracts.models import Contract, Service, SolutionElement
from ops_portal.contracts.queries import described
from ops_portal.contracts.timeline import note_event
from ops_portal.core import audit
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import N_, RefusedError


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A customer account (`parent` empty), or a billing account below one."""

    number: str
    parent: str
    name: str


@dataclass(frozen=True, slots=True)
class SignedOrder:
    """What a signed order says, as far as contracts need it."""

    order_id: int
    reference: str
    customer_id: int
    description_id: int
    subscription: str
    options: Sequence[str]
    extras: Sequence[str]
    access_owner_name: str
    access_owner_email: str
    access_owner_phone: str
    access_owner_language: str
    needs_credentials: bool
    accounts: Sequence[AccountRow]
    signed_at: datetime

    @property
    def number(self) -> str:
        """The digits of its reference: the service is known by the same."""
        return self.reference.rpartition("-")[2]


def start_service(signed: SignedOrder, *, actor: Actor, now: datetime) -> Contract:
    """Start the implementation of a service: the service, its first contract and the checklist.

    Args:
        signed: the order, complete and signed.
        actor: who signed or took the signed form in.
        now: when it is recorded; the contract holds from the signature.

    Returns:
        the first contract; its service is not active yet (IMP-2).

    Raises:
        RefusedError: a service was started from this order already.

    Source: ORD-3, §4.1; IMP-1, §4.2; ORD-2; CAT-1.

    """
    _refuse_second(signed)
    description = described(signed.description_id)
    service = _add_service(signed, description.name, now)
    contract = Contract(
        customer_id=signed.customer_id,
        service_id=service.id,
        order_id=signed.order_id,
        reference=service.reference,
        description_id=signed.description_id,
        subscription=signed.subscription,
        options=sorted(signed.options),
        extras=sorted(signed.extras),
        valid_from=signed.signed_at,
        created_at=now,
    )
    db.session.add(contract)
    db.session.flush()
    element = SolutionElement(
        customer_id=contract.customer_id,
        contract_id=contract.id,
        name=description.name,
        created_at=now,
    )
    db.session.add(element)
    set_accounts(service, signed.accounts, signed.signed_at.astimezone(description.zone).date())
    add_steps(service, contract)
    _record(service, contract, signed, actor=actor, now=now)
    return contract


def set_accounts(service: Service, accounts: Iterable[AccountRow], first_day: date) -> int:
    """Let a service have exactly these accounts from a local day on; return how many changed.

    Source: ORD-1, §4.1; BIL-3.
    """
    query = select(ServiceAccount).where(
        ServiceAccount.customer_id == service.customer_id,
        ServiceAccount.service_id == service.id,
        ServiceAccount.removed_on.is_(None),
    )
    wanted = {row.number: row for row in accounts}
    names = {number: row.name for number, row in wanted.items()}
    held = {row.number: row for row in db.session.scalars(query)}
    changed = 0
    for number, row in held.items():
        if number not in wanted or wanted[number].parent != row.parent_number:
            row.removed_on = max(first_day, row.added_on)
            changed += 1
        else:
            row.name = names[number]
            del wanted[number]
    # who is gone must be gone before another takes the number: one of them at a time
    db.session.flush()
    db.session.add_all(
        ServiceAccount(
            customer_id=service.customer_id,
            service_id=service.id,
            number=row.number,
            parent_number=row.parent,
            name=row.name,
            added_on=first_day,
        )
        for row in wanted.values()
    )
    db.session.flush()
    return changed + len(wanted)


def add_steps(service: Service, contract: Contract) -> None:
    """Add the steps of the implementation that the contract's subscription has, each once (IMP-1).

    After a change of the subscription these are the ones the service did not have yet.
    """
    catalogue = described(contract.description_id).catalogue
    if catalogue is None:
        message = N_("This service description has no catalogue: nothing can be ordered from it.")
        raise RefusedError(message, rule="CAT-1")
    known = set(
        db.session.scalars(
            select(ImplementationStep.key).where(
                ImplementationStep.customer_id == service.customer_id,
                ImplementationStep.service_id == service.id,
            )
        )
    )
    db.session.add_all(
        ImplementationStep(
            customer_id=service.customer_id, service_id=service.id, key=step.key, position=place
        )
        for place, step in enumerate(catalogue.steps_of(contract.subscription))
        if step.key not in known
    )
    db.session.flush()


def _refuse_second(signed: SignedOrder) -> None:
    query = select(func.count()).where(
        Contract.customer_id == signed.customer_id, Contract.order_id == signed.order_id
    )
    if db.session.scalars(query).one():
        raise RefusedError(N_("A service was started from this order already."), rule="ORD-3")


def _add_service(signed: SignedOrder, name: str, now: datetime) -> Service:
    service = Service(
        customer_id=signed.customer_id,
        reference=f"C-{signed.number}",
        name=name,
        access_owner_name=signed.access_owner_name,
        access_owner_email=signed.access_owner_email,
        access_owner_phone=signed.access_owner_phone,
        access_owner_language=signed.access_owner_language,
        needs_credentials=signed.needs_credentials,
        created_at=now,
    )
    db.session.add(service)
    db.session.flush()
    return service


def _record(
    service: Service, contract: Contract, signed: SignedOrder, *, actor: Actor, now: datetime
) -> None:
    note_event(
        service,
        LifeEvent.ORDERED,
        at=signed.signed_at,
        actor=actor,
        now=now,
        order=signed.reference,
        contract=contract.reference,
        subscription=contract.subscription,
        options=list(contract.options),
    )
    audit.record(
        actor,
        "contract.sign",
        ("contract", contract.id),
        now=now,
        customer_id=contract.customer_id,
        after={
            "reference": contract.reference,
            "order": signed.reference,
            "subscription": contract.subscription,
            "description_id": contract.description_id,
        },
    )
