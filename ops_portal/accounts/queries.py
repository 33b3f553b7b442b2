"""Reading people: who is behind a session or a token, and who belongs to an organisation."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops_portal.accounts.models import ApiToken, Customer, Membership, User, UserSession
from ops_portal.accounts.secrets import hash_token
from ops_portal.core.actor import Actor, ActorKind
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError
from ops_portal.core.permissions import PROVIDER_ROLES, Permission, Role, permissions_of

IDLE = timedelta(hours=8)
ABSOLUTE = timedelta(days=7)
TOUCH = timedelta(minutes=1)


def actor_for_session(token: str, *, now: datetime, ip: str, request_id: str) -> Actor | None:
    """Return who is behind a session token, or None when it has ended or timed out.

    A session ends after eight idle hours, and seven days after sign-in in any case. The memberships
    are read anew each time, so that a revoked role is gone with the next request.
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
    if session.ended_at or not user.is_active or idle > IDLE or whole > ABSOLUTE:
        return None
    actor = actor_for(user, session.active_customer_id, ip=ip, request_id=request_id)
    if actor is None:
        return None
    if idle > TOUCH:
        session.last_seen_at = now
        db.session.commit()
    return Actor(
        **{name: getattr(actor, name) for name in actor.__slots__ if name != "session_id"},
        session_id=session.id,
    )


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
    allowed = actor.permissions & {Permission(scope) for scope in key.scopes}
    return Actor(
        **{
            name: getattr(actor, name)
            for name in actor.__slots__
            if name not in {"token_id", "permissions"}
        },
        token_id=key.id,
        permissions=frozenset(allowed),
    )


def actor_for(user: User, customer_id: int, *, ip: str = "", request_id: str = "") -> Actor | None:
    """Return the person acting for an organisation; for another one when that membership is gone.

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
    return _session().execute(
        select(User).where(User.email == email.strip().lower())
    ).scalar_one_or_none()


def provider_id() -> int:
    """Return the id of the provider's own organisation."""
    return _session().execute(select(Customer.id).where(Customer.is_provider)).scalar_one()


def sessions_of(user_id: int, *, now: datetime) -> Sequence[UserSession]:
    """Return the person's open sessions, newest first."""
    return (
        _session()
        .execute(
            select(UserSession)
            .where(
                UserSession.user_id == user_id,
                UserSession.ended_at.is_(None),
                UserSession.last_seen_at > now - IDLE,
                UserSession.created_at > now - ABSOLUTE,
            )
            .order_by(UserSession.id.desc()),
        )
        .scalars()
        .all()
    )


def customer_for(actor: Actor, customer_id: int) -> Customer:
    """Return a customer the actor may see.

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
