"""Tables of the import: runs, the incidents each run met, and what it found."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
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


class RunState(StrEnum):
    """Where a run stands."""

    WAITING = "waiting"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


UNFINISHED = (RunState.WAITING, RunState.RUNNING, RunState.INTERRUPTED)
STALLED = timedelta(minutes=2)
RESUMABLE = (RunState.CANCELLED, RunState.FAILED, RunState.INTERRUPTED)


class Outcome(StrEnum):
    """What a run did with an incident."""

    IMPORTED = "imported"
    EXTENDED = "extended"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class ImportRun(IdMixin, TenantMixin, Base):
    """One reading of a file into the tickets of one contract, and how far it has come.

    `blocks_done` says where to go on; it is written in the transaction of the tickets themselves.
    """

    __tablename__ = "import_runs"
    __table_args__ = (
        UniqueConstraint("customer_id", "id"),
        ForeignKeyConstraint(
            ["customer_id", "contract_id"], ["contracts.customer_id", "contracts.id"]
        ),
        Index(
            "uq_import_runs_unfinished",
            "customer_id",
            "contract_id",
            "file_hash",
            "mapping_hash",
            unique=True,
            postgresql_where=text("state IN ('waiting', 'running', 'interrupted')"),
        ),
        Index("ix_import_runs_file_hash", "file_hash"),
    )

    contract_id: Mapped[int] = mapped_column(BigInteger)
    file_name: Mapped[str] = mapped_column(String(200))
    """As the sender called it; for reading only, never a path."""
    file_hash: Mapped[str] = mapped_column(String(64))
    file_bytes: Mapped[int] = mapped_column(BigInteger)
    mapping_name: Mapped[str] = mapped_column(String(60))
    mapping_text: Mapped[str]
    mapping_hash: Mapped[str] = mapped_column(String(64))
    source: Mapped[str] = mapped_column(String(60))
    started_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    started_by_name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]

    state: Mapped[str] = mapped_column(default=RunState.WAITING)
    attempt: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[datetime | None]
    moved_at: Mapped[datetime]
    """When it last got on."""
    ended_at: Mapped[datetime | None]
    cancel_asked_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")
    error_params: Mapped[dict[str, Any]] = mapped_column(default=dict)

    blocks_done: Mapped[int] = mapped_column(default=0)
    bytes_done: Mapped[int] = mapped_column(BigInteger, default=0)
    rows_read: Mapped[int] = mapped_column(default=0)
    rows_imported: Mapped[int] = mapped_column(default=0)
    rows_repaired: Mapped[int] = mapped_column(default=0)
    rows_unchanged: Mapped[int] = mapped_column(default=0)
    rows_refused: Mapped[int] = mapped_column(default=0)
    incidents_imported: Mapped[int] = mapped_column(default=0)
    incidents_extended: Mapped[int] = mapped_column(default=0)
    incidents_unchanged: Mapped[int] = mapped_column(default=0)
    incidents_refused: Mapped[int] = mapped_column(default=0)

    @property
    def is_unfinished(self) -> bool:
        """Whether it still waits, runs, or will be tried again."""
        return self.state in UNFINISHED

    @property
    def incidents_read(self) -> int:
        """How many incidents the file had so far."""
        return (
            self.incidents_imported
            + self.incidents_extended
            + self.incidents_unchanged
            + self.incidents_refused
        )

    @property
    def has_tickets(self) -> bool:
        """Whether any of its incidents is a ticket."""
        return self.incidents_read > self.incidents_refused

    def is_stalled(self, now: datetime) -> bool:
        """Whether it should be running but has not got on for long: its process went away."""
        return self.state == RunState.RUNNING and now - self.moved_at > STALLED

    @property
    def is_resumable(self) -> bool:
        """Whether it can be taken up where it stopped."""
        return self.state in RESUMABLE


class ImportEntry(IdMixin, TenantMixin, Base):
    """One incident of a run's file: where it stood, what was done, how long it took."""

    __tablename__ = "import_entries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["customer_id", "run_id"], ["import_runs.customer_id", "import_runs.id"]
        ),
        ForeignKeyConstraint(["customer_id", "ticket_id"], ["tickets.customer_id", "tickets.id"]),
        Index("ix_import_entries_run_id", "run_id", "id"),
        Index("ix_import_entries_ticket_id", "ticket_id", "run_id"),
    )

    run_id: Mapped[int] = mapped_column(BigInteger)
    ticket_id: Mapped[int | None] = mapped_column(BigInteger)
    reference: Mapped[str] = mapped_column(String(100))
    first_line: Mapped[int]
    last_line: Mapped[int]
    number_of_rows: Mapped[int]
    outcome: Mapped[str]
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    reaction_s: Mapped[int | None]
    restoration_s: Mapped[int | None]


class ImportFinding(IdMixin, TenantMixin, Base):
    """One fault of a run's file: repaired, or the reason of a refusal."""

    __tablename__ = "import_findings"
    __table_args__ = (
        ForeignKeyConstraint(
            ["customer_id", "run_id"], ["import_runs.customer_id", "import_runs.id"]
        ),
        Index("ix_import_findings_run_id", "run_id", "line", "id"),
        Index("ix_import_findings_code", "run_id", "code", "line", "id"),
    )

    run_id: Mapped[int] = mapped_column(BigInteger)
    line: Mapped[int]
    reference: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str]
    code: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str] = mapped_column(String(300))
