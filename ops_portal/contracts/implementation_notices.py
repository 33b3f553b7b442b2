"""The mails of the implementation: the activation, and the receipt of the credentials."""

from dataclasses import dataclass
from datetime import datetime

from flask import current_app, render_template
from flask_babel import gettext as _

from ops_portal.accounts.models import Customer, User
from ops_portal.accounts.queries import members_with
from ops_portal.contracts.implementation_operations import levels_from
from ops_portal.contracts.models import Service
from ops_portal.core.config import Config
from ops_portal.core.db import db
from ops_portal.core.mail import put_mail
from ops_portal.core.permissions import Role
from ops_portal.web.languages import speaking_to


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody who is told, in the own language."""

    key: str
    email: str
    name: str
    language: str
    is_access_owner: bool = False


def tell_activated(service: Service, *, now: datetime) -> None:
    """Welcome the Access Owner, and tell the representatives that the service is active.

    Run again, nobody gets it twice. Source: IMP-2, §4.2; TEC-3.
    """
    for receiver in _receivers(service):
        with speaking_to(receiver.language, _zone(service)):
            if receiver.is_access_owner:
                subject = _("Welcome to %(service)s", service=service.name)
            else:
                subject = _("%(service)s is active", service=service.name)
        _write(service, receiver, "implementation_activated", subject, now)


def tell_credentials(service: Service, *, now: datetime) -> None:
    """Tell that the service levels apply now: the credentials were received (IMP-2)."""
    for receiver in _receivers(service):
        with speaking_to(receiver.language, _zone(service)):
            subject = _("The service levels of %(service)s apply", service=service.name)
        _write(service, receiver, "implementation_credentials", subject, now)


def _receivers(service: Service) -> list[Receiver]:
    found = []
    if service.access_owner_email:
        owner = Receiver(
            "access-owner",
            service.access_owner_email,
            service.access_owner_name,
            service.access_owner_language,
            is_access_owner=True,
        )
        found.append(owner)
    query = members_with(Role.REPRESENTATIVE, service.customer_id).order_by(User.id)
    known = service.access_owner_email.lower()
    users = [user for user in db.session.scalars(query) if user.email.lower() != known]
    return found + [Receiver(str(u.id), u.email, u.name, u.language) for u in users]


def _write(service: Service, receiver: Receiver, what: str, subject: str, now: datetime) -> None:
    config: Config = current_app.extensions["portal.config"]
    customer = db.session.get_one(Customer, service.customer_id)
    with speaking_to(receiver.language, customer.zone):
        body = render_template(
            f"emails/{what}.txt",
            service=service,
            customer=customer,
            receiver=receiver,
            levels_from=levels_from(service),
            # from the setting and never from the request: a forged Host header must not get in
            link=config.base_url + current_app.url_map.bind("").build("home.index"),
            config=config,
        )
    put_mail(
        receiver.email,
        subject,
        body.strip() + "\n",
        customer_id=service.customer_id,
        now=now,
        key=f"{what}:{service.id}:{receiver.key}",
    )


def _zone(service: Service) -> str:
    return db.session.get_one(Customer, service.customer_id).zone
