"""Two people, a waiting period, and a database that does not take anybody's word (CON-4, GDP-2)."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ops_portal.billing.months import Month
from ops_portal.billing.run_models import InvoiceRun, RunState
from ops_portal.contracts.models import Contract
from ops_portal.core.db import db
from ops_portal.core.errors import ForbiddenError, RefusedError
from ops_portal.core.tenancy import Scope
from ops_portal.records import queries
from ops_portal.records.deletion_operations import (
    approve_deletion,
    request_deletion,
    withdraw_deletion,
)
from ops_portal.records.erasing import erase
from ops_portal.records.models import Deletion, DeletionState
from ops_portal.tickets.models import Ticket
from tests.factories import ticket
from tests.portal import acting
from tests.records.ending import approved, as_staff, due, ended_world, now, requested, work_of


@pytest.fixture
def world(app):
    return ended_world(app)


def request(world, by):
    return request_deletion(by.actor, world.home.customer_id, "it ended", now=now())


def test_a_customer_whose_service_runs_is_not_deleted(app, world):
    """CON-4: only after the service has stopped."""
    with acting(app):
        db.session.get_one(Contract, world.home.contract_id).ended_at = now() + timedelta(days=1)
    with pytest.raises(RefusedError, match="has not ended"):
        as_staff(app, world.manager, lambda: request(world, world.manager))


def test_an_open_ticket_stands_in_the_way(app, world):
    with acting(app):
        db.session.get_one(Contract, world.home.contract_id).ended_at = None
        row = ticket(world)
        db.session.get_one(Contract, world.home.contract_id).ended_at = now()
        assert db.session.get_one(Ticket, row.id).state == "new"
    with pytest.raises(RefusedError, match="stands in the way"):
        as_staff(app, world.manager, lambda: request(world, world.manager))


@pytest.mark.parametrize(("closed", "is_refused"), [(-2, True), (0, False)])
def test_bil_2_the_fee_of_the_last_days_is_invoiced_first(app, world, closed, is_refused):
    at = now()
    with acting(app) as session:
        run = InvoiceRun(month=str(Month.of(at.date()).plus(closed)), issued_on=at.date())
        run.state, run.started_by_name = RunState.DONE, "Finance"
        run.created_at = run.moved_at = run.ended_at = at
        session.add(run)
    if is_refused:
        with pytest.raises(RefusedError, match="stands in the way"):
            as_staff(app, world.manager, lambda: request(world, world.manager))
    else:
        as_staff(app, world.manager, lambda: request(world, world.manager))


def test_an_agent_may_not_request(app, world):
    with pytest.raises(ForbiddenError):
        as_staff(app, world.agent, lambda: request(world, world.agent))


def test_who_requested_does_not_approve(app, world):
    """CON-4: two different people."""
    deletion_id = requested(app, world)
    with pytest.raises(RefusedError, match="Somebody else"):
        as_staff(
            app,
            world.manager,
            lambda: approve_deletion(
                world.manager.actor, queries.lock_deletion(deletion_id), now=now()
            ),
        )


def test_an_approved_deletion_waits_as_the_catalogue_says(app, world):
    deletion_id = approved(app, world)
    with acting(app):
        deletion = db.session.get_one(Deletion, deletion_id)
        assert deletion.state == DeletionState.WAITING
        assert deletion.erasable_at - deletion.approved_at == timedelta(days=14)


def test_a_withdrawn_deletion_can_be_requested_again(app, world):
    deletion_id = approved(app, world)
    as_staff(
        app,
        world.operator,
        lambda: withdraw_deletion(
            world.operator.actor, queries.lock_deletion(deletion_id), "they came back", now=now()
        ),
    )
    with acting(app):
        assert db.session.get_one(Deletion, deletion_id).state == DeletionState.WITHDRAWN
    assert requested(app, world) != deletion_id


def test_nothing_begins_before_the_waiting_period_is_over(app, world):
    deletion_id = approved(app, world)
    with pytest.raises(DBAPIError, match="waiting period is not over"), acting(app):
        erase(deletion_id, work_of(app))


ATTACKS = {
    "erasing without a decision": "SELECT portal_erase(:id, 'tickets', 'delete', 10)",
    "a deletion that is approved at once": (
        "INSERT INTO deletions (customer_id, reason, wait_days, requested_by, requested_by_name,"
        " approved_by, approved_by_name, withdrawn_by_name, withdrawal_reason, plan, counts,"
        " people, copy_to, copy_language, copy_tries) SELECT customer_id, '', 7, requested_by, '',"
        " :other, '', '', '', '{}', '{}', '[]', '', '', 0 FROM deletions WHERE id = :id"
    ),
    "a shorter wait": "UPDATE deletions SET wait_days = 7 WHERE id = :id",
    "no wait": "UPDATE deletions SET erasable_at = now() WHERE id = :id",
    "another customer": "UPDATE deletions SET customer_id = :foreign WHERE id = :id",
    "an approval of somebody who is not signed in": (
        "UPDATE deletions SET approved_by = :other WHERE id = :id"
    ),
    "an approval by the one who requested": (
        "UPDATE deletions SET approved_by = requested_by WHERE id = :id"
    ),
    "a beginning": "UPDATE deletions SET started_at = now() WHERE id = :id",
    "switching the guard off": "ALTER TABLE deletions DISABLE TRIGGER guard_deletion",
    "becoming the eraser": "SET ROLE portal_eraser",
    "deleting by hand": "DELETE FROM tickets",
    "changing the function": "DROP FUNCTION portal_erase",
    "a deletion by hand": "DELETE FROM deletions",
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_runtime_role_cannot_delete_by(app, world, attack):
    """GDP-2: what somebody with the password of the application could try (docs/data.md)."""
    deletion_id = requested(app, world)
    values = {
        "id": deletion_id,
        "other": world.operator.user_id,
        "foreign": world.foreign.customer_id,
    }
    wanted = {name: v for name, v in values.items() if f":{name}" in ATTACKS[attack]}
    with pytest.raises(DBAPIError), acting(app) as session:
        session.execute(text(ATTACKS[attack]), wanted)


def test_even_two_forged_decisions_have_to_wait(app, world):
    """GDP-2: the instants are the database's own, so that everybody sees it coming for days."""
    deletion_id = approved(app, world)
    sql = "SELECT portal_erase(:id, 'tickets', 'delete', 10)"
    with pytest.raises(DBAPIError, match="two people approved"), acting(app) as session:
        session.execute(text(sql), {"id": deletion_id})


