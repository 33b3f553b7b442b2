"""The JSON shapes of charges and invoices in the API; amounts are decimal texts in EUR."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from ops_portal.billing.models import ChargeKind, InvoiceKind
from ops_portal.billing.payment_models import PaymentState

Line = Annotated[str, Field(max_length=200)]
Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Code = Annotated[str, Field(min_length=1, max_length=40)]
Day = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]
Amount = Annotated[str, Field(pattern=r"^-?\d{1,9}(\.\d{1,2})?$")]


class Shape(BaseModel):
    """A shape that refuses fields it does not know."""

    model_config = ConfigDict(extra="forbid")


class ChargesQuery(Shape):
    """How a list of charges is narrowed, and which page of it."""

    kind: ChargeKind | None = None
    invoiced: bool | None = None
    after: Line = ""
    limit: int = Field(default=50, ge=1, le=200)


class InvoicesQuery(Shape):
    """How a list of invoices is narrowed, and which page of it."""

    state: PaymentState | None = None
    kind: InvoiceKind | None = None
    month: Month | None = None
    after: Line = ""
    limit: int = Field(default=50, ge=1, le=200)


class ChargeOut(BaseModel):
    """A line: what it is for, and what its amount was reckoned from (BIL-4)."""

    id: int
    customer: str
    service: str
    contract: str
    kind: ChargeKind
    item: str
    text: str
    month: str
    period_from: date
    period_to: date
    quantity: str
    unit: str
    unit_price: str
    amount: str
    vat_percentage: str
    calculation: dict[str, Any]
    corrects: int | None
    invoice: str | None
    created_at: datetime


class ChargesOut(BaseModel):
    """One page of charges, and the address of the next."""

    items: list[ChargeOut]
    next: str | None


class TaxOut(BaseModel):
    """The VAT of one rate."""

    percentage: str
    net: str
    vat: str


class InvoiceOut(BaseModel):
    """An invoice or a credit note; its files are at the pages of the same number."""

    number: str
    kind: InvoiceKind
    customer: str
    service: str
    month: str
    issued_on: date
    due_on: date
    payable_by: date
    settled_on: date | None
    state: Literal["paid", "due", "unpaid", "nothing_to_pay"]
    currency: str
    net: str
    vat: str
    total: str
    taxes: list[TaxOut]
    payment_reference: str
    corrects: list[str]


class InvoicesOut(BaseModel):
    """One page of invoices, and the address of the next."""

    items: list[InvoiceOut]
    next: str | None


class InvoiceWithLines(InvoiceOut):
    """An invoice with its lines."""

    lines: list[ChargeOut]


class NewPayment(Shape):
    """What finance knows of the payment of an invoice (CRD-5).

    `customer` and `due` are needed for an invoice that another system made out, once.
    """

    state: PaymentState
    day: Day | None = None
    """Since when; today when it is left out."""
    due: Day | None = None
    """A new due date, or the due date of an invoice of another system."""
    customer: Code | None = None
    amount: Amount | None = None


class PaymentOut(BaseModel):
    """What holds of an invoice from now on."""

    invoice: str
    state: PaymentState
    day: date
    payable_by: date
    changed: bool
    """False when it was known already."""
