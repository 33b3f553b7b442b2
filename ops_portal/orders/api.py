"""The API of orders: `/api/v1/orders`; the same operations and the same answers as the pages.

A customer's token sees what was offered and signed; the provider's drafts, changes and offers. An
order is signed by a person, on the page or on paper, so there is no address for it here (ORD-3).
"""

from typing import Any

from apiflask import APIBlueprint
from flask import Response, url_for
from sqlalchemy import select

from ops_portal.accounts.models import Customer
from ops_portal.contracts.models import Service
from ops_portal.core.actor import Actor
from ops_portal.core.clock import now
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError, RefusedError
from ops_portal.core.paging import is_key
from ops_portal.core.permissions import Permission
from ops_portal.orders import api_shapes as shapes
from ops_portal.orders import operations, queries
from ops_portal.orders.api_out import gap_out, order_out, orders_out
from ops_portal.orders.completeness import Account
from ops_portal.orders.drafts import COLUMNS, Draft
from ops_portal.orders.models import Order
from ops_portal.orders.queries import SORTINGS, Wanted
from ops_portal.web.api import page_body, required_version, tagged
from ops_portal.web.guard import current_actor, requires

blueprint = APIBlueprint("api_orders", __name__, url_prefix="/api/v1", tag="Orders")

READ = (Permission.ORDERS_READ, Permission.CARE_ORDERS_SIGN)


@blueprint.get("/orders")
@requires(*READ)
@blueprint.input(shapes.OrdersQuery, location="query", arg_name="query")
@blueprint.output(shapes.OrdersOut)
def list_orders(query: shapes.OrdersQuery) -> dict[str, Any]:
    """List orders, newest first, page by page."""
    actor = current_actor()
    if query.after and not is_key(SORTINGS["newest"], query.after):
        message = "Take the address of the next page from `next`."
        raise RefusedError(message, fields={"after": message})
    customer_id = None if actor.is_staff else actor.customer_id
    if query.customer is not None:
        customer_id = _customer(actor, query.customer).id
    wanted = Wanted(
        state=query.state or "",
        search=query.q,
        customer_id=customer_id,
        for_customer=not actor.is_staff,
    )
    page = queries.orders_page(wanted, after=query.after, size=query.limit)
    return page_body(orders_out([row[0] for row in page.rows]), page.after, query.limit)


@blueprint.post("/orders")
@requires(Permission.ORDERS_MANAGE)
@blueprint.input(shapes.NewOrder, arg_name="new")
@blueprint.output(shapes.OrderOut, status_code=201)
def create_order(new: shapes.NewOrder) -> Response:
    """Draft an order; what is missing may follow later."""
    actor = current_actor()
    customer = _customer(actor, new.customer)
    order = _opened(actor, customer, new)
    operations.change_order(actor, order, _draft(order, new), now=now())
    response = tagged(order_out(order), order.version, 201)
    response.location = url_for("api_orders.show_order", order_reference=order.reference)
    return response


@blueprint.get("/orders/<order_reference>")
@requires(*READ)
@blueprint.output(shapes.OrderOut)
def show_order(order_reference: str) -> Response:
    """Return an order as it stands, with its version as entity tag."""
    order = queries.order_for(current_actor(), order_reference)
    return tagged(order_out(order), order.version)


@blueprint.patch("/orders/<order_reference>")
@requires(Permission.ORDERS_MANAGE)
@blueprint.input(shapes.OrderChange, arg_name="change")
@blueprint.output(shapes.OrderOut)
def change_order(order_reference: str, change: shapes.OrderChange) -> Response:
    """Change a draft; an offer to the customer is withdrawn by it."""
    actor = current_actor()
    order = _locked(actor, order_reference)
    operations.change_order(actor, order, _draft(order, change), now=now())
    return tagged(order_out(order), order.version)


@blueprint.get("/orders/<order_reference>/missing")
@requires(*READ)
@blueprint.output(shapes.GapsOut)
def list_missing(order_reference: str) -> dict[str, Any]:
    """Return what keeps an order from being offered or signed (ORD-1)."""
    order = queries.order_for(current_actor(), order_reference)
    gaps = queries.gaps_of(order, now=now()) if order.signed_at is None else []
    return {"version": order.version, "items": [gap_out(gap) for gap in gaps]}


@blueprint.post("/orders/<order_reference>/offer")
@requires(Permission.ORDERS_MANAGE)
@blueprint.output(shapes.OrderOut)
def offer_order(order_reference: str) -> Response:
    """Offer a complete order to the customer for signing."""
    actor = current_actor()
    order = _locked(actor, order_reference)
    operations.offer_order(actor, order, now=now())
    return tagged(order_out(order), order.version)


def _locked(actor: Actor, reference: str) -> Order:
    queries.order_for(actor, reference)
    return queries.lock_order(actor, reference, based_on=required_version())


def _customer(actor: Actor, code: str) -> Customer:
    """Return the customer of a number, as far as the actor may know it."""
    found = db.session.scalar(select(Customer).where(Customer.code == code, ~Customer.is_provider))
    if found is None or (not actor.is_staff and found.id != actor.customer_id):
        raise NotFoundError
    return found


def _opened(actor: Actor, customer: Customer, new: shapes.NewOrder) -> Order:
    if new.changes:
        service = db.session.scalar(
            select(Service).filter_by(customer_id=customer.id, reference=new.changes)
        )
        if service is None:
            raise NotFoundError
        return operations.open_change(actor, service, now=now())
    sold = queries.descriptions_for_sale(now())
    found = [row for row in sold if new.service in {None, row.name}]
    if len(found) != 1:
        message = "Name the service description: there is not exactly one in force."
        raise RefusedError(message, rule="CAT-1", fields={"service": message})
    return operations.open_order(actor, customer, found[0], now=now())


def _draft(order: Order, change: shapes.OrderChange) -> Draft:
    """Return an order with what was sent laid over it."""
    sent = change.model_fields_set
    values: dict[str, Any] = {}
    for name in COLUMNS:
        given = getattr(change, name) if name in sent else None
        # an empty first day means something: the day of the signature
        is_given = given is not None or (name in sent and name == "takes_effect_on")
        value = given if is_given else getattr(order, name)
        values[name] = tuple(value) if isinstance(value, list) else value
    accounts = queries.accounts_of(order)
    if change.accounts is not None:
        accounts = tuple(Account(a.number, a.parent, a.name) for a in change.accounts)
    return Draft(**values, accounts=accounts)
