"""What the law asks to keep stays, with as little else as possible (CON-4, GDP-1)."""

import io
import zipfile

import pytest
from sqlalchemy import func, select, text

from ops_portal.billing.models import Charge, Invoice
from ops_portal.contracts.models import Contract, Service
from ops_portal.core.db import db
from ops_portal.core.tenancy import Scope, scoped
from ops_portal.orders.models import Order
from ops_portal.records.erasing import erase
from ops_portal.records.models import DeletionCertificate
from ops_portal.records.plan import lines_of
from ops_portal.tickets.models import Ticket
from tests.billing.month import invoiced
from tests.portal import acting
from tests.records.ending import (
    DAY,
    archive_of,
    due,
    ended_world,
    exported,
    now,
    superuser,
    work_of,
)


@pytest.fixture
def world(app):
    return ended_world(app)


@pytest.fixture
def billed(app, world):
    """Give the ended customer an invoice, and its Access Owner a name."""
    with acting(app):
        db.session.get_one(Contract, world.home.contract_id).ended_at = None
    with acting(app):
        invoiced(world, world.home)
        contract = db.session.get_one(Contract, world.home.contract_id)
        contract.ended_at = now() - DAY
        db.session.get_one(Service, contract.service_id).access_owner_name = "Somebody"
        year = (
            db.session.scalars(
                select(Invoice.issued_on).filter_by(customer_id=world.home.customer_id)
            )
            .one()
            .year
        )
    with superuser(app) as connection:
        connection.execute(
            text("DELETE FROM charges WHERE customer_id = :id AND invoice_id IS NULL"),
            {"id": world.home.customer_id},
        )
    return year


def number(model, customer_id):
    query = select(func.count()).select_from(model).where(model.customer_id == customer_id)
    return db.session.execute(query).scalar_one()


def test_an_invoice_stays_with_the_contract_it_rests_on_and_no_person(app, world, billed):
    """CON-4: kept under accounting law until ten years after; the rest is deleted or emptied."""
    customer_id = world.home.customer_id
    deletion_id = due(app, world)
    with acting(app):
        lines = {line.table.name: line for line in lines_of(customer_id)}
        assert (lines["contracts"].deleted, lines["contracts"].kept) == (0, 1)
        assert lines["invoices"].until.isoformat() == f"{billed + 10}-12-31"
    with app.app_context(), scoped(Scope.system("tests"), db.session):
        erase(deletion_id, work_of(app))
    with acting(app):
        assert number(Invoice, customer_id) == 1
        assert number(Charge, customer_id) >= 1
        assert number(Contract, customer_id) == 1
        assert (number(Ticket, customer_id), number(Order, customer_id)) == (0, 0)
        service = db.session.scalars(select(Service).filter_by(customer_id=customer_id)).one()
        assert service.access_owner_name == ""
        document = db.session.scalars(select(DeletionCertificate)).one().document
        assert document["kept"]["invoices"]["kept"] == 1
        assert document["kept"]["contracts"]["ground"] == "accounting"
        assert document["deleted"]["services"] == {"rows": 0, "emptied": 1}


def test_the_export_holds_each_invoice_as_pdf_and_ubl(app, world, billed):
    """INV-11: what the customer sees can be exported, the invoices as documents too."""
    export_id = exported(app, world)
    with zipfile.ZipFile(io.BytesIO(archive_of(app, export_id))) as archive:
        found = {name: archive.read(name) for name in archive.namelist() if "invoices/" in name}
    assert sorted(name.rpartition(".")[2] for name in found) == ["pdf", "xml"]
    for name, content in found.items():
        assert content.startswith(b"%PDF" if name.endswith(".pdf") else b"<?xml")
