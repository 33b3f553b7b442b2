"""The ticker: drains the outbox, watches the clocks, keeps the timetable; one at a time.

A second ticker waits for the advisory lock of the first and takes over when it goes.
"""

import signal
import threading
from datetime import datetime

import structlog
from flask import Flask
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from ops_portal.accounts.queries import provider_id
from ops_portal.core import outbox, queue
from ops_portal.core.clock import now
from ops_portal.core.config import Config
from ops_portal.core.db import db
from ops_portal.core.tenancy import Scope, scoped
from ops_portal.core.timetable import note_beat, run_due
from ops_portal.jobs import TIMETABLE, WATCHES

log = structlog.get_logger()
LOCK = 7312
BEAT_S = 1.0


def tick(app: Flask) -> None:
    """Beat until told to stop; a fault of the database or the queue is survived."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with app.app_context():
        while not stop.is_set():
            try:
                _lead(app, stop)
            except SQLAlchemyError as error:
                log.warning("ticker.database", error=type(error).__name__)
                db.session.rollback()
                stop.wait(BEAT_S)


def _lead(app: Flask, stop: threading.Event) -> None:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as guard:
        while not stop.is_set() and not _is_leader(guard):
            stop.wait(BEAT_S)
        while not stop.is_set():
            guard.execute(select(1))
            beat(app, now())
            stop.wait(BEAT_S)


def _is_leader(guard: Connection) -> bool:
    return bool(guard.scalar(select(func.pg_try_advisory_lock(LOCK))))


def beat(app: Flask, at: datetime) -> None:
    """Do one round: timetable, watches, sweep, drain."""
    config: Config = app.extensions["portal.config"]
    with scoped(Scope.system("ticker"), db.session):
        note_beat(at)
        run_due(TIMETABLE, provider_id=provider_id(), now=at)
        db.session.commit()
        for watch in WATCHES:
            watch(now=at)
            db.session.commit()
        outbox.sweep(at)
        db.session.commit()
        drain(config.redis_url, at)


def drain(redis_url: str, at: datetime) -> int:
    """Move due outbox rows to the queue; what cannot be sent goes back to waiting."""
    if not queue.is_up(redis_url):
        return 0
    rows = outbox.take_due(at)
    db.session.commit()
    failed = queue.send(redis_url, rows)
    if failed:
        outbox.put_back(failed, at)
        db.session.commit()
    return len(rows) - len(failed)
