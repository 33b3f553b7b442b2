"""Tables of exports, deletions and their certificates."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    FetchedValue,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ops_portal.core.db import Base, IdMixin
from ops_portal.core.tenancy import TenantMixin


class ExportState(StrEnum):
    """Where an export stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"
    EXPIRED = "expired"


UNFINISHED = (ExportState.WAITING, ExportState.RUNNING)
STALLED = timedelta(minutes=2)


class DataExport(IdMixin, TenantMixin, Base):
    """One archive of everything a customer may see, and how far it has come (INV-11)."""

    __tablename__ = "data_exports"
    __table_args__ = (
        CheckConstraint("language IN ('fr', 'nl', 'en')", name="language"),
        CheckConstraint(
            "state IN ('waiting', 'running', 'done', 'stopped', 'failed', 'expired')", name="state"
        ),
        Index("ix_data_exports_customer_id_id", "customer_id", "id"),
        Index(
            "uq_data_exports_unfinished",
            "customer_id",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'running')"),
        ),
    )

    state: Mapped[str] = mapped_column(String(20), default=ExportState.WAITING)
    attempt: Mapped[int] = mapped_column(default=0)
    """Counts the times it was begun; the archive of another attempt is never taken for this one."""
    language: Mapped[str] = mapped_column(String(2))
    requested_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    requested_by_name: Mapped[str] = mapped_column(String(200), default="")
    requested_at: Mapped[datetime]
    moved_at: Mapped[datetime]
    """When it last got on."""
    ended_at: Mapped[datetime | None]
    stop_asked_at: Mapped[datetime | None]
    records_total: Mapped[int] = mapped_column(BigInteger, default=0)
    """Rows and files, counted when it began."""
    records_done: Mapped[int] = mapped_column(BigInteger, default=0)
    number_of_bytes: Mapped[int] = mapped_column(BigInteger, default=0)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    expires_at: Mapped[datetime | None]
    """Until then it can be downloaded."""
    downloads: Mapped[int] = mapped_column(default=0)
    downloaded_at: Mapped[datetime | None]
    """When it was last downloaded."""

    @property
    def is_unfinished(self) -> bool:
        """Whether it still waits or runs."""
        return self.state in UNFINISHED

    def is_stalled(self, now: datetime) -> bool:
        """Whether it should be running but has not got on for long."""
        return self.state == ExportState.RUNNING and now - self.moved_at > STALLED

    def is_ready(self, now: datetime) -> bool:
        """Whether it can be downloaded."""
        is_open = self.expires_at is not None and now < self.expires_at
        return self.state == ExportState.DONE and is_open

    @property
    def path(self) -> str:
        """Where its archive lies in the store, among the files of its customer."""
        return f"{self.customer_id}/exports/{self.id}-{self.attempt}.zip"


class DeletionState(StrEnum):
    """Where a deletion stands; what its instants say."""

    REQUESTED = "requested"
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    WITHDRAWN = "withdrawn"


class Deletion(IdMixin, TenantMixin, Base):
    """The decision to delete the data of a customer whose service has ended (CON-4).

    The database writes the instants of both decisions itself, and refuses the same person twice.
    """

    __tablename__ = "deletions"
    __table_args__ = (
        UniqueConstraint("customer_id", "id"),
        CheckConstraint("approved_by <> requested_by", name="two_people"),
        CheckConstraint("wait_days >= 7", name="wait"),
        Index(
            "uq_deletions_open",
            "customer_id",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
    )

    reason: Mapped[str] = mapped_column(default="")
    wait_days: Mapped[int]
    """From the catalogue; how long a decided deletion can still be withdrawn."""
    requested_by: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    requested_by_name: Mapped[str] = mapped_column(String(200))
    requested_at: Mapped[datetime] = mapped_column(server_default=FetchedValue())
    approved_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    approved_by_name: Mapped[str] = mapped_column(String(200), default="")
    approved_at: Mapped[datetime | None]
    erasable_at: Mapped[datetime | None]
    """When the waiting period is over."""
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    withdrawn_by_name: Mapped[str] = mapped_column(String(200), default="")
    withdrawal_reason: Mapped[str] = mapped_column(default="")
    reminded_at: Mapped[datetime | None]
    """When the customer was told, with the way to the export."""
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    moved_at: Mapped[datetime | None]
    plan: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What was there when it began: rows by table, files, jobs."""
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What was deleted and emptied so far, by table; written with the deletion itself."""
    people: Mapped[list[Any]] = mapped_column(default=list)
    """Ids of the people whose roles were deleted."""
    copy_to: Mapped[str] = mapped_column(String(254), default="")
    """Where the copy of the certificate goes."""
    copy_language: Mapped[str] = mapped_column(String(2), default="")
    copy_tries: Mapped[int] = mapped_column(default=0)
    copy_sent_at: Mapped[datetime | None]

    @property
    def state(self) -> DeletionState:
        """Where it stands."""
        if self.withdrawn_at is not None:
            return DeletionState.WITHDRAWN
        if self.finished_at is not None:
            return DeletionState.DONE
        if self.started_at is not None:
            return DeletionState.RUNNING
        return DeletionState.WAITING if self.approved_at is not None else DeletionState.REQUESTED


class DeletionCertificate(IdMixin, TenantMixin, Base):
    """What was deleted, when, by which rule and by whose decision; no data of the customer."""

    __tablename__ = "deletion_certificates"
    __table_args__ = (
        UniqueConstraint("deletion_id"),
        UniqueConstraint("number"),
        ForeignKeyConstraint(
            ["customer_id", "deletion_id"], ["deletions.customer_id", "deletions.id"]
        ),
    )

    deletion_id: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[str] = mapped_column(String(40))
    issued_at: Mapped[datetime]
    document: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
    """Of the document, as canonical JSON."""
