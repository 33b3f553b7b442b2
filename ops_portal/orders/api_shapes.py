"""The JSON shapes of orders in the API; the OpenAPI document is made from them."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Line = Annotated[str, Field(max_length=200)]
Key = Annotated[str, Field(max_length=40)]
Keys = Annotated[list[Key], Field(max_length=50)]
Language = Literal["fr", "nl", "en"]


class Shape(BaseModel):
    """A shape that refuses fields it does not know."""

    model_config = ConfigDict(extra="forbid")


class OrdersQuery(Shape):
    """How a list of orders is narrowed, and which page of it."""

    state: Literal["draft", "offered", "signed", "cancelled"] | None = None
    customer: Key | None = None
    """The customer number."""
    q: Line = ""
    after: Line = ""
    limit: int = Field(default=50, ge=1, le=200)


class AccountIn(Shape):
    """A customer account (`parent` empty), or a billing account below one."""

    number: Annotated[str, Field(min_length=1, max_length=40)]
    parent: Key = ""
    name: Line = ""


class OrderChange(Shape):
    """What is changed of an order; what is left out stays as it is."""

    subscription: Key | None = None
    options: Keys | None = None
    extras: Keys | None = None
    takes_effect_on: date | None = None
    """The first local day of a change; send it as null for the day of the signature."""
    access_owner_name: Line | None = None
    access_owner_email: Annotated[str, Field(max_length=254)] | None = None
    access_owner_phone: Key | None = None
    access_owner_language: Language | None = None
    accounts: Annotated[list[AccountIn], Field(max_length=500)] | None = None
    """The whole list: it takes the place of the one before."""
    has_portal_account: bool | None = None
    needs_credentials: bool | None = None
    language: Language | None = None
    note: Annotated[str, Field(max_length=5000)] | None = None


class NewOrder(OrderChange):
    """An order that is drafted: a service that is new to a customer, or a change of one."""

    customer: Key
    """The customer number."""
    service: Line | None = None
    """The name of the service description; may be left out where only one service is sold."""
    changes: Key | None = None
    """The number of the service that the order changes; left out for a new one."""


class AccountOut(BaseModel):
    """An account an order names."""

    number: str
    parent: str
    name: str


class SignatureOut(BaseModel):
    """Who signed what, when and how (ORD-3)."""

    name: str
    at: datetime
    via: Literal["portal", "upload"]
    sha256: str


class OrderOut(BaseModel):
    """An order as it stands."""

    reference: str
    customer: str
    kind: Literal["new", "change"]
    state: Literal["draft", "offered", "signed", "cancelled"]
    service: str
    """The number of the service it changes or started; empty before."""
    description: str
    """Name and version of the service description."""
    subscription: str
    options: list[str]
    extras: list[str]
    takes_effect_on: date | None
    access_owner_name: str
    access_owner_email: str
    access_owner_phone: str
    access_owner_language: Language
    accounts: list[AccountOut]
    has_portal_account: bool
    needs_credentials: bool
    language: Language
    note: str
    created_at: datetime
    offered_at: datetime | None
    signature: SignatureOut | None
    version: int


class OrdersOut(BaseModel):
    """One page of orders, and the address of the next."""

    items: list[OrderOut]
    next: str | None


class GapOut(BaseModel):
    """One thing that is missing: the field, a sentence, the rule that asks for it."""

    field: str
    message: str
    rule: str


class GapsOut(BaseModel):
    """What keeps an order from being offered or signed; nothing when it is complete (ORD-1)."""

    version: int
    items: list[GapOut]
