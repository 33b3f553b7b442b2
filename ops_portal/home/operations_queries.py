"""Reading what the portal itself is doing: jobs, timetable, audit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from ops_portal.accounts.models import Customer
from ops_portal.core import outbox
from ops_portal.core.audit import AuditEntry
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError
from ops_portal.core.outbox import JobState, OutboxJob
from ops_portal.core.paging import Order, Page, keyset, whole
from ops_portal.core.timetable import BEAT, ScheduleRun, last_beat

NEWEST_JOBS = Order((OutboxJob.id,), is_descending=True, parsers=(whole,))
NEWEST_ENTRIES = Order((AuditEntry.id,), is_descending=True, parsers=(whole,))
SILENCE = timedelta(minutes=1)
"""After so long without a beat the ticker counts as gone."""


@dataclass(frozen=True, slots=True)
class Health:
    """How the parts of the portal are just now."""

    has_queue: bool
    queued: dict[str, int]
    last_beat: datetime | None
    is_ticking: bool
    jobs: dict[str, int]
    timetable: Sequence[ScheduleRun]


def health(*, has_queue: bool, queued: dict[str, int], now: datetime) -> Health:
    """Return how the parts are."""
    beat = last_beat()
    is_run = ScheduleRun.last_slot.is_not(None) & (ScheduleRun.name != BEAT)
    runs = select(ScheduleRun).where(is_run).order_by(ScheduleRun.name)
    return Health(
        has_queue=has_queue,
        queued=queued,
        last_beat=beat,
        is_ticking=beat is not None and now - beat < SILENCE,
        jobs=outbox.counts(),
        timetable=db.session.scalars(runs).all(),
    )


def jobs(states: Sequence[str], *, after: str = "", before: str = "") -> Page:
    """Return a page of the jobs in these states; of all that are not done when none is named."""
    wanted = states or [s for s in JobState if s is not JobState.DONE]
    query = select(OutboxJob).where(OutboxJob.state.in_(wanted))
    page = keyset(query, NEWEST_JOBS, after=after, before=before)
    return Page([row[0] for row in page.rows], page.after, page.before)


def job_for(job_id: int) -> OutboxJob:
    """Return one job.

    Raises:
        NotFoundError: there is none.

    """
    job = db.session.get(OutboxJob, job_id)
    if job is None:
        raise NotFoundError
    return job


@dataclass(frozen=True, slots=True)
class Asked:
    """What the audit log is narrowed to; empty means all."""

    words: str
    """An object, the start of an action's own name, or a person."""
    actions: Sequence[str]
    """The actions that the words mean to the reader."""
    customer_code: str


def audit_entries(asked: Asked, *, after: str = "", before: str = "") -> Page:
    """Return a page of the audit entries of an object, an action or a person, and a customer."""
    query = select(AuditEntry, Customer.name).join(Customer, Customer.id == AuditEntry.customer_id)
    if asked.customer_code:
        query = query.where(Customer.code == asked.customer_code)
    if asked.words:
        query = query.where(
            (AuditEntry.object_id == asked.words)
            | AuditEntry.action.in_(asked.actions)
            | AuditEntry.action.startswith(asked.words, autoescape=True)
            | (AuditEntry.actor_name == asked.words),
        )
    return keyset(query, NEWEST_ENTRIES, after=after, before=before)
