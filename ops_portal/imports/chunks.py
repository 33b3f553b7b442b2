"""Settling one chunk: which incidents are new, known, longer than before, or refused."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ops_portal.imports.assembling import Incident, Refused
from ops_portal.imports.codes import Finding, FindingKind, IncidentRefusedError
from ops_portal.imports.extending import extend_ticket
from ops_portal.imports.judging import Judged, judge
from ops_portal.imports.models import Outcome
from ops_portal.imports.queries import Known, known_incidents
from ops_portal.imports.writing import Target, write_tickets

Tally = Counter[str]


@dataclass(slots=True)
class Settled:
    """What became of a chunk: the rows to keep of it, in the order of the file."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    tally: Tally = field(default_factory=Counter)


def settle(
    chunk: Sequence[Incident | Refused], target: Target, *, now: datetime
) -> tuple[Settled, Tally]:
    """Write what is new of a chunk, and return what became of every row of it.

    Each row counts once: imported, repaired (it took a cure), unchanged (its incident was known as
    it is) or refused (its incident is left out).
    """
    settled = Settled()
    judged = [_judged(item, target, now) for item in chunk]
    incidents = [item for item in judged if isinstance(item, Judged)]
    references = [item.incident.reference for item in incidents]
    known = known_incidents(target.customer_id, target.source, references)
    fresh = [item for item in incidents if item.incident.reference not in known]
    written = iter(write_tickets(fresh, target, now=now))
    for item in judged:
        if isinstance(item, Refused):
            _keep_refused(settled, item)
            continue
        earlier = known.get(item.incident.reference)
        if earlier is None:
            _keep(settled, item, next(written), Outcome.IMPORTED)
        else:
            _keep_known(settled, item, earlier, target, now)
    return settled, settled.tally


def _judged(item: Incident | Refused, target: Target, now: datetime) -> Judged | Refused:
    if isinstance(item, Refused):
        return item
    try:
        return judge(item, target.periods, as_of=now)
    except IncidentRefusedError as error:
        return _refused(item, error)


def _refused(incident: Incident, error: IncidentRefusedError) -> Refused:
    finding = Finding(error.line, incident.reference, FindingKind.REFUSAL, error.code, error.detail)
    return Refused(incident.reference, incident.lines, [finding])


def _keep_known(
    settled: Settled, item: Judged, earlier: Known, target: Target, now: datetime
) -> None:
    incident = item.incident
    outcome = Outcome.UNCHANGED
    if incident.fingerprint != earlier.fingerprint:
        try:
            outcome = extend_ticket(earlier.ticket_id, incident, target, now=now)
        except IncidentRefusedError as error:
            _keep_refused(settled, _refused(incident, error))
            return
    _keep(settled, item, earlier.ticket_id, outcome)


def _keep(settled: Settled, item: Judged, ticket_id: int, outcome: Outcome) -> None:
    incident = item.incident
    settled.entries.append(
        {
            **_entry(incident, outcome),
            "ticket_id": ticket_id,
            "fingerprint": incident.fingerprint,
            "reaction_s": item.reaction_s,
            "restoration_s": item.restoration_s,
        },
    )
    number, tally = len(incident.lines), settled.tally
    tally["rows_read"] += number
    tally[f"incidents_{outcome}"] += 1
    if outcome is Outcome.UNCHANGED:
        tally["rows_unchanged"] += number
        return
    settled.findings += incident.findings
    repaired = len({finding.line for finding in incident.findings})
    tally["rows_repaired"] += repaired
    tally["rows_imported"] += number - repaired


def _keep_refused(settled: Settled, item: Refused) -> None:
    settled.entries.append(
        {
            **_entry(item, Outcome.REFUSED),
            "ticket_id": None,
            "fingerprint": None,
            "reaction_s": None,
            "restoration_s": None,
        },
    )
    settled.findings += item.findings
    settled.tally["rows_read"] += len(item.lines)
    settled.tally["rows_refused"] += len(item.lines)
    settled.tally["incidents_refused"] += 1


def _entry(item: Incident | Refused, outcome: Outcome) -> dict[str, Any]:
    return {
        "reference": item.reference,
        "first_line": item.lines[0],
        "last_line": item.lines[-1],
        "number_of_rows": len(item.lines),
        "outcome": outcome,
    }
