"""Lines of invoices as they are written: each with the calculation that explains it."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from ops_portal.billing.corrections import Posted
from ops_portal.billing.fees import Line
from ops_portal.billing.models import ChargeKind
from ops_portal.billing.months import Month
from ops_portal.billing.sheets import Sheet

PER_MONTH = "MON"
PIECE = "C62"
HOUR = "HUR"
DAY = "DAY"
UNITS = (PIECE, HOUR, DAY, PER_MONTH)


@dataclass(frozen=True, slots=True)
class NewLine:
    """A charge that is not written yet; the fields are those of the table."""

    service_id: int
    customer_id: int
    contract_id: int
    kind: str
    item: str
    month: str
    period_from: date
    period_to: date
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    vat_percentage: Decimal
    source: str
    unit: str = PER_MONTH
    text: str = ""
    corrects_id: int | None = None
    calculation: dict[str, Any] = field(default_factory=dict)


def recurring_line(sheet: Sheet, line: Line) -> NewLine:
    """Return a line of the recurring fee for its own month (BIL-2, BIL-3, BIL-4)."""
    span = line.span
    source = (
        f"recurring:{sheet.service_id}:{line.month}:{span.contract_id}:{span.item}"
        f":{span.days.first}"
    )
    return _line(sheet, line, kind=ChargeKind.RECURRING, source=source)


def added_line(sheet: Sheet, line: Line, run: Month) -> NewLine:
    """Return a line that a closed month should have had, posted by a later run."""
    span = line.span
    source = (
        f"correction:{run}:{sheet.service_id}:{line.month}:{span.contract_id}:{span.item}"
        f":{span.days.first}"
    )
    return _line(sheet, line, kind=ChargeKind.CORRECTION, source=source)


def counter_line(sheet: Sheet, posted: Posted, run: Month) -> NewLine:
    """Return the line that takes back one of a closed month: the same with the other sign."""
    span = posted.line.span
    calculation = _calculation(sheet, posted.line) | {
        "corrects": posted.charge_id,
        "posted_with": str(run),
    }
    return NewLine(
        service_id=sheet.service_id,
        customer_id=sheet.customer_id,
        contract_id=span.contract_id,
        kind=ChargeKind.CORRECTION,
        item=span.item,
        month=str(posted.month),
        period_from=span.days.first,
        period_to=span.days.last,
        quantity=-Decimal(span.quantity),
        unit_price=span.unit_price,
        amount=-posted.amount,
        vat_percentage=_vat(sheet, span.contract_id),
        source=f"counter:{posted.charge_id}",
        corrects_id=posted.charge_id,
        calculation=calculation,
    )


def _line(sheet: Sheet, line: Line, *, kind: ChargeKind, source: str) -> NewLine:
    span = line.span
    return NewLine(
        service_id=sheet.service_id,
        customer_id=sheet.customer_id,
        contract_id=span.contract_id,
        kind=kind,
        item=span.item,
        month=str(line.month),
        period_from=span.days.first,
        period_to=span.days.last,
        quantity=Decimal(span.quantity),
        unit_price=span.unit_price,
        amount=line.amount,
        vat_percentage=_vat(sheet, span.contract_id),
        source=source,
        calculation=_calculation(sheet, line),
    )


def _vat(sheet: Sheet, contract_id: int) -> Decimal:
    return sheet.agreed[contract_id].catalogue.fees.vat_percentage


def _calculation(sheet: Sheet, line: Line) -> dict[str, Any]:
    """Return what the amount was reckoned from; the receipt shows it (SLA-6, BIL-4)."""
    agreed = sheet.agreed[line.span.contract_id]
    return {
        "days": line.span.days.number,
        "days_in_month": line.month.days,
        "contract": agreed.reference,
        "subscription": agreed.subscription,
        "description": agreed.version,
        "rules": ["BIL-2", "BIL-3", "BIL-4", "ORD-4"],
    }
