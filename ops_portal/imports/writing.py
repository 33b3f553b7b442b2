"""Writing the incidents of one chunk as tickets, many rows with one statement."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text

from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.imports.bulk import add_rows
from ops_portal.imports.judging import Judged
from ops_portal.imports.periods import Periods
from ops_portal.tickets.clocks import keep_copies
from ops_portal.tickets.judging import JUDGED_STATES, verdict_values
from ops_portal.tickets.models import Channel, Fact, Ticket, TicketKind, Verdict
from ops_portal.tickets.operations import next_references
from ops_portal.tickets.recording import update_due

LEFT_OUT = frozenset({"search"})


@dataclass(frozen=True, slots=True)
class Target:
    """Where the incidents of a run go."""

    customer_id: int
    source: str
    periods: Periods
    """The contracts of the service: each incident belongs to the one of its own date (ORD-4)."""
    actor: Actor
    """The import itself: the log knows no author of ours."""


def write_tickets(found: Sequence[Judged], target: Target, *, now: datetime) -> list[int]:
    """Write new tickets with their facts and verdicts; return their ids, in order.

    The facts carry the instants of the log and are recorded now; no alarm is set (T64), no mail
    is written, and an ended ticket is pinned to the terms its verdicts were made by (SLA-6).

    Source: INC-11, SLA-6; sla-cases T64.
    """
    ids = _reserve_ids(len(found))
    references = next_references(len(found))
    tickets, facts, verdicts = [], [], []
    for ticket_id, reference, judged in zip(ids, references, found, strict=True):
        ticket = _ticket(ticket_id, reference, judged, target, now)
        tickets.append(_columns(ticket))
        facts += _facts(ticket_id, judged, target, now)
        verdicts += _verdicts(ticket, judged, target, now)
    add_rows(Ticket, tickets)
    add_rows(Fact, facts)
    add_rows(Verdict, verdicts)
    return ids


def _reserve_ids(number: int) -> list[int]:
    query = text(
        "SELECT nextval(pg_get_serial_sequence('tickets', 'id')) FROM generate_series(1, :number)"
    )
    return [row[0] for row in db.session.execute(query, {"number": number})]


def _ticket(
    ticket_id: int, reference: str, judged: Judged, target: Target, now: datetime
) -> Ticket:
    """Return the row of a ticket, not added to the session: many are written at once."""
    incident, reading = judged.incident, judged.reading
    ticket = Ticket(
        id=ticket_id,
        customer_id=target.customer_id,
        contract_id=target.periods.at(reading.history.created_at).contract_id,
        reference=reference,
        kind=TicketKind.INCIDENT,
        title=incident.title,
        description=incident.description,
        channel=Channel.IMPORT,
        contact_name=incident.contact,
        contact_phone="",
        recording_reference="",
        is_recording_told=False,
        is_own_side_checked=False,
        external_source=target.source,
        external_reference=incident.reference,
        created_at=reading.history.created_at,
        updated_at=now,
        version=incident.drafts[-1].seq,
    )
    keep_copies(ticket, reading, set())
    ticket.update_due_at = update_due(ticket, reading, None)
    if ticket.state in JUDGED_STATES:
        ticket.judged_description_id = reading.context.terms.description_id
        ticket.judged_calendar_id = reading.context.terms.calendar_id
    return ticket


NAMES = tuple(c.key for c in Ticket.__table__.columns if c.key not in LEFT_OUT)


def _columns(ticket: Ticket) -> dict[str, Any]:
    return {name: getattr(ticket, name) for name in NAMES}


def _facts(ticket_id: int, judged: Judged, target: Target, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "customer_id": target.customer_id,
            "ticket_id": ticket_id,
            "seq": draft.seq,
            "kind": draft.kind,
            "at": draft.at,
            "recorded_at": now,
            "author_id": None,
            "author_kind": target.actor.kind,
            "is_public": draft.is_public,
            "text": draft.text,
            "reason": draft.reason,
            "refers_to": draft.refers_to,
            "data": draft.data,
        }
        for draft in judged.incident.drafts
    ]


def _verdicts(
    ticket: Ticket, judged: Judged, target: Target, now: datetime
) -> list[dict[str, Any]]:
    if ticket.state not in JUDGED_STATES:
        return []
    terms = judged.reading.context.terms
    return [
        {**verdict_values(ticket, clock, target.actor, terms, now), "judgement": ticket.version}
        for clock in judged.reading.clocks
    ]
