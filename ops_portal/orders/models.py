"""Tables of orders and of the accounts they name."""

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
)
from sqlalchemy.orm import Mapped, mapped_column

from ops_portal.core.db import Base, IdMixin
from ops_portal.core.tenancy import TenantMixin


class OrderState(StrEnum):
    """Where an order stands (ORD-1, ORD-3)."""

    DRAFT = "draft"
    SIGNED = "signed"
    CANCELLED = "cancelled"


class OrderKind(StrEnum):
    """A service that is new, or other components for one that runs (ORD-4)."""

    NEW = "new"
    CHANGE = "change"


class Order(IdMixin, TenantMixin, Base):
    """An order form: a draft until it is complete and signed."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("customer_id", "id"),
        UniqueConstraint("reference"),
        ForeignKeyConstraint(
            ["customer_id", "service_id"], ["services.customer_id", "services.id"]
        ),
        ForeignKeyConstraint(
            ["customer_id", "file_id"], ["stored_files.customer_id", "stored_files.id"]
        ),
        CheckConstraint("state IN ('draft', 'signed', 'cancelled')", name="state"),
        CheckConstraint("kind IN ('new', 'change')", name="kind"),
        CheckConstraint("language IN ('fr', 'nl', 'en')", name="language"),
        CheckConstraint(
            "(state = 'signed') = (signed_at IS NOT NULL AND signed_hash <> '')", name="signed"
        ),
        Index("ix_orders_state_id", "state", "id"),
        Index("ix_orders_customer_id_id", "customer_id", "id"),
        Index("ix_orders_service_id", "customer_id", "service_id"),
    )

    reference: Mapped[str] = mapped_column(String(40))
    kind: Mapped[str] = mapped_column(String(20), default="new")
    state: Mapped[str] = mapped_column(String(20), default="draft")
    version: Mapped[int] = mapped_column(default=1)
    """Counts the edits: who edits says which one it was based on."""
    description_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("service_descriptions.id"))
    service_id: Mapped[int | None] = mapped_column(BigInteger)
    """The service it changes, or the one that it started."""
    subscription: Mapped[str] = mapped_column(String(40), default="")
    options: Mapped[list[Any]] = mapped_column(default=list)
    extras: Mapped[list[Any]] = mapped_column(default=list)
    takes_effect_on: Mapped[date | None]
    """The first local day of a change; the day of the signature when empty."""
    access_owner_name: Mapped[str] = mapped_column(String(200), default="")
    access_owner_email: Mapped[str] = mapped_column(String(254), default="")
    access_owner_phone: Mapped[str] = mapped_column(String(40), default="")
    access_owner_language: Mapped[str] = mapped_column(default="fr")
    has_portal_account: Mapped[bool] = mapped_column(default=False)
    """The customer has an active portal account (ORD-5)."""
    needs_credentials: Mapped[bool] = mapped_column(default=False)
    """The Access Owner receives credentials, and service levels wait for them (IMP-2)."""
    language: Mapped[str] = mapped_column(default="fr")
    note: Mapped[str] = mapped_column(default="")
    created_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    created_by_name: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
    offered_at: Mapped[datetime | None]
    """Since when the customer can sign it in the portal."""
    signed_via: Mapped[str] = mapped_column(String(20), default="")
    """`portal` or `upload`."""
    signed_at: Mapped[datetime | None]
    signed_name: Mapped[str] = mapped_column(String(200), default="")
    signed_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    signed_from: Mapped[str] = mapped_column(String(64), default="")
    """The network address it was signed from."""
    signed_hash: Mapped[str] = mapped_column(String(64), default="")
    """SHA-256 of the document that was signed."""
    file_id: Mapped[int | None] = mapped_column(BigInteger)
    """The signed form."""
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(default="")


class OrderAccount(IdMixin, TenantMixin, Base):
    """A customer account or a billing account that an order names (ORD-1)."""

    __tablename__ = "order_accounts"
    __table_args__ = (
        ForeignKeyConstraint(["customer_id", "order_id"], ["orders.customer_id", "orders.id"]),
        UniqueConstraint("order_id", "number"),
        Index("ix_order_accounts_order_id", "customer_id", "order_id", "position"),
    )

    order_id: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int]
    number: Mapped[str] = mapped_column(String(40))
    parent_number: Mapped[str] = mapped_column(String(40), default="")
    name: Mapped[str] = mapped_column(String(200), default="")
