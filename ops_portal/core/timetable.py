"""The timetable: what runs when, its last runs in the database, missed runs made up for once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from ops_portal.core import outbox
from ops_portal.core.db import Base, db


class ScheduleRun(Base):
    """When an entry of the timetable last ran and runs next; UTC."""

    __tablename__ = "schedule_runs"

    name: Mapped[str] = mapped_column(primary_key=True)
    last_slot: Mapped[datetime | None]
    next_slot: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Entry:
    """One job of the timetable: every so often, counted from midnight UTC plus an offset."""

    name: str
    every: timedelta
    offset: timedelta = timedelta(0)


def slot_at(entry: Entry, now: datetime) -> datetime:
    """Return the last instant at or before `now` at which the entry was due."""
    base = datetime(2020, 1, 1, tzinfo=UTC) + entry.offset
    return base + (now - base) // entry.every * entry.every


BEAT = "ticker"
BEAT_EVERY = timedelta(seconds=10)


def note_beat(now: datetime) -> None:
    """Write down that the ticker lives; at most every ten seconds."""
    beat = {"last_slot": now, "next_slot": now + BEAT_EVERY}
    db.session.execute(
        insert(ScheduleRun)
        .values(name=BEAT, **beat)
        .on_conflict_do_update(
            index_elements=["name"], set_=beat, where=ScheduleRun.next_slot <= now
        ),
    )


def last_beat() -> datetime | None:
    """Return when the ticker was last known to live."""
    return db.session.scalar(select(ScheduleRun.last_slot).where(ScheduleRun.name == BEAT))


def run_due(entries: Sequence[Entry], *, provider_id: int, now: datetime) -> list[str]:
    """Write a job for each entry that is due, and return the names; the caller commits.

    However many slots were missed, the job is written once. Two tickers write it once: the row of
    the entry is locked, and the job's key names the slot.
    """
    started = []
    for entry in entries:
        slot = slot_at(entry, now)
        db.session.execute(
            insert(ScheduleRun)
            .values(name=entry.name, next_slot=slot)
            .on_conflict_do_nothing(index_elements=["name"]),
        )
        row = db.session.execute(
            select(ScheduleRun).filter_by(name=entry.name).with_for_update(skip_locked=True),
        ).scalar_one_or_none()
        if row is None or row.next_slot > now:
            continue
        row.last_slot, row.next_slot = slot, slot + entry.every
        outbox.put(
            entry.name,
            {},
            customer_id=provider_id,
            now=now,
            key=f"{entry.name}:{slot.isoformat()}",
        )
        started.append(entry.name)
    db.session.flush()
    return started
