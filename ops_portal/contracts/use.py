"""Noting the use of services: at most one write for each service and hour (CON-3)."""

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import ColumnElement, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert

from ops_portal.contracts.life import ServiceUse
from ops_portal.contracts.models import Contract, Service
from ops_portal.contracts.queries import is_in_force
from ops_portal.core.actor import Actor, ActorKind
from ops_portal.core.db import db
from ops_portal.core.permissions import Role

EVERY = timedelta(hours=1)
MOST_KNOWN = 20_000
NOTED = "portal.uses_noted"


def note_use(actor: Actor, *, now: datetime) -> None:
    """Note that somebody of a customer uses the services of the active organisation.

    A person's visits within an hour cost nothing but a look into memory; staff never count.

    Args:
        actor: who visits or calls; a token calls the API.
        now: the instant.

    Source: CON-3, §7.1.3.

    """
    if actor.kind is not ActorKind.CUSTOMER:
        return
    noted: dict[tuple[int, int | None], datetime] = current_app.extensions.setdefault(NOTED, {})
    who = (actor.customer_id, actor.user_id)
    if who in noted and now - noted[who] < EVERY:
        return
    _write(actor, now)
    if len(noted) >= MOST_KNOWN:
        noted.clear()
    noted[who] = now


def _write(actor: Actor, now: datetime) -> None:
    in_force = select(Contract.service_id).where(
        Contract.customer_id == actor.customer_id, is_in_force(now)
    )
    used = select(
        Service.customer_id,
        Service.id,
        literal(now).label("last_used_at"),
        literal("api" if actor.token_id else "visit").label("channel"),
    ).where(
        Service.customer_id == actor.customer_id,
        Service.activated_at <= now,
        Service.id.in_(in_force),
        _is_user_of(actor),
    )
    columns = ["customer_id", "service_id", "last_used_at", "channel"]
    new = insert(ServiceUse).from_select(columns, used.order_by(Service.id))
    db.session.execute(
        new.on_conflict_do_update(
            index_elements=["service_id"],
            set_={"last_used_at": new.excluded.last_used_at, "channel": new.excluded.channel},
            where=ServiceUse.last_used_at <= now - EVERY,
        )
    )


def _is_user_of(actor: Actor) -> ColumnElement[bool]:
    """Whether somebody is a user of a service: a representative of all, an Access Owner of the own.

    A service whose Access Owner has no login of the same address counts for every Access Owner.
    """
    if Role.REPRESENTATIVE in actor.roles:
        return literal(True)  # noqa: FBT003 (a value of SQL)
    return or_(
        Service.access_owner_id == actor.user_id,
        func.lower(Service.access_owner_email) == actor.email.lower(),
        Service.access_owner_email == "",
    )
