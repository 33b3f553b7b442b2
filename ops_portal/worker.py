"""The worker: takes ids from the queue and runs the outbox rows behind them."""

from collections.abc import Sequence

from flask import Flask
from rq import Queue
from rq.worker import SimpleWorker

from ops_portal.core import outbox, queue
from ops_portal.core.clock import now
from ops_portal.core.config import Config

_app: list[Flask] = []


def run_job(job_id: int) -> bool:
    """Run one outbox row; called by RQ."""
    with _app[0].app_context():
        return outbox.run(job_id, now())


def work(app: Flask, names: Sequence[str] = queue.QUEUES, *, is_burst: bool = False) -> None:
    """Work on these queues until told to stop; one process, jobs one after another."""
    _app[:] = [app]
    config: Config = app.extensions["portal.config"]
    client = queue.worker_connection(config.redis_url)
    queues = [Queue(name, connection=client, serializer="json") for name in names]
    worker = SimpleWorker(
        queues, connection=client, serializer="json", maintenance_interval=60, worker_ttl=60
    )
    worker.work(burst=is_burst, with_scheduler=False, logging_level="WARNING")
