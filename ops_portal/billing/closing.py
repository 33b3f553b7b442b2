"""Closing a month, chunk by chunk: each is one transaction that also says how far the run came.

A worker that is killed loses the chunk it was writing, with its numbers; the next attempt goes on
after the last chunk that was written. Nothing is invoiced twice: the run's place, the entry of each
service, the invoice of each service and month and the source of each line are unique.
"""

from collections.abc import Callable
from datetime import datetime

from ops_portal.billing.drafts import closed_before, drafts_of
from ops_portal.billing.months import Month
from ops_portal.billing.run_models import InvoiceRun, RunState
from ops_portal.billing.run_queries import (
    lock_run,
    number_of_services,
    provider_id,
    service_ids_after,
    sums_of_month,
    waiting_ids_after,
    waiting_of,
)
from ops_portal.billing.writing import Values, making_of, write_drafts
from ops_portal.core import audit
from ops_portal.core.actor import Actor, ActorKind
from ops_portal.core.db import db

CHUNK = 500
Clock = Callable[[], datetime]
Watch = Callable[[InvoiceRun], None]


class StoppedError(Exception):
    """The run was stopped, or belongs to another process by now."""


def close(
    run_id: int, attempt: int, seller: Values, *, clock: Clock, watch: Watch | None = None
) -> None:
    """Do a run from where it stands to its end; commits after each chunk.

    Args:
        run_id: which.
        attempt: the attempt this call stands for; another one has taken over when it differs.
        seller: who invoices, as each invoice keeps it.
        clock: gives the instant; asked for each chunk.
        watch: called with the run before each commit.

    Source: BIL-2; people-and-pages, Habits: long work.

    """
    has_more = True
    while has_more:
        try:
            has_more = write_chunk(run_id, attempt, seller, now=clock())
        except StoppedError:
            db.session.commit()
            return
        if watch is not None:
            watch(lock_run(run_id))
        db.session.commit()


def interrupt(run_id: int, attempt: int, error: str, *, now: datetime) -> None:
    """Note that a fault of ours stopped the run; it will be tried again from where it stood."""
    db.session.rollback()
    run = lock_run(run_id)
    if run.attempt == attempt and run.is_unfinished:
        run.state, run.moved_at, run.error = RunState.INTERRUPTED, now, error
    db.session.commit()


def write_chunk(run_id: int, attempt: int, seller: Values, *, now: datetime) -> bool:
    """Write one chunk in the caller's transaction; return whether there may be more.

    Raises:
        StoppedError: the run was stopped, which is written down, or is another attempt's by now.

    """
    run = _taken(run_id, attempt, now)
    ids = _next_ids(run)
    if not ids:
        _end(run, now)
        return False
    month = _month_of(run)
    drafts = drafts_of(ids, month, closed_before(month))
    write_drafts(drafts, making_of(run, seller, now))
    run.cursor, run.services_done = ids[-1], run.services_done + len(ids)
    db.session.flush()
    return True


def _taken(run_id: int, attempt: int, now: datetime) -> InvoiceRun:
    """Return the run, locked, if it is still this attempt's to do.

    Raises:
        StoppedError: it is not; a wish to stop is fulfilled here.

    """
    run = lock_run(run_id)
    if run.attempt != attempt or not run.is_unfinished:
        raise StoppedError
    if run.stop_asked_at is not None:
        run.state, run.ended_at, run.moved_at = RunState.STOPPED, now, now
        _note(run, now)
        raise StoppedError
    run.state, run.moved_at, run.error = RunState.RUNNING, now, ""
    return run


def _next_ids(run: InvoiceRun) -> list[int]:
    if run.is_second_pass:
        return waiting_ids_after(run.id, run.cursor, CHUNK)
    if not run.services_total:
        run.services_total = number_of_services()
    return service_ids_after(run.cursor, CHUNK)


def _month_of(run: InvoiceRun) -> Month:
    month = Month.read(run.month)
    if month is None:
        raise ValueError(run.month)
    return month


def _end(run: InvoiceRun, now: datetime) -> None:
    has_waiting = waiting_of(run.id) > 0
    run.state = RunState.INCOMPLETE if has_waiting else RunState.DONE
    run.ended_at, run.services_total = now, max(run.services_done, run.services_total)
    if not has_waiting:
        run.services_done = run.services_total
    _note(run, now)


def _note(run: InvoiceRun, now: datetime) -> None:
    """Record in the audit log what the run came to, as done by who started it (CFG-2)."""
    db.session.flush()
    sums = sums_of_month(run.month)
    audit.record(
        _author(run),
        f"billing.{run.state}",
        ("invoice_run", run.month),
        now=now,
        after={
            "services_done": run.services_done,
            "invoices": sums.invoices,
            "credit_notes": sums.credit_notes,
            "total": sums.total,
        },
    )


def _author(run: InvoiceRun) -> Actor:
    return Actor(
        kind=ActorKind.PROVIDER if run.started_by else ActorKind.SYSTEM,
        name=run.started_by_name,
        customer_id=provider_id(),
        user_id=run.started_by,
    )
