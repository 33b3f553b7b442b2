"""What the API says of an order: rows to plain values."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from ops_portal.accounts.models import Customer
from ops_portal.contracts.models import Service
from ops_portal.contracts.queries import described
from ops_portal.core.db import db
from ops_portal.core.errors import filled
from ops_portal.orders import queries
from ops_portal.orders.completeness import Gap
from ops_portal.orders.drafts import COLUMNS
from ops_portal.orders.models import Order, OrderAccount


def order_out(order: Order) -> dict[str, Any]:
    """Return one order."""
    return orders_out([order])[0]


def orders_out(orders: Sequence[Order]) -> list[dict[str, Any]]:
    """Return orders, with three queries for any number."""
    codes = _names(Customer.id, Customer.code, {o.customer_id for o in orders})
    services = _names(Service.id, Service.reference, {o.service_id for o in orders})
    accounts = _accounts({o.id for o in orders})
    return [
        {name: getattr(order, name) for name in (*COLUMNS, "reference", "kind", "version")}
        | {
            "takes_effect_on": order.takes_effect_on and order.takes_effect_on.isoformat(),
            "customer": codes[order.customer_id],
            "state": queries.standing(order),
            "service": services.get(order.service_id, ""),
            "description": _description(order),
            "accounts": accounts[order.id],
            "created_at": _utc(order.created_at),
            "offered_at": _utc(order.offered_at),
            "signature": _signature(order),
        }
        for order in orders
    ]


def gap_out(gap: Gap) -> dict[str, str]:
    """Return one thing that is missing."""
    message = filled(gap.sentence, gap.params)
    return {"field": gap.field, "message": message, "rule": gap.rule}


def _description(order: Order) -> str:
    found = described(order.description_id)
    return f"{found.name} {found.version}"


def _signature(order: Order) -> dict[str, Any] | None:
    if order.signed_at is None:
        return None
    return {
        "name": order.signed_name,
        "at": _utc(order.signed_at),
        "via": order.signed_via,
        "sha256": order.signed_hash,
    }


def _accounts(order_ids: set[int]) -> dict[int, list[dict[str, str]]]:
    found: dict[int, list[dict[str, str]]] = defaultdict(list)
    query = select(OrderAccount).where(OrderAccount.order_id.in_(order_ids))
    for row in db.session.scalars(query.order_by(OrderAccount.order_id, OrderAccount.position)):
        plain = {"number": row.number, "parent": row.parent_number, "name": row.name}
        found[row.order_id].append(plain)
    return found


def _names(key: Any, name: Any, ids: set[Any]) -> dict[Any, str]:  # noqa: ANN401 (mapped columns)
    return {row[0]: row[1] for row in db.session.execute(select(key, name).where(key.in_(ids)))}


def _utc(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
