"""Tables of payments: what finance told about invoices, ours and those of other systems."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

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

from ops_portal.billing.models import MONEY
from ops_portal.core.db import Base, IdMixin
from ops_portal.core.tenancy import TenantMixin


class PaymentState(StrEnum):
    """What finance says of an invoice, and what pages show."""

    PAID = "paid"
    DUE = "due"
    """Open, and within its term."""
    UNPAID = "unpaid"
    """Open, and past its term (CRD-5)."""


class ImportState(StrEnum):
    """Where a file of payment states stands."""

    CHECKED = "checked"
    APPLIED = "applied"
    DISCARDED = "discarded"


class OtherInvoice(IdMixin, TenantMixin, Base):
    """An invoice of the provider that another system made out: it counts for CRD-5 as well."""

    __tablename__ = "other_invoices"
    __table_args__ = (
        UniqueConstraint("customer_id", "id"),
        UniqueConstraint("number"),
        Index("ix_other_invoices_open", "customer_id", "payable_by",
              postgresql_where=text("settled_on IS NULL")),
    )  # fmt: skip

    number: Mapped[str] = mapped_column(String(60))
    due_on: Mapped[date]
    payable_by: Mapped[date]
    settled_on: Mapped[date | None]
    total: Mapped[Decimal | None] = mapped_column(MONEY)
    created_at: Mapped[datetime]


class PaymentEvent(IdMixin, TenantMixin, Base):
    """One thing finance told about one invoice; never changed, only followed."""

    __tablename__ = "payment_events"
    __table_args__ = (
        ForeignKeyConstraint(
            ["customer_id", "invoice_id"], ["invoices.customer_id", "invoices.id"]
        ),
        ForeignKeyConstraint(
            ["customer_id", "other_id"], ["other_invoices.customer_id", "other_invoices.id"]
        ),
        CheckConstraint("state IN ('paid', 'due', 'unpaid')", name="state"),
        CheckConstraint("(invoice_id IS NULL) <> (other_id IS NULL)", name="one_invoice"),
        Index("ix_payment_events_invoice_id", "invoice_id", "on_day", "id"),
        Index("ix_payment_events_other_id", "other_id", "on_day", "id"),
        Index("ix_payment_events_customer_id", "customer_id", "id"),
    )

    invoice_id: Mapped[int | None] = mapped_column(BigInteger)
    other_id: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10))
    on_day: Mapped[date]
    """The local day from which it holds."""
    payable_by: Mapped[date]
    """The due date that holds from then on."""
    source: Mapped[str] = mapped_column(String(40))
    """`file:<import>`, `api` or `page`."""
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    recorded_by_name: Mapped[str] = mapped_column(String(200), default="")


class PaymentImport(IdMixin, TenantMixin, Base):
    """A file of payment states, checked line by line before it is applied; the provider's own."""

    __tablename__ = "payment_imports"
    __table_args__ = (
        ForeignKeyConstraint(
            ["customer_id", "file_id"], ["stored_files.customer_id", "stored_files.id"]
        ),
        CheckConstraint("state IN ('checked', 'applied', 'discarded')", name="state"),
    )

    file_id: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(20), default=ImportState.CHECKED)
    number_of_lines: Mapped[int] = mapped_column(default=0)
    number_of_changes: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    created_by_name: Mapped[str] = mapped_column(String(200), default="")
    applied_at: Mapped[datetime | None]
    applied_by_name: Mapped[str] = mapped_column(String(200), default="")
