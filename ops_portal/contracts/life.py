"""Tables of a service's life: accounts, implementation, use, notices, what happened."""

from datetime import date, datetime
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
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ops_portal.core.db import Base, IdMixin
from ops_portal.core.tenancy import TenantMixin


def _of_service() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["customer_id", "service_id"], ["services.customer_id", "services.id"]
    )


def _with_file() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(
        ["customer_id", "file_id"], ["stored_files.customer_id", "stored_files.id"]
    )


class LifeEvent(StrEnum):
    """What can happen to a service; the timeline shows it."""

    ORDERED = "ordered"
    STEP_DONE = "step_done"
    ACTIVATED = "activated"
    CREDENTIALS_RECEIVED = "credentials_received"
    SUPERSEDED = "superseded"
    ACCOUNTS_CHANGED = "accounts_changed"
    NOTICE_GIVEN = "notice_given"
    NOTICE_WITHDRAWN = "notice_withdrawn"
    DEACTIVATED = "deactivated"
    REACTIVATED = "reactivated"
    ENDED = "ended"
    EXPORTED = "exported"


class ServiceEvent(IdMixin, TenantMixin, Base):
    """One line of a service's history; never changed."""

    __tablename__ = "service_events"
    __table_args__ = (
        _of_service(),
        Index("ix_service_events_service_id", "customer_id", "service_id", "occurred_at", "id"),
    )

    service_id: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(40))
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    user_name: Mapped[str] = mapped_column(String(200), default="")
    params: Mapped[dict[str, Any]]


class ServiceAccount(IdMixin, TenantMixin, Base):
    """A customer account (a Customer ID), or a billing account below one, from a day to a day."""

    __tablename__ = "service_accounts"
    __table_args__ = (
        UniqueConstraint("customer_id", "id"),
        _of_service(),
        Index(
            "uq_service_accounts_current",
            "service_id",
            "number",
            unique=True,
            postgresql_where=text("removed_on IS NULL"),
        ),
        Index("ix_service_accounts_service_id", "customer_id", "service_id", "number"),
    )

    service_id: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[str] = mapped_column(String(40))
    parent_number: Mapped[str] = mapped_column(String(40), default="")
    """The customer account it belongs to; empty for a customer account itself."""
    name: Mapped[str] = mapped_column(String(200), default="")
    added_on: Mapped[date]
    """The first local day it counts."""
    removed_on: Mapped[date | None]
    """The first local day it counts no more."""


class ImplementationStep(IdMixin, TenantMixin, Base):
    """One step of the implementation checklist, done by whom and when (IMP-1)."""

    __tablename__ = "implementation_steps"
    __table_args__ = (_of_service(), UniqueConstraint("service_id", "key"))

    service_id: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str] = mapped_column(String(40))
    position: Mapped[int]
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    done_by_name: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(default="")
    override_reason: Mapped[str] = mapped_column(default="")
    """Why it was done outside the office hours."""


class TerminationNotice(IdMixin, TenantMixin, Base):
    """A written notice of one side, and the last day it leads to (CON-2)."""

    __tablename__ = "termination_notices"
    __table_args__ = (
        UniqueConstraint("customer_id", "id"),
        _of_service(),
        _with_file(),
        CheckConstraint("party IN ('customer', 'provider')", name="party"),
        Index(
            "uq_termination_notices_open",
            "service_id",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index("ix_termination_notices_service_id", "customer_id", "service_id", "id"),
    )

    service_id: Mapped[int] = mapped_column(BigInteger)
    party: Mapped[str] = mapped_column(String(20))
    received_on: Mapped[date]
    """The local day on which the other side received it."""
    ends_on: Mapped[date]
    """The last local day of the service."""
    reason: Mapped[str] = mapped_column(default="")
    file_id: Mapped[int | None] = mapped_column(BigInteger)
    recorded_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    recorded_by_name: Mapped[str] = mapped_column(String(200), default="")
    recorded_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    withdrawn_by_name: Mapped[str] = mapped_column(String(200), default="")
    withdrawal_reason: Mapped[str] = mapped_column(default="")


class Deactivation(IdMixin, TenantMixin, Base):
    """A time during which an unused service was switched off (CON-3)."""

    __tablename__ = "deactivations"
    __table_args__ = (
        _of_service(),
        Index(
            "uq_deactivations_open",
            "service_id",
            unique=True,
            postgresql_where=text("reactivated_at IS NULL"),
        ),
        Index("ix_deactivations_service_id", "customer_id", "service_id", "id"),
    )

    service_id: Mapped[int] = mapped_column(BigInteger)
    last_used_at: Mapped[datetime]
    """The last use, or the activation when it was never used."""
    deactivated_at: Mapped[datetime]
    reactivated_at: Mapped[datetime | None]
    reactivated_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    reactivated_by_name: Mapped[str] = mapped_column(String(200), default="")


class ServiceUse(IdMixin, TenantMixin, Base):
    """When a service was last used: an authenticated visit or a call of its API (CON-3)."""

    __tablename__ = "service_uses"
    __table_args__ = (
        _of_service(),
        UniqueConstraint("service_id"),
        Index("ix_service_uses_last_used_at", "last_used_at", "id"),
    )

    service_id: Mapped[int] = mapped_column(BigInteger)
    last_used_at: Mapped[datetime]
    channel: Mapped[str] = mapped_column(String(20))
    """`visit` or `api`."""
