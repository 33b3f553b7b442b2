"""The pages of billing: what finance does with a month, and what a customer sees of it."""

import io
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from ops_portal.billing.models import BillingDetails, Charge, Invoice
from ops_portal.billing.payment_models import PaymentEvent
from ops_portal.billing.run_models import InvoiceRun
from ops_portal.contracts.models import Contract
from ops_portal.core import outbox
from ops_portal.core.db import db
from ops_portal.core.outbox import OutboxJob
from tests.billing.month import (
    DETAILS,
    JUNE,
    SECOND_OF_JULY,
    SECOND_OF_JUNE,
    closed,
    give_accounts,
    give_details,
    service_of,
    training,
)
from tests.factories import make_world, sign_in
from tests.portal import acting

MODULES = ("views", "blueprint", "invoice_views", "payment_views", "jobs")


@pytest.fixture
def world(app, client, monkeypatch):
    for module in MODULES:
        name = "read_clock" if module == "jobs" else "now"
        monkeypatch.setattr(f"ops_portal.billing.{module}.{name}", lambda: SECOND_OF_JUNE)
    with acting(app):
        found = make_world()
        give_details(found, found.home)
        give_accounts(found.home, number=3)
    sign_in(client, found.clerk)
    return found


def hidden(page):
    return {
        name: re.search(rf'name="{name}" value="([^"]*)"', page.text)[1]
        for name in ("csrf_token", "_once")
    }


def post(client, path, seen="/billing/payments", **data):
    page = client.get(seen)
    return client.post(path, data=data | hidden(page))


def run_jobs(app):
    """Do what waits for the worker."""
    with acting(app) as session:
        ids = list(session.scalars(select(OutboxJob.id).where(OutboxJob.state == "waiting")))
    with app.app_context():
        for job_id in ids:
            outbox.run(job_id, SECOND_OF_JUNE)


def test_finance_finds_the_month_to_close_and_what_it_comes_to(client, world):
    home = client.get("/billing")
    assert "Preview May 2026" in home.text
    assert "invented seller" in home.text
    page = client.get("/billing/months/2026-05").text
    assert "1 service waits" in page
    assert "€180.29" in page
    assert "Close May 2026" in page


def test_the_preview_writes_nothing(app, client, world):
    for path in ("", "/services/1", "?show=waiting", "?export=csv"):
        assert client.get(f"/billing/months/2026-05{path}").status_code == 200
    with acting(app) as session:
        for table in (Charge, Invoice, InvoiceRun):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_each_amount_of_a_preview_opens_its_calculation_bil_4(app, client, world):
    with acting(app):
        service_id = service_of(world.home).id
        training(world, world.home)
    page = client.get(f"/billing/months/2026-05/services/{service_id}").text
    assert "Customer IDs, Advanced" in page
    assert "× 31 ÷ 31" in page
    assert "BIL-2 · BIL-3 · BIL-4 · ORD-4" in page
    assert "Custom training, half a day" in page


@pytest.mark.parametrize("month", ["2026-07", "2024-12", "2026-13", "x"])
def test_a_month_out_of_reach_is_not_found(client, world, month):
    assert client.get(f"/billing/months/{month}").status_code == 404


def test_a_month_is_closed_in_the_background_once(app, client, world):
    page = client.get("/billing/months/2026-05")
    keys = hidden(page)
    for _click in range(2):
        answer = client.post("/billing/months/2026-05/close", data=keys)
        assert answer.location == "/billing/months/2026-05"
    assert "Waiting to begin" in client.get("/billing/months/2026-05").text
    run_jobs(app)
    result = client.get("/billing/months/2026-05").text
    assert "Closed, some customers wait" in result
    assert "no details for invoices yet" in result
    assert "2026-000001" in result
    with acting(app) as session:
        assert session.scalar(select(func.count()).select_from(Invoice)) == 1


