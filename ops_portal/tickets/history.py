"""From facts to state: pure functions over a ticket's history, and the facts the clock reads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from ops_portal.tickets.models import FactKind, TicketState
from sla.clock import Facts, PriorityEntry, Resolution, Stop
from sla.interval import Interval
from sla.policy import Basis, Priority, StopReason

SECOND = timedelta(seconds=1)
BASIS = {
    FactKind.PRIORITY_SET: Basis.INITIAL,
    FactKind.PRIORITY_CORRECTED: Basis.CORRECTION,
    FactKind.PRIORITY_CHANGED: Basis.CHANGE,
}


class FactLike(Protocol):
    """What this module needs of a fact; rows and drafts both have it."""

    @property
    def seq(self) -> Any: ...  # noqa: ANN401, D102 (rows have mapped columns, drafts plain values)
    @property
    def kind(self) -> Any: ...  # noqa: ANN401, D102
    @property
    def at(self) -> Any: ...  # noqa: ANN401, D102
    @property
    def data(self) -> Any: ...  # noqa: ANN401, D102
    @property
    def refers_to(self) -> Any: ...  # noqa: ANN401, D102


ByKind = Mapping[str, Sequence[FactLike]]
"""The facts that count, by their kind and in order: a queue asks each ticket for a dozen kinds."""


@dataclass(frozen=True, slots=True)
class StopEntry:
    """One stop of the clock, with the facts that began and ended it."""

    seq: int
    start: datetime
    end: datetime | None
    reason: StopReason


@dataclass(frozen=True, slots=True)
class History:
    """What a ticket's facts add up to."""

    state: TicketState
    created_at: datetime
    notified_at: datetime | None
    priorities: tuple[PriorityEntry, ...]
    intervention_started_at: datetime | None
    stops: tuple[StopEntry, ...]
    resolutions: tuple[Resolution, ...]
    out_of_scope: str | None
    void: str | None
    owner_id: int | None
    line: int

    @property
    def priority(self) -> Priority:
        """The priority in force now."""
        return self.priorities[-1].priority

    @property
    def open_stops(self) -> tuple[StopEntry, ...]:
        """The stops without end."""
        return tuple(stop for stop in self.stops if stop.end is None)

    @property
    def resolved_at(self) -> datetime | None:
        """When the ticket was resolved, if it still is."""
        last = self.resolutions[-1] if self.resolutions else None
        return last.at if last and last.reopened_at is None else None

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to work on it."""
        return self.state in {TicketState.NEW, TicketState.IN_PROGRESS, TicketState.WAITING}

    def facts(
        self, *, as_of: datetime, active_from: datetime | None, works: Iterable[Interval]
    ) -> Facts:
        """Return what the clock reads (sla.md), as of an instant.

        A service that is not active yet has no service level: it counts as activated after the
        ticket was created.

        Source: IMP-2, §4.2; SLA-3.
        """
        return Facts(
            created_at=self.created_at,
            priorities=self.priorities,
            as_of=max(as_of, self.created_at),
            notified_at=self.notified_at,
            active_from=active_from or self.created_at + SECOND,
            intervention_started_at=self.intervention_started_at,
            resolutions=self.resolutions,
            stops=tuple(Stop(s.start, s.end, s.reason) for s in self.stops),
            planned_works=tuple(works),
            out_of_scope=self.out_of_scope,
            void=self.void,
        )


def read_history(facts: Sequence[FactLike]) -> History:
    """Add up a ticket's facts, in the order of their `seq`; annulled ones do not count.

    Source: INC-11, INC-5, SLA-2.
    """
    annulled = {f.refers_to for f in facts if f.kind == FactKind.ANNULLED}
    valid: dict[str, list[FactLike]] = {}
    for fact in facts:
        if fact.seq not in annulled:
            valid.setdefault(fact.kind, []).append(fact)
    stops = _stops(valid)
    resolutions = _resolutions(valid)
    started = _first(valid, FactKind.INTERVENTION_STARTED)
    void = _last(valid, FactKind.VOIDED)
    out = _last(valid, FactKind.OUT_OF_SCOPE)
    assigned = _last(valid, FactKind.ASSIGNED)
    escalated = _last(valid, FactKind.ESCALATED)
    notified = _first(valid, FactKind.NOTIFIED)
    return History(
        state=_state(valid, stops, resolutions),
        created_at=valid[FactKind.CREATED][0].at,
        notified_at=notified.at if notified else None,
        priorities=_priorities(valid),
        intervention_started_at=started.at if started else None,
        stops=stops,
        resolutions=resolutions,
        out_of_scope=out.data["cause"] if out and out.data.get("cause") else None,
        void=void.data.get("cause", "void") if void else None,
        owner_id=assigned.data.get("user_id") if assigned else None,
        line=escalated.data["line"] if escalated else 1,
    )


def _when(fact: FactLike) -> tuple[datetime, int]:
    return fact.at, fact.seq


def _first(facts: ByKind, kind: FactKind) -> FactLike | None:
    return min(facts.get(kind, ()), key=_when, default=None)


def _last(facts: ByKind, kind: FactKind) -> FactLike | None:
    return facts[kind][-1] if kind in facts else None


def _of(facts: ByKind, kinds: Iterable[FactKind]) -> list[FactLike]:
    """Return the facts of these kinds in the order of time."""
    return sorted((fact for kind in kinds for fact in facts.get(kind, ())), key=_when)


def _priorities(facts: ByKind) -> tuple[PriorityEntry, ...]:
    return tuple(
        PriorityEntry(f.at, Priority(f.data["priority"]), BASIS[f.kind]) for f in _of(facts, BASIS)
    )


def _stops(facts: ByKind) -> tuple[StopEntry, ...]:
    ends = {fact.refers_to: fact.at for fact in facts.get(FactKind.CLOCK_RESUMED, ())}
    return tuple(
        StopEntry(f.seq, f.at, ends.get(f.seq), StopReason(f.data["reason"]))
        for f in facts.get(FactKind.CLOCK_STOPPED, ())
    )


def _resolutions(facts: ByKind) -> tuple[Resolution, ...]:
    found: list[Resolution] = []
    for fact in _of(facts, (FactKind.RESOLVED, FactKind.REOPENED)):
        is_ended = bool(found) and found[-1].reopened_at is None
        if fact.kind == FactKind.RESOLVED and not is_ended:
            found.append(Resolution(fact.at, None))
        elif fact.kind == FactKind.REOPENED and is_ended:
            found[-1] = Resolution(found[-1].at, fact.at)
    return tuple(found)


def _state(
    facts: ByKind, stops: Iterable[StopEntry], resolutions: Sequence[Resolution]
) -> TicketState:
    if FactKind.VOIDED in facts:
        return TicketState.VOID
    if resolutions and resolutions[-1].reopened_at is None:
        confirmed = _last(facts, FactKind.CONFIRMED)
        is_closed = confirmed is not None and confirmed.at >= resolutions[-1].at
        return TicketState.CLOSED if is_closed else TicketState.RESOLVED
    if any(stop.end is None for stop in stops):
        return TicketState.WAITING
    is_started = FactKind.INTERVENTION_STARTED in facts
    return TicketState.IN_PROGRESS if is_started else TicketState.NEW
