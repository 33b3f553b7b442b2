"""Every page of the portal, opened by somebody who may, with the demonstration's data in it.

A new page is looked at as soon as it has a route; one with places in its address names their values
in EXAMPLES, or the test says so.
"""

from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import func, select

from ops_portal.accounts.models import Customer, Membership
from ops_portal.app import create_app
from ops_portal.billing.models import Invoice
from ops_portal.billing.months import Month
from ops_portal.billing.payment_models import PaymentImport
from ops_portal.contracts.models import Contract
from ops_portal.core.config import Config
from ops_portal.core.db import db
from ops_portal.core.outbox import OutboxJob
from ops_portal.core.permissions import ROLE_PERMISSIONS, Role
from ops_portal.imports.models import ImportRun
from ops_portal.maintenance.models import PlannedWork
from ops_portal.orders.models import Order
from ops_portal.tickets.models import OPEN_STATES, Ticket
from ops_portal.tickets.recomputing import Recomputation
from ops_portal.web.public import PUBLIC
from tests.browser.looking import look
from tests.portal import acting

pytestmark = pytest.mark.browser

STAFF = {
    Role.AGENT: "ines@desk.example",
    Role.OPERATOR: "olivier@desk.example",
    Role.ACCOUNT_MANAGER: "sofie@desk.example",
    Role.FINANCE_CLERK: "felix@desk.example",
}
CUSTOMERS = {
    Role.REPRESENTATIVE: "claire@tilleuls.example",
    Role.ACCESS_OWNER: "hugo@tilleuls.example",
}
NOT_PAGES = ("static", "bootstrap.", "assets.", "api")
FOR_MACHINES = {"home.healthz", "home.readyz", "home.metrics", "imports.mapping"}
LEADS_ON = {
    "home.index",
    "contracts.own",
    "tickets.open_view",
    "care.back_to_ticket",
    "tickets.back_to_ticket",
}
BY_LETTER = {"accounts.accept_invitation", "accounts.reset_password"}
"""Pages behind a secret of a mail; tests/browser/test_letters.py opens them."""
OF_IMPORTS = {"imports.run", "imports.findings", "imports.results", "imports.mapping"}
"""They need an import: tests/browser/test_imports.py makes one; the last is a file."""
OF_BILLING = {
    "billing.invoice_pdf",
    "billing.invoice_ubl",
    "billing.ledger",
    "care.invoice_pdf",
    "care.invoice_ubl",
}
FILES = (
    OF_BILLING
    | {"orders.form", "orders.signed", "orders.own_form"}
    | {
        "contracts.service_letter",
        "contracts.own_letter",
    }
)
OF_DELETIONS = {"records.certificate", "records.certificate_file"}
"""They need a deletion that was done, and two weeks: tests/records/test_pages.py makes one."""
LEFT_OUT = FILES | FOR_MACHINES | LEADS_ON | BY_LETTER | OF_IMPORTS | OF_DELETIONS


@cache
def portal():
    """Assemble a portal only to ask it for its routes."""
    key = "only-for-the-routes-0123456789-abcdef"
    return create_app(Config("postgresql+psycopg://", "redis://", key, key, Path("data")))


def visits():
    """Return (endpoint, address of the person) for each page and each side that may open it."""
    found = []
    for rule in portal().url_map.iter_rules():
        name = rule.endpoint
        if "GET" not in (rule.methods or ()) or name.startswith(NOT_PAGES) or name in LEFT_OUT:
            continue
        if name in PUBLIC:
            found.append((name, ""))
            continue
        named = set(getattr(portal().view_functions[name], "permissions", ()))
        for side in (STAFF, CUSTOMERS):
            able = [email for role, email in side.items() if named & ROLE_PERMISSIONS[role]]
            found += [(name, email) for email in able[:1]]
    return sorted(set(found))


def examples(person) -> dict[str, object]:
    """Return values for the places of addresses, from the demonstration."""
    customer = db.session.scalars(select(Customer).where(Customer.code == "K-20417")).one()
    own = person.customer_id if person else customer.id
    tickets = select(Ticket.reference).where(
        Ticket.customer_id == customer.id, Ticket.state.in_(OPEN_STATES)
    )

    def member_of(customer_id):
        return db.session.scalars(
            select(Membership.user_id).filter_by(customer_id=customer_id)
        ).first()

    def newest(table):
        return db.session.scalar(select(func.max(table.id)))

    return {
        "work_id": newest(PlannedWork),
        "job_id": newest(OutboxJob),
        "import_id": newest(ImportRun),
        "run_id": newest(Recomputation),
        "reference": db.session.scalars(tickets.order_by(Ticket.priority, Ticket.id)).first(),
        "customer_id": customer.id,
        "ended_id": db.session.scalar(select(Customer.id).where(Customer.code == "K-18220")),
        "service_id": db.session.scalar(
            select(func.min(Contract.service_id)).where(Contract.customer_id == customer.id)
        ),
        "description_id": db.session.scalar(
            select(func.min(Contract.description_id)).where(Contract.customer_id == customer.id)
        ),
        "order_reference": db.session.scalar(
            select(func.max(Order.reference)).where(Order.customer_id == customer.id)
        ),
        "invoice_number": db.session.scalar(
            select(func.max(Invoice.number)).where(Invoice.customer_id == customer.id)
        ),
        "month": db.session.scalar(select(func.max(Invoice.month))),
        "payment_import_id": newest(PaymentImport),
        "user_id": member_of(own),
        "contact_id": member_of(customer.id),
    }


def address_of(app, endpoint, person):
    rule = next(r for r in app.url_map.iter_rules(endpoint) if "GET" in (r.methods or ()))
    with acting(app):
        known = examples(person)
    if rule.rule.startswith("/customers/"):
        known["user_id"] = known["contact_id"]
    if rule.rule.startswith("/imports/"):
        known["run_id"] = known["import_id"]
    if endpoint == "billing.preview_service":
        known["month"] = Month.read(str(known["month"])).next
    if rule.rule.startswith("/deletions/"):
        known["customer_id"] = known["ended_id"]
    missing = rule.arguments - known.keys()
    assert not missing, f"name values for {missing} of {rule.rule} in examples()"
    values = {name: known[name] for name in rule.arguments}
    return app.url_map.bind("").build(endpoint, values)


@pytest.mark.parametrize(("endpoint", "email"), visits())
def test_page(endpoint, email, app, page, live_url, persona, enter):
    person = persona(email) if email else None
    if person:
        enter(person)
    address = f"{live_url}{address_of(app, endpoint, person)}"
    answer = page.goto(address)
    assert answer is not None
    assert page.url.partition("?")[0] == address, "the page leads somewhere else"
    assert answer.status == 200, page.locator("body").inner_text()
    look(page, f"{endpoint.replace('.', '-')}-{email.partition('@')[0] or 'anybody'}")
