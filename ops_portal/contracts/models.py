"""Tables of what was sold and of the calendar it is judged by."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
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
    document: Mapped[dict[str, Any]] = mapped_column(JSON)
    """In the order of its file, which `jsonb` would not keep: pages show components in it."""
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


class Service(IdMixin, TenantMixin, Base):
    """A service that a customer runs: its Access Owner and activation, whatever contract holds."""

    __tablename__ = "services"
    __table_args__ = (
        UniqueConstraint("customer_id", "id"),
        UniqueConstraint("customer_id", "reference"),
        CheckConstraint("access_owner_language IN ('fr', 'nl', 'en')", name="language"),
    )

    reference: Mapped[str] = mapped_column(String(40))
    """The number people read out; the first contract has the same."""
    name: Mapped[str] = mapped_column(String(100))
    """The name of the service description."""
    access_owner_name: Mapped[str] = mapped_column(String(200), default="")
    access_owner_email: Mapped[str] = mapped_column(String(254), default="")
    access_owner_phone: Mapped[str] = mapped_column(String(40), default="")
    access_owner_language: Mapped[str] = mapped_column(default="fr")
    access_owner_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    """The login of the one Access Owner, once there is one (ORD-2)."""
    activated_at: Mapped[datetime | None]
    """From here the service counts as available and the fee runs (IMP-2)."""
    needs_credentials: Mapped[bool] = mapped_column(default=False)
    credentials_received_at: Mapped[datetime | None]
    """Service levels wait for it, where there are credentials (IMP-2)."""
    created_at: Mapped[datetime]


class Contract(IdMixin, TenantMixin, Base):
    """What holds for a service from an instant to an instant: description, subscription, options.

    A change of components makes a successor; two contracts of a service never overlap (ORD-4).
    """

    __tablename__ = "contracts"
    __table_args__ = (
        UniqueConstraint("customer_id", "id"),
        UniqueConstraint("customer_id", "reference"),
        ForeignKeyConstraint(
            ["customer_id", "service_id"], ["services.customer_id", "services.id"]
        ),
        ForeignKeyConstraint(["customer_id", "order_id"], ["orders.customer_id", "orders.id"]),
        ExcludeConstraint(
            ("service_id", "="),
            (text("tstzrange(valid_from, ended_at)"), "&&"),
            name="ex_contracts_overlap",
            using="gist",
        ),
        CheckConstraint("ended_at IS NULL OR ended_at >= valid_from", name="period"),
        Index("ix_contracts_order_id", "customer_id", "order_id"),
    )

    service_id: Mapped[int] = mapped_column(BigInteger)
    order_id: Mapped[int | None] = mapped_column(BigInteger)
    reference: Mapped[str] = mapped_column(String(40))
    description_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("service_descriptions.id"))
    calendar: Mapped[str] = mapped_column(String(40), default="BE")
    subscription: Mapped[str] = mapped_column(String(40))
    options: Mapped[list[Any]] = mapped_column(default=list)
    """Keys of the components ordered as options (CAT-2)."""
    extras: Mapped[list[Any]] = mapped_column(default=list)
    """Keys of what the implementation leaves out otherwise (IMP-3)."""
    valid_from: Mapped[datetime]
    """From here on it holds, included; incidents and charges before belong to another (ORD-4)."""
    active_from: Mapped[datetime | None]
    """From here service levels apply: activation, and credentials where there are any (IMP-2)."""
    ended_at: Mapped[datetime | None]
    """Here it ends, excluded; may lie ahead: superseded by a successor, or ended by a notice."""
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
