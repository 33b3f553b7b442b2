"""Keys for programs: shown once, kept as a hash, never stronger or older than said."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import update

from ops_portal.accounts.models import ApiToken
from ops_portal.accounts.secrets import hash_token, new_token
from ops_portal.core import audit
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import N_, ForbiddenError, NotFoundError, RefusedError
from ops_portal.core.permissions import Permission

LONGEST = timedelta(days=366)
PREFIX = "ac_"
SHOWN = 9
"""How many characters are kept to recognise a token by."""
NEVER = frozenset({Permission.SELF, Permission.API_TOKENS_MANAGE})
"""A token can neither use the pages of its owner nor make further tokens."""


def offered_scopes(actor: Actor) -> frozenset[Permission]:
    """Return what a token of the actor may do at most."""
    return actor.permissions - NEVER


def add_token(
    actor: Actor, name: str, scopes: Iterable[Permission], *, expires_at: datetime, now: datetime
) -> str:
    """Make a token and return it: the only time it is seen.

    Args:
        actor: whose it is; it acts for the active organisation.
        name: what it is for.
        scopes: at least one; the token never may more than its owner may at the time of use.
        expires_at: the instant it ends, at most a year away.
        now: the instant, aware.

    Raises:
        ForbiddenError: a scope the actor does not hold.
        RefusedError: no scope, or an end that has passed or is too far away.

    """
    wanted = frozenset(scopes)
    if not wanted <= offered_scopes(actor):
        message = "a token cannot do more than its owner"
        raise ForbiddenError(message)
    if not wanted:
        message = N_("Choose at least one thing it may do.")
        raise RefusedError(message, fields={"scopes": message})
    if not now < expires_at <= now + LONGEST:
        message = N_("Choose a day from tomorrow to one year from now.")
        raise RefusedError(message, fields={"expires_on": message})
    token = PREFIX + new_token()
    key = ApiToken(
        customer_id=actor.customer_id,
        user_id=actor.user_id,
        name=name.strip(),
        prefix=token[:SHOWN],
        token_hash=hash_token(token),
        scopes=sorted(wanted),
        created_at=now,
        expires_at=expires_at,
    )
    db.session.add(key)
    db.session.flush()
    audit.record(
        actor,
        "token.add",
        ("token", key.id),
        now=now,
        after={"name": key.name, "scopes": ", ".join(key.scopes), "expires_at": expires_at},
    )
    return token


def revoke_token(actor: Actor, token_id: int, *, now: datetime) -> None:
    """Make one of the actor's own tokens worthless, at once.

    Raises:
        NotFoundError: it is not the actor's, or was revoked.

    """
    revoked = db.session.execute(
        update(ApiToken)
        .where(
            ApiToken.id == token_id,
            ApiToken.user_id == actor.user_id,
            ApiToken.customer_id == actor.customer_id,
            ApiToken.revoked_at.is_(None),
        )
        .values(revoked_at=now)
        .returning(ApiToken.id),
    ).scalar_one_or_none()
    if revoked is None:
        raise NotFoundError
    audit.record(actor, "token.revoke", ("token", token_id), now=now)
