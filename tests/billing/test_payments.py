"""Whether invoices are paid: checked line by line, applied whole or not at all (CRD-5)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from ops_portal.billing.models import Invoice
from ops_portal.billing.payment_lines import PaymentLine, check_lines, read_lines
from ops_portal.billing.payment_models import OtherInvoice, PaymentEvent
from ops_portal.billing.payment_operations import (
    apply_import,
    checked_lines,
    discard_import,
    record_payment,
    take_in,
)
from ops_portal.billing.payment_queries import has_unpaid_overdue, standing
from ops_portal.core.audit import AuditEntry
from ops_portal.core.errors import RefusedError
from tests.billing.month import SECOND_OF_JUNE, closed, give_details
from tests.factories import make_world
from tests.portal import acting

TODAY = date(2026, 7, 20)
NOW = datetime(2026, 7, 20, 9, tzinfo=UTC)
HEAD = "invoice;state;day;due;customer;amount\n"


@pytest.fixture
def world(app):
    """Return a world with two invoices of 2 June 2026, to be paid by 2 July."""
    with acting(app):
        found = make_world()
        give_details(found)
        closed(found, now=SECOND_OF_JUNE)
    return found


def taken(world, text):
    return take_in(world.clerk.actor, "bank.csv", (HEAD + text).encode(), now=NOW)


def told(world, text):
    lines = check_lines(read_lines((HEAD + text).encode()), TODAY)
    return [line.fault.format(**line.params) for line in lines]


def pay(world, invoice="2026-000001", state="paid", **more):
    line = PaymentLine(1, invoice, state, **more)
    return record_payment(world.clerk.actor, line, today=TODAY, now=NOW)


def at(day, hour=10):
    return datetime.fromisoformat(f"2026-{day}T{hour:02d}:00:00+00:00")


def test_a_file_is_applied_whole_and_only_once(app, world):
    with acting(app) as session:
        row = taken(world, "2026-000001;paid;2026-06-20;;;\n2026-000002;unpaid;03/07/2026;;;\n")
        assert [line.is_change for line in checked_lines(world.clerk.actor, row, TODAY)] == [
            True,
            False,  # open and past its term already
        ]
        assert session.scalars(select(PaymentEvent)).all() == []
        apply_import(world.clerk.actor, row.id, today=TODAY, now=NOW)
        states = {i.number: standing(i, TODAY) for i in session.scalars(select(Invoice))}
        assert states == {"2026-000001": "paid", "2026-000002": "unpaid"}
        with pytest.raises(RefusedError, match="applied or discarded already"):
            apply_import(world.clerk.actor, row.id, today=TODAY, now=NOW)


def test_one_wrong_line_keeps_every_other_from_being_applied(app, world):
    with acting(app) as session:
        row = taken(world, "2026-000001;paid;2026-06-20;;;\n2026-000009;paid;;;;\n")
        with pytest.raises(RefusedError, match="1 lines are wrong"):
            apply_import(world.clerk.actor, row.id, today=TODAY, now=NOW)
        assert session.scalars(select(PaymentEvent)).all() == []
        discard_import(world.clerk.actor, row.id, now=NOW)
        with pytest.raises(RefusedError):
            apply_import(world.clerk.actor, row.id, today=TODAY, now=NOW)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (";paid;;;;", "number of the invoice"),
        ("2026-000001;settled;;;;", "must be paid, due or unpaid"),
        ("2026-000001;paid;soon;;;", "Write days"),
        ("2026-000001;paid;2026-07-21;;;", "in the future"),
        ("2026-000001;paid;2026-06-01;;;", "before the date of the invoice"),
        ("2026-000001;unpaid;2026-06-20;;;", "to be paid by 2026-07-02: until then it is due"),
        ("2026-000001;due;2026-07-10;;;", "was to be paid by 2026-07-02"),
        ("2026-000001;paid;;;T-99999;", "no customer with this number"),
        ("X-1;paid;;;;", "name its customer and its due date"),
        ("2026-000001;paid;;;;many", "not a number"),
    ],
)
def test_a_wrong_line_says_what_to_do(app, world, line, words):
    with acting(app):
        assert words in told(world, line + "\n")[0]


def test_an_invoice_stands_in_a_file_once_and_belongs_to_its_customer(app, world):
    with acting(app):
        twice = told(world, "2026-000001;paid;;;;\n2026-000001;due;;2026-08-01;;\n")
        assert twice[1] == "The invoice is in the file a second time."
        other = told(world, f"2026-000001;paid;;;{world.foreign.code};\n")
        assert other == ["The invoice belongs to another customer."]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe", "UTF-8"),
        (b"a;b\n1;2\n", "missing: invoice, state"),
        (b"invoice;state\n", "no lines"),
        (b"", "Choose a CSV file"),
    ],
)
def test_a_file_that_is_none_is_refused(app, world, content, words):
    with acting(app), pytest.raises(RefusedError, match=words):
        take_in(world.clerk.actor, "x.csv", content, now=NOW)


def test_what_is_told_twice_changes_nothing(app, world):
    with acting(app) as session:
        assert pay(world, day="2026-06-20").is_change
        assert not pay(world, day="2026-06-20").is_change
        assert len(session.scalars(select(PaymentEvent)).all()) == 1
        with pytest.raises(RefusedError, match="Something later is known"):
            pay(world, state="due", day="2026-06-19", due="2026-08-01")
        actions = session.scalars(select(AuditEntry.action).filter_by(object_type="invoice"))
        assert set(actions) == {"payments.record"}


def test_crd_5_an_invoice_counts_as_unpaid_from_the_day_after_its_due_date(app, world):
    home = world.home.customer_id
    with acting(app):
        assert not has_unpaid_overdue(home, at("07-02", 21))
        assert has_unpaid_overdue(home, at("07-02", 22))  # 3 July in Brussels
        pay(world, day="2026-07-10")
        pay(world, "2026-000002", day="2026-07-10")
        assert has_unpaid_overdue(home, at("07-09"))
        assert not has_unpaid_overdue(home, at("07-10"))


def test_crd_5_a_payment_that_bounced_counts_as_unpaid_again(app, world):
    home = world.home.customer_id
    number = None
    with acting(app) as session:
        number = session.scalars(select(Invoice.number).filter_by(customer_id=home)).one()
        pay(world, number, day="2026-07-01")
        pay(world, number, "unpaid", day="2026-07-06")
        pay(world, number, day="2026-07-15")
        days = ("07-02", "07-05", "07-06", "07-14", "07-15")
        assert [has_unpaid_overdue(home, at(day)) for day in days] == [
            False,
            False,
            True,
            True,
            False,
        ]


def test_crd_5_a_later_due_date_that_finance_granted_holds(app, world):
    home = world.home.customer_id
    with acting(app) as session:
        number = session.scalars(select(Invoice.number).filter_by(customer_id=home)).one()
        pay(world, number, "due", day="2026-07-01", due="2026-07-31")
        assert not has_unpaid_overdue(home, at("07-30"))
        assert has_unpaid_overdue(home, at("08-01"))


def test_crd_5_invoices_of_other_systems_count_as_well(app, world):
    with acting(app) as session:
        for number in ("2026-000001", "2026-000002"):
            pay(world, number, day="2026-07-01")
        row = taken(world, f"MOB-77;unpaid;2026-07-05;2026-06-30;{world.home.code};1.234,50\n")
        lines = checked_lines(world.clerk.actor, row, TODAY)
        assert lines[0].fault == "The amount is not a number."
        row = taken(world, f"MOB-77;unpaid;2026-07-05;2026-06-30;{world.home.code};1234,50\n")
        apply_import(world.clerk.actor, row.id, today=TODAY, now=NOW)
        assert session.scalars(select(OtherInvoice.total)).one() == Decimal("1234.50")
        assert has_unpaid_overdue(world.home.customer_id, at("07-05"))
        assert not has_unpaid_overdue(world.foreign.customer_id, at("07-05"))
        pay(world, "MOB-77", day="2026-07-12")
        assert not has_unpaid_overdue(world.home.customer_id, at("07-12"))