def test_details_are_completed_and_the_month_is_resumed(app, client, world):
    with acting(app):
        closed(world)
    address = f"/billing/customers/{world.foreign.customer_id}"
    wrong = post(
        client, address, address, **(DETAILS | {"enterprise_number": "0100000161", "version": "0"})
    )
    assert wrong.status_code == 422
    assert "the last two check the others" in wrong.text
    assert 'value="0100000161"' in wrong.text
    assert post(client, address, address, version="0", **DETAILS).status_code == 303
    post(client, "/billing/months/2026-05/resume")
    run_jobs(app)
    assert "met" in client.get("/billing/months/2026-05").text
    with acting(app) as session:
        assert session.scalar(select(InvoiceRun.state)) == "done"


def test_details_somebody_else_saved_meanwhile_are_not_overwritten(app, client, world):
    address = f"/billing/customers/{world.home.customer_id}"
    stale = post(client, address, address, version="0", **DETAILS)
    assert stale.status_code == 409
    assert "Somebody else saved these details" in stale.text
    with acting(app) as session:
        assert session.scalars(select(BillingDetails.version)).one() == 1


def test_finance_reads_an_invoice_and_takes_its_files(app, client, world):
    with acting(app):
        closed(world)
    page = client.get("/billing/invoices/2026-000001")
    assert "Access Owner, Advanced" in page.text
    assert "€180.29" in page.text
    pdf, ubl = (client.get(f"/billing/invoices/2026-000001.{kind}") for kind in ("pdf", "xml"))
    assert pdf.data.startswith(b"%PDF")
    assert b"urn:fdc:peppol.eu:2017:poacc:billing:01:1.0" in ubl.data
    assert ubl.headers["Content-Disposition"] == "attachment; filename=2026-000001.xml"
    assert client.get("/billing/invoices/2026-000009").status_code == 404


def test_the_ledger_has_every_line_of_the_month(app, client, world):
    with acting(app):
        training(world, world.home)
        closed(world)
    lines = client.get("/billing/months/2026-05/ledger.csv").text.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("\ufeffinvoice,kind,issued_on,due_on,customer,buyer,")
    assert lines[3].startswith("2026-000001,invoice,2026-06-02,2026-07-02,T-")
    assert lines[3].endswith(",850.00,21.00,EUR,999.00,209.79,1208.79,260/0000/00170")


@pytest.mark.parametrize("query", ["", "?state=due", "?q=2026", "?order=due", "?export=csv"])
def test_the_lists_are_narrowed_ordered_and_exported(app, client, world, query):
    with acting(app):
        closed(world)
    assert "2026-000001" in client.get(f"/billing/invoices{query}").text
    assert client.get(f"/billing/charges{query}").status_code == 200


def test_a_list_is_narrowed_to_what_is_unpaid(app, client, world):
    with acting(app):
        closed(world)
    assert "2026-000001" not in client.get("/billing/invoices?state=unpaid").text
    assert "2026-000001" not in client.get("/billing/invoices?q=nobody").text


def test_a_payment_is_written_down_on_the_page(app, client, world):
    with acting(app):
        closed(world)
    address = "/billing/invoices/2026-000001"
    early = post(client, f"{address}/payment", state="unpaid", day="2026-06-02", due="")
    assert early.status_code == 422
    assert "until then it is due" in early.text
    assert post(client, f"{address}/payment", state="paid", day="2026-06-02").status_code == 303
    assert "Paid" in client.get(address).text
    with acting(app) as session:
        assert session.scalars(select(PaymentEvent.source)).one() == "page"


def test_a_file_of_payments_is_shown_before_it_is_applied(app, client, world):
    with acting(app):
        closed(world)
    content = b"invoice;state;day\n2026-000001;paid;2026-06-02\n"
    sent = _send(client, content)
    assert sent.status_code == 303
    page = client.get(sent.location)
    assert "1 invoice changes" in page.text
    assert "changes the invoice" in page.text
    applied = client.post(f"{sent.location}/apply", data=hidden(page))
    assert applied.status_code == 303
    assert "Applied: 1 invoices changed." in client.get(applied.location).text


