"""What the API says of a ticket: rows to plain values, the internal part for the desk only."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from ops_portal.accounts.models import Customer
from ops_portal.contracts.models import Contract
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.tickets.clocks import Reading
from ops_portal.tickets.models import Fact, FactKind, Ticket
from sla.reading import clock_to_json

COLUMNS = (
    "reference",
    "element_id",
    "kind",
    "title",
    "description",
    "channel",
    "priority",
    "state",
    "paused_reason",
    "contact_name",
    "external_reference",
    "version",
)
INSTANTS = ("created_at", "updated_at", "resolved_at")
DESK_COLUMNS = ("owner_id", "line", "recording_reference")
DESK_INSTANTS = ("update_due_at", "breached_from")


def ticket_out(actor: Actor, ticket: Ticket) -> dict[str, Any]:
    """Return one ticket as the actor may see it."""
    return tickets_out(actor, [ticket])[0]


def tickets_out(actor: Actor, tickets: Sequence[Ticket]) -> list[dict[str, Any]]:
    """Return tickets as the actor may see them, with two queries for any number."""
    codes = _names(Customer.id, Customer.code, {t.customer_id for t in tickets})
    contracts = _names(Contract.id, Contract.reference, {t.contract_id for t in tickets})
    return [
        {
            **_values(t, COLUMNS, INSTANTS),
            "customer": codes[t.customer_id],
            "contract": contracts[t.contract_id],
            "desk": _values(t, DESK_COLUMNS, DESK_INSTANTS) if actor.is_staff else None,
        }
        for t in tickets
    ]


def fact_out(fact: Fact) -> dict[str, Any]:
    """Return one fact."""
    return {
        **_values(
            fact,
            ("seq", "kind", "is_public", "text", "reason", "refers_to", "data"),
            ("at", "recorded_at"),
        ),
        "author": fact.author_kind,
    }


def stops_out(facts: Iterable[Fact]) -> list[dict[str, Any]]:
    """Return the stops in a history, taken-back ones included and marked."""
    rows = list(facts)
    gone = {f.refers_to for f in rows if f.kind == FactKind.ANNULLED}
    ends = {f.refers_to: f for f in rows if f.kind == FactKind.CLOCK_RESUMED and f.seq not in gone}
    return [
        {
            "seq": f.seq,
            "reason": f.data["reason"],
            "start": _utc(f.at),
            "end": _utc(ends[f.seq].at) if f.seq in ends else None,
            "note": f.text,
            "is_annulled": f.seq in gone,
        }
        for f in rows
        if f.kind == FactKind.CLOCK_STOPPED
    ]


def clocks_out(ticket: Ticket, reading: Reading) -> dict[str, Any]:
    """Return a ticket's clocks with their segments, as `python -m sla evaluate` writes them."""
    zone = reading.context.terms.description.zone
    return {
        "reference": ticket.reference,
        "version": ticket.version,
        "as_of": reading.as_of.astimezone(zone).isoformat(timespec="seconds"),
        "kpis": [clock_to_json(clock, zone) for clock in reading.clocks],
    }


def _names(key: Any, name: Any, ids: set[int]) -> dict[int, str]:  # noqa: ANN401 (mapped columns)
    return dict(db.session.execute(select(key, name).where(key.in_(ids))).all())


def _utc(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _values(row: object, columns: Iterable[str], instants: Iterable[str]) -> dict[str, Any]:
    plain = {name: getattr(row, name) for name in columns}
    times = {name: getattr(row, name) for name in instants}
    return {**plain, **{k: _utc(v) for k, v in times.items()}}
