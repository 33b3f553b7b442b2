"""From the facts of a ticket to its clocks' terms: periods of priority, and where clocks end."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sla.facts import Facts
from sla.interval import FOREVER, to_epoch
from sla.terms import Basis, Kpi, Priority, Reopen, Target
from sla.timeline import Cut

PLANNED_WORKS = "planned_works"
REOPENED = "reopened"
STOP = "stop:"


class Period(NamedTuple):
    """[start, until) with one priority, corrections applied; `until` None = the last one."""

    number: int
    priority: Priority
    start: int
    until: int | None


class Run(NamedTuple):
    """One clock before it is read: its target, its start, and its end if that has come."""

    target: Target
    period: Period
    start: int
    end: int | None


def periods(facts: Facts) -> list[Period]:
    """Return the periods of a ticket, the first from its creation.

    A correction replaces the priority of its period from the start of that period; a change begins
    a new one.

    Source: INC-5, §6.4.
    """
    entries = sorted(facts.priorities, key=lambda e: (e.at, e.basis is not Basis.INITIAL))
    found = [Period(1, entries[0].priority, to_epoch(facts.created_at), None)]
    for entry in entries[1:]:
        if entry.basis is Basis.CHANGE:
            at = to_epoch(entry.at)
            found[-1] = found[-1]._replace(until=at)
            found.append(Period(len(found) + 1, entry.priority, at, None))
        else:
            found[-1] = found[-1]._replace(priority=entry.priority)
    return found


def runs(facts: Facts, kpis: Mapping[tuple[Kpi, Priority], Target]) -> Iterator[Run]:
    """Yield the clocks of a ticket: creation, then reaction and restoration of each period.

    A priority without a target has no clock (T71). A restoration is also a reaction (T61).

    Source: SLA-4, §6.5.
    """
    reacted, restored = _reacted(facts), _restored(facts)
    for period in periods(facts):
        if period.number == 1 and facts.notified_at is not None:
            target = kpis.get((Kpi.CREATION, period.priority))
            if target is not None:
                yield Run(target, period, to_epoch(facts.notified_at), period.start)
        for kpi, end in ((Kpi.REACTION, reacted), (Kpi.RESTORATION, restored)):
            target = kpis.get((kpi, period.priority))
            if target is not None:
                stopped = None if end is None else max(end, period.start)
                yield Run(target, period, period.start, stopped)


def cuts_of(facts: Facts) -> list[Cut]:
    """Return planned works and stops in the order in which they name a second both claim.

    Source: SLA-2, SLA-7, MNT-3; sla.md, Explanation.
    """
    works = [(*work.span, PLANNED_WORKS) for work in facts.planned_works]
    stops = [
        (to_epoch(s.start), FOREVER if s.end is None else to_epoch(s.end), STOP + s.reason)
        for s in facts.stops
    ]
    stops.sort()
    return works + stops


def reopened_cuts(facts: Facts, reopen: Reopen) -> list[Cut]:
    """Return the time between resolutions and reopenings where that does not count (T54)."""
    if reopen is Reopen.COUNTS:
        return []
    return [
        (to_epoch(r.at), to_epoch(r.reopened_at), REOPENED)
        for r in facts.resolutions
        if r.reopened_at is not None
    ]


def _reacted(facts: Facts) -> int | None:
    candidates = [to_epoch(r.at) for r in facts.resolutions]
    if facts.intervention_started_at is not None:
        candidates.append(to_epoch(facts.intervention_started_at))
    return min(candidates, default=None)


def _restored(facts: Facts) -> int | None:
    final = [to_epoch(r.at) for r in facts.resolutions if r.reopened_at is None]
    return max(final, default=None)
