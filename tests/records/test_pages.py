"""The pages of ended services and of exports: who may, what is said, what is refused."""

import io
import re
import zipfile

import pytest
from sqlalchemy import select

from ops_portal.contracts.life import LifeEvent, ServiceEvent
from ops_portal.core.audit import AuditEntry
from ops_portal.core.db import db
from ops_portal.core.outbox import OutboxJob, run
from ops_portal.core.tenancy import Scope, scoped
from ops_portal.records import certificate_pages, notices
from ops_portal.records.erasing import erase
from ops_portal.records.exporting import expire_exports
from ops_portal.records.models import DataExport, Deletion, DeletionCertificate, ExportState
from ops_portal.web.languages import speaking_to
from tests.accounts.browsing import Browser
from tests.factories import sign_in
from tests.portal import acting
from tests.records.ending import DAY, due, ended_world, exported, now, work_of

EXPORTS = "/care/contract/exports"


@pytest.fixture
def world(app):
    return ended_world(app)


def browser_of(app, person):
    client = app.test_client()
    sign_in(client, person)
    return Browser(client)


def work(app, name):
    """Do what waits in the outbox under a name, as the worker does."""
    with acting(app):
        ids = db.session.scalars(select(OutboxJob.id).filter_by(name=name, state="waiting")).all()
    with app.app_context():
        for job_id in ids:
            run(job_id, now())


def test_two_people_decide_on_the_pages(app, world):
    """CON-4: one requests, another approves, the customer is told."""
    manager, operator = browser_of(app, world.manager), browser_of(app, world.operator)
    assert world.home.code in manager.get("/deletions").text
    address = f"/deletions/{world.home.customer_id}"
    assert (
        manager.send(f"{address}/request", {"reason": "it ended"}, page=address).status_code == 303
    )
    page = manager.get(address).text
    assert "somebody else has to approve" in page
    assert operator.send(f"{address}/approve", {"is_read": "y"}, page=address).status_code == 303
    assert "The waiting period runs" in operator.get(address).text
    work(app, "records.tell_deletion")
    with acting(app):
        told = db.session.scalars(select(OutboxJob.payload).filter_by(name="mail.send")).all()
        assert any("/care/contract/exports" in mail["body"] for mail in told)
    assert (
        operator.send(
            f"{address}/withdraw", {"withdrawal_reason": "back"}, page=address
        ).status_code
        == 303
    )
    assert "back" in operator.get(address).text


def test_an_approval_needs_the_dry_run_to_be_read(app, world):
    manager, operator = browser_of(app, world.manager), browser_of(app, world.operator)
    address = f"/deletions/{world.home.customer_id}"
    manager.send(f"{address}/request", {"reason": "it ended"}, page=address)
    answer = operator.send(f"{address}/approve", {}, page=address)
    assert answer.status_code == 422
    assert "Read the dry run first" in answer.text


def test_the_dry_run_counts_and_names_what_is_kept(app, world):
    page = browser_of(app, world.operator).get(f"/deletions/{world.home.customer_id}").text
    assert re.search(r"Incidents and requests</td>\s*<td[^>]*>1<", page)
    assert "The customer has not downloaded an export yet" in page


def test_a_customer_whose_service_runs_has_no_such_page(app, world):
    address = f"/deletions/{world.foreign.customer_id}"
    assert browser_of(app, world.operator).get(address).status_code == 404


def test_the_customer_exports_and_downloads_everything(app, world):
    """INV-11: asked for, made in the background, downloaded by the customer, recorded."""
    browser = browser_of(app, world.representative)
    assert browser.send("/care/contract/exports", {}).status_code == 303
    assert "Waiting to begin" in browser.get("/care/contract/exports").text
    work(app, "records.export")
    assert "Ready to download" in browser.get("/care/contract/exports").text
    with acting(app):
        export_id = db.session.scalars(select(DataExport.id)).one()
    answer = browser.send(f"/care/contract/exports/{export_id}/download", {}, page=EXPORTS)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert "incidents.csv" in archive.namelist()
        assert b"Before the end" in archive.read("incidents.csv")
        assert any(name.startswith("files/") for name in archive.namelist())
    with acting(app):
        events = db.session.scalars(select(ServiceEvent.kind).filter_by(kind=LifeEvent.EXPORTED))
        assert len(events.all()) == 1
        entries = select(AuditEntry.action).filter_by(customer_id=world.home.customer_id)
        assert "export.download" in db.session.scalars(entries).all()


