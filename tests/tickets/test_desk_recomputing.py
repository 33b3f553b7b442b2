"""Open tickets follow a changed calendar and changed works: bounded, resumable, logged."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from ops_portal.contracts.operations import publish_calendar
from ops_portal.contracts.queries import calendar_versions, dated, newest_terms
from ops_portal.core import outbox
from ops_portal.core.db import db
from ops_portal.maintenance.operations import (
    Announcement,
    announce_works,
    cancel_works,
    extend_works,
)
from ops_portal.tickets import clock_operations, operations, recomputing
from ops_portal.tickets.models import Ticket, Verdict
from ops_portal.tickets.queries import lock_ticket
from ops_portal.tickets.rebuild import rebuild_all
from ops_portal.tickets.recomputing import DueMove, Recomputation, follow_changes
from sla.policy import Priority
from tests.factories import MONDAY, make_world, ticket
from tests.portal import acting
from tests.tickets.statements import counted

TUESDAY = date(2026, 6, 9)
THURSDAY_13 = MONDAY + timedelta(days=3, hours=4)
WEDNESDAY_13 = MONDAY + timedelta(days=2, hours=4)


@pytest.fixture
def world(app):
    with acting(app):
        found = make_world()
        follow_changes(now=MONDAY)
    work_off(app)
    return found


def work_off(app):
    """Run every waiting job as the worker would, until none is left."""
    while True:
        with acting(app) as session:
            ids = session.scalars(
                select(outbox.OutboxJob.id).where(
                    outbox.OutboxJob.state == "waiting", outbox.OutboxJob.name == recomputing.JOB
                )
            ).all()
        if not ids:
            return
        for job_id in ids:
            with app.app_context():
                outbox.run(job_id, MONDAY)


def close_tuesday(world):
    days = dated(calendar_versions("BE")[0])
    return publish_calendar(
        "BE",
        holidays=days.holidays,
        closures=[*days.closures, (TUESDAY, TUESDAY, "Strike")],
        reason="Strike",
        actor=world.operator.actor,
        now=MONDAY,
    )


def started(world, **changes):
    """Open a P1 whose intervention started at once: only the restoration runs."""
    found = ticket(world, priority=Priority.P1, **changes)
    clock_operations.start_intervention(
        world.agent.actor,
        lock_ticket(world.agent.actor, found.reference),
        at=found.created_at,
        now=found.created_at,
    )
    return found.id


def due_of(app, ticket_id):
    with acting(app) as session:
        return session.get_one(Ticket, ticket_id).urgency_at


def test_t50_a_closure_moves_open_tickets_and_is_logged(app, world):
    with acting(app):
        opened = started(world)
        assert db.session.get_one(Ticket, opened).urgency_at == WEDNESDAY_13
        close_tuesday(world)
        assert follow_changes(now=MONDAY) == 1
        assert follow_changes(now=MONDAY) == 0
    work_off(app)
    assert due_of(app, opened) == THURSDAY_13
    with acting(app) as session:
        (move,) = session.scalars(select(DueMove)).all()
        assert (move.kpi, move.before_at, move.after_at) == (
            "restoration",
            WEDNESDAY_13,
            THURSDAY_13,
        )
        run = session.get_one(Recomputation, move.recomputation_id)
        assert (run.done, run.moved, run.total) == (1, 1, 1)
        assert run.finished_at is not None


def test_t50_a_closed_ticket_keeps_its_verdict(app, world):
    with acting(app):
        closed = started(world)
        found = db.session.get_one(Ticket, closed)
        operations.resolve(
            world.agent.actor, found, "Done.", is_temporary=False, at=WEDNESDAY_13, now=WEDNESDAY_13
        )
        before = found.judged_calendar_id
        close_tuesday(world)
        follow_changes(now=WEDNESDAY_13)
    work_off(app)
    with acting(app) as session:
        found = session.get_one(Ticket, closed)
        assert found.judged_calendar_id == before
        verdict = session.scalars(select(Verdict).filter_by(kpi="restoration")).one()
        assert (verdict.elapsed_s, verdict.state) == (24 * 3600, "met")
        assert session.scalars(select(DueMove)).all() == []


def test_t72_the_work_of_one_job_is_bounded_and_goes_on_behind_the_last_batch(
    app, world, monkeypatch
):
    monkeypatch.setattr(recomputing, "BATCH", 2)
    monkeypatch.setattr(recomputing, "BATCHES_A_JOB", 2)
    with acting(app):
        ids = [started(world) for _ in range(7)]
        close_tuesday(world)
        follow_changes(now=MONDAY)
        job = (
            db.session.scalars(
                select(outbox.OutboxJob).where(
                    outbox.OutboxJob.name == recomputing.JOB, outbox.OutboxJob.state == "waiting"
                )
            )
            .one()
            .id
        )
    with app.app_context():
        outbox.run(job, MONDAY)
    assert [due_of(app, i) == THURSDAY_13 for i in ids] == [True] * 4 + [False] * 3
    work_off(app)
    assert all(due_of(app, i) == THURSDAY_13 for i in ids)


def test_t72_a_killed_worker_loses_nothing_and_doubles_nothing(app, world, monkeypatch):
    monkeypatch.setattr(recomputing, "BATCH", 2)
    with acting(app):
        ids = [started(world) for _ in range(5)]
        close_tuesday(world)
        follow_changes(now=MONDAY)
    whole, seen = recomputing.project_many, []

    def dies_in_the_second_batch(tickets, *, now):
        seen.append(len(tickets))
        if len(seen) == 2:
            raise KeyboardInterrupt
        whole(tickets, now=now)

    monkeypatch.setattr(recomputing, "project_many", dies_in_the_second_batch)
    with pytest.raises(KeyboardInterrupt):
        work_off(app)
    with acting(app) as session:
        assert (
            session.scalars(select(Recomputation).order_by(Recomputation.id.desc())).first().done
            == 2
        )
    monkeypatch.setattr(recomputing, "project_many", whole)
    work_off(app)
    assert all(due_of(app, i) == THURSDAY_13 for i in ids)
    with acting(app) as session:
        run = session.scalars(select(Recomputation).order_by(Recomputation.id.desc())).first()
        assert (run.done, run.moved) == (5, 5)
        assert session.scalar(select(func.count()).select_from(DueMove)) == 5


def test_t72_a_batch_sends_as_many_statements_for_many_tickets_as_for_one(app, world):
    def cost(number):
        with acting(app):
            for _ in range(number):
                started(world)
            close_tuesday(world)
            follow_changes(now=MONDAY)
            run = db.session.scalars(
                select(Recomputation).where(Recomputation.finished_at.is_(None))
            ).one()
            db.session.expire_all()
            with counted() as sent:
                recomputing.recompute_batch(run, now=MONDAY)
        work_off(app)
        return len(sent)

    cost(1)
    assert cost(1) == cost(20)


def test_mnt_3_tickets_follow_announced_extended_and_cancelled_works(app, world):
    noon = MONDAY + timedelta(hours=3)
    with acting(app):
        touched, other = started(world), started(world, of=world.foreign)
        announcement = Announcement(
            "Storage",
            noon,
            noon + timedelta(hours=2),
            [world.home.element_id],
            is_outside_confirmed=True,
        )
        zone = newest_terms(MONDAY.date()).description.zone
        work = announce_works(world.operator.actor, announcement, zone=zone, now=MONDAY)
        assert follow_changes(now=MONDAY) == 1
    work_off(app)
    assert due_of(app, touched) == WEDNESDAY_13 + timedelta(hours=2)
    assert due_of(app, other) == WEDNESDAY_13
    with acting(app) as session:
        work = session.merge(work)
        extend_works(
            world.operator.actor,
            work,
            noon + timedelta(hours=4),
            is_outside_confirmed=True,
            zone=zone,
            now=noon,
        )
        assert follow_changes(now=noon) == 1
    work_off(app)
    assert due_of(app, touched) == WEDNESDAY_13 + timedelta(hours=4)
    with acting(app) as session:
        work = session.merge(work)
        cancel_works(world.operator.actor, work, "Done", now=noon + timedelta(hours=1))
        follow_changes(now=noon + timedelta(hours=1))
    work_off(app)
    assert due_of(app, touched) == WEDNESDAY_13 + timedelta(hours=1)
    with acting(app) as session:
        moves = [
            (m.before_at, m.after_at) for m in session.scalars(select(DueMove).order_by(DueMove.id))
        ]
    hours = [(0, 2), (2, 4), (4, 1)]
    assert moves == [
        (WEDNESDAY_13 + timedelta(hours=a), WEDNESDAY_13 + timedelta(hours=b)) for a, b in hours
    ]


def test_what_a_run_writes_is_what_the_facts_say(app, world):
    with acting(app):
        for priority in Priority:
            ticket(world, priority=priority)
        started(world)
        close_tuesday(world)
        follow_changes(now=MONDAY)
    work_off(app)
    with acting(app):
        assert list(rebuild_all(now=MONDAY, is_fix=False)) == []
