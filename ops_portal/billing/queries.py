"""Reading invoices, their lines, and to whom they are made out."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, or_, select

from ops_portal.accounts.models import Customer
from ops_portal.billing.models import BillingDetails, Charge, Invoice, InvoiceKind
from ops_portal.billing.payment_models import PaymentState
from ops_portal.contracts.models import Contract, Service
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError
from ops_portal.core.paging import PAGE, Order, Page, keyset, whole

INVOICES = {
    "newest": Order((Invoice.id,), is_descending=True, parsers=(whole,)),
    "due": Order((Invoice.payable_by, Invoice.id), parsers=(date.fromisoformat, whole)),
}
CHARGES = Order((Charge.id,), is_descending=True, parsers=(whole,))


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a list of invoices is narrowed and ordered, and which page of it."""

    state: str = ""
    kind: str = ""
    month: str = ""
    q: str = ""
    order: str = "newest"
    customer_id: int | None = None


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice in a list, with the names a row shows."""

    invoice: Invoice
    customer: str
    code: str
    service: str


@dataclass(frozen=True, slots=True)
class ChargeRow:
    """A charge in a list, with the names a row shows."""

    charge: Charge
    contract: Contract
    customer: str
    code: str
    service: str
    invoice: str | None


def invoices_page(
    actor: Actor,
    wanted: Wanted,
    *,
    today: date,
    after: str = "",
    before: str = "",
    size: int = PAGE,
) -> Page:
    """Return one page of the invoices the actor may see."""
    query = (
        select(Invoice, Customer.name, Customer.code, Service.reference)
        .join(Customer, Customer.id == Invoice.customer_id)
        .join(Service, Service.id == Invoice.service_id)
    )
    query = _narrowed(_own(query, actor, Invoice.customer_id), wanted, today)
    page = keyset(query, INVOICES[wanted.order], after=after, before=before, size=size)
    return Page([InvoiceRow(*row) for row in page.rows], page.after, page.before)


def invoice_for(actor: Actor, number: str) -> Invoice:
    """Return an invoice the actor may see.

    Raises:
        NotFoundError: it does not exist, or belongs to another tenant.

    """
    query = _own(select(Invoice).where(Invoice.number == number), actor, Invoice.customer_id)
    found: Invoice | None = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def charges_page(
    actor: Actor,
    *,
    kind: str = "",
    is_open: bool | None = None,
    after: str = "",
    before: str = "",
    size: int = PAGE,
) -> Page:
    """Return one page of the lines the actor may see, the newest first."""
    query: Any = (
        select(Charge, Contract, Customer.name, Customer.code, Service.reference, Invoice.number)
        .join(Contract, Contract.id == Charge.contract_id)
        .join(Customer, Customer.id == Charge.customer_id)
        .join(Service, Service.id == Charge.service_id)
        .outerjoin(Invoice, Invoice.id == Charge.invoice_id)
    )
    query = _own(query, actor, Charge.customer_id)
    if kind:
        query = query.where(Charge.kind == kind)
    if is_open is not None:
        query = query.where(Charge.invoice_id.is_(None) == is_open)
    page = keyset(query, CHARGES, after=after, before=before, size=size)
    return Page([ChargeRow(*row) for row in page.rows], page.after, page.before)


def months_invoiced() -> list[str]:
    """Return the months that have invoices, the newest first."""
    return list(db.session.scalars(select(Invoice.month).distinct().order_by(Invoice.month.desc())))


def open_sums(today: date) -> dict[PaymentState, tuple[int, Any]]:
    """Return how many invoices are to be paid and unpaid past their term, and how much."""
    is_late = Invoice.payable_by < today
    rows = db.session.execute(
        select(is_late, func.count(), func.sum(Invoice.total))
        .where(Invoice.settled_on.is_(None))
        .group_by(is_late)
    )
    return {PaymentState.UNPAID if row[0] else PaymentState.DUE: (row[1], row[2]) for row in rows}


def customer_for(customer_id: int) -> Customer:
    """Return a customer of the provider.

    Raises:
        NotFoundError: there is none.

    """
    found = db.session.scalars(
        select(Customer).where(Customer.id == customer_id, ~Customer.is_provider)
    ).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def details_of(customer_id: int) -> BillingDetails | None:
    """Return to whom a customer's invoices are made out."""
    query = select(BillingDetails).where(BillingDetails.customer_id == customer_id)
    return db.session.scalars(query).one_or_none()


def service_for(service_id: int) -> tuple[Service, Customer]:
    """Return a service and its customer.

    Raises:
        NotFoundError: there is none.

    """
    row = db.session.execute(
        select(Service, Customer)
        .join(Customer, Customer.id == Service.customer_id)
        .where(Service.id == service_id)
    ).one_or_none()
    if row is None:
        raise NotFoundError
    return row[0], row[1]


def services_of(customer_id: int) -> list[Service]:
    """Return the services of a customer, oldest first."""
    query = select(Service).where(Service.customer_id == customer_id).order_by(Service.id)
    return list(db.session.scalars(query))


def invoice_numbers(charge_ids: list[int]) -> dict[int, str]:
    """Return the invoice each charge stands on, by the charge's id."""
    rows = db.session.execute(
        select(Charge.id, Invoice.number)
        .join(Invoice, Invoice.id == Charge.invoice_id)
        .where(Charge.id.in_(charge_ids))
    )
    return dict(rows.all())


def _own(query: Any, actor: Actor, owner: Any) -> Any:  # noqa: ANN401 (a query, a column)
    return query if actor.is_staff else query.where(owner == actor.customer_id)


def _narrowed(query: Any, wanted: Wanted, today: date) -> Any:  # noqa: ANN401 (a query)
    is_open = Invoice.settled_on.is_(None)
    states = {
        PaymentState.PAID.value: (~is_open, Invoice.kind == InvoiceKind.INVOICE),
        PaymentState.DUE.value: (is_open, Invoice.payable_by >= today),
        PaymentState.UNPAID.value: (is_open, Invoice.payable_by < today),
    }
    query = query.where(*states.get(wanted.state, ()))
    if wanted.kind:
        query = query.where(Invoice.kind == wanted.kind)
    if wanted.month:
        query = query.where(Invoice.month == wanted.month)
    if wanted.customer_id:
        query = query.where(Invoice.customer_id == wanted.customer_id)
    if wanted.q:
        named = or_(
            Invoice.number.istartswith(wanted.q, autoescape=True),
            Service.reference.istartswith(wanted.q, autoescape=True),
            Customer.code.istartswith(wanted.q, autoescape=True),
            Customer.name.icontains(wanted.q, autoescape=True),
        )
        query = query.where(named)
    return query
