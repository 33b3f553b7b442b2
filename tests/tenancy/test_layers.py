"""Three layers, each of which holds alone: removed in turn, its absence is noticed."""

import pytest
from sqlalchemy import delete, event, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from ops_portal.core import tenancy
from ops_portal.core.db import db
from ops_portal.core.errors import ScopeMissingError
from ops_portal.core.tenancy import Scope, scoped
from ops_portal.tickets.models import Fact, Presence, Ticket
from tests.factories import MONDAY, make_world, ticket
from tests.portal import acting


@pytest.fixture
def two(app):
    """Return the two tenants and a ticket of each: (world, own reference, foreign reference)."""
    with acting(app):
        world = make_world()
        own = ticket(world).reference
        foreign = ticket(world, of=world.foreign).reference
    return world, own, foreign


def inside(app, world):
    return acting(app, Scope.customers(world.home.customer_id))


def without(layer):
    """Switch one layer of the session off; the caller switches it on again."""
    names = {"filter": "do_orm_execute", "guard": "before_flush"}
    listener = {"filter": tenancy._filter, "guard": tenancy._guard}[layer]
    event.remove(db.session, names[layer], listener)
    return lambda: event.listen(db.session, names[layer], listener)


def sees_foreign_by_orm(session, foreign):
    return session.scalars(select(Ticket.id).where(Ticket.reference == foreign)).first() is not None


def sees_foreign_by_sql(session, foreign):
    found = session.execute(text("SELECT 1 FROM tickets WHERE reference = :r"), {"r": foreign})
    return found.first() is not None


def test_nothing_is_read_outside_a_scope(app, two):
    with app.app_context():
        with pytest.raises(ScopeMissingError):
            db.session.scalars(select(Ticket)).all()
        with pytest.raises(ScopeMissingError):
            db.session.scalar(select(func.count()).select_from(Ticket))
        assert db.session.scalar(text("SELECT count(*) FROM tickets")) == 0
        db.session.rollback()


def test_nothing_is_written_outside_a_scope(app, two):
    world, _own, _foreign = two
    with app.app_context():
        db.session.add(Presence(customer_id=world.home.customer_id, ticket_id=1, user_id=1))
        with pytest.raises(ScopeMissingError):
            db.session.flush()
        db.session.rollback()


def test_each_tenant_sees_its_own(app, two):
    world, own, foreign = two
    with inside(app, world) as session:
        assert session.scalars(select(Ticket.reference)).all() == [own]
        assert not sees_foreign_by_orm(session, foreign)
        assert not sees_foreign_by_sql(session, foreign)


def test_the_policies_hold_without_the_filter(app, two):
    world, own, foreign = two
    back = without("filter")
    try:
        with inside(app, world) as session:
            assert session.scalars(select(Ticket.reference)).all() == [own]
            assert not sees_foreign_by_orm(session, foreign)
    finally:
        back()


def test_the_filter_holds_without_the_policies(app, two, unprotected):
    world, own, foreign = two
    with inside(app, world) as session:
        assert sees_foreign_by_sql(session, foreign), "the policies are still on"
        assert session.scalars(select(Ticket.reference)).all() == [own]
        assert session.scalars(select(func.count()).select_from(Ticket)).one() == 1
        assert not sees_foreign_by_orm(session, foreign)


def test_without_both_a_foreign_row_is_seen(app, two, unprotected):
    """The test of the tests: with nothing in the way, the probes find the leak."""
    world, _own, foreign = two
    back = without("filter")
    try:
        with inside(app, world) as session:
            assert sees_foreign_by_orm(session, foreign)
    finally:
        back()


def test_the_guard_refuses_a_foreign_row_without_the_policies(app, two, unprotected):
    world, _own, foreign = two
    with inside(app, world) as session:
        row = session.execute(text("SELECT id FROM tickets WHERE reference = :r"), {"r": foreign})
        session.add(_presence(world.foreign.customer_id, row.scalar_one(), world))
        with pytest.raises(ScopeMissingError):
            session.flush()
        session.rollback()


def test_the_policies_refuse_a_foreign_row_without_the_guard(app, two):
    world, _own, _foreign = two
    back = without("guard")
    try:
        with inside(app, world) as session:
            session.add(_presence(world.foreign.customer_id, 1, world))
            with pytest.raises(DBAPIError, match="row-level security"):
                session.flush()
            session.rollback()
    finally:
        back()


