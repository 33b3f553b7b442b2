"""Telling people about the implementation, and linking who has joined."""

from datetime import datetime

from ops_portal.contracts import implementation_notices as notices
from ops_portal.contracts.implementation_access import link_access_owners
from ops_portal.contracts.implementation_operations import TELL_ACTIVATED, TELL_CREDENTIALS
from ops_portal.contracts.models import Service
from ops_portal.core import outbox
from ops_portal.core.db import db

LINK = "contracts.link_access_owners"


@outbox.handler(TELL_ACTIVATED)
def tell_activated(*, service_id: int, now: datetime) -> None:
    """Write the mails about an activation; run again, it adds none."""
    notices.tell_activated(db.session.get_one(Service, service_id), now=now)


@outbox.handler(TELL_CREDENTIALS)
def tell_credentials(*, service_id: int, now: datetime) -> None:
    """Write the mails about the receipt of the credentials; run again, it adds none."""
    notices.tell_credentials(db.session.get_one(Service, service_id), now=now)


@outbox.handler(LINK)
def link(*, now: datetime) -> None:  # noqa: ARG001 (every handler is given the instant)
    """Link the services whose Access Owner has accepted the invitation since. Source: ORD-2."""
    link_access_owners()
