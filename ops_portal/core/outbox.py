"""The outbox: jobs and mails are rows written with the change; Valkey only carries them.

The drainer moves due rows to RQ, the worker claims a row and marks it done in the transaction of
the work itself, so that a lost queue loses nothing and a doubled job does nothing twice.
"""

import traceback
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, String, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from ops_portal.core.db import Base, IdMixin, db
from ops_portal.core.tenancy import Scope, TenantMixin, scoped

MAX_ATTEMPTS = 6
LEASE = timedelta(minutes=1)
LOCK_SPACE = 7311


class JobState(StrEnum):
    """Where a row of the outbox stands."""

    WAITING = "waiting"
    QUEUED = "queued"
    DONE = "done"
    DEAD = "dead"


class OutboxJob(IdMixin, TenantMixin, Base):
    """One job or mail, written with the change that asks for it."""

    __tablename__ = "outbox_jobs"
    __table_args__ = (
        Index("ix_outbox_jobs_due", "available_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_outbox_jobs_state_id", "state", "id"),
    )

    key: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[str]
    queue: Mapped[str]
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default=JobState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    available_at: Mapped[datetime]
    queued_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


@dataclass(frozen=True, slots=True)
class Handler:
    """What runs a job, and where."""

    run: Callable[..., None]
    queue: str


_handlers: dict[str, Handler] = {}


def handler(
    name: str, *, queue: str = "default"
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register the function that runs jobs of this name; called with the payload and `now`.

    A handler may commit by itself when its steps can be continued (imports).
    """

    def register(run: Callable[..., None]) -> Callable[..., None]:
        _handlers[name] = Handler(run, queue)
        return run

    return register


def registered() -> Mapping[str, Handler]:
    """Return the handlers by name."""
    return _handlers


def put(
    name: str,
    payload: Mapping[str, Any],
    *,
    customer_id: int,
    now: datetime,
    key: str = "",
    delay: timedelta = timedelta(0),
) -> None:
    """Write a job in the caller's transaction; the same key is written once only."""
    row = {
        "customer_id": customer_id,
        "key": key or f"{name}:{uuid.uuid4()}",
        "name": name,
        "queue": _handlers[name].queue,
        "payload": dict(payload),
        "state": JobState.WAITING,
        "attempts": 0,
        "created_at": now,
        "available_at": now + delay,
    }
    db.session.execute(insert(OutboxJob).values(row).on_conflict_do_nothing(index_elements=["key"]))


def take_due(now: datetime, limit: int = 200) -> list[tuple[int, str, int]]:
    """Mark due rows as queued and return `(id, queue, attempt)`; the caller commits, then sends."""
    due = (
        select(OutboxJob.id)
        .where(OutboxJob.state == JobState.WAITING, OutboxJob.available_at <= now)
        .order_by(OutboxJob.available_at, OutboxJob.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = db.session.execute(
        update(OutboxJob)
        .where(OutboxJob.id.in_(due.scalar_subquery()))
        .values(state=JobState.QUEUED, queued_at=now)
        .returning(OutboxJob.id, OutboxJob.queue, OutboxJob.attempts)
        .execution_options(synchronize_session=False),
    ).all()
    return [(r.id, r.queue, r.attempts) for r in rows]


def put_back(ids: list[int], now: datetime) -> None:
    """Return rows that could not be sent (Valkey away) to waiting."""
    _back(OutboxJob.id.in_(ids), now)


def sweep(now: datetime) -> int:
    """Return rows that were queued long ago and never ran to waiting; give their number.

    This is what makes a flushed or lost queue harmless. A job still running holds its advisory
    lock, so a second worker leaves it alone.
    """
    return _back(OutboxJob.queued_at < now - LEASE, now)


def _back(condition: Any, now: datetime) -> int:  # noqa: ANN401 (a SQL expression)
    ids = (
        select(OutboxJob.id)
        .where(OutboxJob.state == JobState.QUEUED, condition)
        .with_for_update(skip_locked=True)
    )
    result = db.session.execute(
        update(OutboxJob)
        .where(OutboxJob.id.in_(ids.scalar_subquery()))
        .values(state=JobState.WAITING, available_at=now)
        .returning(OutboxJob.id)
        .execution_options(synchronize_session=False),
    )
    return len(result.all())


def run(job_id: int, now: datetime) -> bool:
    """Claim a row, run its handler and mark it done, all in one transaction.

    Returns False when another worker has it or it is done. On failure the transaction is rolled
    back and the row waits again, longer each time, or lies dead after the last attempt. The claim
    is an advisory lock on a connection of its own: it outlives the commits of a stepwise handler
    and goes with a killed worker.
    """
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as guard:
        if not guard.scalar(select(func.pg_try_advisory_lock(LOCK_SPACE, job_id))):
            return False
        try:
            return _run_claimed(job_id, now)
        finally:
            guard.scalar(select(func.pg_advisory_unlock(LOCK_SPACE, job_id)))


def _run_claimed(job_id: int, now: datetime) -> bool:
    with scoped(Scope.system("outbox"), db.session):
        job = db.session.get(OutboxJob, job_id)
        if job is None or job.state in {JobState.DONE, JobState.DEAD}:
            db.session.rollback()
            return False
        name, payload, owner = job.name, dict(job.payload), job.customer_id
    scope = Scope.customers(owner) if payload.pop("_narrow", False) else Scope.system(name)
    try:
        with scoped(scope, db.session):
            _handlers[name].run(now=now, **payload)
        _finish(job_id, now)
    except Exception:  # noqa: BLE001 (the process edge: the fault is recorded and retried)
        db.session.rollback()
        _fail(job_id, now, traceback.format_exc(limit=-6))
    return True


def _finish(job_id: int, now: datetime) -> None:
    with scoped(Scope.system("outbox"), db.session):
        db.session.execute(
            update(OutboxJob)
            .where(OutboxJob.id == job_id)
            .values(state=JobState.DONE, done_at=now, last_error=None),
        )
        db.session.commit()


def _fail(job_id: int, now: datetime, error: str) -> None:
    with scoped(Scope.system("outbox"), db.session):
        job = db.session.get(OutboxJob, job_id, with_for_update=True)
        if job is None:
            return
        job.attempts += 1
        job.last_error = error[-4000:]
        job.state = JobState.DEAD if job.attempts >= MAX_ATTEMPTS else JobState.WAITING
        job.available_at = now + timedelta(seconds=5 * 4 ** (job.attempts - 1))
        db.session.commit()


def retry_dead(job_id: int, now: datetime) -> bool:
    """Give a dead row its attempts back; return whether it was dead."""
    revived = db.session.execute(
        update(OutboxJob)
        .where(OutboxJob.id == job_id, OutboxJob.state == JobState.DEAD)
        .values(state=JobState.WAITING, attempts=0, available_at=now)
        .returning(OutboxJob.id),
    )
    return revived.first() is not None


def purge_done(before: datetime) -> int:
    """Delete rows done before the instant; give their number."""
    result = db.session.execute(
        text("DELETE FROM outbox_jobs WHERE state = 'done' AND done_at < :before RETURNING id"),
        {"before": before},
    )
    return len(result.all())


def counts() -> dict[str, int]:
    """Return the number of rows in each state that is not done."""
    query = (
        select(OutboxJob.state, func.count())
        .where(OutboxJob.state != JobState.DONE)
        .group_by(OutboxJob.state)
    )
    return dict(db.session.execute(query).all())
