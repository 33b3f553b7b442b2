"""Months of the tests: customers with details and accounts, and runs that close them."""

from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import select

from ops_portal.accounts.models import Customer
from ops_portal.billing.charge_operations import OneOffFee, add_one_off
from ops_portal.billing.closing import close
from ops_portal.billing.models import Charge, Invoice
from ops_portal.billing.months import Month
from ops_portal.billing.operations import resume_closing, save_details, start_closing
from ops_portal.billing.run_models import InvoiceRun
from ops_portal.contracts.life import ServiceAccount
from ops_portal.contracts.models import Contract, Service
from ops_portal.core.db import db
from ops_portal.core.seller import Seller
from tests.factories import Tenant, World
from tests.portal import acting

APRIL, MAY, JUNE = Month(2026, 4), Month(2026, 5), Month(2026, 6)
SECOND_OF_JUNE = datetime(2026, 6, 2, 8, 0, tzinfo=UTC)
SECOND_OF_JULY = datetime(2026, 7, 2, 8, 0, tzinfo=UTC)
SELLER = Seller().snapshot()
DETAILS = {
    "legal_name": "Home SA",
    "street": "Rue Haute 2",
    "postal_code": "1000",
    "city": "Bruxelles",
    "country": "BE",
    "vat_number": "BE0100000169",
    "enterprise_number": "0100000169",
    "endpoint": "",
    "buyer_reference": "",
    "email": "invoices@home.example",
}


def service_of(tenant: Tenant) -> Service:
    contract = db.session.get_one(Contract, tenant.contract_id)
    return db.session.get_one(Service, contract.service_id)


def give_details(world: World, *tenants: Tenant, now=SECOND_OF_JUNE, **changes):
    """Give customers the details their invoices need."""
    for tenant in tenants or (world.home, world.foreign):
        customer = db.session.get_one(Customer, tenant.customer_id)
        values = DETAILS | {"legal_name": customer.name} | changes
        save_details(world.clerk.actor, customer, values, based_on=0, now=now)


def give_accounts(tenant: Tenant, *days, number=1):
    """Give a service customer accounts, each from a day (to a day, excluded)."""
    service = service_of(tenant)
    known = len(db.session.scalars(select(ServiceAccount.id)).all())
    for place, span in enumerate(days or (("2025-01-01", None),) * number, start=known):
        first, after = span
        db.session.add(
            ServiceAccount(
                customer_id=tenant.customer_id,
                service_id=service.id,
                number=f"A{place}",
                added_on=date.fromisoformat(first),
                removed_on=date.fromisoformat(after) if after else None,
            )
        )
    db.session.flush()


def closed(world: World, month: Month = MAY, *, now=SECOND_OF_JUNE, watch=None) -> InvoiceRun:
    """Close a month to its end, as the job does; the open scope must be the system's."""
    run = start_closing(world.clerk.actor, month, now=now)
    db.session.commit()
    close(run.id, run.attempt, SELLER, clock=lambda: now, watch=watch)
    return db.session.get_one(InvoiceRun, run.id)


def resumed(world: World, month: Month = MAY, *, now=SECOND_OF_JUNE, watch=None) -> InvoiceRun:
    """Take a run up and do it to its end."""
    run = resume_closing(world.clerk.actor, month, now=now)
    db.session.commit()
    close(run.id, run.attempt, SELLER, clock=lambda: now, watch=watch)
    return db.session.get_one(InvoiceRun, run.id)


def training(world: World, tenant: Tenant, *, on=date(2026, 5, 12), source="training:1", **changes):
    fee = OneOffFee(source=source, on=on, **({"fee": "custom_training"} | changes))
    return add_one_off(world.clerk.actor, service_of(tenant), fee, now=SECOND_OF_JUNE)


def lines_of_invoice(invoice: Invoice) -> list[tuple[str, str, str, str]]:
    """Return kind, item, quantity and amount of an invoice's lines, in order."""
    rows = db.session.scalars(
        select(Charge).filter_by(invoice_id=invoice.id).order_by(Charge.position)
    )
    return [(c.kind, c.item, f"{float(c.quantity):g}", str(c.amount)) for c in rows]


def everything(app):
    """Return all numbers, sums and lines there are, to see that nothing differs."""
    with acting(app) as session:
        invoices = [
            (i.service_id, i.month, i.number, i.kind, i.net, i.vat, i.total, i.payment_reference)
            for i in session.scalars(select(Invoice).order_by(Invoice.number))
        ]
        charges = [
            (c.source, c.amount, c.quantity, c.position)
            for c in session.scalars(select(Charge).order_by(Charge.source))
        ]
    return invoices, charges


def invoiced(world: World, tenant: Tenant, name: str = "", month: str = "2025-01") -> Invoice:
    """Give a customer one invoice, with one line, as a run would leave it."""
    service = service_of(tenant)
    number = f"2025-{service.id:06d}"
    line = training(world, tenant, on=date(2026, 1, 12), source=f"invoiced:{service.id}")
    row = Invoice(
        customer_id=tenant.customer_id,
        service_id=service.id,
        number=number,
        kind="invoice",
        month=month,
        issued_on=date(2026, 2, 2),
        due_on=date(2026, 3, 4),
        payable_by=date(2026, 3, 4),
        period_from=line.period_from,
        period_to=line.period_to,
        currency="EUR",
        net=line.amount,
        vat=Decimal("178.50"),
        total=line.amount + Decimal("178.50"),
        taxes=[["21", str(line.amount), "178.50"]],
        number_of_lines=1,
        payment_reference="+++250/0000/00000+++",
        seller=SELLER,
        buyer=DETAILS
        | {"legal_name": name or "Home SA", "service": service.reference}
        | {"endpoint": "0208:0100000169"},
        corrects=[],
        language="fr",
        created_at=SECOND_OF_JUNE,
    )
    db.session.add(row)
    db.session.flush()
    line.invoice_id, line.position = row.id, 1
    db.session.flush()
    return row
