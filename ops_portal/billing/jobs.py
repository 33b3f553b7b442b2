"""Closing a month as a job of the background worker."""

from datetime import datetime

from flask import current_app

from ops_portal.billing.closing import close, interrupt
from ops_portal.billing.operations import JOB
from ops_portal.core import outbox
from ops_portal.core.clock import now as read_clock
from ops_portal.core.config import Config


@outbox.handler(JOB, queue="imports")
def close_month(*, run_id: int, attempt: int, now: datetime) -> None:
    """Do a run; called again after a failure or a killed worker, it goes on where it stood."""
    config: Config = current_app.extensions["portal.config"]
    try:
        close(run_id, attempt, config.seller.snapshot(), clock=read_clock)
    except Exception as error:
        interrupt(run_id, attempt, type(error).__name__, now=now)
        raise