def test_staff_do_not_get_the_archive(app, world):
    export_id = exported(app, world)
    answer = browser_of(app, world.operator).send(
        f"/care/contract/exports/{export_id}/download", {}, page="/deletions"
    )
    assert answer.status_code == 403


def test_another_customer_does_not_get_the_archive(app, world):
    export_id = exported(app, world)
    answer = browser_of(app, world.stranger).send(
        f"/care/contract/exports/{export_id}/download", {}, page=EXPORTS
    )
    assert answer.status_code == 404


def test_an_archive_is_gone_after_fourteen_days(app, world):
    export_id = exported(app, world)
    with acting(app):
        assert expire_exports(now=now() + 13 * DAY) == 0
        assert expire_exports(now=now() + 15 * DAY) == 1
        assert db.session.get_one(DataExport, export_id).state == ExportState.EXPIRED
    answer = browser_of(app, world.representative).send(
        f"/care/contract/exports/{export_id}/download", {}, page=EXPORTS
    )
    assert answer.status_code == 303


def test_a_waiting_export_is_stopped_at_once(app, world):
    browser = browser_of(app, world.representative)
    browser.send("/care/contract/exports", {})
    with acting(app):
        export_id = db.session.scalars(select(DataExport.id)).one()
    browser.send(f"/care/contract/exports/{export_id}/stop", {}, page=EXPORTS)
    work(app, "records.export")
    with acting(app):
        assert db.session.get_one(DataExport, export_id).state == ExportState.STOPPED


def test_the_certificate_says_who_decided_and_nothing_of_the_customer(app, world):
    """CON-4: what, how many, when, by which rule, by whom, what is kept; as page, PDF and mail."""
    with acting(app):
        names = [world.home.code, world.representative.email, world.representative.actor.name]
    deletion_id = due(app, world)
    with app.app_context(), scoped(Scope.system("tests"), db.session):
        erase(deletion_id, work_of(app))
        found = db.session.scalars(select(DeletionCertificate)).one()
        with speaking_to("fr", "Europe/Brussels"):
            text = certificate_pages.text_of(found)
            assert certificate_pages.pdf_of(found).startswith(b"%PDF-")
        certificate_id = found.id
    page = browser_of(app, world.operator).get(f"/deletions/certificates/{certificate_id}").text
    for said in (text, page):
        assert "CON-4" in said
        assert "Manager" in said
        assert "Operator" in said
        assert not [name for name in names if name in said]
    name = f"/deletions/certificates/{certificate_id}.pdf"
    assert browser_of(app, world.manager).get(name).status_code == 200


def test_the_copy_goes_to_the_last_representative_before_the_address_is_gone(app, world):
    deletion_id, copies = due(app, world), []
    with app.app_context(), scoped(Scope.system("tests"), db.session):
        erase(deletion_id, work_of(app, copies))
    assert copies == [(world.broker.email, f"DEL-{deletion_id:06d}")]


def test_an_address_that_takes_no_mail_does_not_hold_the_deletion_up(app, world):
    def refused(_deletion, _certificate, _at):
        message = "no such mailbox"
        raise OSError(message)

    deletion_id = due(app, world)
    with app.app_context():
        for _ in range(3):
            with (
                pytest.raises(OSError, match="no such mailbox"),
                scoped(Scope.system("tests"), db.session),
            ):
                erase(deletion_id, work_of(app)._replace(send_copy=refused))
        with scoped(Scope.system("tests"), db.session):
            erase(deletion_id, work_of(app)._replace(send_copy=refused))
            deletion = db.session.get_one(Deletion, deletion_id)
            assert deletion.finished_at is not None
            assert deletion.copy_sent_at is None


def test_the_nightly_round_begins_what_is_due(app, world):
    deletion_id = due(app, world)
    with app.app_context(), scoped(Scope.system("tests"), db.session):
        from ops_portal.records.jobs import nightly  # noqa: PLC0415 (registers once)

        nightly(now=now())
        jobs = db.session.scalars(select(OutboxJob.payload).filter_by(name="records.erase")).all()
    assert jobs == [{"deletion_id": deletion_id}]
    assert notices.tell_deletion
