"""Closing a month: each service once, gapless, to the cent, whatever is clicked or killed.

Rules: BIL-1 (one-off fees afterwards), BIL-2 (in arrears, pro rata), ORD-4, CON-3.
"""

import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, make_url, select, text
from sqlalchemy.exc import ProgrammingError

from ops_portal.billing import closing
from ops_portal.billing.closing import close, interrupt
from ops_portal.billing.models import Charge, Invoice, NumberSeries
from ops_portal.billing.operations import start_closing, stop_closing
from ops_portal.billing.run_models import InvoiceRun, RunEntry
from ops_portal.contracts.life import Deactivation, ServiceAccount
from ops_portal.contracts.models import Contract
from ops_portal.core.audit import AuditEntry, verify_chain
from ops_portal.core.db import db
from ops_portal.core.errors import RefusedError
from ops_portal.core.outbox import OutboxJob
from tests.billing.month import (
    APRIL,
    JUNE,
    MAY,
    SECOND_OF_JULY,
    SECOND_OF_JUNE,
    SELLER,
    closed,
    everything,
    give_accounts,
    give_details,
    lines_of_invoice,
    resumed,
    service_of,
    training,
)
from tests.factories import make_world, tenant
from tests.portal import acting
from tests.servers import servers

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def world(app):
    with acting(app):
        found = make_world()
        give_details(found)
        give_accounts(found.home, number=3)
    return found


def invoice_of(session, tenant, month=MAY):
    query = select(Invoice).filter_by(customer_id=tenant.customer_id, month=str(month))
    return session.scalars(query).one()


def test_bil_2_a_service_is_invoiced_for_the_month_that_is_over(app, world):
    with acting(app) as session:
        assert closed(world).state == "done"
        invoice = invoice_of(session, world.home)
        assert lines_of_invoice(invoice) == [
            ("recurring", "access_owner", "1", "95.00"),
            ("recurring", "customer_id", "3", "54.00"),
        ]
        assert (invoice.net, invoice.vat, invoice.total) == (
            Decimal("149.00"),
            Decimal("31.29"),
            Decimal("180.29"),
        )
        assert (invoice.issued_on, invoice.due_on) == (date(2026, 6, 2), date(2026, 7, 2))
        assert (invoice.number, invoice.payment_reference) == (
            "2026-000001",
            "+++260/0000/00170+++",
        )
        assert invoice.buyer["endpoint"] == "0208:0100000169"
        assert invoice.taxes == [["21", "149.00", "31.29"]]


def test_bil_4_a_line_keeps_what_it_was_reckoned_from(app, world):
    with acting(app) as session:
        closed(world)
        line = session.scalars(
            select(Charge).filter_by(item="customer_id", customer_id=world.home.customer_id)
        ).one()
        assert line.calculation["days"] == line.calculation["days_in_month"] == 31
        assert line.calculation["subscription"] == "advanced"
        assert line.calculation["rules"] == ["BIL-2", "BIL-3", "BIL-4", "ORD-4"]
        assert line.source.startswith(f"recurring:{line.service_id}:2026-05:")


def test_a_month_is_closed_once_however_often_it_is_asked_for(app, world):
    with acting(app) as session:
        first = closed(world)
        assert start_closing(world.clerk.actor, MAY, now=SECOND_OF_JUNE).id == first.id
        assert closed(world).id == first.id
        assert session.scalar(select(func.count()).select_from(Invoice)) == 2
        jobs = session.scalars(select(OutboxJob.key).where(OutboxJob.name == "billing.close"))
        assert list(jobs) == [f"billing.close:{first.id}:1"]


@pytest.mark.parametrize(
    ("month", "words"),
    [(JUNE, "is not over yet"), (MAY.plus(-20), "No service was active")],
)
def test_bil_2_a_month_that_is_not_over_or_before_all_is_refused(app, world, month, words):
    with acting(app), pytest.raises(RefusedError, match=words):
        start_closing(world.clerk.actor, month, now=SECOND_OF_JUNE)


