"""The customer's pages of orders: what waits for a signature, and what was signed."""

from flask import Response, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ops_portal.core.clock import now
from ops_portal.core.errors import ConflictError, RefusedError
from ops_portal.core.paging import every_row
from ops_portal.core.permissions import Permission
from ops_portal.orders import documents, pages, queries, signing, words
from ops_portal.orders.blueprint import blueprint
from ops_portal.orders.forms import SignForm
from ops_portal.orders.lists import own_listing, page_of
from ops_portal.orders.models import Order, OrderKind
from ops_portal.orders.signing import Reading
from ops_portal.orders.signing_views import form_of
from ops_portal.web.forms import REFUSED, show_refusal
from ops_portal.web.guard import current_actor, requires


@blueprint.get("/care/orders")
@requires(Permission.CARE_ORDERS_SIGN)
def own_orders() -> BaseResponse | str:
    """List the orders of the organisation that wait for a signature or were signed."""
    listing, own = own_listing(), current_actor().customer_id
    if listing.wants_export:
        return listing.export(every_row(lambda key: page_of(listing, customer_id=own, after=key)))
    listing.show(page_of(listing, customer_id=own, after=listing.after, before=listing.before))
    return render_template("orders/own_orders.html", listing=listing, state_of=words.state_of)


@blueprint.get("/care/orders/<order_reference>")
@requires(Permission.CARE_ORDERS_SIGN)
def own_order(order_reference: str) -> str:
    """Show an order with its form, and the place to sign it."""
    found = queries.order_for(current_actor(), order_reference)
    return _page(found, SignForm(formdata=None))


@blueprint.get("/care/orders/<order_reference>/form.pdf")
@requires(Permission.CARE_ORDERS_SIGN)
def own_form(order_reference: str) -> Response:
    """Give the order form to read; once signed, the one that was signed."""
    return form_of(queries.order_for(current_actor(), order_reference))


@blueprint.post("/care/orders/<order_reference>/sign")
@requires(Permission.CARE_ORDERS_SIGN)
def sign(order_reference: str) -> BaseResponse | tuple[str, int]:
    """Sign an order: name, time, address and the hash of what was read are kept."""
    actor, form = current_actor(), SignForm()
    found = queries.order_for(actor, order_reference, is_locked=True)
    if not form.validate_on_submit():
        return _page(found, form), REFUSED
    document = documents.order_form(found, now=now())
    reading = Reading(
        name=form.name.data or "",
        document=document,
        document_hash=documents.fingerprint(document),
        shown_hash=form.shown_hash.data or "",
        file_name=documents.file_name(found),
    )
    try:
        signing.sign_in_portal(actor, found, reading, now=now())
    except (RefusedError, ConflictError) as error:
        status = show_refusal(form, error)
        return _page(found, form), status
    flash(_signed_words(found), "done")
    return redirect(url_for("orders.own_order", order_reference=found.reference), 303)


def _signed_words(found: Order) -> str:
    if found.kind == OrderKind.CHANGE:
        return str(_("The order is signed. The change takes effect on its first day."))
    return str(_("The order is signed. We begin with the implementation in office hours."))


def _page(found: Order, form: SignForm) -> str:
    is_open = queries.standing(found) == queries.OFFERED
    if is_open:
        form.shown_hash.data = documents.fingerprint(documents.order_form(found, now=now()))
    return render_template(
        "orders/own_order.html",
        picture=pages.picture_of(found, now=now()),
        order=found,
        form=form,
        is_open=is_open,
        kind_word=pages.kind_word(found),
    )
