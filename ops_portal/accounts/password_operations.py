"""Changing passwords: by the person, or by a link that works once within the hour."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from ops_portal.accounts import queries
from ops_portal.accounts.models import PasswordReset, User
from ops_portal.accounts.operations import end_all_sessions, identify, open_session
from ops_portal.accounts.passwords import refuse_weak
from ops_portal.accounts.secrets import hash_password, hash_token, new_token
from ops_portal.core import audit, outbox
from ops_portal.core.actor import Actor, ActorKind
from ops_portal.core.db import db
from ops_portal.core.errors import N_, LimitedError, NotFoundError, RefusedError
from ops_portal.core.limits import count_attempt
from ops_portal.core.tenancy import Scope, scoped

VALID = timedelta(hours=1)
RESET_LIMIT = 3
"""Mails one address gets in an hour."""
RESET_LIMIT_MACHINE = 20


def ask_for_reset(email: str, *, now: datetime, ip: str) -> None:
    """Note that somebody wants a new password; the worker finds out whether the address is known.

    So the answer, and the time it takes, are the same for every address.

    Raises:
        LimitedError: too many requests from this machine.

    """
    address = email.strip().lower()
    per = timedelta(hours=1)
    count_attempt(f"reset-machine:{ip}", limit=RESET_LIMIT_MACHINE, per=per, now=now)
    try:
        count_attempt(f"reset-address:{address}", limit=RESET_LIMIT, per=per, now=now)
    except LimitedError:
        return
    outbox.put(
        "accounts.send_reset", {"email": address}, customer_id=queries.provider_id(), now=now
    )


def make_reset_link(email: str, *, now: datetime) -> tuple[User, str] | None:
    """Make the link for the mail that goes out now; None when the address has no login."""
    user = queries.user_by_email(email)
    if user is None or not user.is_active or not user.password_hash:
        return None
    token = new_token()
    reset = PasswordReset(
        user_id=user.id, token_hash=hash_token(token), created_at=now, expires_at=now + VALID
    )
    db.session.add(reset)
    db.session.flush()
    return user, token


def reset_for(token: str, *, now: datetime) -> PasswordReset:
    """Return the reset a link stands for, locked.

    Raises:
        NotFoundError: the link is unknown, used or too old; it is not said which.

    """
    query = (
        select(PasswordReset)
        .where(
            PasswordReset.token_hash == hash_token(token),
            PasswordReset.used_at.is_(None),
            PasswordReset.expires_at > now,
        )
        .with_for_update()
    )
    reset = db.session.scalars(query).one_or_none()
    if reset is None:
        raise NotFoundError
    return reset


def reset_password(token: str, password: str, *, now: datetime, ip: str) -> None:
    """Set a new password by a link; every session of the person ends, every other link as well.

    Raises:
        NotFoundError: the link is unknown, used or too old.
        RefusedError: the password is too weak.

    """
    reset = reset_for(token, now=now)
    user = db.session.get_one(User, reset.user_id)
    _set_password(user, password)
    _use_up_links(user.id, now)
    actor = _on_behalf_of(user, ip)
    audit.record(actor, "password.reset", ("user", user.id), now=now)
    end_all_sessions(actor, user.id, now=now)
    _tell(user, actor, now)


def change_password(
    actor: Actor, current: str, password: str, *, now: datetime, user_agent: str
) -> str:
    """Change one's own password; return the token of a new session, all others end.

    Raises:
        RefusedError: the old password is wrong, or the new one is too weak or the same.
        LimitedError: too many wrong passwords.

    """
    try:
        user = identify(actor.email, current, now=now, ip=actor.ip)
    except RefusedError as error:
        message = N_("This is not your present password.")
        raise RefusedError(message, fields={"current": message}) from error
    if password == current:
        message = N_("This is the password you have already.")
        raise RefusedError(message, fields={"password": message})
    _set_password(user, password)
    audit.record(actor, "password.change", ("user", user.id), now=now)
    end_all_sessions(actor, user.id, now=now)
    _tell(user, actor, now)
    token = open_session(user, actor, now=now, ip=actor.ip, user_agent=user_agent)
    with scoped(Scope.system("change-password"), db.session):
        _use_up_links(actor.user_id, now)
    return token


def _set_password(user: User, password: str) -> None:
    actor = queries.actor_for(user, 0)
    organisations = [name for _id, name in actor.organisations] if actor else []
    refuse_weak(password, own_words=(user.name, user.email, *organisations))
    user.password_hash = hash_password(password)


def _use_up_links(user_id: int | None, now: datetime) -> None:
    db.session.execute(
        update(PasswordReset)
        .where(PasswordReset.user_id == user_id, PasswordReset.used_at.is_(None))
        .values(used_at=now),
    )


def _on_behalf_of(user: User, ip: str) -> Actor:
    """Return the person as actor, also when no organisation is left to act for."""
    actor = queries.actor_for(user, queries.last_organisation_of(user.id), ip=ip)
    return actor or Actor(
        kind=ActorKind.CUSTOMER,
        name=user.name,
        customer_id=queries.last_organisation_of(user.id) or queries.provider_id(),
        user_id=user.id,
        ip=ip,
    )


def _tell(user: User, actor: Actor, now: datetime) -> None:
    outbox.put(
        "accounts.send_password_changed",
        {"user_id": user.id},
        customer_id=actor.customer_id,
        now=now,
    )
