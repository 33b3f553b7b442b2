"""The import as a job of the background worker."""

from datetime import datetime, timedelta

from flask import current_app

from ops_portal.core import outbox
from ops_portal.core.clock import now as read_clock
from ops_portal.core.config import Config
from ops_portal.imports.operations import JOB
from ops_portal.imports.queries import hashes_in_use
from ops_portal.imports.running import interrupt, run_import
from ops_portal.imports.storage import delete_unless

KEEP_FILES = timedelta(days=30)


@outbox.handler(JOB, queue="imports")
def do_import(*, run_id: int, attempt: int, now: datetime) -> None:
    """Do a run; called again after a failure or a killed worker, it goes on where it stood."""
    config: Config = current_app.extensions["portal.config"]
    try:
        run_import(run_id, attempt, config.data, clock=read_clock)
    except Exception as error:
        interrupt(run_id, attempt, type(error).__name__, now=now)
        raise


@outbox.handler("imports.purge")
def purge(*, now: datetime) -> None:
    """Delete the files of imports that ended long ago; stopped ones keep theirs, to be resumed."""
    config: Config = current_app.extensions["portal.config"]
    before = now - KEEP_FILES
    delete_unless(config.data, hashes_in_use(before), before=before)
