"""The queue: RQ over Valkey, json only, short time-outs, no retries in a request."""

from functools import cache

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue

QUEUES = ("mail", "default", "imports")
RUN = "ops_portal.worker.run_job"


@cache
def connection(url: str) -> Redis:
    """Return a client that answers or fails within half a second."""
    return Redis.from_url(
        url,
        retry=Retry(NoBackoff(), 0),
        socket_timeout=0.5,
        socket_connect_timeout=0.5,
        decode_responses=False,
    )


def send(url: str, rows: list[tuple[int, str, int]]) -> list[int]:
    """Enqueue outbox rows `(id, queue, attempt)`; return the ids that could not be sent."""
    failed = []
    client = connection(url)
    for row_id, queue, attempt in rows:
        try:
            Queue(queue, connection=client, serializer="json").enqueue_call(
                RUN,
                args=(row_id,),
                job_id=f"outbox-{row_id}-{attempt}",
                timeout=3600 if queue == "imports" else 300,
                result_ttl=60,
                failure_ttl=3600,
            )
        except RedisError:
            failed.append(row_id)
    return failed


def is_up(url: str) -> bool:
    """Whether Valkey answers."""
    try:
        return bool(connection(url).ping())
    except RedisError:
        return False


def depth(url: str) -> dict[str, int]:
    """Return the number of jobs in each queue; empty when Valkey is away."""
    try:
        client = connection(url)
        return {name: len(Queue(name, connection=client, serializer="json")) for name in QUEUES}
    except RedisError:
        return {}


def worker_connection(url: str) -> Redis:
    """Return a client that waits for jobs and comes back after an outage."""
    return Redis.from_url(url, socket_connect_timeout=2)
