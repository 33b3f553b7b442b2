"""What an import came to: counts by priority, verdicts, and how long it took in counted time."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from ops_portal.core.db import db
from ops_portal.imports.models import ImportEntry, ImportRun
from ops_portal.imports.periods import periods_of
from ops_portal.tickets.models import Ticket, Verdict
from sla.clock import ClockState
from sla.policy import Kpi, Priority

HALF, MOST = 0.5, 0.9


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took: the middle one, and the one nine of ten stay under; seconds."""

    median_s: int | None
    p90_s: int | None


@dataclass(frozen=True, slots=True)
class PriorityResult:
    """The incidents of one priority."""

    priority: Priority
    number: int
    states: Mapping[str, int]
    reaction: Spread
    restoration: Spread
    reaction_target_s: int | None
    restoration_target_s: int | None


@dataclass(frozen=True, slots=True)
class ClockResult:
    """The verdicts of one KPI of one priority."""

    kpi: Kpi
    priority: Priority
    target_s: int
    numbers: Mapping[str, int]

    @property
    def judged(self) -> int:
        """How many were met or breached: those that count."""
        return self.numbers.get(ClockState.MET, 0) + self.numbers.get(ClockState.BREACHED, 0)

    @property
    def total(self) -> int:
        """How many verdicts there are in all."""
        return sum(self.numbers.values())


@dataclass(frozen=True, slots=True)
class Results:
    """The figures of a run's incidents, as they are judged now."""

    number: int
    priorities: Sequence[PriorityResult]
    clocks: Sequence[ClockResult]

    @property
    def has_judged(self) -> bool:
        """Whether any clock was met or breached at all."""
        return any(clock.judged for clock in self.clocks)


def results_of(run: ImportRun) -> Results:
    """Return the figures of the incidents that a run imported or met again.

    Times are counted time from the creation, with stops left out, whether or not there is a target
    for the priority. A percentile is a time that occurred (the discrete one).

    Source: SLA-4, SLA-6.
    """
    priorities = _by_priority(run)
    return Results(sum(p.number for p in priorities), priorities, _by_clock(run))


def _by_priority(run: ImportRun) -> list[PriorityResult]:
    kpis = periods_of(run.contract_id).of(run.contract_id).terms.description.kpis
    states = _states(run)
    found = []
    for row in db.session.execute(
        select(
            Ticket.priority,
            func.count(),
            *(
                func.percentile_disc(part).within_group(column.asc())
                for column in (ImportEntry.reaction_s, ImportEntry.restoration_s)
                for part in (HALF, MOST)
            ),
        )
        .join(Ticket, Ticket.id == ImportEntry.ticket_id)
        .where(ImportEntry.run_id == run.id)
        .group_by(Ticket.priority)
        .order_by(Ticket.priority),
    ):
        priority = Priority(row[0])
        targets = [kpis.get((kpi, priority)) for kpi in (Kpi.REACTION, Kpi.RESTORATION)]
        found.append(
            PriorityResult(
                priority,
                row[1],
                states[priority],
                Spread(row[2], row[3]),
                Spread(row[4], row[5]),
                *(target.target_s if target else None for target in targets),
            ),
        )
    return found


def _states(run: ImportRun) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    rows = db.session.execute(
        select(Ticket.priority, Ticket.state, func.count())
        .join(ImportEntry, ImportEntry.ticket_id == Ticket.id)
        .where(ImportEntry.run_id == run.id)
        .group_by(Ticket.priority, Ticket.state),
    )
    for priority, state, number in rows:
        found[priority][state] = number
    return found


def _by_clock(run: ImportRun) -> list[ClockResult]:
    numbers: dict[tuple[Kpi, Priority, int], dict[str, int]] = defaultdict(dict)
    rows = db.session.execute(
        select(Verdict.kpi, Verdict.priority, Verdict.target_s, Verdict.state, func.count())
        .join(ImportEntry, ImportEntry.ticket_id == Verdict.ticket_id)
        .where(ImportEntry.run_id == run.id, Verdict.is_current)
        .group_by(Verdict.kpi, Verdict.priority, Verdict.target_s, Verdict.state),
    )
    for kpi, priority, target_s, state, number in rows:
        numbers[(Kpi(kpi), Priority(priority), target_s or 0)][state] = number
    order = list(Kpi)
    keys = sorted(numbers, key=lambda key: (order.index(key[0]), key[1], key[2]))
    return [ClockResult(*key, numbers[key]) for key in keys]
