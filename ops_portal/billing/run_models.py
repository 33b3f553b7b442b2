"""Tables of the monthly run: one run a month, and what became of each service in it."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from ops_portal.billing.models import MONEY
from ops_portal.core.db import Base, IdMixin
from ops_portal.core.tenancy import TenantMixin


class RunState(StrEnum):
    """Where the closing of a month stands."""

    WAITING = "waiting"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    STOPPED = "stopped"
    INCOMPLETE = "incomplete"
    """Everything is invoiced that can be; some services wait for details of their customer."""
    DONE = "done"


UNFINISHED = (RunState.WAITING, RunState.RUNNING, RunState.INTERRUPTED)
RESUMABLE = (RunState.STOPPED, RunState.INTERRUPTED, RunState.INCOMPLETE)
OVER = (RunState.INCOMPLETE, RunState.DONE)
STALLED = timedelta(minutes=2)


class EntryState(StrEnum):
    """What a run did with a service."""

    INVOICED = "invoiced"
    NOTHING = "nothing"
    """There is nothing to charge for the month."""
    WAITING = "waiting"
    """The customer's details are incomplete, or an earlier month waits."""


class InvoiceRun(IdMixin, Base):
    """The closing of one month for all customers; it belongs to the provider."""

    __tablename__ = "invoice_runs"
    __table_args__ = (
        UniqueConstraint("month"),
        CheckConstraint(
            "state IN ('waiting', 'running', 'interrupted', 'stopped', 'incomplete', 'done')",
            name="state",
        ),
    )

    month: Mapped[str] = mapped_column(String(7))
    issued_on: Mapped[date]
    """The date of the invoices that are made now."""
    state: Mapped[str] = mapped_column(String(20), default=RunState.WAITING)
    attempt: Mapped[int] = mapped_column(default=1)
    started_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    started_by_name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    moved_at: Mapped[datetime]
    """When it last got on."""
    ended_at: Mapped[datetime | None]
    stop_asked_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(default="")
    cursor: Mapped[int] = mapped_column(BigInteger, default=0)
    """The last service that was looked at; written with the invoices themselves."""
    is_second_pass: Mapped[bool] = mapped_column(default=False)
    """Whether it looks only at the services that waited (for their customer's details)."""
    services_total: Mapped[int] = mapped_column(default=0)
    services_done: Mapped[int] = mapped_column(default=0)

    @property
    def is_unfinished(self) -> bool:
        """Whether it still waits, runs, or will be tried again."""
        return self.state in UNFINISHED

    @property
    def is_over(self) -> bool:
        """Whether the next month may follow."""
        return self.state in OVER

    def is_resumable(self, now: datetime) -> bool:
        """Whether it can be taken up: it was stopped, waits for details, or its process is gone."""
        return self.state in RESUMABLE or self.is_stalled(now)

    def is_stalled(self, now: datetime) -> bool:
        """Whether it should be running but has not got on for long."""
        return self.state == RunState.RUNNING and now - self.moved_at > STALLED


class RunEntry(IdMixin, TenantMixin, Base):
    """What a run did with one service; unique, so that no month is invoiced twice."""

    __tablename__ = "invoice_run_entries"
    __table_args__ = (
        UniqueConstraint("run_id", "service_id"),
        ForeignKeyConstraint(
            ["customer_id", "service_id"], ["services.customer_id", "services.id"]
        ),
        ForeignKeyConstraint(
            ["customer_id", "invoice_id"], ["invoices.customer_id", "invoices.id"]
        ),
        CheckConstraint("state IN ('invoiced', 'nothing', 'waiting')", name="state"),
        CheckConstraint("(state = 'invoiced') = (invoice_id IS NOT NULL)", name="invoiced"),
        Index("ix_invoice_run_entries_service_id", "service_id", "run_id"),
        Index("ix_invoice_run_entries_state", "run_id", "state", "id"),
    )

    run_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("invoice_runs.id"))
    service_id: Mapped[int] = mapped_column(BigInteger)
    invoice_id: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(20))
    missing: Mapped[list[Any]] = mapped_column(default=list)
    """Which details are missing, by key."""
    net: Mapped[Decimal] = mapped_column(MONEY, default=Decimal(0))
    corrected: Mapped[Decimal] = mapped_column(MONEY, default=Decimal(0))
    """The part of the net amount that puts closed months right."""
    fingerprint: Mapped[str] = mapped_column(String(64), default="")
    """Hash of the fee's spans up to the end of the month: another one later means a correction."""
