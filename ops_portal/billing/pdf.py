"""Invoices as PDF in the customer's language: the same amounts as the UBL file (TEC-3).

The same invoice gives the same bytes: nothing in it changes after it was made out.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, time

from flask_babel import gettext as _

from ops_portal.billing.documents import Document, DocumentLine
from ops_portal.billing.lines import DAY, HOUR
from ops_portal.billing.ubl import plain_number
from ops_portal.billing.wording import days_words
from ops_portal.core.pdf import compiled
from ops_portal.web.filters import day, money, number
from ops_portal.web.languages import speaking_to


def pdf_of(document: Document) -> bytes:
    """Return an invoice or a credit note as PDF. Source: TEC-3, BIL-4."""
    with speaking_to(document.language, "UTC"):
        content = _content(document)
    made = datetime.combine(document.issued_on, time(0), UTC)
    return compiled("invoice", content, made_at=made)


def _content(document: Document) -> dict[str, object]:
    name = f"{document.title} {document.number}"
    return {
        "title": name,
        "language": document.language,
        "operator": document.seller["name"],
        "seller": _address(document.seller, document.seller["name"]),
        "buyer": _address(document.buyer, document.buyer["legal_name"]),
        "buyer_title": _("Made out to"),
        "facts": _facts(document),
        "head": [_("Item"), _("Quantity"), _("Price"), _("Amount")],
        "lines": [_line(line) for line in document.lines],
        "sums": _sums(document),
        "payment": _payment(document),
        "footer": f"{name} · {document.seller['name']}",
    }


def _address(values: Mapping[str, str], name: str) -> list[str]:
    lines = [
        name,
        values["street"],
        f"{values['postal_code']} {values['city']}, {values['country']}",
        _("VAT %(number)s", number=values["vat_number"]) if values["vat_number"] else "",
        values["email"],
    ]
    return [line for line in lines if line]


def _facts(document: Document) -> list[list[str]]:
    found = [
        [_("Date"), day(document.issued_on)],
        [_("Period"), days_words(document.first, document.last)],
        [_("Service"), document.buyer["service"]],
    ]
    if document.buyer.get("buyer_reference"):
        found.append([_("Your reference"), document.buyer["buyer_reference"]])
    if document.corrects:
        numbers = ", ".join(earlier for earlier, _issued_on in document.corrects)
        found.append([_("Refers to"), numbers])
    if not document.is_credit_note and document.total > 0:
        found.append([_("To be paid by"), day(document.due_on)])
    return found


def _line(line: DocumentLine) -> dict[str, object]:
    price = money(line.price)
    if line.base != 1:
        price = _("%(price)s a month of %(days)s days", price=price, days=line.base)
    unit = {HOUR: "h", DAY: _("days")}.get(line.unit, "")
    return {
        "name": line.name,
        "note": line.note,
        "quantity": f"{number(line.quantity)} {unit}".strip().replace("-", "\u2212"),
        "price": price,
        "amount": money(line.amount),
    }


def _sums(document: Document) -> list[list[str]]:
    taxes = [
        [_("VAT %(rate)s %%", rate=plain_number(tax.percentage)), money(tax.vat)]
        for tax in document.taxes
    ]
    total = _("Total owed to you") if document.is_credit_note else _("Total to pay")
    return [[_("Without VAT"), money(document.net)], *taxes, [total, money(document.total)]]


def _payment(document: Document) -> list[str]:
    if document.is_credit_note or document.total <= 0:
        return [document.terms]
    account = _("Account %(iban)s", iban=_in_fours(document.seller["iban"]))
    reference = _("with the reference %(reference)s", reference=document.payment_reference)
    return [document.terms, f"{account}, {reference}."]


def _in_fours(iban: str) -> str:
    return " ".join(iban[place : place + 4] for place in range(0, len(iban), 4))
