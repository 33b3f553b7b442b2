"""Telling customers about works, after they were announced, extended or cancelled."""

from datetime import datetime

from ops_portal.core import outbox
from ops_portal.maintenance import notices, queries
from ops_portal.maintenance.operations import TELL


@outbox.handler(TELL)
def tell(*, work_id: int, now: datetime) -> None:
    """Write the mails about works; run again, it adds none. Source: MNT-2."""
    notices.tell_customers(queries.work_for(work_id), now=now)
