"""Letting the copies of open tickets follow a new calendar or changed works, in bounded steps.

The calendar and the works lie below the tickets and know nothing of them: this module looks for
versions that no run has followed yet, and a job carries each run along, batch by batch. A run keeps
its place, so a killed worker goes on where the last batch was committed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Row,
    UniqueConstraint,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from ops_portal.accounts.queries import provider_id
from ops_portal.contracts.models import CalendarVersion, Contract
from ops_portal.core import outbox
from ops_portal.core.db import Base, IdMixin, db
from ops_portal.core.errors import NotFoundError
from ops_portal.core.tenancy import TenantMixin
from ops_portal.maintenance.models import AffectedElement, PlannedWork
from ops_portal.tickets.models import OPEN_STATES, Ticket
from ops_portal.tickets.moving import Cause, Move, moves_of
from ops_portal.tickets.projection import project_many

BATCH = 200
BATCHES_A_JOB = 25
JOB = "tickets.recompute"


class Recomputation(IdMixin, Base):
    """One run over the open tickets that a change of calendar or works concerns (T50, T72)."""

    __tablename__ = "recomputations"
    __table_args__ = (UniqueConstraint("cause", "cause_id", "revision"),)

    cause: Mapped[str]
    cause_id: Mapped[int] = mapped_column(BigInteger)
    revision: Mapped[int]
    created_at: Mapped[datetime]
    total: Mapped[int]
    """Open tickets concerned when the run began."""
    done: Mapped[int] = mapped_column(default=0)
    moved: Mapped[int] = mapped_column(default=0)
    """Tickets with at least one clock that is due at another instant now."""
    last_ticket_id: Mapped[int] = mapped_column(BigInteger, default=0)
    finished_at: Mapped[datetime | None]


class DueMove(IdMixin, TenantMixin, Base):
    """A clock of an open ticket that is due at another instant after a run; the log of T50."""

    __tablename__ = "due_moves"
    __table_args__ = (
        Index("ix_due_moves_recomputation_id", "recomputation_id", "id"),
        Index("ix_due_moves_ticket_id", "ticket_id"),
        ForeignKeyConstraint(["customer_id", "ticket_id"], ["tickets.customer_id", "tickets.id"]),
    )

    recomputation_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("recomputations.id"))
    ticket_id: Mapped[int] = mapped_column(BigInteger)
    kpi: Mapped[str]
    before_at: Mapped[datetime | None]
    after_at: Mapped[datetime | None]


def follow_changes(*, now: datetime) -> int:
    """Begin a run for every calendar version and revision of works without one; give their number.

    Called at each beat of the ticker; the unique key of a run makes it happen once. The caller
    commits. Source: MNT-3, SLA-7; sla-cases T50, T72.
    """
    found = [(Cause.CALENDAR, key, 1) for key in db.session.scalars(_unfollowed_calendars())]
    found += [(Cause.WORKS, r.id, r.revision) for r in db.session.execute(_unfollowed_works())]
    begun = [begin(cause, key, revision, now=now) for cause, key, revision in found]
    return sum(run_id is not None for run_id in begun)


def begin(cause: Cause, cause_id: int, revision: int, *, now: datetime) -> int | None:
    """Begin a run and ask for its job; None when it has begun already.

    Args:
        cause: a new version of a calendar, or works.
        cause_id: which.
        revision: of the works; 1 for a calendar.
        now: the instant.

    """
    run_id = db.session.scalar(
        insert(Recomputation)
        .values(
            cause=cause,
            cause_id=cause_id,
            revision=revision,
            created_at=now,
            total=number_concerned(cause, cause_id),
            done=0,
            moved=0,
            last_ticket_id=0,
        )
        .on_conflict_do_nothing()
        .returning(Recomputation.id)
    )
    if run_id is not None:
        _ask(run_id, 0, now)
    return run_id


@outbox.handler(JOB)
def recompute(*, run_id: int, now: datetime) -> None:
    """Carry a run along for a bounded number of batches, each committed, then ask for the rest.

    Run twice, or after a crash, it goes on behind the last committed batch.
    Source: sla-cases T72.
    """
    for _ in range(BATCHES_A_JOB):
        run = db.session.get_one(Recomputation, run_id, with_for_update=True)
        if run.finished_at is not None:
            return
        recompute_batch(run, now=now)
        db.session.commit()
    run = db.session.get_one(Recomputation, run_id)
    if run.finished_at is None:
        _ask(run_id, run.last_ticket_id, now)
        db.session.commit()


def recompute_batch(run: Recomputation, *, now: datetime) -> None:
    """Bring the copies of the next tickets up to date, log what moved, and keep the place."""
    tickets = db.session.scalars(
        select(Ticket)
        .where(*concerned(Cause(run.cause), run.cause_id), Ticket.id > run.last_ticket_id)
        .order_by(Ticket.id)
        .limit(BATCH)
        .with_for_update(of=Ticket)
        .execution_options(populate_existing=True)
    ).all()
    moves = moves_of(tickets, Cause(run.cause), run.cause_id, now=now)
    project_many(tickets, now=now)
    if moves:
        db.session.execute(insert(DueMove), [_row(run.id, move) for move in moves])
    run.done += len(tickets)
    run.moved += len({move.ticket_id for move in moves})
    if len(tickets) < BATCH:
        run.finished_at = now
    else:
        run.last_ticket_id = tickets[-1].id
    db.session.flush()


def run_for(run_id: int) -> Recomputation:
    """Return a run.

    Raises:
        NotFoundError: there is none.

    """
    run = db.session.get(Recomputation, run_id)
    if run is None:
        raise NotFoundError
    return run


def log_of(run: Recomputation, *, limit: int = 200) -> Sequence[Row[DueMove, str, str]]:
    """Return the first moves of a run with the ticket's reference and title."""
    query = (
        select(DueMove, Ticket.reference, Ticket.title)
        .join(Ticket, Ticket.id == DueMove.ticket_id)
        .where(DueMove.recomputation_id == run.id)
        .order_by(DueMove.id)
        .limit(limit)
    )
    return db.session.execute(query).all()


