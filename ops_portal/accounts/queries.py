"""Who is behind a session or a token, and which organisation they act for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from ops_portal.accounts.models import ApiToken, Customer, Membership, User, UserSession
from ops_portal.accounts.secrets import hash_token
from ops_portal.core.actor import Actor, ActorKind
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError
from ops_portal.core.permissions import PROVIDER_ROLES, Role, permissions_of

TOUCH = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """When a session ends by itself."""

    idle: timedelta
    longest: timedelta


def actor_for_session(
    token: str,
    *,
    timeouts: Timeouts,
    now: datetime,
    ip: str,
    request_id: str,
    is_poll: bool = False,
) -> Actor | None:
    """Return who is behind a session token, or None when it has ended or timed out.

    The memberships are read anew each time, so that a revoked role is gone with the next request;
    without one in the active organisation the session is worth nothing, and never slides into
    another organisation by itself. A page that follows by itself (`is_poll`) is no sign of life:
    an abandoned screen goes idle.
    """
    row = db.session.execute(
        select(UserSession, User)
        .join(User, User.id == UserSession.user_id)
        .where(UserSession.token_hash == hash_token(token)),
    ).one_or_none()
    if row is None:
        return None
    session, user = row
    idle, whole = now - session.last_seen_at, now - session.created_at
    if session.ended_at or not user.is_active or idle > timeouts.idle or whole > timeouts.longest:
        return None
    actor = actor_for(user, session.active_customer_id, ip=ip, request_id=request_id)
    if actor is None or actor.customer_id != session.active_customer_id:
        return None
    if idle > TOUCH and not is_poll:
        session.last_seen_at = now
        db.session.commit()
    return replace(actor, session_id=session.id, staff_scope_at=session.staff_scope_at)


def actor_for_token(token: str, *, now: datetime, ip: str, request_id: str) -> Actor | None:
    """Return who is behind an API token: the person's permissions, cut to the token's scopes."""
    row = db.session.execute(
        select(ApiToken, User)
        .join(User, User.id == ApiToken.user_id)
        .where(ApiToken.token_hash == hash_token(token)),
    ).one_or_none()
    if row is None:
        return None
    key, user = row
    if key.revoked_at or key.expires_at <= now or not user.is_active:
        return None
    actor = actor_for(user, key.customer_id, ip=ip, request_id=request_id)
    if actor is None or actor.customer_id != key.customer_id:
        return None
    if key.last_used_at is None or now - key.last_used_at > TOUCH:
        key.last_used_at = now
        db.session.commit()
    allowed = frozenset(p for p in actor.permissions if p in key.scopes)
    return replace(actor, token_id=key.id, permissions=allowed)


def actor_for(user: User, customer_id: int, *, ip: str = "", request_id: str = "") -> Actor | None:
    """Return the person acting for an organisation; for the first of theirs if not in that one.

    None when the person belongs to no organisation any more.
    """
    found = db.session.execute(
        select(Customer.id, Customer.name, Customer.is_provider, Customer.zone, Membership.role)
        .join(Membership, Membership.customer_id == Customer.id)
        .where(Membership.user_id == user.id, Membership.ended_at.is_(None))
        .order_by(Customer.name, Customer.id),
    ).all()
    if not found:
        return None
    active = next((r for r in found if r.id == customer_id), found[0])
    roles = frozenset(Role(r.role) for r in found if r.id == active.id)
    roles = roles & PROVIDER_ROLES if active.is_provider else roles - PROVIDER_ROLES
    return Actor(
        kind=ActorKind.PROVIDER if active.is_provider else ActorKind.CUSTOMER,
        name=user.name,
        email=user.email,
        customer_id=active.id,
        customer_name=active.name,
        user_id=user.id,
        language=user.language,
        zone=active.zone,
        roles=roles,
        permissions=permissions_of(roles),
        organisations=tuple(dict.fromkeys((r.id, r.name) for r in found)),
        has_shortcuts=user.has_shortcuts,
        ip=ip,
        request_id=request_id,
    )


def user_by_email(email: str) -> User | None:
    """Return the person with this address, whatever its case."""
    return (
        _session()
        .execute(select(User).where(User.email == email.strip().lower()))
        .scalar_one_or_none()
    )


def user_for(actor: Actor) -> User:
    """Return the actor's own row.

    Raises:
        NotFoundError: the actor is not a person.

    """
    user = _session().get(User, actor.user_id) if actor.user_id else None
    if user is None:
        raise NotFoundError
    return user


def provider_id() -> int:
    """Return the id of the provider's own organisation."""
    return _session().execute(select(Customer.id).where(Customer.is_provider)).scalar_one()


def last_organisation_of(user_id: int) -> int:
    """Return the organisation the person last acted for; 0 before the first sign-in."""
    query = (
        select(UserSession.active_customer_id)
        .where(UserSession.user_id == user_id)
        .order_by(UserSession.id.desc())
        .limit(1)
    )
    return _session().execute(query).scalar_one_or_none() or 0


def sessions_of(user_id: int, *, timeouts: Timeouts, now: datetime) -> Sequence[UserSession]:
    """Return the person's open sessions, newest first."""
    query = (
        select(UserSession)
        .where(
            UserSession.user_id == user_id,
            UserSession.ended_at.is_(None),
            UserSession.last_seen_at >= now - timeouts.idle,
            UserSession.created_at >= now - timeouts.longest,
        )
        .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
    )
    return _session().scalars(query).all()


def customer_for(actor: Actor, customer_id: int) -> Customer:
    """Return an organisation the actor may see.

    Raises:
        NotFoundError: it does not exist, or is another tenant's.

    """
    if not actor.is_staff and customer_id != actor.customer_id:
        raise NotFoundError
    customer = _session().get(Customer, customer_id)
    if customer is None:
        raise NotFoundError
    return customer


def _session() -> Session:
    return db.session()


def members_with(role: Role, customer_id: int) -> Select[User]:
    """Return, as a query to order and to narrow, who holds a role in an organisation just now."""
    return (
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.customer_id == customer_id,
            Membership.role == role,
            Membership.ended_at.is_(None),
            User.is_active,
        )
    )
