"""An invoice as a document: what the UBL file, the PDF and the pages all say, from one place.

A credit note says its amounts with the other sign: what is owed to the customer is positive there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import gettext as _
from sqlalchemy import select

from ops_portal.billing.lines import DAY, PER_MONTH
from ops_portal.billing.models import Charge, Invoice, InvoiceKind
from ops_portal.billing.wording import line_name, line_note
from ops_portal.contracts.models import Contract
from ops_portal.core.db import db
from ops_portal.web.languages import speaking_to


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A line as the document says it: quantity × price ÷ base is the amount."""

    position: int
    name: str
    note: str
    quantity: Decimal
    unit: str
    price: Decimal
    base: int
    """The quantity the price is for: the days of the month where days are counted, else 1."""
    amount: Decimal
    vat_percentage: Decimal
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Tax:
    """The VAT of one rate."""

    percentage: Decimal
    net: Decimal
    vat: Decimal


@dataclass(frozen=True, slots=True)
class Document:
    """An invoice or a credit note, ready to be written in any form."""

    number: str
    is_credit_note: bool
    language: str
    issued_on: date
    due_on: date
    first: date
    last: date
    currency: str
    net: Decimal
    vat: Decimal
    total: Decimal
    taxes: tuple[Tax, ...]
    seller: Mapping[str, str]
    buyer: Mapping[str, str]
    payment_reference: str
    corrects: tuple[tuple[str, str], ...]
    title: str
    terms: str
    """When and how it is to be paid, or how it is settled."""
    lines: tuple[DocumentLine, ...]


def document_of(invoice: Invoice) -> Document:
    """Return an invoice as the document it is, in the customer's language (TEC-3)."""
    with speaking_to(invoice.language, "UTC"):
        return _document(invoice)


def charges_of(invoice: Invoice) -> Sequence[Charge]:
    """Return the lines of an invoice, in order."""
    query = select(Charge).where(
        Charge.customer_id == invoice.customer_id, Charge.invoice_id == invoice.id
    )
    return db.session.scalars(query.order_by(Charge.position)).all()


def contracts_of(charges: Sequence[Charge]) -> dict[int, Contract]:
    """Return the contracts that charges belong to, by id."""
    ids = {charge.contract_id for charge in charges}
    rows = db.session.scalars(select(Contract).where(Contract.id.in_(ids)))
    return {row.id: row for row in rows}


def _document(invoice: Invoice) -> Document:
    is_credit = invoice.kind == InvoiceKind.CREDIT_NOTE
    sign = -1 if is_credit else 1
    charges = charges_of(invoice)
    contracts = contracts_of(charges)
    lines = (_line(charge, contracts[charge.contract_id], sign) for charge in charges)
    taxes = ((Decimal(rate), sign * Decimal(net), sign * Decimal(vat))
             for rate, net, vat in invoice.taxes)  # fmt: skip
    return Document(
        number=invoice.number,
        is_credit_note=is_credit,
        language=invoice.language,
        issued_on=invoice.issued_on,
        due_on=invoice.due_on,
        first=invoice.period_from,
        last=invoice.period_to,
        currency=invoice.currency,
        net=sign * invoice.net,
        vat=sign * invoice.vat,
        total=sign * invoice.total,
        taxes=tuple(Tax(*tax) for tax in taxes),
        seller=invoice.seller,
        buyer=invoice.buyer,
        payment_reference=invoice.payment_reference,
        corrects=tuple((number, issued_on) for number, issued_on in invoice.corrects),
        title=_("Credit note") if is_credit else _("Invoice"),
        terms=_terms(invoice, is_credit=is_credit),
        lines=tuple(lines),
    )


def _terms(invoice: Invoice, *, is_credit: bool) -> str:
    if is_credit:
        return str(_("This amount is deducted from what you pay next, or paid back on request."))
    if not invoice.total:
        return str(_("There is nothing to pay."))
    days = (invoice.due_on - invoice.issued_on).days
    return str(_("To be paid within %(days)s days of the date of the invoice.", days=days))


def _line(charge: Charge, contract: Contract, sign: int) -> DocumentLine:
    quantity, unit, base = charge.quantity, charge.unit, 1
    days = charge.calculation.get("days")
    in_month = charge.calculation.get("days_in_month")
    if unit == PER_MONTH and days and in_month and days != in_month:
        quantity, unit, base = quantity * days, DAY, in_month
    return DocumentLine(
        position=charge.position or 0,
        name=line_name(charge, contract),
        note=line_note(charge),
        quantity=sign * quantity,
        unit=unit,
        price=charge.unit_price,
        base=base,
        amount=sign * charge.amount,
        vat_percentage=charge.vat_percentage,
        first=charge.period_from,
        last=charge.period_to,
    )