@pytest.mark.parametrize("relation", ["pg_class", "tickets; DROP TABLE facts", "rate_counters"])
def test_a_begun_deletion_reaches_only_tables_of_the_customer(app, world, relation):
    deletion_id = due(app, world)
    with acting(app) as session:
        db.session.get_one(Deletion, deletion_id).started_at = now()
        session.commit()
    sql = text("SELECT portal_erase(:id, :relation, 'delete', 10)")
    with pytest.raises(DBAPIError), acting(app) as session:
        session.execute(sql, {"id": deletion_id, "relation": relation})


@pytest.mark.parametrize("relation", ["invoices", "charges", "deletions", "customers"])
def test_what_the_register_keeps_cannot_be_deleted(app, world, relation):
    """CON-4: kept under a legal ground; the function's owner has no right to delete it."""
    deletion_id = due(app, world)
    with acting(app) as session:
        db.session.get_one(Deletion, deletion_id).started_at = now()
        session.commit()
    sql = text("SELECT portal_erase(:id, :relation, 'delete', 10)")
    with pytest.raises(DBAPIError, match="permission denied"), acting(app) as session:
        session.execute(sql, {"id": deletion_id, "relation": relation})


def test_only_a_job_erases(app, world):
    deletion_id = due(app, world)
    with acting(app) as session:
        db.session.get_one(Deletion, deletion_id).started_at = now()
        session.commit()
    sql = text("SELECT portal_erase(:id, 'tickets', 'delete', 10)")
    staff = Scope.staff(world.operator.actor)
    with pytest.raises(DBAPIError, match="two people approved"), acting(app, staff) as session:
        session.execute(sql, {"id": deletion_id})
