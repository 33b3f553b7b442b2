"""The JSON shapes of contracts in the API; the OpenAPI document is made from them."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Line = Annotated[str, Field(max_length=200)]
Key = Annotated[str, Field(max_length=40)]
Party = Literal["customer", "provider"]
State = Literal["implementing", "active", "notice", "off", "ended"]


class Shape(BaseModel):
    """A shape that refuses fields it does not know."""

    model_config = ConfigDict(extra="forbid")


class ContractsQuery(Shape):
    """Which page of the list, and whose."""

    customer: Key | None = None
    """The customer number; the provider only, a customer's token implies it."""
    after: Line = ""
    limit: int = Field(default=50, ge=1, le=200)


class EndQuery(Shape):
    """From which side and which day a notice would count."""

    party: Party = "customer"
    received_on: date | None = None
    """The local day of receipt; today when left out."""


class NewNotice(Shape):
    """A notice; a customer's token gives its own, received today."""

    party: Party | None = None
    """Whose notice; the provider says it, a customer's token implies it."""
    received_on: date | None = None
    """The local day of receipt; the provider may name an earlier one than today."""
    ends_on: date | None = None
    """The last day you were shown: another one now is refused."""
    reason: Annotated[str, Field(max_length=1000)] = ""


class Withdrawal(Shape):
    """Withdrawing the running notice."""

    reason: Annotated[str, Field(min_length=1, max_length=1000)]


class EndOut(BaseModel):
    """Where a notice leads, with what it was counted from (CON-2)."""

    party: Party
    received_on: date
    notice_days: int
    notice_months: int
    ends_on: date
    """The last local day of the service."""
    ended_at: datetime
    """The instant after it: the next local midnight."""


class NoticeOut(BaseModel):
    """A notice that was given."""

    party: Party
    received_on: date
    ends_on: date
    reason: str
    recorded_at: datetime
    withdrawn_at: datetime | None
    withdrawal_reason: str


class ComponentOut(BaseModel):
    """A component of the description, and what the contract makes of it (CAT-2)."""

    key: str
    name: str
    clause: str
    standing: Literal["included", "ordered", "can_be_ordered", "not_offered"]


class PeriodOut(BaseModel):
    """One contract of the service; the next begins where it ends (ORD-4)."""

    reference: str
    description: str
    subscription: str
    options: list[str]
    valid_from: datetime
    ended_at: datetime | None


class AccountOut(BaseModel):
    """A customer account (`parent` empty), or a billing account below one."""

    number: str
    parent: str
    name: str


class ContractOut(BaseModel):
    """A service as its contract stands; named by the number of the service."""

    reference: str
    customer: str
    service: str
    state: State
    contract: str
    """The number of the contract in force; the last one when none is."""
    description: str
    """Name and version of the service description."""
    subscription: str
    options: list[str]
    activated_at: datetime | None
    active_from: datetime | None
    """From here service levels apply."""
    ended_at: datetime | None


class ContractPage(ContractOut):
    """A service with everything its page says."""

    access_owner_name: str
    access_owner_email: str
    last_used_at: datetime | None
    switched_off_at: datetime | None
    monthly_fee: Decimal | None
    """EUR for a whole month with what holds today, without VAT."""
    components: list[ComponentOut]
    periods: list[PeriodOut]
    accounts: list[AccountOut]
    notices: list[NoticeOut]


class ContractsOut(BaseModel):
    """One page of contracts, and the address of the next."""

    items: list[ContractOut]
    next: str | None
