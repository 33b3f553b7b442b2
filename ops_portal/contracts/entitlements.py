"""The one answer to "may this contract do X on this day, and under which rule" (CAT-3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from ops_portal.contracts.life import Deactivation
from ops_portal.contracts.models import Contract, Service
from ops_portal.contracts.queries import catalogue
from ops_portal.core.db import db
from ops_portal.web.components import Use
from sla.catalogue import Availability, Catalogue


class Standing(StrEnum):
    """What an entitlement says."""

    INCLUDED = "included"
    ORDERED = "ordered"
    NOT_ORDERED = "not_ordered"
    """It can be ordered as an option."""
    NOT_OFFERED = "not_offered"
    """The subscription has it not; another may."""
    NOT_ACTIVE = "not_active"
    """The service is not activated yet."""
    DEACTIVATED = "deactivated"
    NOT_IN_FORCE = "not_in_force"
    """The contract has not begun, or has ended."""


GRANTED = frozenset({Standing.INCLUDED, Standing.ORDERED})
NEAREST = (
    Standing.INCLUDED,
    Standing.ORDERED,
    Standing.DEACTIVATED,
    Standing.NOT_ACTIVE,
    Standing.NOT_ORDERED,
    Standing.NOT_OFFERED,
    Standing.NOT_IN_FORCE,
)
"""Which of several contracts' answers counts: what is granted, then what is nearest to it."""
SOLD = {
    Availability.INCLUDED: Standing.INCLUDED,
    Availability.OPTION: Standing.ORDERED,
}
RULES = {
    Standing.INCLUDED: "CAT-2",
    Standing.ORDERED: "CAT-2",
    Standing.NOT_ORDERED: "CAT-3",
    Standing.NOT_OFFERED: "CAT-3",
    Standing.NOT_ACTIVE: "IMP-2",
    Standing.DEACTIVATED: "CON-3",
    Standing.NOT_IN_FORCE: "ORD-4",
}


@dataclass(frozen=True, slots=True)
class Held:
    """What a contract holds, as far as entitlements ask; made once and asked often."""

    contract_id: int
    service_id: int
    reference: str
    service: str
    """The name of the service."""
    subscription: str
    options: frozenset[str]
    catalogue: Catalogue | None
    valid_from: datetime
    ended_at: datetime | None
    activated_at: datetime | None
    switched_off: tuple[tuple[datetime, datetime | None], ...] = ()
    """Half-open times of deactivation; the last may be open."""


@dataclass(frozen=True, slots=True)
class Entitlement:
    """The answer: whether, why, and under which rule."""

    component: str
    standing: Standing
    held: Held | None = None
    """The contract that says so; None where the customer has none."""

    @property
    def is_granted(self) -> bool:
        """Whether the contract may."""
        return self.standing in GRANTED

    @property
    def rule(self) -> str:
        """The id of the rule that decides."""
        return RULES[self.standing]


def entitlement(held: Held, component: str, at: datetime) -> Entitlement:
    """Return whether a contract has a component at an instant, and under which rule.

    Args:
        held: the contract.
        component: the key of a component of its description.
        at: the instant, aware.

    Source: CAT-3, CAT-2, ORD-4, IMP-2, CON-3.

    """
    return Entitlement(component, _standing(held, component, at), held)


def _standing(held: Held, component: str, at: datetime) -> Standing:
    if at < held.valid_from or (held.ended_at is not None and at >= held.ended_at):
        return Standing.NOT_IN_FORCE
    sold = _sold(held, component)
    return (_running(held, at) or sold) if sold in GRANTED else sold


def _sold(held: Held, component: str) -> Standing:
    """Return what the subscription and the order make of a component, whatever the day."""
    sold = held.catalogue and held.catalogue.availability(component, held.subscription)
    if not sold:
        return Standing.NOT_OFFERED
    if sold is Availability.OPTION and component not in held.options:
        return Standing.NOT_ORDERED
    return SOLD[sold]


def _running(held: Held, at: datetime) -> Standing | None:
    """Return what keeps a component from being used that is sold; None when nothing does."""
    if held.activated_at is None or at < held.activated_at:
        return Standing.NOT_ACTIVE
    if any(begin <= at and (end is None or at < end) for begin, end in held.switched_off):
        return Standing.DEACTIVATED
    return None


def holdings_of(customer_id: int) -> tuple[Held, ...]:
    """Return what the contracts of a customer hold, past ones and coming ones too, oldest first."""
    rows = db.session.execute(
        select(Contract, Service)
        .join(Service, Service.id == Contract.service_id)
        .where(Contract.customer_id == customer_id)
        .order_by(Contract.service_id, Contract.valid_from)
    ).all()
    off: dict[int, list[tuple[datetime, datetime | None]]] = {}
    for found in db.session.scalars(select(Deactivation).filter_by(customer_id=customer_id)):
        span = (found.deactivated_at, found.reactivated_at)
        off.setdefault(found.service_id, []).append(span)
    return tuple(
        Held(
            contract_id=contract.id,
            service_id=service.id,
            reference=contract.reference,
            service=service.name,
            subscription=contract.subscription,
            options=frozenset(contract.options),
            catalogue=catalogue(contract.description_id),
            valid_from=contract.valid_from,
            ended_at=contract.ended_at,
            activated_at=service.activated_at,
            switched_off=tuple(off.get(service.id, ())),
        )
        for contract, service in rows
    )


def granted_to(
    holdings: Sequence[Held], component: str, at: datetime, use: Use = Use.NOW
) -> Entitlement:
    """Return the best answer among a customer's contracts: granted if one of them grants it.

    Args:
        holdings: what the contracts hold (`holdings_of`).
        component: the key of a component.
        at: the instant, aware.
        use: to read what there is, a contract that began and included it is enough, also when
            it has ended or its service is switched off (CON-4).

    Source: CAT-3.

    """
    answers = [entitlement(held, component, at) for held in holdings]
    best = min(answers, key=_nearness, default=Entitlement(component, Standing.NOT_IN_FORCE))
    if use is Use.PAST and not best.is_granted:
        kept = (_was_granted(held, component, at) for held in holdings)
        return next((found for found in kept if found), best)
    return best


def granting(
    contracts: Sequence[Contract], holdings: Sequence[Held], component: str, at: datetime
) -> list[Contract]:
    """Return those contracts that have a component at an instant. Source: CAT-3."""
    granted = {h.contract_id for h in holdings if entitlement(h, component, at).is_granted}
    return [contract for contract in contracts if contract.id in granted]


def _nearness(found: Entitlement) -> int:
    """Tell how near an answer is to being granted: the nearest one is told to the reader."""
    return NEAREST.index(found.standing)


def _was_granted(held: Held, component: str, at: datetime) -> Entitlement | None:
    sold = _sold(held, component)
    has_begun = sold in GRANTED and held.valid_from <= at
    return Entitlement(component, sold, held) if has_begun else None
