"""Rate limits counted in PostgreSQL: they hold over restarts and without Valkey."""

from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from ops_portal.core.db import Base, db
from ops_portal.core.errors import N_, LimitedError


class RateCounter(Base):
    """How often something was tried in one window of time."""

    __tablename__ = "rate_counters"

    bucket: Mapped[str] = mapped_column(primary_key=True)
    window: Mapped[datetime] = mapped_column("window_start", primary_key=True)
    number: Mapped[int]


def count_attempt(bucket: str, *, limit: int, per: timedelta, now: datetime) -> int:
    """Count one attempt, in a transaction of its own, and return how many are left.

    Args:
        bucket: what is counted; only its hash is kept, since it may name an address.
        limit: attempts allowed in each window.
        per: the length of the windows, which stand one after another.
        now: the instant, aware.

    Raises:
        LimitedError: the limit of this window is used up.

    """
    seconds = int(per.total_seconds())
    start = now.timestamp() - now.timestamp() % seconds
    with db.engine.begin() as connection:
        number: int = connection.execute(
            text(
                "INSERT INTO rate_counters (bucket, window_start, number)"
                " VALUES (:bucket, to_timestamp(:start), 1)"
                " ON CONFLICT (bucket, window_start)"
                " DO UPDATE SET number = rate_counters.number + 1 RETURNING number",
            ),
            {"bucket": _kept(bucket), "start": start},
        ).scalar_one()
    if number > limit:
        wait = int(start + seconds - now.timestamp()) + 1
        message = N_("Too many attempts. Try again in {minutes} min.")
        raise LimitedError(message, retry_after_s=wait, params={"minutes": -(-wait // 60)})
    return limit - number


def forget_attempts(bucket: str) -> None:
    """Clear a bucket after success."""
    with db.engine.begin() as connection:
        connection.execute(
            text("DELETE FROM rate_counters WHERE bucket = :bucket"), {"bucket": _kept(bucket)}
        )


def purge(before: datetime) -> None:
    """Delete windows that began before the instant."""
    with db.engine.begin() as connection:
        connection.execute(
            text("DELETE FROM rate_counters WHERE window_start < :before"), {"before": before}
        )


def _kept(bucket: str) -> str:
    kind, _, whose = bucket.partition(":")
    return f"{kind}:{sha256(whose.encode()).hexdigest()[:32]}"