def number_concerned(cause: Cause, cause_id: int) -> int:
    """Return how many open tickets a change concerns."""
    query = select(func.count()).select_from(Ticket).where(*concerned(cause, cause_id))
    return db.session.execute(query).scalar_one()


def most_urgent(cause: Cause, cause_id: int, *, limit: int) -> Sequence[Ticket]:
    """Return the open tickets a change concerns, the most urgent first, so many at most."""
    query = (
        select(Ticket)
        .where(*concerned(cause, cause_id))
        .order_by(Ticket.urgency_rank, Ticket.urgency_at, Ticket.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def concerned(cause: Cause, cause_id: int) -> list[ColumnElement[bool]]:
    """Return which open tickets a change concerns; judged ones keep the terms of their verdict."""
    is_open = Ticket.state.in_(OPEN_STATES)
    if cause is Cause.CALENDAR:
        contracts = (
            select(Contract.id)
            .join(CalendarVersion, CalendarVersion.calendar == Contract.calendar)
            .where(CalendarVersion.id == cause_id)
        )
        return [is_open, Ticket.contract_id.in_(contracts)]
    elements = select(AffectedElement.element_id).where(AffectedElement.work_id == cause_id)
    return [is_open, Ticket.element_id.in_(elements)]


def _unfollowed_calendars() -> Any:  # noqa: ANN401 (a select)
    followed = select(Recomputation.id).where(
        Recomputation.cause == Cause.CALENDAR, Recomputation.cause_id == CalendarVersion.id
    )
    return select(CalendarVersion.id).where(~followed.exists()).order_by(CalendarVersion.id)


def _unfollowed_works() -> Any:  # noqa: ANN401 (a select)
    followed = select(Recomputation.id).where(
        Recomputation.cause == Cause.WORKS,
        Recomputation.cause_id == PlannedWork.id,
        Recomputation.revision == PlannedWork.revision,
    )
    query = select(PlannedWork.id, PlannedWork.revision)
    return query.where(~followed.exists()).order_by(PlannedWork.id)


def _ask(run_id: int, place: int, now: datetime) -> None:
    outbox.put(
        JOB, {"run_id": run_id}, customer_id=provider_id(), now=now, key=f"{JOB}:{run_id}:{place}"
    )


def _row(run_id: int, move: Move) -> dict[str, Any]:
    return {
        "recomputation_id": run_id,
        "customer_id": move.customer_id,
        "ticket_id": move.ticket_id,
        "kpi": move.kpi,
        "before_at": move.before_at,
        "after_at": move.after_at,
    }
