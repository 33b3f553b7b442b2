"""The mails about the life of a service: a notice, its withdrawal, the end, the deactivation."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app, render_template
from flask_babel import gettext as _
from sqlalchemy import select

from ops_portal.accounts.models import Customer, User
from ops_portal.accounts.queries import members_with
from ops_portal.contracts.life import Deactivation, TerminationNotice
from ops_portal.contracts.models import Service
from ops_portal.core.config import Config
from ops_portal.core.db import db
from ops_portal.core.mail import put_mail
from ops_portal.core.permissions import Role
from ops_portal.web.languages import speaking_to

SUBJECTS: dict[str, Callable[[Service], str]] = {
    "notice_given": lambda s: _("Notice received for %(reference)s", reference=s.reference),
    "notice_withdrawn": lambda s: _("Notice withdrawn for %(reference)s", reference=s.reference),
    "ended": lambda s: _("%(reference)s has ended", reference=s.reference),
    "deactivated": lambda s: _(
        "%(service)s is switched off: nobody used it", service=f"{s.name} ({s.reference})"
    ),
    "reactivated": lambda s: _(
        "%(service)s is switched on again", service=f"{s.name} ({s.reference})"
    ),
}
TO_PROVIDER = frozenset({"notice_given", "notice_withdrawn", "ended"})
"""What the account managers hear of too; the rest they did themselves, or see in their list."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody who is told, in the own language."""

    key: str
    email: str
    name: str
    language: str
    is_staff: bool = False


def tell(what: str, service_id: int, about: int, *, now: datetime) -> int:
    """Write the mails about what happened to a service; return their number.

    Run again, nobody gets one twice.

    Args:
        what: a key of `SUBJECTS`.
        service_id: the service.
        about: the id of the notice, or of the deactivation.
        now: the instant.

    Source: CON-2, CON-3, §7.1.2, §7.1.3; TEC-3.

    """
    service = db.session.get_one(Service, service_id)
    customer = db.session.get_one(Customer, service.customer_id)
    table = TerminationNotice if what in TO_PROVIDER else Deactivation
    row = db.session.get_one(table, about)
    receivers = [*_users_of(service), *(_managers() if what in TO_PROVIDER else ())]
    for receiver in receivers:
        with speaking_to(receiver.language, customer.zone):
            subject = SUBJECTS[what](service)
            body = _body(what, receiver, service, customer, row)
        put_mail(
            receiver.email,
            subject,
            body,
            customer_id=service.customer_id,
            now=now,
            key=f"service:{what}:{about}:{receiver.key}",
        )
    return len(receivers)


def _body(what: str, receiver: Receiver, service: Service, customer: Customer, row: object) -> str:
    config: Config = current_app.extensions["portal.config"]
    endpoint = "contracts.service" if receiver.is_staff else "contracts.own_service"
    # from the setting and never from the request: a forged Host header must not get into a mail
    address = current_app.url_map.bind("").build(endpoint, {"service_id": service.id})
    values: dict[str, Any] = {
        "receiver": receiver,
        "service": service,
        "customer": customer,
        "row": row,
        "link": config.base_url + address,
        "config": config,
    }
    return render_template(f"emails/service_{what}.txt", **values).strip() + "\n"


def _users_of(service: Service) -> list[Receiver]:
    """Return the Access Owner at the registered address, and the representatives, each once."""
    found = _members(service.customer_id, Role.REPRESENTATIVE)
    owner = service.access_owner_email
    if owner and owner.lower() not in {r.email.lower() for r in found}:
        language = service.access_owner_language
        found.append(Receiver("access-owner", owner, service.access_owner_name, language))
    return found


def _managers() -> list[Receiver]:
    provider = db.session.scalars(select(Customer.id).where(Customer.is_provider)).one()
    return _members(provider, Role.ACCOUNT_MANAGER, is_staff=True)


def _members(customer_id: int, role: Role, *, is_staff: bool = False) -> list[Receiver]:
    query = members_with(role, customer_id).order_by(User.id)
    return [
        Receiver(str(u.id), u.email, u.name, u.language, is_staff)
        for u in db.session.scalars(query)
    ]
