"""Signing in, and what belongs to it: sessions, the active organisation, new people."""

from dataclasses import replace
from datetime import datetime, timedelta

import structlog
from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from ops_portal.accounts import queries
from ops_portal.accounts.models import Customer, Membership, PasswordReset, User, UserSession
from ops_portal.accounts.secrets import (
    check_password,
    hash_password,
    hash_token,
    needs_rehash,
    new_token,
)
from ops_portal.core import audit
from ops_portal.core.actor import Actor, system_actor
from ops_portal.core.db import db
from ops_portal.core.errors import N_, LimitedError, NotFoundError, RefusedError
from ops_portal.core.limits import count_attempt, forget_attempts
from ops_portal.core.permissions import Role
from ops_portal.core.refusals import note_refusal

log = structlog.get_logger()

STAFF_SCOPE_AGAIN = timedelta(hours=12)
SIGN_IN_WINDOW = timedelta(minutes=15)
SIGN_IN_LIMIT = 10
"""For one address from one machine."""
SIGN_IN_LIMIT_ADDRESS = 60
"""For one address from anywhere: higher, so that a stranger cannot lock somebody out."""
SIGN_IN_LIMIT_MACHINE = 300
"""For all addresses from one machine, successes included: an office may share one."""


def sign_in(
    email: str, password: str, *, now: datetime, ip: str, user_agent: str
) -> tuple[Actor, str]:
    """Check a password and open a session; return who it is and the session's token.

    Raises:
        LimitedError: too many attempts for this address or from this machine.
        RefusedError: address and password do not fit, said the same way in every case.

    """
    user = identify(email, password, now=now, ip=ip)
    actor = queries.actor_for(user, queries.last_organisation_of(user.id), ip=ip)
    if actor is None:
        log.info("sign_in.refused", why="no membership")
        raise _unknown()
    return actor, open_session(user, actor, now=now, ip=ip, user_agent=user_agent)


def identify(email: str, password: str, *, now: datetime, ip: str) -> User:
    """Return who proves to be this person by the password; opens no session.

    The first half of signing in (docs/decisions/0007): another proof of who it is takes its place.

    Raises:
        LimitedError: too many attempts for this address or from this machine.
        RefusedError: address and password do not fit, said the same way in every case.

    """
    address = email.strip().lower()
    tries = f"sign-in:{address} {ip}"
    per = SIGN_IN_WINDOW
    try:
        # the pair first: what one machine is refused does not use up the address for others
        count_attempt(tries, limit=SIGN_IN_LIMIT, per=per, now=now)
        count_attempt(f"sign-in-machine:{ip}", limit=SIGN_IN_LIMIT_MACHINE, per=per, now=now)
        count_attempt(f"sign-in-address:{address}", limit=SIGN_IN_LIMIT_ADDRESS, per=per, now=now)
    except LimitedError:
        log.warning("sign_in.refused", why="too many attempts")
        raise
    user = queries.user_by_email(address)
    fits = check_password(user.password_hash if user else None, password)
    if user is None or not fits or not user.is_active:
        log.info("sign_in.refused", why="address or password")
        raise _unknown()
    forget_attempts(tries)
    if needs_rehash(user.password_hash or ""):
        user.password_hash = hash_password(password)
    return user


def open_session(user: User, actor: Actor, *, now: datetime, ip: str, user_agent: str) -> str:
    """Open a session and return its token; only the hash is kept."""
    token = new_token()
    user.last_login_at = now
    session = UserSession(
        user_id=user.id,
        active_customer_id=actor.customer_id,
        token_hash=hash_token(token),
        created_at=now,
        last_seen_at=now,
        ip=ip,
        user_agent=user_agent[:300],
    )
    db.session.add(session)
    db.session.flush()
    audit.record(actor, "session.open", ("session", session.id), now=now)
    return token


def note_refused_sign_in(email: str, why: str, *, now: datetime, ip: str, request_id: str) -> None:
    """Audit that somebody did not get in as a person we know, in that person's organisation.

    It takes longer for addresses that are known: call it when the answer is on its way.
    Source: CFG-2.
    """
    user = queries.user_by_email(email)
    if user is None:
        return
    known = queries.actor_for(user, queries.last_organisation_of(user.id))
    owner = known.customer_id if known else queries.provider_id()
    # who it was is not proven: the person is what was tried, not who tried it
    nobody = replace(system_actor("sign-in", owner), ip=ip, request_id=request_id)
    tried = {"person": user.name, "why": why}
    note_refusal(nobody, "session.refuse", ("user", user.id), now=now, after=tried)


