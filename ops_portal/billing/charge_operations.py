"""Charges that other features ask for: one-off fees and credits, lines of the next invoice.

`add_one_off` is for trainings, consultancy and late cancellations (BIL-1, TRN-5, TRN-6, CNS-1);
`add_credit` for awarded service credits (CRD-9). Each names a `source`: asked for twice, it is
there once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from ops_portal.billing.fees import cents
from ops_portal.billing.lines import PIECE, UNITS
from ops_portal.billing.models import Charge, ChargeKind
from ops_portal.billing.months import Month
from ops_portal.contracts.models import Contract, Service
from ops_portal.contracts.queries import contract_at, described
from ops_portal.core import audit
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import N_, RefusedError
from sla.catalogue import Catalogue
from sla.spans import day_begin, day_end

CREDIT = "credit"
OTHER = "other"
WHOLE = Decimal(100)


@dataclass(frozen=True, slots=True)
class OneOffFee:
    """A one-off fee to invoice.

    `fee` is a key of the one-off fees of the contract's description, or empty for work of another
    kind with a `price` and a `text` of its own. `percentage` is the part of the price that is owed,
    such as 50 for a training moved late (TRN-6).
    """

    source: str
    on: date
    """The local day it belongs to: the day of the training, the last day of the work."""
    fee: str = ""
    quantity: Decimal = Decimal(1)
    percentage: Decimal = WHOLE
    price: Decimal | None = None
    unit: str = PIECE
    text: str = ""
    rules: tuple[str, ...] = ("BIL-1",)
    calculation: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Credit:
    """An amount that is owed to the customer, as a positive number without VAT."""

    source: str
    on: date
    amount: Decimal
    text: str
    rules: tuple[str, ...] = ("CRD-9",)
    calculation: Mapping[str, Any] = field(default_factory=dict)
    """How the amount came about; the line's receipt shows it."""


def add_one_off(actor: Actor, service: Service, fee: OneOffFee, *, now: datetime) -> Charge:
    """Add a one-off fee; it becomes a line of the next invoice of the service.

    Raises:
        RefusedError: no contract was in force on the day, or the fee is none of its description.

    Source: BIL-1 (invoiced afterwards), BIL-4, ORD-4 (the contract of its own date).

    """
    contract, sold = _contract_on(service, fee.on)
    known = sold.fees.one_off.get(fee.fee)
    price = known.price if known and fee.price is None else fee.price
    _check(fee, is_known=known is not None, price=price)
    unit_price = (price or Decimal(0)) * fee.percentage / WHOLE
    calculation = {
        **fee.calculation,
        "price": str(price),
        "percentage": str(fee.percentage),
        "contract": contract.reference,
        "description": described(contract.description_id).version,
        "rules": [*fee.rules, "BIL-4", "ORD-4"],
    }
    values = {
        "kind": ChargeKind.ONE_OFF,
        "item": fee.fee or OTHER,
        "text": fee.text,
        "quantity": fee.quantity,
        "unit": fee.unit,
        "unit_price": unit_price,
        "amount": cents(fee.quantity * unit_price),
        "calculation": calculation,
    }
    where = _Where(contract, sold.fees.vat_percentage, fee.on, fee.source)
    return _add(actor, where, values, now=now)


def add_credit(actor: Actor, service: Service, credit: Credit, *, now: datetime) -> Charge:
    """Add a credit; it becomes a line of the next invoice of the service, with a minus.

    Raises:
        RefusedError: no contract was in force on the day, or the amount is not positive.

    Source: CRD-9 (one line of the next monthly invoice), BIL-4, ORD-4.

    """
    contract, sold = _contract_on(service, credit.on)
    amount = cents(credit.amount)
    if amount <= 0:
        message = N_("A credit is more than nothing.")
        raise RefusedError(message, rule="CRD-9")
    values = {
        "kind": ChargeKind.CREDIT,
        "item": CREDIT,
        "text": credit.text,
        "quantity": Decimal(-1),
        "unit": PIECE,
        "unit_price": amount,
        "amount": -amount,
        "calculation": {
            **credit.calculation,
            "contract": contract.reference,
            "rules": [*credit.rules, "BIL-4", "ORD-4"],
        },
    }
    where = _Where(contract, sold.fees.vat_percentage, credit.on, credit.source)
    return _add(actor, where, values, now=now)


@dataclass(frozen=True, slots=True)
class _Where:
    contract: Contract
    vat_percentage: Decimal
    on: date
    source: str


def _check(fee: OneOffFee, *, is_known: bool, price: Decimal | None) -> None:
    message = ""
    if fee.fee and not is_known:
        message = N_("The contract has no such fee.")
    elif price is None or price < 0 or fee.quantity <= 0 or not 0 <= fee.percentage <= WHOLE:
        message = N_("Give a price and a quantity: neither below nothing.")
    elif not fee.fee and not fee.text.strip():
        message = N_("Say what is invoiced.")
    elif fee.unit not in UNITS:
        message = N_("There is no such unit.")
    if message:
        raise RefusedError(message, rule="BIL-1")


def _contract_on(service: Service, day: date) -> tuple[Contract, Catalogue]:
    """Return the contract in force on a local day, and what it sells (ORD-4).

    Raises:
        RefusedError: there is none.

    """
    newest = db.session.scalars(
        select(Contract)
        .where(Contract.service_id == service.id)
        .order_by(Contract.valid_from.desc(), Contract.id.desc())
        .limit(1)
    ).one_or_none()
    zone = described(newest.description_id).zone if newest else None
    found = None
    if zone is not None:
        last_second = day_end(day, zone) - timedelta(seconds=1)
        found = contract_at(service.id, last_second) or contract_at(
            service.id, day_begin(day, zone)
        )
    sold = described(found.description_id).catalogue if found else None
    if found is None or sold is None:
        message = N_("No contract of this service was in force on that day.")
        raise RefusedError(message, rule="ORD-4", fields={"on": message})
    return found, sold


def _add(actor: Actor, where: _Where, values: dict[str, Any], *, now: datetime) -> Charge:
    """Write the charge unless its source is there already; return the one that is there."""
    contract = where.contract
    row = {
        **values,
        "customer_id": contract.customer_id,
        "service_id": contract.service_id,
        "contract_id": contract.id,
        "month": str(Month.of(where.on)),
        "period_from": where.on,
        "period_to": where.on,
        "vat_percentage": where.vat_percentage,
        "source": where.source,
        "created_at": now,
        "created_by": actor.user_id,
        "created_by_name": actor.name,
    }
    fresh = db.session.scalar(
        insert(Charge)
        .values(row)
        .on_conflict_do_nothing(index_elements=["source"])
        .returning(Charge.id)
    )
    charge = db.session.scalars(select(Charge).filter_by(source=where.source)).one()
    if fresh is not None:
        audit.record(
            actor,
            f"billing.{charge.kind}",
            ("charge", charge.id),
            now=now,
            customer_id=charge.customer_id,
            after={"amount": charge.amount, "item": charge.item, "source": charge.source},
        )
    return charge
