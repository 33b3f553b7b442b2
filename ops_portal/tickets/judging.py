"""Judging: the verdicts of an ended ticket, kept with the terms they were made by."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from ops_portal.contracts.queries import Terms
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.tickets.clocks import Reading
from ops_portal.tickets.models import Fact, FactKind, Ticket, TicketState, Verdict
from sla.clock import Clock

JUDGED_STATES = frozenset({TicketState.RESOLVED, TicketState.CLOSED, TicketState.VOID})
SAME = ("period", "kpi", "priority", "target_s", "elapsed_s", "state", "due_at", "breached_at")


def must_unpin(ticket: Ticket) -> bool:
    """Whether the ticket was reopened since it was judged: it follows the current terms again."""
    if ticket.judged_calendar_id is None:
        return False
    last = db.session.scalar(
        select(Fact.kind)
        .where(
            Fact.ticket_id == ticket.id,
            Fact.kind.in_([FactKind.RESOLVED, FactKind.REOPENED, FactKind.VOIDED]),
        )
        .order_by(Fact.seq.desc())
        .limit(1),
    )
    return last == FactKind.REOPENED


def judge_if_ended(ticket: Ticket, reading: Reading, actor: Actor, *, now: datetime) -> None:
    """Keep the verdicts of an ended ticket, with the terms they were made by; old ones stay.

    Source: SLA-6; sla-cases T39, T51, T57.
    """
    if ticket.state not in JUDGED_STATES:
        return
    used = reading.context.terms
    ticket.judged_description_id = used.description_id
    ticket.judged_calendar_id = used.calendar_id
    fresh = [verdict_values(ticket, clock, actor, used, now) for clock in reading.clocks]
    if _is_known(ticket, fresh):
        return
    db.session.execute(
        update(Verdict)
        .where(Verdict.ticket_id == ticket.id, Verdict.is_current)
        .values(is_current=False)
        .execution_options(synchronize_session=False),
    )
    if fresh:
        db.session.execute(insert(Verdict), [{**v, "judgement": ticket.version} for v in fresh])


def verdict_values(
    ticket: Ticket, clock: Clock, actor: Actor, used: Terms, now: datetime
) -> dict[str, Any]:
    """Return the columns of one verdict."""
    return {
        "customer_id": ticket.customer_id,
        "ticket_id": ticket.id,
        "period": clock.period,
        "kpi": clock.kpi,
        "priority": clock.priority,
        "obligation": clock.obligation,
        "target_s": clock.target_s,
        "elapsed_s": clock.elapsed_s,
        "state": clock.state,
        "reason": clock.reason,
        "due_at": clock.due_at,
        "breached_at": clock.breached_at,
        "description_id": used.description_id,
        "calendar_id": used.calendar_id,
        "judged_at": now,
        "judged_by": actor.user_id,
        "is_current": True,
    }


def _is_known(ticket: Ticket, fresh: list[dict[str, Any]]) -> bool:
    current = db.session.scalars(
        select(Verdict).where(Verdict.ticket_id == ticket.id, Verdict.is_current)
    ).all()
    known = {(v.period, v.kpi): tuple(getattr(v, name) for name in SAME) for v in current}
    return len(known) == len(fresh) and all(
        known.get((v["period"], v["kpi"])) == tuple(v[name] for name in SAME) for v in fresh
    )
