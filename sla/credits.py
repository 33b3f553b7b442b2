"""Service credits of one contract in one calendar month."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from enum import StrEnum

from sla.errors import FactsError, Fault
from sla.terms import Credit, Description, Kpi, Target

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")
HUNDRED = Decimal(100)


class LimitedBy(StrEnum):
    """Why a line is less than its percentage of the fee."""

    KPI_CAP = "kpi_cap"
    MONTH_CAP = "month_cap"
    NOT_VALIDATED = "not_validated"


@dataclass(frozen=True, slots=True)
class Breach:
    """A breached KPI of a P1 incident; `is_validated` = the diagnosis confirmed P1 (CRD-8)."""

    ticket: str
    kpi: Kpi
    breached_at: datetime
    is_validated: bool


@dataclass(frozen=True, slots=True)
class CreditLine:
    """One breach in money, EUR: `full` before the caps, `amount` after them."""

    ticket: str
    kpi: Kpi
    percentage: Decimal
    full: Decimal
    amount: Decimal
    limited_by: LimitedBy | None
    clause: str


@dataclass(frozen=True, slots=True)
class Statement:
    """The lines of a month in the order in which they used up the caps, and their sum."""

    lines: tuple[CreditLine, ...]
    total: Decimal


def credits(  # noqa: A001 -- the word of the field, and of the interface
    month: str,
    breaches: Sequence[Breach],
    description: Description,
    *,
    monthly_fee: Decimal,
    recurring_paid: Decimal,
) -> Statement:
    """Return what the breaches of a month give.

    Args:
        month: local calendar month, `YYYY-MM`.
        breaches: in any order; the earliest uses up a cap first, then the smaller ticket.
        description: percentages, caps and zone.
        monthly_fee: EUR a month; the base of percentages and KPI caps.
        recurring_paid: EUR of recurring fees paid for the month; no more is ever given.

    Returns:
        amounts in cents, half up, rounded once a line.

    Raises:
        FactsError: a breach of another month, of a KPI without credit, or listed twice.

    Source: CRD-1, CRD-2, CRD-8, BIL-4, SLA-5; §6.5.

    """
    faults = _faults(month, breaches, description)
    if faults:
        raise FactsError(faults)
    used: dict[Kpi, Decimal] = defaultdict(Decimal)
    left = recurring_paid.quantize(CENT, ROUND_DOWN)
    lines = []
    for breach in sorted(breaches, key=lambda b: (b.breached_at, b.ticket, b.kpi)):
        target, credit = _terms(description, breach.kpi)
        full = monthly_fee * credit.percentage / HUNDRED
        room = max(monthly_fee * credit.monthly_cap / HUNDRED - used[breach.kpi], NOTHING)
        capped = _cents(min(full, room)) if breach.is_validated else NOTHING
        amount = min(capped, left)
        used[breach.kpi] += capped
        left -= amount
        figures = (credit.percentage, _cents(full), amount)
        limit = _limit(breach, _cents(full), capped, amount)
        lines.append(CreditLine(breach.ticket, breach.kpi, *figures, limit, target.clause))
    return Statement(tuple(lines), sum((line.amount for line in lines), NOTHING))


def _limit(breach: Breach, full: Decimal, capped: Decimal, amount: Decimal) -> LimitedBy | None:
    if not breach.is_validated:
        return LimitedBy.NOT_VALIDATED
    if amount < capped:
        return LimitedBy.MONTH_CAP
    return LimitedBy.KPI_CAP if capped < full else None


def _terms(description: Description, kpi: Kpi) -> tuple[Target, Credit]:
    target = description.credit_for(kpi)
    if target is None or target.credit is None:
        message = f"{kpi} gives no credit"
        raise FactsError([Fault("breaches", message)])
    return target, target.credit


def _faults(month: str, breaches: Sequence[Breach], description: Description) -> list[Fault]:
    faults = []
    seen = set()
    for place, breach in enumerate(breaches):
        path = f"breaches[{place}]"
        own = breach.breached_at.astimezone(description.zone).strftime("%Y-%m")
        if own != month:
            faults.append(Fault(f"{path}.breached_at", f"belongs to {own}, not to {month}"))
        if description.credit_for(breach.kpi) is None:
            faults.append(Fault(f"{path}.kpi", f"{breach.kpi} gives no credit"))
        if (breach.ticket, breach.kpi) in seen:
            faults.append(Fault(path, f"{breach.kpi} of {breach.ticket} is listed twice"))
        seen.add((breach.ticket, breach.kpi))
    return faults


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
