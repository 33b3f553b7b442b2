"""The audit log: one entry per management action, in the same transaction, chained per tenant.

Each entry carries an HMAC over its content and the MAC of the entry before it, so that an edited,
removed or swapped entry is found by `verify_chain`. The head of the chain says how many entries
there are and which is the last, under a seal of the same key, so that a cut tail is found as well;
anchors outside the database find a head that was put back as it once was. The runtime role may
insert and read, nothing else.
Source: CFG-2, §5.1.3.1; GDP-2, §7.3.3.
"""

import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, UniqueConstraint, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from ops_portal.core.actor import Actor
from ops_portal.core.db import Base, IdMixin, db
from ops_portal.core.tenancy import TenantMixin

START = "0" * 64


class AuditEntry(IdMixin, TenantMixin, Base):
    """One management action: who, when, from where, what, before and after."""

    __tablename__ = "audit_entries"
    __table_args__ = (UniqueConstraint("customer_id", "seq"),)

    seq: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(BigInteger)
    actor_kind: Mapped[str]
    actor_name: Mapped[str]
    ip: Mapped[str]
    request_id: Mapped[str]
    action: Mapped[str]
    object_type: Mapped[str]
    object_id: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    previous_mac: Mapped[str]
    mac: Mapped[str]


class AuditHead(Base):
    """How long each tenant's chain is, and its last entry; locked while an entry is added."""

    __tablename__ = "audit_heads"

    customer_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("customers.id"), primary_key=True
    )
    seq: Mapped[int] = mapped_column(BigInteger, default=0)
    mac: Mapped[str] = mapped_column(default=START)
    seal: Mapped[str] = mapped_column(default="", server_default="")
    """HMAC over the three above; nothing before the first entry."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A place where a chain does not hold."""

    customer_id: int
    seq: int
    what: str


_key = b""


def use_key(key: str) -> None:
    """Set the key of the chain for this process; done once at assembly."""
    global _key  # noqa: PLW0603 (one key per process, set at assembly)
    _key = key.encode()


def record(
    actor: Actor,
    action: str,
    thing: tuple[str, object],
    *,
    now: datetime,
    customer_id: int | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Add one entry to the tenant's chain, in the caller's transaction.

    Args:
        actor: who acts.
        action: `feature.verb`, e.g. `ticket.resolve`.
        thing: kind and id of what is acted on.
        now: the instant, aware.
        customer_id: whose chain; the actor's own organisation when absent.
        before: the values that change, as they were; no secrets.
        after: the values as they are now.

    Source: CFG-2.

    """
    owner = actor.customer_id if customer_id is None else customer_id
    head = _locked_head(db.session(), owner)
    entry = AuditEntry(
        customer_id=owner,
        seq=head.seq + 1,
        at=now,
        actor_id=actor.user_id,
        actor_kind=actor.kind,
        actor_name=actor.name,
        ip=actor.ip,
        request_id=actor.request_id,
        action=action,
        object_type=thing[0],
        object_id=str(thing[1]),
        before=_plain(before),
        after=_plain(after),
        previous_mac=head.mac,
        mac="",
    )
    entry.mac = mac_of(entry)
    _move_on(head, entry)
    db.session.add(entry)
    db.session.flush()
    return entry


def mac_of(entry: AuditEntry) -> str:
    """Return the HMAC-SHA256 of the entry's canonical JSON, hex."""
    content = {
        name: getattr(entry, name)
        for name in (
            "customer_id",
            "seq",
            "actor_id",
            "actor_kind",
            "actor_name",
            "ip",
            "request_id",
            "action",
            "object_type",
            "object_id",
            "before",
            "after",
            "previous_mac",
        )
    }
    content["at"] = entry.at.isoformat()
    return _signed(json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False))


def seal_of(customer_id: int, seq: int, mac: str) -> str:
    """Return the seal of a chain that has so many entries and ends with this MAC, hex."""
    return _signed(f"head {customer_id} {seq} {mac}")


def is_sealed(head: AuditHead) -> bool:
    """Whether the head is as the portal left it; one without entries needs no seal."""
    if head.seq == 0:
        return head.mac == START
    return hmac.compare_digest(head.seal, seal_of(head.customer_id, head.seq, head.mac))


def _signed(text: str) -> str:
    return hmac.new(_key, text.encode(), sha256).hexdigest()


def verify_chain(customer_id: int, anchor: tuple[int, str] | None = None) -> Iterator[Fault]:
    """Walk a tenant's chain from its start and yield each fault.

    Args:
        customer_id: the tenant.
        anchor: `(seq, mac)` kept outside the database, if there is one.

    """
    previous, expected, anchored = START, 1, None
    query = select(AuditEntry).filter_by(customer_id=customer_id).order_by(AuditEntry.seq)
    for entry in db.session.scalars(query.execution_options(yield_per=1000)):
        if entry.seq != expected:
            yield Fault(customer_id, expected, f"entry {expected} is missing")
        if entry.previous_mac != previous:
            yield Fault(customer_id, entry.seq, "does not continue the entry before it")
        if not hmac.compare_digest(entry.mac, mac_of(entry)):
            yield Fault(customer_id, entry.seq, "was changed after it was written")
        if anchor and entry.seq == anchor[0]:
            anchored = entry.mac
        previous, expected = entry.mac, entry.seq + 1
    if anchor and anchor[0] and anchored != anchor[1]:
        yield Fault(customer_id, anchor[0], "differs from the anchor kept outside the database")
    yield from _head_faults(customer_id, expected, previous)


def _head_faults(customer_id: int, expected: int, last: str) -> Iterator[Fault]:
    head = db.session.get(AuditHead, customer_id)
    if (head.seq, head.mac) != (expected - 1, last) if head else expected > 1:
        yield Fault(customer_id, expected, "the chain ends elsewhere than its head says")
    if head and not is_sealed(head):
        yield Fault(customer_id, head.seq, "the head of the chain does not bear the portal's seal")


def _move_on(head: AuditHead, entry: AuditEntry) -> None:
    """Make the entry the last one; a head that was tampered with stays without a seal for good."""
    was_sealed = is_sealed(head)
    head.seq, head.mac = entry.seq, entry.mac
    if was_sealed:
        head.seal = seal_of(head.customer_id, head.seq, head.mac)


def _locked_head(session: Session, customer_id: int) -> AuditHead:
    session.execute(
        insert(AuditHead)
        .values(customer_id=customer_id, seq=0, mac=START)
        .on_conflict_do_nothing(),
    )
    return session.execute(
        select(AuditHead)
        .filter_by(customer_id=customer_id)
        .with_for_update()
        .execution_options(populate_existing=True),
    ).scalar_one()


def _plain(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if values is None:
        return None
    return {k: v if isinstance(v, bool | int | type(None)) else str(v) for k, v in values.items()}
