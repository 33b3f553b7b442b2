"""The provider's pages of orders: the list, and beginning one."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ops_portal.accounts.people_queries import customer_page_for
from ops_portal.contracts.models import ServiceDescription
from ops_portal.core.clock import now
from ops_portal.core.db import db
from ops_portal.core.errors import RefusedError
from ops_portal.core.paging import every_row
from ops_portal.core.permissions import Permission
from ops_portal.orders import operations, queries, words
from ops_portal.orders.blueprint import blueprint
from ops_portal.orders.forms import StartForm
from ops_portal.orders.lists import orders_listing, page_of
from ops_portal.orders.models import Order, OrderKind
from ops_portal.web.forms import REFUSED, show_refusal
from ops_portal.web.guard import current_actor, requires


@blueprint.get("/orders")
@requires(Permission.ORDERS_READ)
def index() -> Response | str:
    """List the orders, the newest first."""
    listing = orders_listing(can_manage=current_actor().can(Permission.ORDERS_MANAGE))
    if listing.wants_export:
        return listing.export(every_row(lambda key: page_of(listing, after=key)))
    listing.show(page_of(listing, after=listing.after, before=listing.before))
    return render_template("orders/index.html", listing=listing, state_of=words.state_of)


@blueprint.get("/orders/new")
@requires(Permission.ORDERS_MANAGE)
def new() -> str:
    """Find the customer an order is for."""
    search = request.args.get("q", "").replace("\x00", "").strip()
    found = queries.customers_found(search)
    return render_template("orders/new.html", customers=found, search=search)


@blueprint.route("/customers/<int:customer_id>/orders/new", methods=["GET", "POST"])
@requires(Permission.ORDERS_MANAGE)
def start(customer_id: int) -> Response | tuple[str, int]:
    """Begin an order: a service that is new, or other components for one that runs."""
    customer = customer_page_for(current_actor(), customer_id)
    form, status = StartForm(), 200
    running = queries.services_of(customer.id)
    sold = queries.descriptions_for_sale(now())
    form.offer(
        [(row.id, _("New: %(service)s", service=row.name)) for row in sold],
        [
            (row.id, _("Change of %(service)s %(number)s", service=row.name, number=row.reference))
            for row in running
        ],
    )
    if form.validate_on_submit():
        try:
            order = _opened(form, customer_id)
        except RefusedError as error:
            status = show_refusal(form, error)
        else:
            message = _("The order %(number)s is a draft.", number=order.reference)
            flash(message, "done")
            where = url_for("orders.order", order_reference=order.reference)
            return redirect(where, 303)
    elif form.is_submitted():
        status = REFUSED
    return render_template("orders/start.html", form=form, customer=customer), status


def _opened(form: StartForm, customer_id: int) -> Order:
    actor, (kind, number) = current_actor(), form.chosen
    if kind is OrderKind.CHANGE:
        service = next(s for s in queries.services_of(customer_id) if s.id == number)
        return operations.open_change(actor, service, now=now())
    description = db.session.get_one(ServiceDescription, number)
    customer = customer_page_for(actor, customer_id)
    return operations.open_order(actor, customer, description, now=now())