def test_a_file_with_a_wrong_line_cannot_be_applied(app, client, world):
    sent = _send(client, b"invoice;state\nX;paid\n;lost\n")
    page = client.get(sent.location)
    assert "2 lines are wrong" in page.text
    assert "name its customer and its due date" in page.text
    assert "/apply" not in page.text
    discarded = client.post(f"{sent.location}/discard", data=hidden(page))
    assert discarded.status_code == 303
    assert "Discarded" in client.get("/billing/payments").text


def _send(client, content, name="bank.csv"):
    data = hidden(client.get("/billing/payments")) | {"file": (io.BytesIO(content), name)}
    return client.post("/billing/payments", data=data, content_type="multipart/form-data")


def test_a_file_that_is_none_says_why(client, world):
    assert "missing: invoice, state" in _send(client, b"a;b\n1;2\n").text
    assert _send(client, b"").status_code == 422


def test_bil_1_a_fee_is_added_by_hand(app, client, world):
    with acting(app):
        address = f"/billing/services/{service_of(world.home).id}/fee"
    refused = post(client, address, address, fee="", on="2026-05-05", quantity="1", unit="C62")
    assert refused.status_code == 422
    done = post(
        client,
        address,
        address,
        fee="consultancy_hour",
        on="2026-05-05",
        quantity="2.5",
        unit="HUR",
    )
    assert done.status_code == 303
    assert "€362.50" in client.get(done.location).text


def test_ord_4_a_fee_before_every_contract_is_refused(app, client, world):
    with acting(app):
        address = f"/billing/services/{service_of(world.home).id}/fee"
    early = post(
        client, address, address, fee="consultancy_hour", on="2020-05-05", quantity="1", unit="HUR"
    )
    assert early.status_code == 422
    assert "No contract of this service was in force on that day." in early.text


def test_an_account_manager_reads_and_changes_nothing(app, client, world):
    sign_in(client, world.manager)
    page = client.get("/billing/months/2026-05").text
    assert "/close" not in page
    address = f"/billing/customers/{world.home.customer_id}"
    assert "form-control" not in client.get(address).text.split("<main")[1]
    assert post(client, address, "/billing", version="1", **DETAILS).status_code == 403
    assert post(client, "/billing/months/2026-05/close", "/billing").status_code == 403


def test_a_customer_sees_only_its_own_invoices_each_line_explained(app, client, world):
    with acting(app):
        give_details(world, world.foreign)
        closed(world)
        own, other = (app_invoice(tenant.customer_id) for tenant in (world.home, world.foreign))
    sign_in(client, world.representative)
    listed = client.get("/care/invoices").text
    assert own in listed
    assert other not in listed
    page = client.get(f"/care/invoices/{own}").text
    assert "× 31 ÷ 31" in page
    assert "BIL-3" in page
    for ending in ("", ".pdf", ".xml"):
        assert client.get(f"/care/invoices/{own}{ending}").status_code == 200
        assert client.get(f"/care/invoices/{other}{ending}").status_code == 404


def app_invoice(customer_id):
    return db.session.scalars(select(Invoice.number).filter_by(customer_id=customer_id)).one()


def test_a_correction_is_proposed_in_the_preview_of_the_next_month(app, client, world, monkeypatch):
    with acting(app) as session:
        give_details(world, world.foreign)
        closed(world)
        session.get_one(Contract, world.home.contract_id).ended_at = datetime(
            2026, 5, 20, 22, tzinfo=UTC
        )
        service_id = service_of(world.home).id
    for module in MODULES[:-1]:
        monkeypatch.setattr(f"ops_portal.billing.{module}.now", lambda: SECOND_OF_JULY)
    page = client.get(f"/billing/months/{JUNE}").text
    assert "1 invoice puts closed months right" in page
    assert "−€52.87" in page
    lines = client.get(f"/billing/months/{JUNE}/services/{service_id}").text
    assert "Taken back: Access Owner, Advanced" in lines
    assert "Put right: Access Owner, Advanced" in lines
    assert "Takes back a line of invoice 2026-000001." in lines
