"""The watch over the clocks, and the mails about what was added to a ticket."""

from datetime import datetime

from sqlalchemy import select

from ops_portal.core import outbox
from ops_portal.core.db import db
from ops_portal.tickets import notices
from ops_portal.tickets.models import Ticket
from ops_portal.tickets.recording import raise_alarms

BATCH = 200


def watch_clocks(*, now: datetime) -> int:
    """Record the alarms of every ticket whose next threshold has come; return how many were new.

    Rows another ticker works on are skipped; the unique key of an alarm makes each happen once.
    The caller commits. Source: SLA-4; sla-cases T65, T67.
    """
    due = db.session.scalars(
        select(Ticket)
        .where(Ticket.next_alarm_at <= now)
        .order_by(Ticket.next_alarm_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True),
    ).all()
    found = sum(raise_alarms(ticket, now=now) for ticket in due)
    db.session.flush()
    return found


@outbox.handler("tickets.notify")
def notify(*, ticket_id: int, first: int, last: int, now: datetime) -> None:
    """Write the mails about the facts `first` to `last` of a ticket; run again, it adds none.

    Source: INC-7, §5.1.2.2.
    """
    notices.tell(ticket_id, first, last, now=now)