def test_months_are_closed_one_after_another(app, world):
    with acting(app):
        run = start_closing(world.clerk.actor, APRIL, now=SECOND_OF_JUNE)
        db.session.commit()
        with pytest.raises(RefusedError, match="Close 2026-04 to its end first"):
            start_closing(world.clerk.actor, MAY, now=SECOND_OF_JUNE)
        close(run.id, 1, SELLER, clock=lambda: SECOND_OF_JUNE)
        with pytest.raises(RefusedError, match="2026-05 comes next"):
            start_closing(world.clerk.actor, APRIL.plus(-1), now=SECOND_OF_JUNE)
        assert closed(world).state == "done"


def test_numbers_have_no_gap_and_every_action_is_audited_cfg_2(app, world):
    with acting(app) as session:
        closed(world, APRIL)
        closed(world)
        numbers = list(session.scalars(select(Invoice.number).order_by(Invoice.number)))
        assert numbers == [f"2026-{n:06d}" for n in range(1, 5)]
        assert session.get_one(NumberSeries, "2026").last == 4
        actions = session.scalars(
            select(AuditEntry.action).where(AuditEntry.object_type == "invoice_run")
        )
        assert list(actions) == ["billing.close", "billing.done"] * 2
        assert list(verify_chain(world.provider_id)) == []


def test_a_customer_without_details_waits_and_the_others_go_on(app, world):
    with acting(app) as session:
        third = tenant("Third")
        run = closed(world)
        entry = session.scalars(select(RunEntry).filter_by(state="waiting")).one()
        assert (run.state, entry.customer_id, entry.missing) == (
            "incomplete",
            third.customer_id,
            ["details"],
        )
        give_details(world, third)
        assert resumed(world).state == "done"
        assert invoice_of(session, third).net == Decimal("95.00")
        with pytest.raises(RefusedError, match="Nothing of this month waits"):
            resumed(world)


def test_a_month_that_waits_is_invoiced_before_the_next_and_never_twice(app, world):
    with acting(app) as session:
        third = tenant("Third")
        closed(world)
        assert closed(world, JUNE, now=SECOND_OF_JULY).state == "incomplete"
        give_details(world, third)
        assert resumed(world, JUNE, now=SECOND_OF_JULY).state == "incomplete"
        waiting = session.scalars(select(RunEntry.missing).filter_by(state="waiting")).all()
        assert ["earlier_month"] in waiting
        assert resumed(world, MAY, now=SECOND_OF_JULY).state == "done"
        assert resumed(world, JUNE, now=SECOND_OF_JULY).state == "done"
        own = select(Charge.source, Charge.amount).filter_by(customer_id=third.customer_id)
        assert [row[1] for row in session.execute(own)] == [Decimal("95.00")] * 2


def test_bil_1_a_one_off_fee_is_a_line_of_the_next_invoice_and_there_once(app, world):
    with acting(app) as session:
        first = training(world, world.home)
        assert training(world, world.home).id == first.id
        training(world, world.home, on=date(2026, 6, 1), source="later")
        closed(world)
        invoice = invoice_of(session, world.home)
        assert lines_of_invoice(invoice)[2:] == [("one_off", "custom_training", "1", "850.00")]
        assert invoice.net == Decimal("999.00")
        assert session.scalars(select(Charge).filter_by(source="later")).one().invoice_id is None


def test_con_3_a_deactivated_service_is_not_charged_meanwhile(app, world):
    off, back = datetime(2026, 5, 10, 22, 30, tzinfo=UTC), datetime(2026, 5, 20, 9, tzinfo=UTC)
    with acting(app) as session:
        session.add(
            Deactivation(
                customer_id=world.foreign.customer_id,
                service_id=service_of(world.foreign).id,
                last_used_at=off,
                deactivated_at=off,  # 11 May in Brussels: charged as the last day
                reactivated_at=back,
            )
        )
        closed(world)
        lines = lines_of_invoice(invoice_of(session, world.foreign))
        assert [line[3] for line in lines] == ["33.71", "36.77"]  # 11 and 12 days of 31


