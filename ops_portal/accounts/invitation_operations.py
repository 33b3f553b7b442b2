"""Inviting people: the link works once, for seven days, and can be sent again or revoked."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select, update

from ops_portal.accounts import queries
from ops_portal.accounts.member_operations import grant_role, refuse_roles
from ops_portal.accounts.models import Customer, Invitation, Membership, User
from ops_portal.accounts.operations import add_user, identify, open_session, switch_organisation
from ops_portal.accounts.passwords import refuse_weak
from ops_portal.accounts.people_queries import invitation_by_token
from ops_portal.accounts.secrets import hash_password, hash_token, new_token
from ops_portal.core import audit, outbox
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import N_, NotFoundError, RefusedError
from ops_portal.core.limits import count_attempt
from ops_portal.core.permissions import Role
from ops_portal.core.texts import cleaned_line

VALID = timedelta(days=7)
SENDING_LIMIT = 60
"""Invitations one person may send in an hour."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody typed who accepts an invitation: a new login, or the password of the old."""

    password: str
    name: str = ""
    language: str = "fr"


def invite(
    actor: Actor, customer: Customer, email: str, role: Role, *, name: str = "", now: datetime
) -> Invitation:
    """Invite somebody by e-mail to hold a role; the mail is written with the invitation.

    Args:
        actor: who invites.
        customer: the organisation.
        email: the address; its case does not matter.
        role: one that exists in this organisation.
        name: how the person is called, if known.
        now: the instant, aware.

    Raises:
        RefusedError: the role is of the other side, is held already, or was offered already.
        LimitedError: too many invitations in one hour.

    Source: INC-1, §5.1.1; TEC-2, §7.2.

    """
    refuse_roles(customer, {role})
    address = email.strip().lower()
    _refuse_repeated(customer, address, role)
    invitation = Invitation(
        customer_id=customer.id,
        email=address,
        name=cleaned_line(name),
        role=role,
        # the link is made when the mail is sent: until then nobody knows one that works
        token_hash=hash_token(new_token()),
        invited_by=actor.user_id,
        created_at=now,
        expires_at=now + VALID,
    )
    db.session.add(invitation)
    db.session.flush()
    audit.record(
        actor,
        "invitation.send",
        ("invitation", invitation.id),
        now=now,
        customer_id=customer.id,
        after={"email": address, "role": role},
    )
    _send(actor, invitation, now)
    return invitation


def resend(actor: Actor, invitation: Invitation, *, now: datetime) -> None:
    """Send an invitation again with a new link and another seven days; the old link is dead."""
    invitation.token_hash = hash_token(new_token())
    invitation.expires_at = now + VALID
    audit.record(
        actor,
        "invitation.resend",
        ("invitation", invitation.id),
        now=now,
        customer_id=invitation.customer_id,
    )
    _send(actor, invitation, now)


def revoke(actor: Actor, invitation: Invitation, *, now: datetime) -> None:
    """Make an invitation worthless."""
    invitation.revoked_at = now
    audit.record(
        actor,
        "invitation.revoke",
        ("invitation", invitation.id),
        now=now,
        customer_id=invitation.customer_id,
        before={"email": invitation.email, "role": invitation.role},
    )


def renew_link(invitation_id: int, *, now: datetime) -> tuple[Invitation, str] | None:
    """Make a fresh link for the mail that goes out now; None when there is nothing to send."""
    invitation = db.session.get(Invitation, invitation_id, with_for_update=True)
    if invitation is None or invitation.accepted_at or invitation.revoked_at:
        return None
    if invitation.expires_at <= now:
        return None
    token = new_token()
    invitation.token_hash = hash_token(token)
    return invitation, token


def accept(
    token: str, answer: Answer, *, now: datetime, ip: str, user_agent: str
) -> tuple[Actor, str]:
    """Take up an invitation: make the login or use the old one, join, and open a session.

    Of two people with one link the first wins.

    Raises:
        NotFoundError: the link was used, revoked, or is too old.
        RefusedError: the password is too weak, or does not fit the login that exists.
        LimitedError: too many wrong passwords.

    Source: TEC-2, §7.2.

    """
    invitation, customer = invitation_by_token(token, now=now)
    user = queries.user_by_email(invitation.email)
    if user is not None and user.password_hash:
        user = identify(invitation.email, answer.password, now=now, ip=ip)
    else:
        user = _new_login(invitation, customer, answer, now)
    actor = _join(token, invitation, user, now=now, ip=ip)
    return actor, open_session(user, actor, now=now, ip=ip, user_agent=user_agent)


def join(actor: Actor, token: str, *, now: datetime) -> None:
    """Take up an invitation with the login one is signed in with; its session goes on there.

    Raises:
        NotFoundError: the link was used, revoked, is too old, or is for another address.

    """
    invitation, _customer = invitation_by_token(token, now=now)
    user = queries.user_for(actor)
    if user.email != invitation.email:
        raise NotFoundError
    joined = _join(token, invitation, user, now=now, ip=actor.ip)
    known = replace(actor, organisations=joined.organisations)
    switch_organisation(known, joined.customer_id, now=now)


def _join(token: str, invitation: Invitation, user: User, *, now: datetime, ip: str) -> Actor:
    # the condition of the update decides between two that come in the same moment
    won = db.session.execute(
        update(Invitation)
        .where(
            Invitation.id == invitation.id,
            Invitation.token_hash == hash_token(token),
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .values(accepted_at=now)
        .returning(Invitation.id),
    ).scalar_one_or_none()
    if won is None:
        raise NotFoundError
    grant_role(invitation.customer_id, user.id, Role(invitation.role), now=now)
    actor = queries.actor_for(user, invitation.customer_id, ip=ip)
    if actor is None:
        raise NotFoundError
    audit.record(
        actor,
        "invitation.accept",
        ("invitation", invitation.id),
        now=now,
        customer_id=invitation.customer_id,
        after={"user_id": user.id, "role": invitation.role},
    )
    return actor


def _new_login(invitation: Invitation, customer: Customer, answer: Answer, now: datetime) -> User:
    if not cleaned_line(answer.name):
        message = N_("Type your name.")
        raise RefusedError(message, fields={"name": message})
    own = (answer.name, invitation.email, customer.name)
    refuse_weak(answer.password, own_words=own)
    user = add_user(
        invitation.email, cleaned_line(answer.name), None, now=now, language=answer.language
    )
    user.name = cleaned_line(answer.name)
    user.language = answer.language
    user.password_hash = hash_password(answer.password)
    return user


def _refuse_repeated(customer: Customer, address: str, role: Role) -> None:
    held = (
        select(Membership.id)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.customer_id == customer.id,
            User.email == address,
            Membership.role == role,
            Membership.ended_at.is_(None),
        )
    )
    offered = select(Invitation.id).where(
        Invitation.customer_id == customer.id,
        Invitation.email == address,
        Invitation.role == role,
        Invitation.accepted_at.is_(None),
        Invitation.revoked_at.is_(None),
    )
    message = ""
    if db.session.execute(held.limit(1)).first():
        message = N_("This person holds this role already.")
    elif db.session.execute(offered.limit(1)).first():
        message = N_("This address has an open invitation: send that one again instead.")
    if message:
        raise RefusedError(message, fields={"email": message})


def _send(actor: Actor, invitation: Invitation, now: datetime) -> None:
    per = timedelta(hours=1)
    count_attempt(f"invite:{actor.user_id}", limit=SENDING_LIMIT, per=per, now=now)
    outbox.put(
        "accounts.send_invitation",
        {"invitation_id": invitation.id},
        customer_id=invitation.customer_id,
        now=now,
    )
