"""The page of one order: its form while it is a draft, what it says afterwards."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ops_portal.contracts.queries import described
from ops_portal.core.clock import now
from ops_portal.core.db import db
from ops_portal.core.errors import ConflictError, RefusedError, StaleError
from ops_portal.core.permissions import Permission
from ops_portal.orders import operations, pages, queries
from ops_portal.orders.blueprint import blueprint
from ops_portal.orders.forms import EMPTY_ROWS, MORE_ROWS, CancelForm, OrderForm
from ops_portal.orders.models import Order, OrderState
from ops_portal.web.forms import REFUSED, show_refusal, translated
from ops_portal.web.guard import current_actor, requires
from ops_portal.web.languages import chosen_language

CHECK = "check"
"""Sent along when only the answer is wanted: what is missing, and which options can be had."""
PARTS = {"options": "options", "rows": "accounts"}
"""What a button besides Save leads back to."""


@blueprint.get("/orders/<order_reference>")
@requires(Permission.ORDERS_READ)
def order(order_reference: str) -> str:
    """Show an order: the form of a draft to who may change it, else what it says."""
    found = queries.order_for(current_actor(), order_reference)
    form = OrderForm(formdata=None)
    rows = MORE_ROWS if request.args.get("then") == "rows" else EMPTY_ROWS
    form.show(found, queries.accounts_of(found), rows=rows)
    return _page(found, form)


@blueprint.post("/orders/<order_reference>")
@requires(Permission.ORDERS_MANAGE)
def save(order_reference: str) -> Response | tuple[str, int]:
    """Save the form of a draft, or only say what would be missing. Source: ORD-1."""
    actor = current_actor()
    found = queries.order_for(actor, order_reference)
    # the Access Owner of a running service is no field of the page: what is saved stands
    form = OrderForm(data={"access_owner_language": found.access_owner_language})
    form.offer(queries.catalogue_of(described(found.description_id)), chosen_language())
    if not form.validate():
        return _page(found, form), REFUSED
    try:
        locked = queries.lock_order(actor, order_reference, based_on=_version(form))
        operations.change_order(actor, locked, form.draft(), now=now())
    except StaleError as error:
        return _stale(order_reference, form, error)
    except (RefusedError, ConflictError) as error:
        status = show_refusal(form, error)
        return _page(found, form), status
    if CHECK in request.form:
        return _page(locked, form), REFUSED  # this status: nothing of it is kept
    return _saved(locked)


@blueprint.post("/orders/<order_reference>/offer")
@requires(Permission.ORDERS_MANAGE)
def offer(order_reference: str) -> Response:
    """Offer a complete order to the customer for signing."""
    actor = current_actor()
    found = queries.order_for(actor, order_reference, is_locked=True)
    try:
        operations.offer_order(actor, found, now=now())
        flash(_("The customer can sign now; its representatives are told by mail."), "done")
    except (RefusedError, ConflictError) as error:
        flash(translated(error.msgid, error), "wrong")
    return _to(found)


@blueprint.post("/orders/<order_reference>/cancel")
@requires(Permission.ORDERS_MANAGE)
def cancel(order_reference: str) -> Response | tuple[str, int]:
    """Call an order off."""
    actor, form = current_actor(), CancelForm()
    found = queries.order_for(actor, order_reference, is_locked=True)
    status = REFUSED
    if form.validate_on_submit():
        try:
            operations.cancel_order(actor, found, form.reason.data or "", now=now())
            flash(_("The order is cancelled."), "done")
            return _to(found)
        except (RefusedError, ConflictError) as error:
            status = show_refusal(form, error)
    filled = OrderForm(formdata=None)
    filled.show(found, queries.accounts_of(found))
    return _page(found, filled, cancel=form), status


def _saved(found: Order) -> Response:
    then = request.form.get("then", "")
    if then not in PARTS:
        flash(_("The order is saved."), "done")
    part = PARTS.get(then)
    again = then if then == "rows" else None
    where = url_for("orders.order", order_reference=found.reference, then=again, _anchor=part)
    return redirect(where, 303)


def _stale(reference: str, form: OrderForm, error: StaleError) -> tuple[str, int]:
    """Show both versions; what was typed is still there and can be saved over the other."""
    db.session.rollback()
    fresh = queries.order_for(current_actor(), reference)
    language = chosen_language()
    clashes = pages.differences(fresh, form.draft(), language=language)
    form.version.data = str(error.current)
    return _page(fresh, form, clashes=clashes), error.status


def _page(
    found: Order,
    form: OrderForm,
    *,
    cancel: CancelForm | None = None,
    clashes: list[tuple[str, str, str]] | None = None,
) -> str:
    picture = pages.picture_of(found, now=now())
    form.offer(picture.catalogue, chosen_language())
    is_open = found.state == OrderState.DRAFT and current_actor().can(Permission.ORDERS_MANAGE)
    return render_template(
        "orders/draft.html" if is_open else "orders/order.html",
        picture=picture,
        order=found,
        form=form,
        cancel=cancel or CancelForm(formdata=None),
        kind_word=pages.kind_word(found),
        clashes=clashes,
    )


def _version(form: OrderForm) -> int:
    typed = form.version.data or ""
    return int(typed) if typed.isdecimal() else 0


def _to(found: Order) -> Response:
    return redirect(url_for("orders.order", order_reference=found.reference), 303)