def test_ord_4_the_lines_belong_to_the_contract_of_their_own_date(app, world):
    with acting(app) as session:
        _supersede(world.home, datetime(2026, 5, 20, 22, tzinfo=UTC), "plus")
        closed(world)
        lines = session.execute(
            select(Charge.item, Charge.period_from, Charge.amount, Contract.subscription)
            .join(Contract, Contract.id == Charge.contract_id)
            .where(Charge.customer_id == world.home.customer_id)
            .order_by(Charge.position)
        ).all()
        assert [(row[0], row[1].day, str(row[2]), row[3]) for row in lines] == [
            ("access_owner", 1, "61.29", "advanced"),
            ("access_owner", 21, "15.97", "plus"),
            ("customer_id", 1, "34.84", "advanced"),
            ("customer_id", 21, "13.31", "plus"),
        ]


def _supersede(tenant, at, subscription):
    old = db.session.get_one(Contract, tenant.contract_id)
    old.ended_at = at
    db.session.flush()
    copied = {
        name: getattr(old, name)
        for name in ("customer_id", "service_id", "description_id", "created_at", "active_from")
    }
    db.session.add(
        Contract(reference=f"{old.reference}-2", valid_from=at, subscription=subscription, **copied)
    )
    db.session.flush()


def test_a_late_change_becomes_counter_lines_of_the_next_invoice(app, world):
    with acting(app) as session:
        closed(world)
        accounts = session.scalars(
            select(ServiceAccount).filter_by(customer_id=world.home.customer_id)
        ).all()
        accounts[0].removed_on = date(2026, 5, 11)
        closed(world, JUNE, now=SECOND_OF_JULY)
        invoice = invoice_of(session, world.home, JUNE)
        assert lines_of_invoice(invoice) == [
            ("recurring", "access_owner", "1", "95.00"),
            ("recurring", "customer_id", "2", "36.00"),
            ("correction", "customer_id", "-3", "-54.00"),
            ("correction", "customer_id", "3", "17.42"),
            ("correction", "customer_id", "2", "24.39"),
        ]
        assert invoice.corrects == [["2026-000001", "2026-06-02"]]
        assert (invoice.kind, invoice.period_from) == ("invoice", date(2026, 5, 1))
        entry = session.scalars(select(RunEntry).filter_by(invoice_id=invoice.id)).one()
        assert entry.corrected == Decimal("-12.19")
        july = closed(world, JUNE.next, now=datetime(2026, 8, 3, tzinfo=UTC))
        assert july.state == "done"
        assert len(lines_of_invoice(invoice_of(session, world.home, JUNE.next))) == 2


def test_a_contract_ended_before_the_closed_month_gives_a_credit_note(app, world):
    with acting(app) as session:
        closed(world)
        contract = session.get_one(Contract, world.home.contract_id)
        contract.ended_at = datetime(2026, 4, 30, 22, tzinfo=UTC)
        closed(world, JUNE, now=SECOND_OF_JULY)
        note = invoice_of(session, world.home, JUNE)
        assert (note.kind, note.net, note.total) == (
            "credit_note",
            Decimal("-149.00"),
            Decimal("-180.29"),
        )
        assert note.corrects == [["2026-000001", "2026-06-02"]]
        assert note.settled_on == note.issued_on


def test_a_change_that_is_taken_back_ends_where_it_began(app, world):
    with acting(app) as session:
        closed(world, APRIL)
        contract = session.get_one(Contract, world.home.contract_id)
        contract.ended_at = datetime(2026, 4, 9, 22, tzinfo=UTC)
        closed(world)
        session.get_one(Contract, world.home.contract_id).ended_at = None
        closed(world, JUNE, now=SECOND_OF_JULY)
        total = session.scalar(
            select(func.sum(Charge.amount)).filter_by(customer_id=world.home.customer_id)
        )
        assert total == 3 * Decimal("149.00")


def test_a_closed_invoice_cannot_be_changed_by_the_application(app, world):
    with acting(app) as session:
        closed(world)
        for statement in (
            "UPDATE invoices SET net = 0",
            "UPDATE charges SET amount = 0",
            "DELETE FROM invoices",
            "DELETE FROM charges",
            "UPDATE payment_events SET state = 'paid'",
        ):
            with pytest.raises(ProgrammingError, match="permission denied"):
                session.execute(text(statement))
            session.rollback()


def _many(world, number):
    for _ in range(number):
        one = tenant("Many")
        give_details(world, one)
        give_accounts(one)


