"""The invoices of a customer as files of the archive: the PDF and the electronic invoice."""

from collections.abc import Iterator

from sqlalchemy import select

from ops_portal.billing.documents import document_of
from ops_portal.billing.models import Invoice
from ops_portal.billing.pdf import pdf_of
from ops_portal.billing.ubl import ubl_of
from ops_portal.core.db import db

FILES_PER_INVOICE = 2


def invoices_of(customer_id: int) -> list[int]:
    """Return the keys of the invoices of a customer, oldest first."""
    query = select(Invoice.id).where(Invoice.customer_id == customer_id).order_by(Invoice.id)
    return list(db.session.scalars(query))


def papers(invoice_ids: list[int]) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of each file, one invoice at a time. Source: INV-11."""
    for invoice_id in invoice_ids:
        invoice = db.session.get_one(Invoice, invoice_id)
        document = document_of(invoice)
        yield f"invoices/{invoice.number}.pdf", pdf_of(document)
        yield f"invoices/{invoice.number}.xml", ubl_of(document)
