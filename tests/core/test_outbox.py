"""The outbox: written with the change, run once, tried again, given up visibly."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from ops_portal.accounts.queries import provider_id
from ops_portal.core import outbox, queue
from ops_portal.core.db import db
from ops_portal.core.outbox import JobState, OutboxJob
from ops_portal.core.tenancy import Scope, current_scope, scoped
from ops_portal.ticker import beat, drain
from tests.factories import MONDAY
from tests.portal import acting

RAN = []
SECOND = timedelta(seconds=1)


@outbox.handler("tests.note")
def note_run(*, word, now):
    RAN.append((word, current_scope().reach))


@outbox.handler("tests.fail")
def fail(*, now):
    db.session.execute(text("INSERT INTO rate_counters VALUES ('half written', now(), 1)"))
    message = "on purpose"
    raise ValueError(message)


@pytest.fixture(autouse=True)
def _nothing_ran():
    RAN.clear()


def put(name="tests.note", payload=None, **more):
    payload = {"word": "a"} if payload is None else payload
    outbox.put(name, payload, customer_id=provider_id(), now=MONDAY, **more)


def ids():
    return list(db.session.scalars(select(OutboxJob.id).order_by(OutboxJob.id)))


def state_of(job_id):
    db.session.expire_all()
    return db.session.get_one(OutboxJob, job_id).state


def test_a_job_is_written_with_the_change_or_not_at_all(app):
    with acting(app) as session:
        put()
        session.rollback()
        assert ids() == []


def test_the_same_key_is_written_once(app):
    with acting(app):
        put(key="k")
        put(key="k")
        assert len(ids()) == 1


def test_a_job_runs_once_however_often_it_is_delivered(app):
    with acting(app):
        put()
        (job_id,) = ids()
    with app.app_context():
        assert outbox.run(job_id, MONDAY)
        assert not outbox.run(job_id, MONDAY)
    assert RAN == [("a", "system")]


def test_a_job_may_be_narrowed_to_its_tenant(app):
    with acting(app):
        put(payload={"word": "b", "_narrow": True})
        (job_id,) = ids()
    with app.app_context():
        outbox.run(job_id, MONDAY)
    assert RAN == [("b", "customers")]


def test_two_workers_with_one_job_do_it_once(app):
    with acting(app):
        put()
        (job_id,) = ids()
    start = threading.Barrier(4)

    def work():
        with app.app_context():
            start.wait()
            outbox.run(job_id, MONDAY)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(RAN) == 1


def test_a_failing_job_leaves_nothing_waits_longer_and_is_given_up(app):
    with acting(app):
        put("tests.fail", {})
        (job_id,) = ids()
    waits = []
    with app.app_context():
        for _ in range(outbox.MAX_ATTEMPTS):
            outbox.run(job_id, MONDAY)
            with scoped(Scope.system("tests"), db.session):
                job = db.session.get_one(OutboxJob, job_id)
                waits.append(job.available_at - MONDAY)
                db.session.rollback()
    assert waits == sorted(waits)
    with acting(app) as session:
        job = session.get_one(OutboxJob, job_id)
        assert job.state == JobState.DEAD
        assert "on purpose" in job.last_error
        assert session.scalar(text("SELECT count(*) FROM rate_counters")) == 0
        assert outbox.counts() == {"dead": 1}
        assert outbox.retry_dead(job_id, MONDAY)
        assert not outbox.retry_dead(job_id, MONDAY)
        assert state_of(job_id) == JobState.WAITING


def test_a_flushed_queue_loses_nothing(app):
    url = app.extensions["portal.config"].redis_url
    with acting(app):
        put()
        drain(url, MONDAY)
        (job_id,) = ids()
        assert state_of(job_id) == JobState.QUEUED
        queue.connection(url).flushdb()
        assert outbox.sweep(MONDAY) == 0, "it may still be on its way"
        assert outbox.sweep(MONDAY + outbox.LEASE + SECOND) == 1
        assert state_of(job_id) == JobState.WAITING
        drain(url, MONDAY + outbox.LEASE + SECOND)
        assert queue.depth(url)["default"] == 1


def test_a_queue_that_is_away_delays_and_loses_nothing(app):
    away = "redis://127.0.0.1:1/0"
    with acting(app) as session:
        put()
        assert drain(away, MONDAY) == 0
        assert [session.get_one(OutboxJob, i).state for i in ids()] == [JobState.WAITING]


def test_a_job_is_taken_only_when_it_is_due(app):
    with acting(app):
        put(delay=timedelta(hours=1))
        assert outbox.take_due(MONDAY) == []
        assert len(outbox.take_due(MONDAY + timedelta(hours=1))) == 1


def test_two_drainers_take_each_job_once(app):
    with acting(app):
        for _ in range(20):
            put()
    taken, start = [], threading.Barrier(2)

    def take():
        with app.app_context(), scoped(Scope.system("tests"), db.session):
            start.wait()
            taken.extend(outbox.take_due(MONDAY, limit=15))
            db.session.commit()

    threads = [threading.Thread(target=take) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({row[0] for row in taken}) == len(taken) == 20


def test_a_beat_moves_what_is_due_and_is_noted(app):
    with acting(app):
        put()
    with app.app_context():
        beat(app, MONDAY)
    url = app.extensions["portal.config"].redis_url
    assert queue.depth(url)["default"] >= 1


def test_every_job_name_has_a_queue_that_a_worker_listens_to():
    assert {h.queue for h in outbox.registered().values()} <= set(queue.QUEUES)


def test_done_jobs_are_kept_for_a_while_and_then_deleted(app):
    with acting(app):
        put()
        (job_id,) = ids()
    with app.app_context():
        outbox.run(job_id, MONDAY)
    with acting(app):
        assert outbox.purge_done(MONDAY) == 0
        assert outbox.purge_done(MONDAY + SECOND) == 1
