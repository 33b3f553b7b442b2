"""The JSON Lines that the importer evaluates, as `python -m sla evaluate --lines` reads them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ops_portal.tickets.clocks import Context
from ops_portal.tickets.history import History
from sla.facts import Facts


def line_of(history: History, context: Context, *, as_of: datetime) -> dict[str, Any]:
    """Return the JSON object of one incident (sla.md, Command line). Source: SLA-6."""
    facts = history.facts(as_of=as_of, active_from=context.active_from, works=context.works)
    line: dict[str, Any] = {
        "created_at": _text(facts.created_at),
        "notified_at": _text(facts.notified_at),
        "active_from": _text(facts.active_from),
        "priorities": _priorities(facts),
        "intervention_started_at": _text(facts.intervention_started_at),
        "resolutions": [
            {"at": _text(r.at), "reopened_at": _text(r.reopened_at)} for r in facts.resolutions
        ],
        "stops": [
            {"from": _text(s.start), "to": _text(s.end), "reason": s.reason} for s in facts.stops
        ],
        "planned_works": [
            {"from": _text(work.start), "to": _text(work.end)} for work in facts.planned_works
        ],
        "as_of": _text(facts.as_of),
    }
    return {name: value for name, value in line.items() if value is not None}


def _priorities(facts: Facts) -> Iterable[dict[str, Any]]:
    return [
        {"at": _text(entry.at), "priority": entry.priority, "basis": entry.basis}
        for entry in facts.priorities
    ]


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
