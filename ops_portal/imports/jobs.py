"""The import as a job of the background worker."""

from datetime import datetime

from flask import current_app

from ops_portal.core import outbox
from ops_portal.core.clock import now as read_clock
from ops_portal.core.config import Config
from ops_portal.imports.operations import JOB
from ops_portal.imports.running import interrupt, run_import


@outbox.handler(JOB, queue="imports")
def do_import(*, run_id: int, attempt: int, now: datetime) -> None:
    """Do a run; called again after a failure or a killed worker, it goes on where it stood."""
    config: Config = current_app.extensions["portal.config"]
    try:
        run_import(run_id, attempt, config.data, clock=read_clock)
    except Exception as error:
        interrupt(run_id, attempt, type(error).__name__, now=now)
        raise
