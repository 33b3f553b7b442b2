"""Signing an order, in the portal or on paper; a signed one starts the implementation (ORD-3)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ops_portal.contracts.life import LifeEvent
from ops_portal.contracts.models import Contract, Service
from ops_portal.contracts.queries import described
from ops_portal.contracts.starting import (
    AccountRow,
    SignedOrder,
    add_steps,
    set_accounts,
    start_service,
)
from ops_portal.contracts.succession import supersede
from ops_portal.contracts.timeline import note_event
from ops_portal.core import audit, outbox
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import N_, ConflictError, NotFoundError, RefusedError
from ops_portal.core.files import NewFile, keep
from ops_portal.core.texts import cleaned_line
from ops_portal.orders import queries
from ops_portal.orders.drafts import ACCESS_OWNER
from ops_portal.orders.models import Order, OrderKind, OrderState
from ops_portal.orders.operations import refuse_closed, refuse_incomplete
from ops_portal.orders.paper import check_paper
from sla.spans import day_begin

TELL_SIGNED = "orders.tell_signed"
PORTAL, PAPER = "portal", "upload"
OLDEST_SIGNATURE = timedelta(days=366)
SIGNED_FILE = "signed_order"
PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Reading:
    """What somebody read and signs: the document, and the hash of the one that was shown."""

    name: str
    document: bytes
    document_hash: str
    shown_hash: str
    file_name: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A signed paper form: the scan, who signed it, and on which local day."""

    name: str
    signed_on: date
    content: bytes
    file_name: str


def sign_in_portal(actor: Actor, order: Order, reading: Reading, *, now: datetime) -> Contract:
    """Sign an offered order in the portal; the implementation, or the change, begins with it.

    Args:
        actor: the representative who signs.
        order: the locked order.
        reading: the name typed, and the document that was read.
        now: the instant of the signature.

    Raises:
        ConflictError: somebody signed or cancelled it before, or the document is another one now.
        NotFoundError: it is not offered (any more).
        RefusedError: something is missing, the name included.

    Source: ORD-1, ORD-3, §4.1.

    """
    refuse_closed(order)
    if order.offered_at is None:
        raise NotFoundError
    if reading.document_hash != reading.shown_hash:
        raise ConflictError(N_("The order form has changed since you opened it: read it again."))
    name = _name(reading.name)
    refuse_incomplete(order, now=now)
    file = NewFile(SIGNED_FILE, reading.file_name, PDF, reading.document)
    order.signed_via, order.signed_at, order.signed_from = PORTAL, now, actor.ip
    return _sign(actor, order, name, file, now=now)


def take_in_paper(actor: Actor, order: Order, paper: Paper, *, now: datetime) -> Contract:
    """Take in the signed paper form of a complete order.

    Args:
        actor: the account manager who takes it in.
        order: the locked order.
        paper: the scan, who signed it and when.
        now: the instant.

    Raises:
        ConflictError: it is signed or cancelled.
        RefusedError: something is missing, the file will not do, or the day lies ahead or too far
            back.

    Source: ORD-1, ORD-3, §4.1.

    """
    refuse_closed(order)
    name = _name(paper.name)
    signed_at = _instant_of(order, paper.signed_on, now)
    refuse_incomplete(order, now=now)
    check_paper(paper.content)
    file = NewFile(SIGNED_FILE, paper.file_name, PDF, paper.content)
    order.signed_via, order.signed_at = PAPER, signed_at
    return _sign(actor, order, name, file, now=now)


def _sign(actor: Actor, order: Order, name: str, file: NewFile, *, now: datetime) -> Contract:
    stored = keep(file, customer_id=order.customer_id, actor=actor, now=now)
    order.state = OrderState.SIGNED
    order.signed_name, order.signed_by = name, actor.user_id
    order.signed_hash, order.file_id = stored.sha256, stored.id
    order.version += 1
    db.session.flush()
    audit.record(
        actor,
        "order.sign",
        ("order", order.reference),
        now=now,
        customer_id=order.customer_id,
        after={
            "via": order.signed_via,
            "name": name,
            "signed_at": order.signed_at,
            "sha256": order.signed_hash,
        },
    )
    contract = _put_into_effect(actor, order, now)
    outbox.put(
        TELL_SIGNED,
        {"order_id": order.id},
        customer_id=order.customer_id,
        now=now,
        key=f"{TELL_SIGNED}:{order.id}",
    )
    return contract


