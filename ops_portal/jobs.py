"""The timetable as data, and the jobs of the portal's own upkeep."""

from datetime import datetime, timedelta

from ops_portal.core import idempotency, limits, outbox
from ops_portal.core.timetable import Entry
from ops_portal.tickets import jobs as tickets_jobs
from ops_portal.tickets import recomputing

KEEP_DONE = timedelta(days=7)
KEEP_KEYS = timedelta(days=3)
KEEP_COUNTERS = timedelta(days=1)

TIMETABLE = (
    Entry("upkeep.purge", timedelta(days=1), timedelta(hours=2)),
)

WATCHES = (tickets_jobs.watch_clocks, recomputing.follow_changes)
"""What the ticker looks for at each beat, called with `now`; each is done in its own transaction."""


@outbox.handler("upkeep.purge")
def purge(*, now: datetime) -> None:
    """Delete what is kept for some days only: finished jobs, used keys, old counters."""
    outbox.purge_done(now - KEEP_DONE)
    idempotency.purge(now - KEEP_KEYS)
    limits.purge(now - KEEP_COUNTERS)
