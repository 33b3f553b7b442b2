"""Tables of tickets: the facts, the copies kept for sorting, the verdicts, the alarms."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from ops_portal.core.db import Base, IdMixin
from ops_portal.core.tenancy import TenantMixin


class FactKind(StrEnum):
    """What can be said in a ticket's history (INC-11)."""

    NOTIFIED = "notified"
    CREATED = "created"
    PRIORITY_SET = "priority_set"
    PRIORITY_CORRECTED = "priority_corrected"
    PRIORITY_CHANGED = "priority_changed"
    INTERVENTION_STARTED = "intervention_started"
    CLOCK_STOPPED = "clock_stopped"
    CLOCK_RESUMED = "clock_resumed"
    DIAGNOSED = "diagnosed"
    RESOLVED = "resolved"
    CONFIRMED = "confirmed"
    REOPENED = "reopened"
    VOIDED = "voided"
    OUT_OF_SCOPE = "out_of_scope"
    ASSIGNED = "assigned"
    ESCALATED = "escalated"
    REPLIED = "replied"
    NOTED = "noted"
    ANNULLED = "annulled"


class TicketState(StrEnum):
    """Where a ticket stands; a copy of what its facts say."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"
    VOID = "void"


OPEN_STATES = (TicketState.NEW, TicketState.IN_PROGRESS, TicketState.WAITING)
OPEN = text("state IN ('new', 'in_progress', 'waiting')")
URGENCY = ("urgency_rank", "urgency_at", "id")
COUNTED: dict[str, Any] = {"postgresql_where": OPEN, "postgresql_include": ["customer_id"]}
"""Indexes that the counters read alone: the row-level policy asks for the tenant of each row."""


class Channel(StrEnum):
    """How the ticket came in (INC-1)."""

    PHONE = "phone"
    MAIL = "mail"
    PORTAL = "portal"
    API = "api"
    IMPORT = "import"


class TicketKind(StrEnum):
    """What is reported: an incident, a question, or a change at the customer (INC-3, INC-12)."""

    INCIDENT = "incident"
    REQUEST = "request"
    CUSTOMER_CHANGE = "customer_change"


class OutOfScopeCause(StrEnum):
    """The causes listed in §7.2.4 a–g, and on-demand support (INC-9)."""

    EXTERNAL = "a_external"
    UNAUTHORISED_USE = "b_unauthorised_use"
    FOREIGN_COMPONENT = "c_foreign_component"
    UNAUTHORISED_MAINTENANCE = "d_unauthorised_maintenance"
    TRANSPORT = "e_transport"
    NEGLIGENCE = "f_negligence"
    BREACH = "g_breach_of_contract"
    ON_DEMAND = "on_demand"


class Ticket(IdMixin, TenantMixin, Base):
    """One ticket: what identifies it, and copies of what its facts add up to."""

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("customer_id", "id"),
        UniqueConstraint("reference"),
        UniqueConstraint("customer_id", "external_source", "external_reference"),
        ForeignKeyConstraint(
            ["customer_id", "contract_id"], ["contracts.customer_id", "contracts.id"]
        ),
        ForeignKeyConstraint(
            ["customer_id", "element_id"], ["solution_elements.customer_id", "solution_elements.id"]
        ),
        CheckConstraint("priority IN ('P1', 'P2', 'P3', 'P4')", name="priority"),
        Index("ix_tickets_desk", *URGENCY, **COUNTED),
        Index("ix_tickets_desk_owner", "owner_id", *URGENCY, **COUNTED),
        Index("ix_tickets_desk_customer", "customer_id", *URGENCY, postgresql_where=OPEN),
        Index("ix_tickets_desk_line", "line", *URGENCY, postgresql_where=OPEN),
        Index("ix_tickets_desk_paused", "paused_reason", *URGENCY, **COUNTED),
        Index("ix_tickets_desk_priority", "priority", *URGENCY, **COUNTED),
        Index("ix_tickets_desk_state", "state", *URGENCY, postgresql_where=OPEN),
        Index("ix_tickets_breached_from", "breached_from", **COUNTED),
        Index("ix_tickets_update_due_at", "update_due_at", **COUNTED),
        Index("ix_tickets_open_created", "created_at", "id", postgresql_where=OPEN),
        Index("ix_tickets_owner_created", "owner_id", "created_at", "id"),
        Index(
            "ix_tickets_next_alarm_at",
            "next_alarm_at",
            postgresql_where=text("next_alarm_at IS NOT NULL"),
        ),
        Index("ix_tickets_customer_created", "customer_id", "created_at", "id"),
        Index("ix_tickets_customer_state_created", "customer_id", "state", "created_at", "id"),
        Index(
            "ix_tickets_customer_resolved",
            "customer_id",
            "resolved_at",
            postgresql_where=text("resolved_at IS NOT NULL"),
        ),
        Index("ix_tickets_created", "created_at", "id"),
        Index("ix_tickets_state_created", "state", "created_at", "id"),
        Index("ix_tickets_search", "search", postgresql_using="gin"),
        Index("ix_tickets_element", "customer_id", "element_id", postgresql_where=OPEN),
    )

    reference: Mapped[str] = mapped_column(String(20))
    contract_id: Mapped[int] = mapped_column(BigInteger)
    element_id: Mapped[int | None] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(default=TicketKind.INCIDENT)
    title: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(default="")
    channel: Mapped[str]
    contact_name: Mapped[str] = mapped_column(String(200), default="")
    contact_phone: Mapped[str] = mapped_column(String(40), default="")
    reported_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    recording_reference: Mapped[str] = mapped_column(String(100), default="")
    is_recording_told: Mapped[bool] = mapped_column(default=False)
    is_own_side_checked: Mapped[bool] = mapped_column(default=False)
    external_source: Mapped[str | None] = mapped_column(String(60))
    external_reference: Mapped[str | None] = mapped_column(String(100))
    created_at: Mapped[datetime]

    # copies, kept by operations.project and compared by `portal tickets rebuild`
    version: Mapped[int]
    state: Mapped[str] = mapped_column(default=TicketState.NEW)
    priority: Mapped[str]
    owner_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    line: Mapped[int] = mapped_column(default=1)
    paused_reason: Mapped[str | None]
    resolved_at: Mapped[datetime | None]
    urgency_rank: Mapped[int] = mapped_column(default=1)
    urgency_at: Mapped[datetime]
    breached_from: Mapped[datetime | None]
    next_alarm_at: Mapped[datetime | None]
    update_due_at: Mapped[datetime | None]
    updated_at: Mapped[datetime]

    search: Mapped[Any] = mapped_column(
        TSVECTOR,
        Computed(
            "to_tsvector('portal', replace(reference, '-', ' ') || ' ' || coalesce("
            "external_reference, '') || ' ' || title || ' ' || description || ' ' || contact_name)",
            persisted=True,
        ),
        deferred=True,
    )

    # what a closed ticket was judged with (SLA-6); empty while it is open
    judged_description_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("service_descriptions.id")
    )
    judged_calendar_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("calendar_versions.id")
    )


class Fact(TenantMixin, Base):
    """One entry of a ticket's history; never changed, never deleted (INC-11).

    `at` is when it happened, `recorded_at` when it was written down; where they differ, `reason`
    says why. `refers_to` is the `seq` of the entry this one corrects, ends or answers.
    """

    __tablename__ = "facts"
    __table_args__ = (
        UniqueConstraint("ticket_id", "seq"),
        Index("ix_facts_search", "search", postgresql_using="gin"),
        ForeignKeyConstraint(["customer_id", "ticket_id"], ["tickets.customer_id", "tickets.id"]),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    ticket_id: Mapped[int] = mapped_column(BigInteger)
    seq: Mapped[int]
    kind: Mapped[str]
    at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    author_id: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    author_kind: Mapped[str]
    is_public: Mapped[bool]
    text: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    refers_to: Mapped[int | None]
    data: Mapped[dict[str, Any]]
    search: Mapped[Any] = mapped_column(
        TSVECTOR, Computed("to_tsvector('portal', text)", persisted=True), deferred=True
    )


class Verdict(IdMixin, TenantMixin, Base):
    """What one clock of a ticket came to when it was judged; later ones add, never replace."""

    __tablename__ = "verdicts"
    __table_args__ = (
        UniqueConstraint("ticket_id", "judgement", "period", "kpi"),
        ForeignKeyConstraint(["customer_id", "ticket_id"], ["tickets.customer_id", "tickets.id"]),
        Index("ix_verdicts_customer_kpi", "customer_id", "kpi", "state"),
    )

    ticket_id: Mapped[int] = mapped_column(BigInteger)
    judgement: Mapped[int]
    """The version of the ticket the judgement was made at."""
    is_current: Mapped[bool] = mapped_column(default=True)
    period: Mapped[int]
    kpi: Mapped[str]
    priority: Mapped[str]
    obligation: Mapped[str]
    target_s: Mapped[int | None]
    elapsed_s: Mapped[int | None]
    state: Mapped[str]
    reason: Mapped[str | None]
    due_at: Mapped[datetime | None]
    breached_at: Mapped[datetime | None]
    description_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("service_descriptions.id"))
    calendar_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("calendar_versions.id"))
    judged_at: Mapped[datetime]
    judged_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))


class Alarm(IdMixin, TenantMixin, Base):
    """A warning (75 %) or a breach, found once (SLA-4)."""

    __tablename__ = "alarms"
    __table_args__ = (
        UniqueConstraint("ticket_id", "kpi", "period_start", "kind"),
        ForeignKeyConstraint(["customer_id", "ticket_id"], ["tickets.customer_id", "tickets.id"]),
        CheckConstraint("kind IN ('warning', 'breach')", name="kind"),
    )

    ticket_id: Mapped[int] = mapped_column(BigInteger)
    kpi: Mapped[str]
    priority: Mapped[str]
    period_start: Mapped[datetime]
    kind: Mapped[str]
    at: Mapped[datetime]
    """When the threshold was crossed."""
    found_at: Mapped[datetime]
    is_retroactive: Mapped[bool] = mapped_column(default=False)
    """Whether a correction, and not the passing of time, crossed it (T45)."""


class Presence(TenantMixin, Base):
    """Who has a ticket open just now."""

    __tablename__ = "presences"
    __table_args__ = (
        ForeignKeyConstraint(["customer_id", "ticket_id"], ["tickets.customer_id", "tickets.id"]),
        {"prefixes": ["UNLOGGED"]},
    )

    ticket_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"), primary_key=True)
    seen_at: Mapped[datetime]
