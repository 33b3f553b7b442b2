"""What the API says of charges and invoices: rows to plain values, amounts as decimal texts."""

from datetime import UTC, date
from typing import Any

from ops_portal.billing.payment_queries import standing
from ops_portal.billing.queries import ChargeRow, InvoiceRow

CHARGE = ("id", "kind", "item", "text", "month", "unit", "calculation")
INVOICE = ("number", "kind", "month", "currency", "payment_reference")
NOTHING_TO_PAY = "nothing_to_pay"


def charge_out(row: ChargeRow) -> dict[str, Any]:
    """Return one line."""
    charge = row.charge
    return {
        **{name: getattr(charge, name) for name in CHARGE},
        "customer": row.code,
        "service": row.service,
        "contract": row.contract.reference,
        "period_from": charge.period_from.isoformat(),
        "period_to": charge.period_to.isoformat(),
        "quantity": f"{charge.quantity:f}",
        "unit_price": f"{charge.unit_price:f}",
        "amount": f"{charge.amount:f}",
        "vat_percentage": f"{charge.vat_percentage:f}",
        "corrects": charge.corrects_id,
        "invoice": row.invoice,
        "created_at": charge.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
    }


def invoice_out(row: InvoiceRow, today: date) -> dict[str, Any]:
    """Return one invoice without its lines."""
    invoice = row.invoice
    state = standing(invoice, today) if invoice.total > 0 else NOTHING_TO_PAY
    return {
        **{name: getattr(invoice, name) for name in INVOICE},
        "customer": row.code,
        "service": row.service,
        "issued_on": invoice.issued_on.isoformat(),
        "due_on": invoice.due_on.isoformat(),
        "payable_by": invoice.payable_by.isoformat(),
        "settled_on": invoice.settled_on.isoformat() if invoice.settled_on else None,
        "state": state,
        "net": f"{invoice.net:f}",
        "vat": f"{invoice.vat:f}",
        "total": f"{invoice.total:f}",
        "taxes": [
            dict(zip(("percentage", "net", "vat"), tax, strict=True)) for tax in invoice.taxes
        ],
        "corrects": [number for number, _issued_on in invoice.corrects],
    }
