"""Judging an incident by the terms of its contract, from the very line the command would read."""

from dataclasses import dataclass
from datetime import datetime

from ops_portal.imports.assembling import Incident
from ops_portal.imports.codes import IncidentRefusedError, Refusal
from ops_portal.imports.lines import line_of
from ops_portal.imports.periods import Periods
from ops_portal.tickets.clocks import Reading
from ops_portal.tickets.history import History, read_history
from sla.clock import Facts, evaluate
from sla.errors import FactsError
from sla.interval import to_epoch
from sla.periods import cuts_of, reopened_cuts
from sla.reading import facts_from_json
from sla.timeline import Timeline

SHOWN = 200


@dataclass(frozen=True, slots=True)
class Judged:
    """An incident with its clocks, and how long it took in counted time, target or none."""

    incident: Incident
    reading: Reading
    reaction_s: int | None
    restoration_s: int | None


def judge(incident: Incident, periods: Periods, *, as_of: datetime) -> Judged:
    """Return an incident with its clocks, by the contract of its own date.

    Raises:
        IncidentRefusedError: its facts contradict themselves: `python -m sla` refuses them too.

    Source: SLA-1 to SLA-6, ORD-4.

    """
    history = read_history(incident.drafts)
    context = periods.at(history.created_at).context
    try:
        facts = facts_from_json(line_of(history, context, as_of=as_of))
    except FactsError as error:
        detail = "; ".join(str(fault) for fault in error.faults)[:SHOWN]
        raise IncidentRefusedError(incident.lines[0], Refusal.CLOCK, detail) from None
    terms = context.terms
    clocks = evaluate(facts, terms.description, terms.schedule, explain=False)
    cuts = [*cuts_of(facts), *reopened_cuts(facts, terms.description.reopen)]
    timeline = Timeline(terms.schedule, cuts)
    reading = Reading(history, context, tuple(clocks), facts.as_of)
    return Judged(
        incident,
        reading,
        _counted(timeline, facts, _reacted_at(history)),
        _counted(timeline, facts, history.resolved_at),
    )


def _reacted_at(history: History) -> datetime | None:
    """Return when somebody began; a restoration is a reaction too (T61)."""
    found = [resolution.at for resolution in history.resolutions]
    if history.intervention_started_at is not None:
        found.append(history.intervention_started_at)
    return min(found, default=None)


def _counted(timeline: Timeline, facts: Facts, end: datetime | None) -> int | None:
    if end is None:
        return None
    return timeline.elapsed(to_epoch(facts.created_at), to_epoch(end))