def _put_into_effect(actor: Actor, order: Order, now: datetime) -> Contract:
    """Start the service of a signed order, or change the one it is for (ORD-3, ORD-4)."""
    if order.state != OrderState.SIGNED or order.signed_at is None:
        raise RefusedError(N_("Only a signed order starts anything."), rule="ORD-3")
    accounts = [AccountRow(a.number, a.parent, a.name) for a in queries.accounts_of(order)]
    if order.kind == OrderKind.CHANGE:
        return _change(actor, order, accounts, now)
    contract = start_service(_signed(order, accounts, order.signed_at), actor=actor, now=now)
    order.service_id = contract.service_id
    db.session.flush()
    return contract


def _change(actor: Actor, order: Order, accounts: list[AccountRow], now: datetime) -> Contract:
    running = queries.last_contract(order.customer_id, order.service_id or 0)
    if running is None:
        raise NotFoundError
    zone = described(order.description_id).zone
    today = now.astimezone(zone).date()
    first_day = max(order.takes_effect_on or today, today)
    # a change is never backdated: on the day of the signature it holds from the signature on
    at = now if first_day == today else day_begin(first_day, zone)
    successor = supersede(
        running,
        subscription=order.subscription,
        options=order.options,
        extras=order.extras,
        order_id=order.id,
        at=at,
        actor=actor,
        now=now,
    )
    _follow(actor, order, successor, accounts, now=now)
    return successor


def _follow(
    actor: Actor, order: Order, successor: Contract, accounts: list[AccountRow], *, now: datetime
) -> None:
    """Let the service follow its successor contract: Access Owner, steps, accounts."""
    service = db.session.get_one(Service, successor.service_id)
    if not service.access_owner_email:
        for name in ACCESS_OWNER:
            setattr(service, name, getattr(order, name))
    add_steps(service, successor)
    first_day = successor.valid_from.astimezone(described(order.description_id).zone).date()
    changed = set_accounts(service, accounts, first_day)
    if changed:
        note_event(
            service,
            LifeEvent.ACCOUNTS_CHANGED,
            at=successor.valid_from,
            actor=actor,
            now=now,
            order=order.reference,
            changed=changed,
        )


def _signed(order: Order, accounts: list[AccountRow], signed_at: datetime) -> SignedOrder:
    return SignedOrder(
        order_id=order.id,
        reference=order.reference,
        customer_id=order.customer_id,
        description_id=order.description_id,
        subscription=order.subscription,
        options=order.options,
        extras=order.extras,
        access_owner_name=order.access_owner_name,
        access_owner_email=order.access_owner_email,
        access_owner_phone=order.access_owner_phone,
        access_owner_language=order.access_owner_language,
        needs_credentials=order.needs_credentials,
        accounts=accounts,
        signed_at=signed_at,
    )


def _name(typed: str) -> str:
    name = cleaned_line(typed)[:200]
    if not name:
        message = N_("Type the name of who signs.")
        raise RefusedError(message, rule="ORD-1", fields={"name": message})
    return name


def _instant_of(order: Order, signed_on: date, now: datetime) -> datetime:
    """Return the instant a day of signature stands for: its beginning, or now when it is today."""
    zone = described(order.description_id).zone
    today = now.astimezone(zone).date()
    message = ""
    if signed_on > today:
        message = N_("The day of the signature lies ahead.")
    elif today - signed_on > OLDEST_SIGNATURE:
        message = N_("The signature is older than a year: have the form signed anew.")
    if message:
        raise RefusedError(message, rule="ORD-1", fields={"signed_on": message})
    return now if signed_on == today else day_begin(signed_on, zone)
