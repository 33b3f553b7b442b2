"""Saved views of the queue: a name for a filter, columns and an order, shared by its link."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, or_, select
from sqlalchemy.orm import Mapped, mapped_column

from ops_portal.core import audit
from ops_portal.core.actor import Actor
from ops_portal.core.db import Base, IdMixin, db
from ops_portal.core.errors import NotFoundError, RefusedError
from ops_portal.core.tenancy import TenantMixin

NAMES = ("view", "state", "priority", "line", "customer", "q", "order", "columns")
"""The words of the address that a view keeps; the place in the list is not one of them."""
MOST = 40
TOKEN_BYTES = 9
LONGEST = 200


class SavedView(IdMixin, TenantMixin, Base):
    """One person's view of the queue; whoever has the link and may read the queue can open it."""

    __tablename__ = "saved_views"
    __table_args__ = (
        UniqueConstraint("token"),
        UniqueConstraint("user_id", "name"),
        Index("ix_saved_views_customer_id", "customer_id"),
    )

    user_id: Mapped[int] = mapped_column(BigInteger, ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(80))
    token: Mapped[str] = mapped_column(String(20))
    query: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


def kept_part(args: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return what a view keeps of an address: known words only, nothing empty."""
    found = {
        name: [v.replace("\x00", "")[:LONGEST] for v in args.get(name, ()) if v][:MOST]
        for name in NAMES
    }
    return {name: values for name, values in found.items() if values}


def views_for(actor: Actor, token: str = "") -> Sequence[SavedView]:
    """Return the actor's own views by name, and the shared one that is open."""
    query = select(SavedView).where(
        SavedView.customer_id == actor.customer_id,
        or_(SavedView.user_id == actor.user_id, SavedView.token == token),
    )
    return db.session.scalars(query.order_by(SavedView.name, SavedView.id)).all()


def view_for(actor: Actor, token: str) -> SavedView:
    """Return the view behind a link.

    Raises:
        NotFoundError: there is none of the actor's organisation.

    """
    found = db.session.scalar(
        select(SavedView).where(
            SavedView.customer_id == actor.customer_id, SavedView.token == token
        )
    )
    if found is None:
        raise NotFoundError
    return found


def save_view(
    actor: Actor, name: str, args: Mapping[str, Sequence[str]], *, now: datetime
) -> SavedView:
    """Save what the queue shows under a name; the same name again is changed.

    Args:
        actor: whose view.
        name: what it is called, 1 to 80 characters.
        args: the words of the queue's address, each with its values.
        now: the instant.

    Raises:
        RefusedError: no name, or too many views.

    """
    name = " ".join(name.split())[:80]
    if not name:
        message = "Give the view a name."
        raise RefusedError(message, fields={"name": message})
    own = db.session.scalars(select(SavedView).where(SavedView.user_id == actor.user_id)).all()
    view = next((v for v in own if v.name == name), None)
    if view is None and len(own) >= MOST:
        message = "Delete a view first: there are too many."
        raise RefusedError(message, fields={"name": message})
    if view is None:
        view = SavedView(
            customer_id=actor.customer_id,
            user_id=actor.user_id,
            name=name,
            token=secrets.token_urlsafe(TOKEN_BYTES),
            created_at=now,
        )
        db.session.add(view)
    view.query = kept_part(args)
    db.session.flush()
    audit.record(actor, "view.save", ("saved_view", view.id), now=now, after={"name": name})
    return view


def delete_view(actor: Actor, token: str, *, now: datetime) -> None:
    """Delete one of the actor's own views.

    Raises:
        NotFoundError: there is none, or it is somebody else's.

    """
    view = view_for(actor, token)
    if view.user_id != actor.user_id:
        raise NotFoundError
    audit.record(actor, "view.delete", ("saved_view", view.id), now=now, before={"name": view.name})
    db.session.delete(view)
    db.session.flush()
