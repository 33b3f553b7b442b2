"""A later log about a known incident: what is new is added, what contradicts is refused."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from ops_portal.core.db import db
from ops_portal.imports.assembling import Incident
from ops_portal.imports.codes import IncidentRefusedError, Refusal
from ops_portal.imports.models import Outcome
from ops_portal.imports.writing import Target
from ops_portal.tickets.history import FactLike
from ops_portal.tickets.models import Fact, FactKind, Ticket
from ops_portal.tickets.queries import facts_of
from ops_portal.tickets.recording import Draft, write_facts

Key = tuple[str, datetime, str, datetime | None]
SHOWN = 200


def extend_ticket(ticket_id: int, incident: Incident, target: Target, *, now: datetime) -> Outcome:
    """Add to an imported ticket what a later log knows more; never change what it says already.

    Facts that people added in the portal stay as they are and do not count as a difference.

    Raises:
        IncidentRefusedError: the log lacks or contradicts a fact that was imported before.

    Source: INC-11, SLA-6.

    """
    ticket = db.session.scalars(
        select(Ticket).where(Ticket.id == ticket_id).with_for_update()
    ).one()
    facts = facts_of(ticket, is_internal_shown=True)
    known = _keys([f for f in facts if _is_ours(f, target)], facts)
    told = _keys(incident.drafts, incident.drafts)
    gone = next((key for key in known if key not in told), None)
    if gone is not None:
        detail = f"{gone[0]} {gone[1].isoformat()} {gone[2]}"[:SHOWN]
        raise IncidentRefusedError(incident.lines[0], Refusal.DIFFERS, detail)
    drafts = _placed(incident.drafts, told, known, ticket.version)
    drafts += _words(ticket, incident, facts)
    if not drafts:
        return Outcome.UNCHANGED
    write_facts(ticket, target.actor, drafts, now=now, action="ticket.import")
    return Outcome.EXTENDED


def _is_ours(fact: Fact, target: Target) -> bool:
    is_imported = fact.reason == f"imported from {target.source}"
    return is_imported and fact.author_kind == target.actor.kind and fact.kind != FactKind.NOTED


def _keys(facts: Sequence[FactLike], among: Sequence[FactLike]) -> dict[Key, int]:
    """Return what identifies each fact whatever its number is, with that number."""
    starts = {fact.seq: fact.at for fact in among}
    return {
        (
            fact.kind,
            fact.at,
            json.dumps(fact.data, sort_keys=True),
            starts.get(fact.refers_to),
        ): fact.seq
        for fact in facts
    }


def _placed(
    drafts: Sequence[Draft], told: dict[Key, int], known: dict[Key, int], version: int
) -> list[Draft]:
    """Return the new drafts with the numbers they get, references turned to those numbers."""
    numbers = {told[key]: seq for key, seq in known.items()}
    fresh = [draft for draft in drafts if draft.seq not in numbers]
    numbers |= {draft.seq: version + place for place, draft in enumerate(fresh, start=1)}
    return [
        replace(
            draft,
            seq=numbers[draft.seq],
            refers_to=None if draft.refers_to is None else numbers[draft.refers_to],
        )
        for draft in fresh
    ]


def _words(ticket: Ticket, incident: Incident, facts: Sequence[Fact]) -> list[Draft]:
    """Return a note with the log's words where they changed; the ticket keeps its own."""
    words = f"{incident.title}\n{incident.description}".strip()
    own = f"{ticket.title}\n{ticket.description}".strip()
    if words == own or any(fact.text == words for fact in facts):
        return []
    reason = incident.drafts[0].reason
    last = max(draft.at for draft in incident.drafts)
    return [Draft(FactKind.NOTED, last, is_public=False, text=words, reason=reason)]
