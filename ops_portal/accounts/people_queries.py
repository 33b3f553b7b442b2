"""Reading who belongs to an organisation, who is invited, and which organisations there are."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from ops_portal.accounts.models import ApiToken, Customer, Invitation, Membership, User
from ops_portal.accounts.secrets import hash_token
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError
from ops_portal.core.paging import PAGE, Order, Page, keyset, whole, words
from ops_portal.core.permissions import Role

CUSTOMER_ORDERS = {
    "name": Order((Customer.name, Customer.id), parsers=(words, whole)),
    "-name": Order((Customer.name, Customer.id), is_descending=True, parsers=(words, whole)),
    "code": Order((Customer.code, Customer.id), parsers=(words, whole)),
    "-code": Order((Customer.code, Customer.id), is_descending=True, parsers=(words, whole)),
    "-added": Order((Customer.id,), is_descending=True, parsers=(whole,)),
    "added": Order((Customer.id,), parsers=(whole,)),
}
PEOPLE_ORDERS = {
    "name": Order((User.name, User.id), parsers=(words, whole)),
    "-name": Order((User.name, User.id), is_descending=True, parsers=(words, whole)),
    "email": Order((User.email, User.id), parsers=(words, whole)),
    "-email": Order((User.email, User.id), is_descending=True, parsers=(words, whole)),
}


@dataclass(frozen=True, slots=True)
class Member:
    """A person of an organisation with the roles held there now."""

    user: User
    roles: tuple[Role, ...]
    since: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to and how it is ordered; comes from the address of the page."""

    search: str = ""
    role: str = ""
    language: str = ""
    order: str = "name"
    after: str = ""
    before: str = ""
    size: int = field(default=PAGE)


def members_of(customer_id: int, wanted: Wanted) -> Page:
    """Return one page of an organisation's people as `Member`."""
    here = (Membership.customer_id == customer_id, Membership.ended_at.is_(None))
    belongs = select(Membership.id).where(Membership.user_id == User.id, *here)
    if wanted.role:
        belongs = belongs.where(Membership.role == wanted.role)
    query = select(User).where(belongs.exists())
    if wanted.search:
        query = query.where(_contains(wanted.search, User.name, User.email))
    page = _page(query, PEOPLE_ORDERS, wanted)
    users = [row[0] for row in page.rows]
    return Page(_members(customer_id, users), after=page.after, before=page.before)


def member_for(customer: Customer, user_id: int) -> Member:
    """Return a person who belongs to an organisation now.

    Raises:
        NotFoundError: nobody with this id belongs to it.

    """
    user = db.session.get(User, user_id)
    found = _members(customer.id, [user] if user else [])
    if not found:
        raise NotFoundError
    return found[0]


def open_invitations_of(customer_id: int) -> Sequence[Invitation]:
    """Return an organisation's invitations that nobody used yet, newest first; expired ones too."""
    query = (
        select(Invitation)
        .where(
            Invitation.customer_id == customer_id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .order_by(Invitation.id.desc())
        .limit(PAGE)
    )
    return db.session.scalars(query).all()


def invitation_for(customer: Customer, invitation_id: int) -> Invitation:
    """Return an organisation's invitation that can still be sent or revoked.

    Raises:
        NotFoundError: it is another organisation's, was used, or was revoked.

    """
    query = (
        select(Invitation)
        .where(
            Invitation.id == invitation_id,
            Invitation.customer_id == customer.id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .with_for_update()
    )
    invitation = db.session.scalars(query).one_or_none()
    if invitation is None:
        raise NotFoundError
    return invitation


def invitation_by_token(token: str, *, now: datetime) -> tuple[Invitation, Customer]:
    """Return the invitation a link stands for, and its organisation.

    Raises:
        NotFoundError: the link is unknown, used, revoked or too old; it is not said which.

    """
    row = db.session.execute(
        select(Invitation, Customer)
        .join(Customer, Customer.id == Invitation.customer_id)
        .where(
            Invitation.token_hash == hash_token(token),
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.expires_at > now,
        ),
    ).one_or_none()
    if row is None:
        raise NotFoundError
    return row[0], row[1]


def customers(wanted: Wanted) -> Page:
    """Return one page of the customers; the provider itself is none."""
    query = select(Customer).where(Customer.is_provider.is_(False))
    if wanted.language:
        query = query.where(Customer.language == wanted.language)
    if wanted.search:
        query = query.where(_contains(wanted.search, Customer.name, Customer.code))
    page = _page(query, CUSTOMER_ORDERS, wanted)
    return Page([row[0] for row in page.rows], after=page.after, before=page.before)


def customer_page_for(actor: Actor, customer_id: int) -> Customer:
    """Return a customer that staff may work on; the provider itself is managed elsewhere.

    Raises:
        NotFoundError: there is none with this id, or the actor is not staff.

    """
    customer = db.session.get(Customer, customer_id) if actor.is_staff else None
    if customer is None or customer.is_provider:
        raise NotFoundError
    return customer


def tokens_of(actor: Actor) -> Sequence[ApiToken]:
    """Return the actor's own tokens in the active organisation, newest first."""
    query = (
        select(ApiToken)
        .where(ApiToken.user_id == actor.user_id, ApiToken.customer_id == actor.customer_id)
        .order_by(ApiToken.id.desc())
        .limit(PAGE)
    )
    return db.session.scalars(query).all()


def _page(query: Select[Any], orders: dict[str, Order], wanted: Wanted) -> Page:
    order = orders.get(wanted.order) or orders["name"]
    return keyset(query, order, after=wanted.after, before=wanted.before, size=wanted.size)


def _members(customer_id: int, users: Sequence[User]) -> list[Member]:
    query = (
        select(
            Membership.user_id,
            func.array_agg(Membership.role),
            func.min(Membership.created_at),
        )
        .where(
            Membership.customer_id == customer_id,
            Membership.ended_at.is_(None),
            Membership.user_id.in_([user.id for user in users]),
        )
        .group_by(Membership.user_id)
    )
    held = {user_id: (roles, since) for user_id, roles, since in db.session.execute(query)}
    return [
        Member(user, tuple(sorted(Role(r) for r in held[user.id][0])), held[user.id][1])
        for user in users
        if user.id in held
    ]


def _contains(search: str, *columns: InstrumentedAttribute[str]) -> ColumnElement[bool]:
    words_of = search.replace("\x00", "").split()
    return or_(*(column.icontains(" ".join(words_of), autoescape=True) for column in columns))
