"""Reading monthly runs: which months there are, how far one is, what it came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import func, select, true

from ops_portal.accounts.models import Customer
from ops_portal.billing.models import Invoice, InvoiceKind
from ops_portal.billing.months import Month, local_day
from ops_portal.billing.run_models import EntryState, InvoiceRun, RunEntry
from ops_portal.contracts.models import Contract, Service, ServiceDescription
from ops_portal.contracts.queries import described
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError
from ops_portal.core.paging import PAGE, Order, Page, keyset, whole

NOTHING = Decimal(0)
ENTRIES = Order((RunEntry.id,), parsers=(whole,))


@dataclass(frozen=True, slots=True)
class Sums:
    """What the invoices of a month come to."""

    invoices: int = 0
    credit_notes: int = 0
    net: Decimal = NOTHING
    vat: Decimal = NOTHING
    total: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class EntryRow:
    """What a run did with a service, with the names a row shows."""

    entry: RunEntry
    service: str
    customer: str
    code: str
    number: str | None


def run_of(month: Month) -> InvoiceRun | None:
    """Return the run of a month, if it was begun."""
    return db.session.scalars(select(InvoiceRun).filter_by(month=str(month))).one_or_none()


def lock_run(run_id: int) -> InvoiceRun:
    """Return a run for changing it; others wait until this transaction ends.

    Raises:
        NotFoundError: it does not exist.

    """
    run = db.session.scalars(
        select(InvoiceRun)
        .where(InvoiceRun.id == run_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if run is None:
        raise NotFoundError
    return run


def runs() -> Sequence[InvoiceRun]:
    """Return all runs, the newest month first; twelve a year."""
    return db.session.scalars(select(InvoiceRun).order_by(InvoiceRun.month.desc())).all()


def provider_id() -> int:
    """Return the organisation that invoices."""
    return db.session.scalars(select(Customer.id).where(Customer.is_provider)).one()


def sums_of_month(month: str) -> Sums:
    """Return what the invoices of one month come to."""
    return sums_by_month(month).get(month, Sums())


def sums_by_month(month: str = "") -> dict[str, Sums]:
    """Return what the invoices of each month come to, or of one."""
    is_credit = Invoice.kind == InvoiceKind.CREDIT_NOTE
    rows = db.session.execute(
        select(
            Invoice.month,
            func.count().filter(~is_credit),
            func.count().filter(is_credit),
            func.sum(Invoice.net),
            func.sum(Invoice.vat),
            func.sum(Invoice.total),
        )
        .where(Invoice.month == month if month else true())
        .group_by(Invoice.month)
    )
    return {row[0]: Sums(*row[1:]) for row in rows}


def waiting_of(run_id: int) -> int:
    """Return how many services of a run wait for details of their customer."""
    query = select(func.count()).select_from(RunEntry)
    return db.session.execute(
        query.where(RunEntry.run_id == run_id, RunEntry.state == EntryState.WAITING)
    ).scalar_one()


def entries_page(
    run_id: int, *, state: str = "", after: str = "", before: str = "", size: int = PAGE
) -> Page:
    """Return one page of what a run did, in the order it was done."""
    query = (
        select(RunEntry, Service.reference, Customer.name, Customer.code, Invoice.number)
        .join(Service, Service.id == RunEntry.service_id)
        .join(Customer, Customer.id == RunEntry.customer_id)
        .outerjoin(Invoice, Invoice.id == RunEntry.invoice_id)
        .where(RunEntry.run_id == run_id)
    )
    if state:
        query = query.where(RunEntry.state == state)
    page = keyset(query, ENTRIES, after=after, before=before, size=size)
    return Page([EntryRow(*row) for row in page.rows], page.after, page.before)


def next_month(now: datetime) -> Month | None:
    """Return the month to close next: after the last one closed, else the first with a fee.

    Without any run yet it is the month before this one, or the month of the first activation when
    that is later; the clerk may begin with an earlier one.
    """
    last = db.session.scalar(select(func.max(InvoiceRun.month)))
    if last is not None:
        found = Month.read(last)
        return found.next if found else None
    first = first_activation()
    return max(Month.of(today(now)).plus(-1), first) if first else None


def first_activation() -> Month | None:
    """Return the month of the first activation of all."""
    first = db.session.scalar(select(func.min(Service.activated_at)))
    return Month.of(first.date()) if first else None


def is_over(month: Month, now: datetime) -> bool:
    """Whether a month has ended in the zone of every service that is sold (BIL-2: in arrears)."""
    return today(now) > month.last


def today(now: datetime) -> date:
    """Return the local day; with several zones the one that is latest to begin it."""
    ids = db.session.scalars(select(Contract.description_id).distinct()).all()
    ids = ids or db.session.scalars(select(ServiceDescription.id)).all()
    return min((local_day(now, described(one).zone) for one in ids), default=now.date())


def service_ids_after(service_id: int, size: int) -> list[int]:
    """Return the next services of all by id; those without any contract are left out."""
    has_contract = select(Contract.id).where(Contract.service_id == Service.id).exists()
    query = select(Service.id).where(Service.id > service_id, has_contract)
    return list(db.session.scalars(query.order_by(Service.id).limit(size)))


def waiting_ids_after(run_id: int, service_id: int, size: int) -> list[int]:
    """Return the next services that wait in a run, by id."""
    query = select(RunEntry.service_id).where(
        RunEntry.run_id == run_id,
        RunEntry.service_id > service_id,
        RunEntry.state == EntryState.WAITING,
    )
    return list(db.session.scalars(query.order_by(RunEntry.service_id).limit(size)))


def number_of_services() -> int:
    """Return how many services a run looks at."""
    query = select(func.count(func.distinct(Contract.service_id)))
    return db.session.execute(query).scalar_one()