class Killed(BaseException):
    """What a process does not survive."""


@pytest.fixture
def many(app, world, monkeypatch):
    monkeypatch.setattr(closing, "CHUNK", 3)
    with acting(app):
        _many(world, 12)
    return world


@pytest.fixture
def expected(app, many):
    """Close the month undisturbed, keep what came out, and undo it."""
    with acting(app):
        closed(many)
    found = everything(app)
    _forget(app)
    return found


def _forget(app):
    name = make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database
    engine = create_engine(servers().superuser_url(name))
    with engine.begin() as connection:
        connection.execute(
            text("TRUNCATE invoice_run_entries, invoice_runs, charges, invoices, payment_events,"
                 " invoice_number_series CASCADE")
        )  # fmt: skip
    engine.dispose()


@pytest.mark.parametrize("place", range(1, 6))
def test_killed_anywhere_and_run_again_it_comes_to_the_same(app, many, expected, place):
    """A fault at the end of each of five chunks, before its commit, then a second attempt."""
    seen = []

    def kill(_run):
        seen.append(1)
        if len(seen) == place:
            raise Killed

    with acting(app):
        with pytest.raises(Killed):
            closed(many, watch=kill)
        db.session.rollback()
        run = db.session.scalars(select(InvoiceRun)).one()
        assert run.services_done == (place - 1) * 3
        interrupt(run.id, run.attempt, "Killed", now=SECOND_OF_JUNE)
        close(run.id, run.attempt, SELLER, clock=lambda: SECOND_OF_JUNE)
        assert db.session.get_one(InvoiceRun, run.id).state == "done"
    assert everything(app) == expected


def test_a_run_stops_after_its_chunk_and_goes_on_where_it_stood(app, many, expected):
    with acting(app):

        def stop(run):
            run.stop_asked_at = SECOND_OF_JUNE

        run = closed(many, watch=stop)
        assert (run.state, run.services_done) == ("stopped", 3)
        assert resumed(many).state == "done"
    assert everything(app) == expected


def test_a_run_that_waits_is_stopped_at_once(app, many):
    with acting(app):
        run = start_closing(many.clerk.actor, MAY, now=SECOND_OF_JUNE)
        assert stop_closing(many.clerk.actor, MAY, now=SECOND_OF_JUNE).state == "stopped"
        with pytest.raises(RefusedError, match="not being closed"):
            stop_closing(many.clerk.actor, MAY, now=SECOND_OF_JUNE)
        db.session.commit()
        close(run.id, 1, SELLER, clock=lambda: SECOND_OF_JUNE)
        assert db.session.scalar(select(func.count()).select_from(Invoice)) == 0


def test_another_attempt_takes_over_from_one_that_still_runs(app, many):
    with acting(app):
        run = closed(many, watch=lambda run: setattr(run, "attempt", 2))
        assert (run.state, run.services_done) == ("running", 3)


def test_a_process_that_is_killed_leaves_whole_chunks_and_no_gap(app, many, expected):
    """A real SIGKILL between the writing of a chunk and its commit."""
    with acting(app):
        run = start_closing(many.clerk.actor, MAY, now=SECOND_OF_JUNE)
        run_id = run.id
    config = app.extensions["portal.config"]
    words = [sys.executable, "-m", "tests.billing.killed", str(run_id), "1", "9"]
    environment = {
        **os.environ,
        "DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"],
        "REDIS_URL": config.redis_url,
        "PORTAL_SECRET_KEY": config.secret_key,
        "PORTAL_AUDIT_KEY": config.audit_key,
        "PORTAL_DATA": str(config.data),
    }
    died = subprocess.run(words, env=environment, cwd=ROOT, check=False, capture_output=True)  # noqa: S603
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()[-2000:]
    with acting(app) as session:
        run = session.get_one(InvoiceRun, run_id)
        assert (run.state, run.services_done) == ("running", 6)
        assert session.scalar(select(func.count()).select_from(Invoice)) == 6
        assert session.get_one(NumberSeries, "2026").last == 6
        close(run_id, 1, SELLER, clock=lambda: SECOND_OF_JUNE)
    assert everything(app) == expected
