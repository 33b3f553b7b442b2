"""Tables of what is charged: details for invoices, charges, invoices, their numbers."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ops_portal.core.db import Base, IdMixin
from ops_portal.core.tenancy import TenantMixin

MONEY = Numeric(12, 2)
PRICE = Numeric(14, 4)


class ChargeKind(StrEnum):
    """What a line of an invoice is for."""

    RECURRING = "recurring"
    ONE_OFF = "one_off"
    CREDIT = "credit"
    CORRECTION = "correction"


class InvoiceKind(StrEnum):
    """An invoice, or a credit note when the customer is owed more than it owes."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class BillingDetails(IdMixin, TenantMixin, Base):
    """To whom invoices of a customer are made out, and where they go."""

    __tablename__ = "billing_details"
    __table_args__ = (UniqueConstraint("customer_id"),)

    legal_name: Mapped[str] = mapped_column(String(200))
    street: Mapped[str] = mapped_column(String(200))
    postal_code: Mapped[str] = mapped_column(String(20))
    city: Mapped[str] = mapped_column(String(100))
    country: Mapped[str] = mapped_column(String(2), default="BE")
    vat_number: Mapped[str] = mapped_column(String(20), default="")
    enterprise_number: Mapped[str] = mapped_column(String(10), default="")
    """Ten digits, with the check digits (scheme 0208)."""
    endpoint: Mapped[str] = mapped_column(String(60), default="")
    """The address in the Peppol network, `scheme:number`."""
    buyer_reference: Mapped[str] = mapped_column(String(100), default="")
    """What the customer wants to read on each invoice."""
    email: Mapped[str] = mapped_column(String(254))
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]


class Charge(IdMixin, TenantMixin, Base):
    """One line to be invoiced; never changed, only taken back by a counter-line."""

    __tablename__ = "charges"
    __table_args__ = (
        UniqueConstraint("customer_id", "id"),
        UniqueConstraint("source"),
        ForeignKeyConstraint(
            ["customer_id", "service_id"], ["services.customer_id", "services.id"]
        ),
        ForeignKeyConstraint(
            ["customer_id", "contract_id"], ["contracts.customer_id", "contracts.id"]
        ),
        ForeignKeyConstraint(
            ["customer_id", "invoice_id"], ["invoices.customer_id", "invoices.id"]
        ),
        ForeignKeyConstraint(["customer_id", "corrects_id"], ["charges.customer_id", "charges.id"]),
        CheckConstraint(
            "kind IN ('recurring', 'one_off', 'credit', 'correction')", name="kind"
        ),
        CheckConstraint("period_to >= period_from", name="period"),
        CheckConstraint("unit_price >= 0", name="price"),
        CheckConstraint("kind = 'correction' OR corrects_id IS NULL", name="corrects"),
        CheckConstraint("(invoice_id IS NULL) = (position IS NULL)", name="invoiced"),
        Index("ix_charges_invoice_id", "invoice_id", "position"),
        Index("ix_charges_service_id", "service_id", "month", "id"),
        Index("ix_charges_customer_id_id", "customer_id", "id"),
        Index("ix_charges_open", "service_id", postgresql_where=text("invoice_id IS NULL")),
        Index("uq_charges_corrects_id", "corrects_id", unique=True,
              postgresql_where=text("corrects_id IS NOT NULL")),
    )  # fmt: skip

    service_id: Mapped[int] = mapped_column(BigInteger)
    contract_id: Mapped[int] = mapped_column(BigInteger)
    """The contract in force at the date of the charge (ORD-4)."""
    kind: Mapped[str] = mapped_column(String(20))
    item: Mapped[str] = mapped_column(String(60))
    """`access_owner`, `customer_id`, `option:…`, the key of a one-off fee, `credit` or `other`."""
    text: Mapped[str] = mapped_column(String(200), default="")
    """What the invoice says besides the item's own words."""
    month: Mapped[str] = mapped_column(String(7))
    """The month it belongs to, `2026-03`."""
    period_from: Mapped[date]
    period_to: Mapped[date]
    """The last local day, included."""
    quantity: Mapped[Decimal] = mapped_column(Numeric(12, 4))
    """Negative on lines that are owed to the customer."""
    unit: Mapped[str] = mapped_column(String(3), default="C62")
    """UN/ECE Recommendation 20: MON month, DAY, HUR hour, C62 piece."""
    unit_price: Mapped[Decimal] = mapped_column(PRICE)
    amount: Mapped[Decimal] = mapped_column(MONEY)
    """EUR without VAT, rounded half up once (BIL-4)."""
    vat_percentage: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    calculation: Mapped[dict[str, Any]]
    source: Mapped[str] = mapped_column(String(160))
    """What makes it exist once, such as `recurring:<service>:2026-03:<contract>:…`."""
    corrects_id: Mapped[int | None] = mapped_column(BigInteger)
    """The line it takes back."""
    invoice_id: Mapped[int | None] = mapped_column(BigInteger)
    position: Mapped[int | None]
    """The number of the line on the invoice, from 1."""
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    created_by_name: Mapped[str] = mapped_column(String(200), default="")


class Invoice(IdMixin, TenantMixin, Base):
    """The invoice, or credit note, of one service for one month; its content never changes."""

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("customer_id", "id"),
        UniqueConstraint("number"),
        UniqueConstraint("service_id", "month"),
        ForeignKeyConstraint(
            ["customer_id", "service_id"], ["services.customer_id", "services.id"]
        ),
        CheckConstraint("kind IN ('invoice', 'credit_note')", name="kind"),
        CheckConstraint("total = net + vat", name="total"),
        CheckConstraint("(kind = 'credit_note') = (net < 0)", name="sign"),
        CheckConstraint("language IN ('fr', 'nl', 'en')", name="language"),
        Index("ix_invoices_customer_id_id", "customer_id", "id"),
        Index("ix_invoices_month_id", "month", "id"),
        Index("ix_invoices_open", "customer_id", "payable_by",
              postgresql_where=text("settled_on IS NULL")),
    )  # fmt: skip

    service_id: Mapped[int] = mapped_column(BigInteger)
    number: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(20))
    month: Mapped[str] = mapped_column(String(7))
    issued_on: Mapped[date]
    due_on: Mapped[date]
    period_from: Mapped[date]
    period_to: Mapped[date]
    currency: Mapped[str] = mapped_column(String(3))
    net: Mapped[Decimal] = mapped_column(MONEY)
    vat: Mapped[Decimal] = mapped_column(MONEY)
    total: Mapped[Decimal] = mapped_column(MONEY)
    taxes: Mapped[list[Any]]
    """VAT by rate: `[percentage, net, VAT]` each, rounded once per rate."""
    number_of_lines: Mapped[int]
    payment_reference: Mapped[str] = mapped_column(String(20))
    """The structured reference that the payment names."""
    seller: Mapped[dict[str, Any]]
    buyer: Mapped[dict[str, Any]]
    """Both sides as they were when it was made out."""
    corrects: Mapped[list[Any]] = mapped_column(default=list)
    """The invoices a credit note refers to, `[number, issue date]` each."""
    language: Mapped[str] = mapped_column(String(2))
    created_at: Mapped[datetime]
    payable_by: Mapped[date]
    """The due date, or the later one finance granted; a copy of the payment events."""
    settled_on: Mapped[date | None]
    """When it was paid; a copy of the payment events."""


class NumberSeries(Base):
    """The last number given in a series of invoices; locked while numbers are taken."""

    __tablename__ = "invoice_number_series"

    name: Mapped[str] = mapped_column(String(10), primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger, default=0)
