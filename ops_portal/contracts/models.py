"""Tables of what was sold and of the calendar it is judged by."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from ops_portal.core.db import Base, IdMixin
from ops_portal.core.tenancy import TenantMixin


class ServiceDescription(IdMixin, Base):
    """One version of a contractual service description, as data (CAT-1)."""

    __tablename__ = "service_descriptions"
    __table_args__ = (UniqueConstraint("name", "version"),)

    name: Mapped[str] = mapped_column(String(100))
    version: Mapped[str] = mapped_column(String(40))
    effective_from: Mapped[date]
    document: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class CalendarVersion(IdMixin, Base):
    """One dated version of a support calendar: holidays and closures; never changed, only followed.

    `holidays` is a list of `[date, name]`, `closures` of `[from, to, name]`, to included.
    """

    __tablename__ = "calendar_versions"
    __table_args__ = (UniqueConstraint("calendar", "number"),)

    calendar: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]
    holidays: Mapped[list[Any]]
    closures: Mapped[list[Any]]
    reason: Mapped[str]
    created_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    created_at: Mapped[datetime]


class Contract(IdMixin, TenantMixin, Base):
    """A customer's contract: which description holds, and from when service levels apply."""

    __tablename__ = "contracts"
    __table_args__ = (
        UniqueConstraint("customer_id", "id"),
        UniqueConstraint("customer_id", "reference"),
    )

    reference: Mapped[str] = mapped_column(String(40))
    description_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("service_descriptions.id"))
    calendar: Mapped[str] = mapped_column(String(40), default="BE")
    subscription: Mapped[str] = mapped_column(String(40), default="advanced")
    active_from: Mapped[datetime | None]
    """The activation; before it no service level applies (IMP-2)."""
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class SolutionElement(IdMixin, TenantMixin, Base):
    """A part of the solution that can fail or be worked on."""

    __tablename__ = "solution_elements"
    __table_args__ = (
        UniqueConstraint("customer_id", "id"),
        ForeignKeyConstraint(
            ["customer_id", "contract_id"], ["contracts.customer_id", "contracts.id"]
        ),
        Index("ix_solution_elements_customer_id_contract_id", "customer_id", "contract_id"),
    )

    contract_id: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
