"""Drafting orders: opening, changing, offering, cancelling; each change is a new version."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select, text

from ops_portal.accounts.models import Customer
from ops_portal.contracts.models import Service, ServiceDescription
from ops_portal.core import audit, outbox
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import N_, ConflictError, NotFoundError, RefusedError
from ops_portal.core.texts import cleaned
from ops_portal.orders import queries
from ops_portal.orders.completeness import Account
from ops_portal.orders.drafts import ACCESS_OWNER, COLUMNS, Draft, cleaned_draft
from ops_portal.orders.models import Order, OrderAccount, OrderKind, OrderState

TELL_OFFERED = "orders.tell_offered"


def open_order(
    actor: Actor, customer: Customer, description: ServiceDescription, *, now: datetime
) -> Order:
    """Open an order form for a service that is new to a customer.

    Args:
        actor: who drafts it.
        customer: whose order; never the provider itself.
        description: the service description in force.
        now: the instant.

    Source: ORD-1, §4.1.

    """
    order = _new(actor, customer, now)
    order.kind, order.description_id = OrderKind.NEW, description.id
    return _added(actor, order, now)


def open_change(actor: Actor, service: Service, *, now: datetime) -> Order:
    """Open an order form for other components of a service; it begins as what holds now.

    The Access Owner stays: another Access Owner is another order (ORD-2).

    Raises:
        RefusedError: the service has no contract, or is not sold any more.

    Source: ORD-4, §2.

    """
    customer = db.session.get_one(Customer, service.customer_id)
    running = queries.last_contract(customer.id, service.id)
    order = _new(actor, customer, now)
    sold = {row.name: row.id for row in queries.descriptions_for_sale(now)}
    if running is None or service.name not in sold:
        raise RefusedError(N_("This service cannot be changed: it is not sold any more."))
    order.kind, order.description_id = OrderKind.CHANGE, sold[service.name]
    order.service_id = service.id
    order.subscription = running.subscription
    order.options, order.extras = list(running.options), list(running.extras)
    order.needs_credentials = service.needs_credentials
    for name in ACCESS_OWNER:
        setattr(order, name, getattr(service, name))
    _added(actor, order, now)
    held = queries.service_accounts(customer.id, service.id)
    _write_accounts(order, [Account(a.number, a.parent_number, a.name) for a in held])
    return order


def change_order(actor: Actor, order: Order, draft: Draft, *, now: datetime) -> bool:
    """Save an order form; return whether anything changed.

    An offer is withdrawn by a change: nobody signs what was read in another version (ORD-1).

    Args:
        actor: who saves.
        order: the locked order.
        draft: everything the form says.
        now: the instant.

    Raises:
        ConflictError: it is signed or cancelled.
        RefusedError: an option that the subscription does not offer, an account twice, a text that
            is too long.

    Source: ORD-1, ORD-2, CAT-2.

    """
    refuse_closed(order)
    clean = cleaned_draft(draft, order)
    before = {name: getattr(order, name) for name in (*COLUMNS, "description_id")}
    known = queries.accounts_of(order)
    _take(order, clean, now)
    after = {name: getattr(order, name) for name in before}
    changed = {name for name in before if before[name] != after[name]}
    if not changed and known == clean.accounts:
        return False
    if known != clean.accounts:
        _write_accounts(order, clean.accounts)
    was_offered = order.offered_at is not None
    order.version += 1
    order.offered_at = None
    db.session.flush()
    audit.record(
        actor,
        "order.change",
        ("order", order.reference),
        now=now,
        customer_id=order.customer_id,
        before={n: before[n] for n in sorted(changed)} | {"accounts": len(known)},
        after={n: after[n] for n in sorted(changed)}
        | {
            "accounts": len(clean.accounts),
            "version": order.version,
            "offer_withdrawn": was_offered,
        },
    )
    return True


def offer_order(actor: Actor, order: Order, *, now: datetime) -> None:
    """Offer a complete order to the customer for signing; its representatives are told by mail.

    Raises:
        ConflictError: it is signed or cancelled.
        RefusedError: something is missing.

    Source: ORD-1, §4.1.

    """
    refuse_closed(order)
    refuse_incomplete(order, now=now)
    if order.offered_at is not None:
        return
    order.offered_at = now
    db.session.flush()
    audit.record(
        actor,
        "order.offer",
        ("order", order.reference),
        now=now,
        customer_id=order.customer_id,
        after={"version": order.version},
    )
    outbox.put(
        TELL_OFFERED,
        {"order_id": order.id, "version": order.version},
        customer_id=order.customer_id,
        now=now,
    )


def cancel_order(actor: Actor, order: Order, reason: str, *, now: datetime) -> None:
    """Cancel an order that is not signed.

    Raises:
        ConflictError: it is signed or cancelled.
        RefusedError: no reason.

    Source: ORD-1.

    """
    refuse_closed(order)
    if not cleaned(reason):
        message = N_("Say why the order is cancelled.")
        raise RefusedError(message, fields={"reason": message})
    order.state = OrderState.CANCELLED
    order.cancelled_at, order.cancel_reason = now, cleaned(reason)[:2000]
    order.offered_at = None
    order.version += 1
    db.session.flush()
    audit.record(
        actor,
        "order.cancel",
        ("order", order.reference),
        now=now,
        customer_id=order.customer_id,
        after={"reason": order.cancel_reason},
    )


def refuse_closed(order: Order) -> None:
    """Refuse to touch an order that is signed or cancelled."""
    message = {
        OrderState.SIGNED: N_("This order is signed: a change needs a new order."),
        OrderState.CANCELLED: N_("This order was cancelled."),
    }.get(OrderState(order.state))
    if message:
        raise ConflictError(message)


def refuse_incomplete(order: Order, *, now: datetime) -> None:
    """Refuse to go on with an order that lacks something (ORD-1)."""
    gaps = queries.gaps_of(order, now=now)
    if gaps:
        message = N_("The order is incomplete: fill in what the list of missing things names.")
        fields = {gap.field: gap.sentence.format(**gap.params) for gap in gaps}
        raise RefusedError(message, rule=gaps[0].rule, fields=fields)


def _new(actor: Actor, customer: Customer, now: datetime) -> Order:
    if customer.is_provider:
        raise NotFoundError
    number = db.session.scalar(select(text("nextval('order_numbers')")))
    return Order(
        customer_id=customer.id,
        reference=f"O-{number}",
        version=1,
        language=customer.language,
        access_owner_language=customer.language,
        created_by=actor.user_id,
        created_by_name=actor.name,
        created_at=now,
    )


def _added(actor: Actor, order: Order, now: datetime) -> Order:
    db.session.add(order)
    db.session.flush()
    audit.record(
        actor,
        "order.open",
        ("order", order.reference),
        now=now,
        customer_id=order.customer_id,
        after={"kind": order.kind, "description_id": order.description_id},
    )
    return order


def _take(order: Order, draft: Draft, now: datetime) -> None:
    for name in COLUMNS:
        value = getattr(draft, name)
        setattr(order, name, list(value) if isinstance(value, tuple) else value)
    order.description_id = queries.in_force(order, now) or order.description_id


def _write_accounts(order: Order, accounts: Iterable[Account]) -> None:
    db.session.execute(
        delete(OrderAccount).where(
            OrderAccount.customer_id == order.customer_id, OrderAccount.order_id == order.id
        )
    )
    db.session.add_all(
        OrderAccount(
            customer_id=order.customer_id,
            order_id=order.id,
            position=place,
            number=account.number,
            parent_number=account.parent,
            name=account.name,
        )
        for place, account in enumerate(accounts)
    )
    db.session.flush()
