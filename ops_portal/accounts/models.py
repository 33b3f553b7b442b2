"""Tables of customers, people and their ways in."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from ops_portal.core.db import Base, IdMixin
from ops_portal.core.tenancy import TenantMixin


class Customer(IdMixin, Base):
    """An organisation: a tenant, or the provider itself (`is_provider`)."""

    __tablename__ = "customers"
    __table_args__ = (
        Index(
            "uq_customers_provider",
            "is_provider",
            unique=True,
            postgresql_where=text("is_provider"),
        ),
        CheckConstraint("language IN ('fr', 'nl', 'en')", name="language"),
    )

    code: Mapped[str] = mapped_column(String(40), unique=True)
    """The customer number people read out."""
    name: Mapped[str] = mapped_column(String(200))
    is_provider: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str] = mapped_column(default="fr")
    zone: Mapped[str] = mapped_column(default="Europe/Brussels")
    phone: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]


class User(IdMixin, Base):
    """A person who can sign in; belongs to organisations through memberships."""

    __tablename__ = "users"
    __table_args__ = (
        Index("uq_users_email", text("lower(email)"), unique=True),
        CheckConstraint("language IN ('fr', 'nl', 'en')", name="language"),
    )

    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(200))
    phone: Mapped[str] = mapped_column(default="")
    password_hash: Mapped[str | None]
    language: Mapped[str] = mapped_column(default="fr")
    has_shortcuts: Mapped[bool] = mapped_column(default=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]


class Membership(IdMixin, TenantMixin, Base):
    """A role that a person holds in an organisation, from a day to a day."""

    __tablename__ = "memberships"
    __table_args__ = (
        Index(
            "uq_memberships_open",
            "customer_id",
            "user_id",
            "role",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_memberships_user_id", "user_id"),
    )

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    role: Mapped[str]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Invitation(IdMixin, TenantMixin, Base):
    """A way in for somebody who has no membership yet; works once, for seven days."""

    __tablename__ = "invitations"
    __table_args__ = (Index("ix_invitations_customer_id_id", "customer_id", "id"),)

    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[str] = mapped_column(String(200), default="")
    role: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    invited_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class PasswordReset(IdMixin, Base):
    """A link to choose a new password; works once, for an hour."""

    __tablename__ = "password_resets"
    __table_args__ = (Index("ix_password_resets_user_id", "user_id"),)

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class UserSession(IdMixin, Base):
    """A signed-in browser; ended by the person, by time, or by an administrator."""

    __tablename__ = "user_sessions"
    __table_args__ = (Index("ix_user_sessions_user_id_id", "user_id", "id"),)

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    active_customer_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("customers.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    staff_scope_at: Mapped[datetime | None]
    """When the opening of the staff scope was last audited for this session."""
    ip: Mapped[str] = mapped_column(default="")
    user_agent: Mapped[str] = mapped_column(String(300), default="")


class ApiToken(IdMixin, TenantMixin, Base):
    """A key for programs: scopes, an end, and only its hash is kept."""

    __tablename__ = "api_tokens"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        Index("ix_api_tokens_customer_id_id", "customer_id", "id"),
    )

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(100))
    prefix: Mapped[str] = mapped_column(String(12))
    token_hash: Mapped[str]
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
