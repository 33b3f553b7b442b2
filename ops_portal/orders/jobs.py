"""Telling people about orders, after they were offered or signed."""

from datetime import datetime

from ops_portal.core import outbox
from ops_portal.core.db import db
from ops_portal.orders import notices
from ops_portal.orders.models import Order
from ops_portal.orders.operations import TELL_OFFERED
from ops_portal.orders.signing import TELL_SIGNED


@outbox.handler(TELL_OFFERED)
def tell_offered(*, order_id: int, version: int, now: datetime) -> None:
    """Write the mails about an offer; nothing when another version was saved since."""
    order = db.session.get_one(Order, order_id)
    if order.version == version:
        notices.tell_offered(order, now=now)


@outbox.handler(TELL_SIGNED)
def tell_signed(*, order_id: int, now: datetime) -> None:
    """Write the mails that confirm a signature; run again, it adds none."""
    notices.tell_signed(db.session.get_one(Order, order_id), now=now)
