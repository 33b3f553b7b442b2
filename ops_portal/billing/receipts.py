"""The calculation behind an amount, as a receipt (BIL-4: all money explains itself)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from ops_portal.billing.models import Charge, ChargeKind, Invoice
from ops_portal.billing.wording import UNIT, days_words, line_name
from ops_portal.contracts.models import Contract
from ops_portal.web.filters import money, number
from ops_portal.web.receipts import Receipt, ReceiptLine


def receipt_of(charge: Charge, contract: Contract, corrected: Mapping[int, str]) -> Receipt:
    """Return how the amount of a line came about.

    Args:
        charge: the line.
        contract: the one it belongs to.
        corrected: the numbers of the invoices that lines taken back stand on, by line.

    """
    make = {
        ChargeKind.RECURRING: _recurring,
        ChargeKind.CORRECTION: _recurring,
        ChargeKind.ONE_OFF: _one_off,
        ChargeKind.CREDIT: _credit,
    }[ChargeKind(charge.kind)]
    note = ""
    if charge.corrects_id is not None:
        invoice = corrected.get(charge.corrects_id, "")
        note = _("Takes back a line of invoice %(number)s.", number=invoice)
    found = charge.calculation
    lines = make(charge, found)
    return Receipt(
        title=line_name(charge, contract),
        lines=(*lines, *_agreed(charge, contract, note)),
        total_label=_("Amount, rounded half up to the cent"),
        total=money(charge.amount),
        rules=tuple(found.get("rules", ())),
    )


def total_receipt(invoice: Invoice) -> Receipt:
    """Return how the total of an invoice came about: net amount and VAT by rate."""
    lines = [
        ReceiptLine(
            _("Sum of %(number)s lines, without VAT", number=invoice.number_of_lines),
            value=money(invoice.net),
        )
    ]
    for rate, net, vat in invoice.taxes:
        label = _("VAT %(rate)s %%", rate=number(Decimal(rate)))
        detail = _("of %(net)s, rounded half up once", net=money(Decimal(net)))
        lines.append(ReceiptLine(label, detail=detail, value=money(Decimal(vat))))
    return Receipt(
        title=_("Total"),
        lines=tuple(lines),
        total_label=_("With VAT"),
        total=money(invoice.total),
        rules=("BIL-4",),
    )


def _recurring(charge: Charge, found: Mapping[str, Any]) -> tuple[ReceiptLine, ...]:
    days, in_month = found.get("days", 0), found.get("days_in_month", 0)
    share = ReceiptLine(
        _("Days of the month"),
        detail=days_words(charge.period_from, charge.period_to),
        value=f"× {days} ÷ {in_month}",
        note="" if days != in_month else _("the whole month"),
    )
    return (
        ReceiptLine(_("Price a month"), value=money(charge.unit_price)),
        ReceiptLine(_("Quantity"), value=f"× {number(charge.quantity)}".replace("-", "\u2212")),
        share,
    )


def _one_off(charge: Charge, found: Mapping[str, Any]) -> tuple[ReceiptLine, ...]:
    percentage = Decimal(found.get("percentage", 100))
    price = Decimal(found.get("price", charge.unit_price))
    lines = [ReceiptLine(_("Price of one %(unit)s", unit=UNIT[charge.unit]), value=money(price))]
    if percentage != 100:  # noqa: PLR2004 (the whole)
        lines.append(ReceiptLine(_("Part that is owed"), value=f"× {number(percentage)} %"))
    lines.append(ReceiptLine(_("Quantity"), value=f"× {number(charge.quantity)}"))
    return tuple(lines)


def _credit(charge: Charge, found: Mapping[str, Any]) -> tuple[ReceiptLine, ...]:
    known = {"contract", "rules", "description"}
    parts = [
        ReceiptLine(str(name), value=str(value))
        for name, value in found.items()
        if name not in known
    ]
    return (ReceiptLine(_("Credit"), detail=charge.text, value=money(charge.amount)), *parts)


def _agreed(charge: Charge, contract: Contract, note: str) -> tuple[ReceiptLine, ...]:
    version = charge.calculation.get("description", "")
    detail = _("service description %(version)s", version=version) if version else ""
    label = _("By contract %(reference)s", reference=contract.reference)
    return (ReceiptLine(label, detail=detail, note=note),)
