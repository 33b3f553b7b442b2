"""A month for the ledger: one line of CSV for each line of its invoices."""

from collections.abc import Iterator
from typing import Any

from flask import Response
from sqlalchemy import select

from ops_portal.accounts.models import Customer
from ops_portal.billing.models import Charge, Invoice
from ops_portal.billing.months import Month
from ops_portal.contracts.models import Contract
from ops_portal.core.db import db
from ops_portal.web.exports import csv_of
from ops_portal.web.listing import Column

BATCH = 1000
COLUMNS = (
    Column("invoice", "invoice", lambda row: row.Invoice.number),
    Column("kind", "kind", lambda row: row.Invoice.kind),
    Column("issued_on", "issued_on", lambda row: row.Invoice.issued_on),
    Column("due_on", "due_on", lambda row: row.Invoice.due_on),
    Column("customer", "customer", lambda row: row.code),
    Column("buyer", "buyer", lambda row: row.Invoice.buyer["legal_name"]),
    Column("vat_number", "vat_number", lambda row: row.Invoice.buyer["vat_number"]),
    Column("contract", "contract", lambda row: row.contract),
    Column("line", "line", lambda row: row.Charge.position),
    Column("line_kind", "line_kind", lambda row: row.Charge.kind),
    Column("item", "item", lambda row: row.Charge.item),
    Column("text", "text", lambda row: row.Charge.text),
    Column("period_from", "period_from", lambda row: row.Charge.period_from),
    Column("period_to", "period_to", lambda row: row.Charge.period_to),
    Column("quantity", "quantity", lambda row: row.Charge.quantity),
    Column("unit", "unit", lambda row: row.Charge.unit),
    Column("unit_price", "unit_price", lambda row: row.Charge.unit_price),
    Column("amount", "amount", lambda row: row.Charge.amount),
    Column("vat_percentage", "vat_percentage", lambda row: row.Charge.vat_percentage),
    Column("currency", "currency", lambda row: row.Invoice.currency),
    Column("invoice_net", "invoice_net", lambda row: row.Invoice.net),
    Column("invoice_vat", "invoice_vat", lambda row: row.Invoice.vat),
    Column("invoice_total", "invoice_total", lambda row: row.Invoice.total),
    Column(
        "payment_reference",
        "payment_reference",
        lambda row: row.Invoice.payment_reference.strip("+"),
    ),
)


def ledger_of(month: Month) -> Response:
    """Return a month's invoices line by line as CSV; memory does not grow with their number."""
    return csv_of(f"ledger-{month}", COLUMNS, _rows(month))


def _rows(month: Month) -> Iterator[Any]:
    last = (0, 0)
    while found := _after(month, last):
        yield from found
        last = (found[-1].Invoice.id, found[-1].Charge.position)


def _after(month: Month, last: tuple[int, int]) -> Any:  # noqa: ANN401 (rows of several tables)
    from_here = (Invoice.id > last[0]) | ((Invoice.id == last[0]) & (Charge.position > last[1]))
    query = (
        select(Invoice, Charge, Customer.code, Contract.reference.label("contract"))
        .join(Charge, Charge.invoice_id == Invoice.id)
        .join(Customer, Customer.id == Invoice.customer_id)
        .join(Contract, Contract.id == Charge.contract_id)
        .where(Invoice.month == str(month), Invoice.id >= last[0], from_here)
        .order_by(Invoice.id, Charge.position)
        .limit(BATCH)
    )
    return db.session.execute(query).all()
