"""The mails about orders: one waits for a signature, one was signed."""

from dataclasses import dataclass
from datetime import datetime

from flask import current_app, render_template
from flask_babel import gettext as _

from ops_portal.accounts.models import Customer, User
from ops_portal.accounts.queries import members_with
from ops_portal.core.config import Config
from ops_portal.core.db import db
from ops_portal.core.mail import put_mail
from ops_portal.core.permissions import Role
from ops_portal.orders import pages, queries
from ops_portal.orders.models import Order
from ops_portal.web.languages import speaking_to


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody who is told."""

    key: str
    email: str
    name: str
    language: str


def tell_offered(order: Order, *, now: datetime) -> None:
    """Tell the representatives that an order waits for a signature. Source: ORD-1."""
    if queries.standing(order) != queries.OFFERED:
        return  # withdrawn, signed or cancelled meanwhile
    for receiver in representatives(order.customer_id):
        _write(order, receiver, "order_offered", now)


def tell_signed(order: Order, *, now: datetime) -> None:
    """Confirm a signature to the representatives and to who drafted the order. Source: ORD-3."""
    for receiver in [*representatives(order.customer_id), *_drafter(order)]:
        _write(order, receiver, "order_signed", now)


def representatives(customer_id: int) -> list[Receiver]:
    """Return the representatives of a customer."""
    query = members_with(Role.REPRESENTATIVE, customer_id).order_by(User.id)
    return [Receiver(str(u.id), u.email, u.name, u.language) for u in db.session.scalars(query)]


def _drafter(order: Order) -> list[Receiver]:
    user = db.session.get(User, order.created_by) if order.created_by else None
    if user is None or not user.is_active:
        return []
    return [Receiver(f"drafter-{user.id}", user.email, user.name, user.language)]


def _write(order: Order, receiver: Receiver, what: str, now: datetime) -> None:
    customer = db.session.get_one(Customer, order.customer_id)
    is_drafter = receiver.key.startswith("drafter-")
    endpoint = "orders.order" if is_drafter else "orders.own_order"
    with speaking_to(receiver.language, customer.zone):
        subject = {
            "order_offered": _("Order %(number)s waits for your signature", number=order.reference),
            "order_signed": _("Order %(number)s is signed", number=order.reference),
        }[what]
        body = render_template(
            f"emails/{what}.txt",
            order=order,
            customer=customer,
            receiver=receiver,
            kind=pages.kind_word(order),
            link=_link(endpoint, order_reference=order.reference),
            config=_config(),
        )
    put_mail(
        receiver.email,
        subject,
        body.strip() + "\n",
        customer_id=order.customer_id,
        now=now,
        key=f"{what}:{order.id}:{order.version}:{receiver.key}",
    )


def _link(endpoint: str, **values: str) -> str:
    # from the setting and never from the request: a forged Host header must not get into a mail
    return _config().base_url + current_app.url_map.bind("").build(endpoint, values)


def _config() -> Config:
    config: Config = current_app.extensions["portal.config"]
    return config
