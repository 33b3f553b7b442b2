"""Rebuilding the copies of all tickets from their facts, and telling where they differed."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from ops_portal.core.db import db
from ops_portal.tickets.models import Ticket
from ops_portal.tickets.recording import project

COPIES = (
    "version",
    "state",
    "priority",
    "owner_id",
    "line",
    "paused_reason",
    "resolved_at",
    "urgency_rank",
    "urgency_at",
    "breached_from",
    "next_alarm_at",
    "update_due_at",
)
BATCH = 200


def rebuild_all(*, now: datetime, is_fix: bool) -> Iterator[str]:
    """Yield a line for each copy that is not what the facts say; write it when `is_fix`.

    Source: sla.md, introduction: a figure stored for sorting is a copy that can be rebuilt.
    """
    last = 0
    while True:
        tickets = db.session.scalars(
            select(Ticket).where(Ticket.id > last).order_by(Ticket.id).limit(BATCH)
        ).all()
        if not tickets:
            return
        for ticket in tickets:
            before = {name: getattr(ticket, name) for name in COPIES}
            project(ticket, now=now)
            for name, value in before.items():
                if getattr(ticket, name) != value:
                    yield f"{ticket.reference} {name}: {value} → {getattr(ticket, name)}"
        last = tickets[-1].id
        if is_fix:
            db.session.commit()
        else:
            db.session.rollback()
        db.session.expunge_all()
