"""The timetable as data, and the jobs of the portal's own upkeep."""

from datetime import datetime, timedelta

from flask import current_app

from ops_portal.accounts.operations import forget_sessions
from ops_portal.core import anchors, idempotency, limits, outbox
from ops_portal.core.config import Config
from ops_portal.core.timetable import Entry
from ops_portal.tickets import jobs as tickets_jobs
from ops_portal.tickets import recomputing

KEEP_DONE = timedelta(days=7)
KEEP_KEYS = timedelta(days=3)
KEEP_COUNTERS = timedelta(days=1)
KEEP_SESSIONS = timedelta(days=30)

TIMETABLE = (
    Entry("upkeep.purge", timedelta(days=1), timedelta(hours=2)),
    Entry("audit.anchor", timedelta(minutes=15)),
    Entry("contracts.nightly", timedelta(days=1), timedelta(hours=23, minutes=5)),
    Entry("contracts.link_access_owners", timedelta(minutes=10)),
    Entry("imports.purge", timedelta(days=1), timedelta(hours=3)),
    Entry("records.nightly", timedelta(days=1), timedelta(hours=3, minutes=30)),
)

WATCHES = (tickets_jobs.watch_clocks, recomputing.follow_changes)
"""What the ticker looks for at each beat, called with `now`, each in its own transaction."""


@outbox.handler("audit.anchor")
def anchor(*, now: datetime) -> None:
    """Keep the heads of the audit chains outside the database. Source: CFG-2, GDP-2."""
    config: Config = current_app.extensions["portal.config"]
    anchors.write_anchors(config.data, now=now)


@outbox.handler("upkeep.purge")
def purge(*, now: datetime) -> None:
    """Delete what is kept for some days only: finished jobs, keys, counters, sessions."""
    outbox.purge_done(now - KEEP_DONE)
    idempotency.purge(now - KEEP_KEYS)
    limits.purge(now - KEEP_COUNTERS)
    forget_sessions(now - KEEP_SESSIONS)