def end_session(actor: Actor, session_id: int, *, now: datetime) -> None:
    """End one of the actor's own sessions.

    Raises:
        NotFoundError: it is not the actor's, or has ended.

    """
    ended = db.session.execute(
        update(UserSession)
        .where(
            UserSession.id == session_id,
            UserSession.user_id == actor.user_id,
            UserSession.ended_at.is_(None),
        )
        .values(ended_at=now)
        .returning(UserSession.id),
    ).scalar_one_or_none()
    if ended is None:
        raise NotFoundError
    audit.record(actor, "session.end", ("session", session_id), now=now)


def end_all_sessions(actor: Actor, user_id: int, *, now: datetime) -> int:
    """End every session of a person and return their number."""
    ended = db.session.execute(
        update(UserSession)
        .where(UserSession.user_id == user_id, UserSession.ended_at.is_(None))
        .values(ended_at=now)
        .returning(UserSession.id),
    ).all()
    audit.record(actor, "session.end_all", ("user", user_id), now=now, after={"number": len(ended)})
    return len(ended)


def forget_sessions(before: datetime) -> None:
    """Delete sessions not seen since the instant, and reset links from before it.

    They say from where somebody worked, which nobody needs to know for longer. Source: GDP-2.
    """
    db.session.execute(delete(UserSession).where(UserSession.last_seen_at < before))
    db.session.execute(delete(PasswordReset).where(PasswordReset.expires_at < before))


def switch_organisation(actor: Actor, customer_id: int, *, now: datetime) -> None:
    """Make another of the person's organisations the active one.

    Raises:
        NotFoundError: the person does not belong to it.

    """
    if customer_id not in {org for org, _name in actor.organisations}:
        raise NotFoundError
    db.session.execute(
        update(UserSession)
        .where(UserSession.id == actor.session_id)
        .values(active_customer_id=customer_id),
    )
    audit.record(
        actor,
        "session.switch_organisation",
        ("session", actor.session_id),
        now=now,
        before={"customer_id": actor.customer_id},
        after={"customer_id": customer_id},
    )


def choose_language(actor: Actor, language: str) -> None:
    """Remember the language of a person's pages and mails. Source: TEC-3, §4.2."""
    db.session.execute(update(User).where(User.id == actor.user_id).values(language=language))


def note_staff_scope(actor: Actor, *, now: datetime) -> bool:
    """Audit that a staff session reads across tenants: at its first use, and twice a day after.

    Returns whether an entry was written.
    """
    noted = actor.staff_scope_at
    if actor.session_id is None or (noted is not None and noted >= now - STAFF_SCOPE_AGAIN):
        return False
    fresh = db.session.execute(
        update(UserSession)
        .where(
            UserSession.id == actor.session_id,
            (UserSession.staff_scope_at.is_(None))
            | (UserSession.staff_scope_at < now - STAFF_SCOPE_AGAIN),
        )
        .values(staff_scope_at=now)
        .returning(UserSession.id),
    ).scalar_one_or_none()
    if fresh is None:
        return False
    audit.record(actor, "scope.staff", ("session", actor.session_id), now=now)
    return True


def add_customer(
    code: str, name: str, *, now: datetime, is_provider: bool = False, language: str = "fr"
) -> Customer:
    """Add an organisation."""
    customer = Customer(
        code=code, name=name, is_provider=is_provider, language=language, created_at=now
    )
    db.session.add(customer)
    db.session.flush()
    return customer


def add_user(email: str, name: str, password: str | None, *, now: datetime, language: str) -> User:
    """Add a person, or return the one with this address."""
    address = email.strip().lower()
    user = queries.user_by_email(address)
    if user is None:
        values = {
            "email": address,
            "name": name,
            "password_hash": hash_password(password) if password else None,
            "language": language,
            "created_at": now,
        }
        # another invitation to the same address may be accepted in this moment
        db.session.execute(insert(User).values(values).on_conflict_do_nothing())
        user = queries.user_by_email(address)
    if user is None:
        raise NotFoundError
    return user


def add_membership(user: User, customer: Customer, role: Role, *, now: datetime) -> Membership:
    """Give a person a role in an organisation."""
    membership = Membership(customer_id=customer.id, user_id=user.id, role=role, created_at=now)
    db.session.add(membership)
    db.session.flush()
    return membership


def _unknown() -> RefusedError:
    return RefusedError(N_("The address and the password do not fit together."))
