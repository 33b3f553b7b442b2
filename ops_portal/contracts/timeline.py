"""The timeline of a service: each thing that happened is one line, never changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from ops_portal.contracts.life import LifeEvent, ServiceEvent
from ops_portal.contracts.models import Service
from ops_portal.core.actor import Actor
from ops_portal.core.db import db


def note_event(
    service: Service,
    kind: LifeEvent,
    *,
    at: datetime,
    actor: Actor,
    now: datetime,
    **params: Any,  # noqa: ANN401 (whatever JSON holds)
) -> ServiceEvent:
    """Add a line to a service's timeline, in the caller's transaction.

    Args:
        service: whose timeline.
        kind: what happened.
        at: when it holds from; may lie ahead, as the end after a notice does.
        actor: who did it.
        now: when it is recorded.
        params: what the words of the line need; plain JSON, no personal data.

    """
    event = ServiceEvent(
        customer_id=service.customer_id,
        service_id=service.id,
        kind=kind,
        occurred_at=at,
        recorded_at=now,
        user_id=actor.user_id,
        user_name=actor.name,
        params=params,
    )
    db.session.add(event)
    db.session.flush()
    return event


def events_of(service: Service) -> Sequence[ServiceEvent]:
    """Return the timeline of a service, newest first."""
    query = (
        select(ServiceEvent)
        .where(
            ServiceEvent.customer_id == service.customer_id, ServiceEvent.service_id == service.id
        )
        .order_by(ServiceEvent.occurred_at.desc(), ServiceEvent.id.desc())
    )
    return db.session.scalars(query).all()
