"""Whether invoices are paid: ours, and those that other systems made out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from ops_portal.accounts.models import Customer
from ops_portal.billing.models import Invoice
from ops_portal.billing.months import local_day
from ops_portal.billing.payment_models import (
    OtherInvoice,
    PaymentEvent,
    PaymentImport,
    PaymentState,
)
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError
from ops_portal.core.files import StoredFile
from ops_portal.core.paging import PAGE, Order, Page, keyset, whole

IMPORTS = Order((PaymentImport.id,), is_descending=True, parsers=(whole,))


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A file of payment states, with what it is called."""

    row: PaymentImport
    name: str


def standing(invoice: Invoice | OtherInvoice, today: date) -> PaymentState:
    """Return whether an invoice is paid, to be paid, or past its term, as it is known now."""
    if invoice.settled_on is not None and invoice.settled_on <= today:
        return PaymentState.PAID
    return PaymentState.UNPAID if today > invoice.payable_by else PaymentState.DUE


def has_unpaid_overdue(customer_id: int, at: datetime) -> bool:
    """Whether an invoice of the provider was unpaid past its due date at an instant.

    Any invoice counts, of this or any other contract, those of other systems as well. What finance
    told later about an earlier day counts from that day on.

    Args:
        customer_id: whose invoices.
        at: the instant; its local day decides.

    Source: CRD-5, §6.2.

    """
    zone = db.session.scalar(select(Customer.zone).where(Customer.id == customer_id))
    day = local_day(at, ZoneInfo(zone or "UTC"))
    ours = _open_on(Invoice, customer_id, day).where(Invoice.total > 0, Invoice.issued_on <= day)
    own = db.session.scalars(ours).all()
    other = db.session.scalars(_open_on(OtherInvoice, customer_id, day)).all()
    told = _told_until(day, [row.id for row in own], [row.id for row in other])
    return any(_is_overdue(row.due_on, told.get(("own", row.id)), day) for row in own) or any(
        _is_overdue(row.due_on, told.get(("other", row.id)), day) for row in other
    )


def _open_on(table: Any, customer_id: int, day: date) -> Any:  # noqa: ANN401 (two tables alike)
    is_open = or_(table.settled_on.is_(None), table.settled_on > day)
    return select(table).where(table.customer_id == customer_id, table.due_on < day, is_open)


def _told_until(
    day: date, own: Collection[int], other: Collection[int]
) -> dict[tuple[str, int], PaymentEvent]:
    """Return the last thing told about each invoice up to a day."""
    which = or_(PaymentEvent.invoice_id.in_(own), PaymentEvent.other_id.in_(other))
    query = select(PaymentEvent).where(which, PaymentEvent.on_day <= day)
    found = {}
    for event in db.session.scalars(query.order_by(PaymentEvent.on_day, PaymentEvent.id)):
        found[_key(event)] = event
    return found


def _key(event: PaymentEvent) -> tuple[str, int]:
    return ("own", event.invoice_id) if event.invoice_id else ("other", event.other_id or 0)


def _is_overdue(due_on: date, told: PaymentEvent | None, day: date) -> bool:
    if told is not None and told.state == PaymentState.PAID:
        return False
    return day > (told.payable_by if told else due_on)


def last_told(invoice_ids: Collection[int], other_ids: Collection[int]) -> dict[Any, PaymentEvent]:
    """Return the last thing told about invoices, by `("own", id)` or `("other", id)`."""
    return _told_until(date.max, invoice_ids, other_ids)


def events_of(invoice: Invoice) -> list[PaymentEvent]:
    """Return what finance told about an invoice, in order."""
    query = select(PaymentEvent).where(
        PaymentEvent.customer_id == invoice.customer_id, PaymentEvent.invoice_id == invoice.id
    )
    return list(db.session.scalars(query.order_by(PaymentEvent.on_day, PaymentEvent.id)))


def imports_page(*, after: str = "", before: str = "", size: int = PAGE) -> Page:
    """Return one page of the files that came in, the newest first."""
    query = select(PaymentImport, StoredFile.name).join(
        StoredFile, StoredFile.id == PaymentImport.file_id
    )
    page = keyset(query, IMPORTS, after=after, before=before, size=size)
    return Page([ImportRow(*row) for row in page.rows], page.after, page.before)


def payment_import(import_id: int, *, is_locked: bool = False) -> PaymentImport:
    """Return a file of payment states; locked for who changes it.

    Raises:
        NotFoundError: it does not exist, or lies outside the scope.

    """
    query = select(PaymentImport).where(PaymentImport.id == import_id)
    found = db.session.scalars(query.with_for_update() if is_locked else query).one_or_none()
    if found is None:
        raise NotFoundError
    return found
