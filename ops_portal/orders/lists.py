"""The lists of orders: the provider's, and the customer's own."""

from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l

from ops_portal.core.paging import Page
from ops_portal.orders import queries, words
from ops_portal.orders.models import OrderKind
from ops_portal.orders.queries import Wanted
from ops_portal.web.listing import Choice, Column, Listing


def orders_listing(*, can_manage: bool) -> Listing:
    """Return the provider's list as the address asks for it."""
    return Listing(
        "orders",
        columns=(
            Column("reference", _l("Reference"), lambda r: r[0].reference, url=_address),
            Column("customer", _l("Customer"), lambda r: r[1]),
            Column("number", _l("Customer number"), lambda r: r[2]),
            Column("kind", _l("Kind"), lambda r: words.KINDS[OrderKind(r[0].kind)]),
            Column("state", _l("State"), lambda r: words.state_of(r[0])[1]),
            *_dates(),
        ),
        label=_l("Orders"),
        choices=(_states(), _kinds()),
        orders={"newest": _l("Newest first"), "oldest": _l("Oldest first")},
        search_label=_l("Search order, customer or Access Owner"),
        empty_text=_l("No orders yet. A service begins with a signed order."),
        empty_url=url_for("orders.new") if can_manage else "",
        empty_label=_l("New order"),
    )


def own_listing() -> Listing:
    """Return the customer's list: what waits for a signature, and what was signed."""
    return Listing(
        "orders",
        columns=(
            Column("reference", _l("Reference"), lambda r: r[0].reference, url=_own_address),
            Column("kind", _l("Kind"), lambda r: words.KINDS[OrderKind(r[0].kind)]),
            Column("state", _l("State"), lambda r: words.state_of(r[0])[1]),
            Column("offered_at", _l("Offered"), lambda r: r[0].offered_at, kind="moment"),
            Column("signed_at", _l("Signed"), lambda r: r[0].signed_at, kind="moment"),
            Column("signed_name", _l("Signed by"), lambda r: r[0].signed_name),
        ),
        label=_l("Orders"),
        choices=(
            Choice(
                "state",
                _l("State"),
                [(queries.OFFERED, _l("Waits for the signature")), ("signed", _l("Signed"))],
            ),
        ),
        orders={"newest": _l("Newest first"), "oldest": _l("Oldest first")},
        empty_text=_l("Orders that wait for your signature will be here, and those you signed."),
    )


def page_of(
    listing: Listing, *, customer_id: int | None = None, after: str = "", before: str = ""
) -> Page:
    """Return one page of a list; a customer's with the own orders only."""
    is_own = customer_id is not None
    kind = None if is_own else listing.one("kind")
    wanted = Wanted(
        state=listing.one("state") or "",
        kind=kind or "",
        search=listing.q if listing.search_label else "",
        sorting=listing.order,
        customer_id=customer_id,
        for_customer=is_own,
    )
    return queries.orders_page(wanted, after=after, before=before)


def _dates() -> tuple[Column, ...]:
    return (
        Column(
            "created_at",
            _l("Drafted"),
            lambda r: r[0].created_at,
            kind="moment",
            order="newest",
            is_falling=True,
        ),
        Column("created_by", _l("Drafted by"), lambda r: r[0].created_by_name),
        Column("signed_at", _l("Signed"), lambda r: r[0].signed_at, kind="moment"),
    )


def _states() -> Choice:
    return Choice("state", _l("State"), [(k, w) for k, (_k, w) in words.STANDINGS.items()])


def _kinds() -> Choice:
    return Choice("kind", _l("Kind"), [(k.value, w) for k, w in words.KINDS.items()])


def _address(row: Any) -> str:  # noqa: ANN401 (a row of the list)
    return url_for("orders.order", order_reference=row[0].reference)


def _own_address(row: Any) -> str:  # noqa: ANN401
    return url_for("orders.own_order", order_reference=row[0].reference)
