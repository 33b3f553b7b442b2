"""The JSON shapes of tickets in the API; the OpenAPI document is made from them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from ops_portal.tickets.models import (
    Channel,
    FactKind,
    TicketKind,
    TicketState,
)
from sla.policy import Priority, StopReason

Text = Annotated[str, Field(max_length=20_000)]
Line = Annotated[str, Field(max_length=200)]
Words = Annotated[str, Field(min_length=1, max_length=20_000)]


class Shape(BaseModel):
    """A shape that refuses fields it does not know."""

    model_config = ConfigDict(extra="forbid")


class TicketsQuery(Shape):
    """How a list of tickets is narrowed, and which page of it."""

    state: TicketState | None = None
    priority: Priority | None = None
    q: Line = ""
    after: Line = ""
    limit: int = Field(default=50, ge=1, le=200)


class FactsQuery(Shape):
    """Which page of a ticket's history."""

    after: int = Field(default=0, ge=0, le=2**31 - 1)
    limit: int = Field(default=100, ge=1, le=500)


class NewTicket(Shape):
    """A report. A customer reports P2 to P4; P1 is reported by telephone only (INC-4)."""

    title: Annotated[str, Field(min_length=1, max_length=200)]
    description: Text = ""
    priority: Priority
    kind: TicketKind = TicketKind.INCIDENT
    contract: Annotated[str, Field(max_length=40)] | None = None
    """The contract's reference; may be left out where the customer has one contract only."""
    customer: Annotated[str, Field(max_length=40)] | None = None
    """The customer number; the Service Desk names it, a customer's token implies it."""
    element_id: Annotated[int, Field(ge=1, le=2**62)] | None = None
    notified_at: AwareDatetime | None = None
    """The call; the Service Desk only."""
    contact_name: Line = ""
    contact_phone: Annotated[str, Field(max_length=40)] = ""
    recording_reference: Annotated[str, Field(max_length=100)] = ""
    is_recording_told: bool = False
    is_own_side_checked: bool = False


class DeskPart(BaseModel):
    """What only the Service Desk sees of a ticket."""

    owner_id: int | None
    line: int
    update_due_at: datetime | None
    breached_from: datetime | None
    recording_reference: str


class TicketOut(BaseModel):
    """A ticket as it stands; its history and its clocks have addresses of their own."""

    reference: str
    customer: str
    contract: str
    element_id: int | None
    kind: TicketKind
    title: str
    description: str
    channel: Channel
    priority: Priority
    state: TicketState
    paused_reason: StopReason | None
    contact_name: str
    external_reference: str | None
    created_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    version: int
    desk: DeskPart | None


class TicketsOut(BaseModel):
    """One page of tickets, and the address of the next."""

    items: list[TicketOut]
    next: str | None


class FactOut(BaseModel):
    """One entry of a ticket's history (INC-11)."""

    seq: int
    kind: FactKind
    at: datetime
    recorded_at: datetime
    author: Literal["provider", "customer", "system"]
    is_public: bool
    text: str
    reason: str
    refers_to: int | None
    data: dict[str, Any]


class FactsOut(BaseModel):
    """One page of a ticket's history."""

    items: list[FactOut]
    next: str | None


class SegmentOut(BaseModel):
    """A span that counted, or did not and why (SLA-6)."""

    model_config = ConfigDict(populate_by_name=True)

    from_: datetime = Field(alias="from")
    to: datetime
    seconds: int
    counted: bool
    cause: str | None
    name: str | None = None


class ClockOut(BaseModel):
    """One clock, with the spans that explain its figure."""

    kpi: str
    obligation: str | None
    priority: str
    clause: str | None
    target_s: int | None
    start: datetime | None
    end: datetime | None
    elapsed_s: int | None
    remaining_s: int | None
    state: str
    reason: str | None
    due_at: datetime | None
    breached_at: datetime | None
    segments: list[SegmentOut]


class ClocksOut(BaseModel):
    """The clocks of a ticket at an instant."""

    reference: str
    version: int
    as_of: datetime
    kpis: list[ClockOut]


class StopOut(BaseModel):
    """A span in which the clock stands still (SLA-2)."""

    seq: int
    reason: StopReason
    start: datetime
    end: datetime | None
    note: str
    is_annulled: bool


class StopsOut(BaseModel):
    """The stops of a ticket, in order."""

    items: list[StopOut]


class NewStop(Shape):
    """A stop: open until it is resumed, or a span that is entered later with the reason why."""

    reason: StopReason
    note: Words
    start: AwareDatetime | None = None
    end: AwareDatetime | None = None
    why_late: Text = ""


class Resumption(Shape):
    """The end of every open stop."""

    at: AwareDatetime | None = None
    why_late: Text = ""
