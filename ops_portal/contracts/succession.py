"""One contract after another: a change of components makes a successor (ORD-4)."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from ops_portal.contracts.description_queries import description_in_force
from ops_portal.contracts.life import LifeEvent, TerminationNotice
from ops_portal.contracts.models import Contract, Service
from ops_portal.contracts.queries import described
from ops_portal.contracts.timeline import note_event
from ops_portal.core import audit
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import N_, RefusedError


def supersede(
    contract: Contract,
    *,
    subscription: str,
    options: Sequence[str],
    extras: Sequence[str],
    order_id: int | None,
    at: datetime,
    actor: Actor,
    now: datetime,
) -> Contract:
    """Let a successor take the place of a contract: the old one ends where the new one begins.

    The service, its accounts, its elements and its activation stay as they are. The caller has
    checked that the order is complete and signed, and that its options can be had. The successor
    points at the description in force at the signature (CAT-1).

    Args:
        contract: the last contract of its service.
        subscription: of the successor.
        options: keys of the components ordered as options.
        extras: keys of what the implementation leaves out otherwise.
        order_id: the signed order behind it.
        at: the instant of the change, aware; now or later, so that nothing recorded changes hands.
        actor: who does it.
        now: the instant of the signature.

    Raises:
        RefusedError: the contract has ended, a change or an end is already coming, or the change
            would begin before now or before the contract it changes.

    Source: ORD-4, §2; CAT-1; CON-2.

    """
    service = db.session.get_one(Service, contract.service_id, with_for_update=True)
    db.session.refresh(contract)
    _check(contract, at, now)
    contract.ended_at = at
    # the old period must be closed before the new one opens: the database refuses an overlap
    db.session.flush()
    successor = Contract(
        customer_id=contract.customer_id,
        service_id=service.id,
        order_id=order_id,
        reference=f"{service.reference}/{_number_of_contracts(service) + 1}",
        description_id=_description_at(contract, now),
        calendar=contract.calendar,
        subscription=subscription,
        options=sorted(options),
        extras=sorted(extras),
        valid_from=at,
        active_from=contract.active_from,
        created_at=now,
    )
    db.session.add(successor)
    db.session.flush()
    _record(service, contract, successor, actor=actor, now=now)
    return successor


def can_be_superseded(contract: Contract, *, now: datetime) -> RefusedError | None:
    """Return why no change can be ordered for a contract, or None. Source: ORD-4, CON-2."""
    if contract.ended_at is not None and contract.ended_at <= now:
        message, rule = N_("{reference} has ended: order the service anew."), "ORD-4"
    elif open_notice_of(contract) is not None:
        message = N_(
            "A notice is running for {reference}: withdraw it first, then order the change."
        )
        rule = "CON-2"
    elif contract.ended_at is None:
        return None
    else:
        message = N_("Another change of {reference} is already coming: order after it.")
        rule = "ORD-4"
    return RefusedError(message, rule=rule, params={"reference": contract.reference})


def open_notice_of(contract: Contract) -> TerminationNotice | None:
    """Return the notice of a contract's service that was not withdrawn, if there is one."""
    query = select(TerminationNotice).where(
        TerminationNotice.customer_id == contract.customer_id,
        TerminationNotice.service_id == contract.service_id,
        TerminationNotice.withdrawn_at.is_(None),
    )
    return db.session.scalars(query).one_or_none()


def _description_at(contract: Contract, at: datetime) -> int:
    """Return the version of the contract's service that is in force at an instant (CAT-1)."""
    held = described(contract.description_id)
    found = description_in_force(held.name, at.astimezone(held.zone).date())
    if found is None:
        message = N_("No version of {name} is in force on this day.")
        raise RefusedError(message, rule="CAT-1", params={"name": held.name})
    return found.id


def _check(contract: Contract, at: datetime, now: datetime) -> None:
    refusal = can_be_superseded(contract, now=now)
    if refusal is not None:
        raise refusal
    if at < now or at <= contract.valid_from:
        message = N_("A change takes effect after it is signed, and after what it changes began.")
        raise RefusedError(message, rule="ORD-4", fields={"takes_effect_on": message})


def _number_of_contracts(service: Service) -> int:
    query = select(func.count()).where(
        Contract.customer_id == service.customer_id, Contract.service_id == service.id
    )
    return db.session.scalars(query).one()


def _record(
    service: Service, contract: Contract, successor: Contract, *, actor: Actor, now: datetime
) -> None:
    note_event(
        service,
        LifeEvent.SUPERSEDED,
        at=successor.valid_from,
        actor=actor,
        now=now,
        contract=contract.reference,
        successor=successor.reference,
        successor_id=successor.id,
        subscription=successor.subscription,
        subscription_before=contract.subscription,
        added=sorted(set(successor.options) - set(contract.options)),
        removed=sorted(set(contract.options) - set(successor.options)),
    )
    audit.record(
        actor,
        "contract.supersede",
        ("contract", contract.id),
        now=now,
        customer_id=contract.customer_id,
        before=_terms(contract) | {"ended_at": None},
        after=_terms(successor) | {"valid_from": successor.valid_from, "order": successor.order_id},
    )


def _terms(contract: Contract) -> dict[str, object]:
    return {
        "reference": contract.reference,
        "subscription": contract.subscription,
        "options": ", ".join(sorted(contract.options)),
        "description_id": contract.description_id,
    }