def test_the_keys_refuse_a_row_of_ours_on_a_ticket_of_theirs(app, two, unprotected):
    """The first layer alone: composite keys bind every row to a parent of the same tenant."""
    world, _own, foreign = two
    with inside(app, world) as session:
        row = session.execute(text("SELECT id FROM tickets WHERE reference = :r"), {"r": foreign})
        with pytest.raises(IntegrityError):
            session.execute(
                insert(Presence).values(
                    customer_id=world.home.customer_id,
                    ticket_id=row.scalar_one(),
                    user_id=world.agent.user_id,
                    seen_at=MONDAY,
                )
            )
        session.rollback()


def test_bulk_changes_do_not_reach_the_other_tenant(app, two):
    world, _own, foreign = two
    with inside(app, world) as session:
        session.execute(update(Ticket).values(title="changed"))
        session.execute(text("UPDATE tickets SET contact_name = 'changed'"))
        session.execute(delete(Presence))
    with acting(app) as session:
        other = session.execute(select(Ticket).where(Ticket.reference == foreign)).scalar_one()
        assert (other.title, other.contact_name) != ("changed", "changed")


def test_history_cannot_be_changed_or_deleted_by_the_runtime_role(app, two):
    """INC-11: append-only is a grant, not a promise."""
    for statement in ("UPDATE facts SET text = 'x'", "DELETE FROM facts", "TRUNCATE facts"):
        with acting(app) as session:
            with pytest.raises(DBAPIError, match="permission denied"):
                session.execute(text(statement))
            session.rollback()


def test_the_audit_log_cannot_be_changed_or_deleted_by_the_runtime_role(app, two):
    """CFG-2, GDP-2: the runtime role inserts and reads, nothing else."""
    for statement in ("UPDATE audit_entries SET action = 'x'", "DELETE FROM audit_entries"):
        with acting(app) as session:
            with pytest.raises(DBAPIError, match="permission denied"):
                session.execute(text(statement))
            session.rollback()


def test_a_scope_ends_with_its_transaction(app, two):
    world, own, _foreign = two
    with app.app_context():
        with scoped(Scope.customers(world.home.customer_id), db.session):
            assert db.session.scalars(select(Ticket.reference)).all() == [own]
            db.session.commit()
        assert db.session.scalar(text("SELECT current_setting('portal.customers', true)")) in {
            "",
            None,
        }
        db.session.rollback()


def test_rows_do_not_cross_from_one_scope_into_the_next(app, two):
    world, own, _foreign = two
    with app.app_context():
        with scoped(Scope.system("test"), db.session):
            rows = db.session.scalars(select(Ticket)).all()
            assert len(rows) == 2
        with scoped(Scope.customers(world.home.customer_id), db.session):
            assert all(row not in db.session for row in rows)
            assert [t.reference for t in db.session.scalars(select(Ticket))] == [own]
        db.session.rollback()


def test_search_looks_behind_the_policies_and_applies_them_itself(app, two):
    world, _own, foreign = two
    words = foreign.partition("-")[2]
    query = text("SELECT count(*) FROM portal_search_tickets(:words, false)")
    with inside(app, world) as session:
        assert session.scalar(query, {"words": words}) == 0
    with acting(app) as session:
        assert session.scalar(query, {"words": words}) == 1


def test_search_hides_internal_notes_from_public_readers(app, two):
    world, own, _foreign = two
    with acting(app) as session:
        row = session.execute(select(Ticket).where(Ticket.reference == own)).scalar_one()
        session.add(
            Fact(
                customer_id=row.customer_id,
                ticket_id=row.id,
                seq=99,
                kind="noted",
                at=MONDAY,
                recorded_at=MONDAY,
                author_kind="provider",
                is_public=False,
                text="zebra",
                data={},
            )
        )
    query = text("SELECT count(*) FROM portal_search_tickets('zebra', :public)")
    with inside(app, world) as session:
        assert session.scalar(query, {"public": True}) == 0


def _presence(customer_id, ticket_id, world):
    return Presence(
        customer_id=customer_id, ticket_id=ticket_id, user_id=world.agent.user_id, seen_at=MONDAY
    )
