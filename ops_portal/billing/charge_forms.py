"""Taking in what the form of a one-off fee sends."""

import secrets
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select

from ops_portal.billing.charge_operations import OneOffFee, add_one_off
from ops_portal.billing.forms import OneOffForm
from ops_portal.billing.models import Charge
from ops_portal.contracts.models import Contract, Service
from ops_portal.contracts.queries import catalogue
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.web.filters import money
from ops_portal.web.languages import chosen_language


def fee_form(service: Service, today: date) -> OneOffForm:
    """Return the form with the fees that the service's newest contract offers."""
    form = OneOffForm()
    if form.on.data is None and not form.is_submitted():
        form.on.data = today
    newest = db.session.scalars(
        select(Contract)
        .where(Contract.service_id == service.id)
        .order_by(Contract.valid_from.desc())
        .limit(1)
    ).one_or_none()
    sold = catalogue(newest.description_id) if newest else None
    fees = sold.fees.one_off.values() if sold else ()
    form.offer([(f.key, f"{f.name[chosen_language()]} · {money(f.price)}") for f in fees])
    return form


def send_fee(actor: Actor, service: Service, form: OneOffForm, *, now: datetime) -> Charge:
    """Add the fee a form describes.

    Raises:
        RefusedError: no contract was in force on the day, or the fee is not described.

    """
    is_listed = bool(form.fee.data)
    fee = OneOffFee(
        # sending the form twice is kept apart by its own key; this one is new for each fee
        source=f"page:{service.id}:{secrets.token_urlsafe(12)}",
        on=form.on.data or now.date(),
        fee=form.fee.data or "",
        quantity=Decimal(form.quantity.data or 1),
        price=None if is_listed else form.price.data,
        unit=form.unit.data,
        text=form.text.data or "",
    )
    return add_one_off(actor, service, fee, now=now)
