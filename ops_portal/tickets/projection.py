"""Bringing the copies of many tickets up to date at once, with a fixed number of queries."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from ops_portal.core.db import db
from ops_portal.tickets.clocks import keep_copies, read_clocks
from ops_portal.tickets.models import Alarm, Fact, Ticket
from ops_portal.tickets.recording import PROGRESS, update_due

AlarmKey = tuple[str, datetime, str]


def project_many(tickets: Sequence[Ticket], *, now: datetime) -> None:
    """Rebuild the copies of open tickets from their facts.

    Args:
        tickets: locked rows.
        now: the instant of reading.

    Source: sla.md, introduction: a figure stored for sorting is a copy that can be rebuilt.

    """
    ids = [ticket.id for ticket in tickets]
    readings = read_clocks(tickets, as_of=now)
    alarms, told = _alarms_of(ids), _last_told(ids)
    for ticket in tickets:
        reading = readings[ticket.id]
        keep_copies(ticket, reading, alarms[ticket.id])
        ticket.update_due_at = update_due(ticket, reading, told.get(ticket.id))


def _alarms_of(ids: Sequence[int]) -> dict[int, set[AlarmKey]]:
    rows = db.session.execute(
        select(Alarm.ticket_id, Alarm.kpi, Alarm.period_start, Alarm.kind).where(
            Alarm.ticket_id.in_(ids)
        )
    )
    found: dict[int, set[AlarmKey]] = defaultdict(set)
    for ticket_id, kpi, start, kind in rows:
        found[ticket_id].add((kpi, start, kind))
    return found


def _last_told(ids: Sequence[int]) -> dict[int, datetime]:
    """Return when the provider last said something public; see `recording.project`."""
    last = (
        select(func.max(Fact.seq).label("seq"), Fact.ticket_id)
        .where(
            Fact.ticket_id.in_(ids),
            Fact.kind.in_(PROGRESS),
            Fact.is_public,
            Fact.author_kind == "provider",
        )
        .group_by(Fact.ticket_id)
        .subquery()
    )
    rows = db.session.execute(
        select(Fact.ticket_id, Fact.at).join(
            last, (last.c.ticket_id == Fact.ticket_id) & (last.c.seq == Fact.seq)
        )
    )
    return {row.ticket_id: row.at for row in rows}
