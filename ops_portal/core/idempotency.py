"""Idempotent requests: the key and the answer are rows of the same transaction as the work."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from ops_portal.core.db import Base, db


class IdempotencyKey(Base):
    """A request that was answered once; repeated, it gets the same answer."""

    __tablename__ = "idempotency_keys"

    owner: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(BigInteger)
    fingerprint: Mapped[str]
    created_at: Mapped[datetime]
    status: Mapped[int | None]
    answer: Mapped[dict[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Earlier:
    """The answer given before, and what was asked then."""

    fingerprint: str
    status: int | None
    answer: dict[str, Any]


def claim(
    owner: str, key: str, *, user_id: int | None, fingerprint: str, now: datetime
) -> Earlier | None:
    """Claim a key for this transaction; waits for another request that holds it.

    Returns None when the work is to be done now, else the answer given before.
    """
    values = {
        "owner": owner,
        "key": key,
        "user_id": user_id,
        "fingerprint": fingerprint,
        "created_at": now,
    }
    fresh = db.session.execute(
        insert(IdempotencyKey)
        .values(values)
        .on_conflict_do_nothing()
        .returning(IdempotencyKey.key),
    ).scalar_one_or_none()
    if fresh is not None:
        return None
    row = db.session.execute(select(IdempotencyKey).filter_by(owner=owner, key=key)).scalar_one()
    return Earlier(row.fingerprint, row.status, row.answer or {})


def remember(owner: str, key: str, *, status: int, answer: dict[str, Any]) -> None:
    """Keep the answer, in the transaction of the work."""
    db.session.execute(
        update(IdempotencyKey)
        .where(IdempotencyKey.owner == owner, IdempotencyKey.key == key)
        .values(status=status, answer=answer),
    )


def purge(before: datetime) -> None:
    """Delete keys made before the instant."""
    db.session.execute(
        text("DELETE FROM idempotency_keys WHERE created_at < :before"), {"before": before}
    )
