"""Reading clocks: facts, planned works and terms of many tickets at once, and their figures.

Four queries for any number of tickets. Figures are computed when they are looked at, never stored
for display (SLA-6); what is stored for sorting is made here too, from the same figures.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import ARRAY, String, any_, literal, select

from ops_portal.contracts.models import Contract
from ops_portal.contracts.queries import Terms, newest_calendar_of, terms
from ops_portal.core.db import any_of, db
from ops_portal.maintenance.queries import works_by_element
from ops_portal.tickets.history import FactLike, History, read_history
from ops_portal.tickets.models import Channel, Fact, FactKind, Ticket, TicketState
from sla.clock import Clock, ClockState, evaluate
from sla.interval import Interval

CLOCK_KINDS = frozenset(FactKind) - {FactKind.REPLIED, FactKind.NOTED, FactKind.DIAGNOSED}
WARN_AT = 0.75
SECOND = timedelta(seconds=1)
RANK_RUNNING, RANK_NO_CLOCK, RANK_PAUSED, RANK_ENDED = range(4)


@dataclass(frozen=True, slots=True)
class Context:
    """What surrounds a ticket's facts: activation, terms and works."""

    active_from: datetime | None
    terms: Terms
    works: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A ticket's history and its clocks at an instant."""

    history: History
    context: Context
    clocks: tuple[Clock, ...]
    as_of: datetime

    @property
    def running(self) -> tuple[Clock, ...]:
        """The clocks that have not ended: running, paused, or past their target and still open."""
        return tuple(c for c in self.clocks if c.end is None and c.state in OPEN_CLOCKS)


OPEN_CLOCKS = frozenset({ClockState.RUNNING, ClockState.PAUSED, ClockState.BREACHED})


@dataclass(frozen=True, slots=True)
class Threshold:
    """The instant a clock crosses 75 % (warning) or its target (breach)."""

    clock: Clock
    kind: str
    at: datetime

    def is_crossed(self, now: datetime) -> bool:
        """Whether it has come; exactly on target is not breached (T10)."""
        return self.at < now if self.kind == "breach" else self.at <= now


def read_clocks(
    tickets: Sequence[Ticket], *, as_of: datetime, explain: bool = False
) -> dict[int, Reading]:
    """Return the reading of each ticket by its id.

    Args:
        tickets: rows the caller may see.
        as_of: the instant, aware.
        explain: whether the clocks carry their segments.

    Source: SLA-1 to SLA-7.

    """
    facts = facts_by_ticket(t.id for t in tickets)
    contexts = contexts_of(tickets)
    return {t.id: read(facts[t.id], contexts[t.id], as_of=as_of, explain=explain) for t in tickets}


def read(
    facts: Sequence[FactLike], context: Context, *, as_of: datetime, explain: bool = False
) -> Reading:
    """Return the reading of one history in its context; pure."""
    history = read_history(facts)
    clocks = evaluate(
        history.facts(as_of=as_of, active_from=context.active_from, works=context.works),
        context.terms.description,
        context.terms.schedule,
        explain=explain,
    )
    return Reading(history, context, tuple(clocks), as_of)


READ = (Fact.ticket_id, Fact.seq, Fact.kind, Fact.at, Fact.recorded_at, Fact.data, Fact.refers_to)


def facts_by_ticket(
    ticket_ids: Iterable[int], kinds: frozenset[FactKind] = CLOCK_KINDS
) -> dict[int, list[Any]]:
    """Return what the clock reads of the facts of these kinds, by ticket and in order.

    Plain rows: a queue reads some hundred of them, and entities would cost it milliseconds.
    """
    found: dict[int, list[Any]] = defaultdict(list)
    query = (
        select(*READ).where(Fact.ticket_id == any_of(ticket_ids)).order_by(Fact.ticket_id, Fact.seq)
    )
    if kinds != frozenset(FactKind):
        query = query.where(Fact.kind == any_(literal(list(kinds), ARRAY(String))))
    for fact in db.session.execute(query):
        found[fact.ticket_id].append(fact)
    return found


def contexts_of(tickets: Sequence[Ticket]) -> dict[int, Context]:
    """Return the context of each ticket by its id; judged tickets keep their terms."""
    contracts = {
        row.id: row
        for row in db.session.execute(
            select(
                Contract.id,
                Contract.active_from,
                Contract.description_id,
                newest_calendar_of(Contract.calendar).label("calendar_id"),
            ).where(Contract.id == any_of({t.contract_id for t in tickets})),
        )
    }
    works = works_by_element(t.element_id for t in tickets if t.element_id is not None)
    return {
        ticket.id: context_of(
            ticket, contracts[ticket.contract_id], works.get(ticket.element_id or 0, ())
        )
        for ticket in tickets
    }


class Signed(Protocol):
    """What a context needs of a contract, and the newest version of its calendar."""

    @property
    def active_from(self) -> datetime | None:
        """From when on service levels apply."""

    @property
    def description_id(self) -> int:
        """The service description in force at the signature."""

    @property
    def calendar_id(self) -> int:
        """The newest version of the calendar."""


def context_of(ticket: Ticket, contract: Signed, works: Iterable[Interval]) -> Context:
    """Return the context of one ticket; a judged one keeps the terms of its verdict (T51)."""
    return Context(
        active_from=contract.active_from,
        terms=terms(
            ticket.judged_description_id or contract.description_id,
            ticket.judged_calendar_id or contract.calendar_id,
        ),
        works=tuple(works),
    )


def thresholds(reading: Reading) -> list[Threshold]:
    """Return the instants at which clocks cross 75 % and their target, where they are known.

    A clock that ended late keeps its breach, so that one that ended while no ticker ran is found.

    Source: SLA-4; the threshold is counted time, so 75 % of 1 h from Friday 17:30 is Monday 08:15.
    """
    running = reading.running
    found = [
        Threshold(clock, "breach", clock.breached_at)
        for clock in reading.clocks
        if clock.breached_at is not None and clock not in running
    ]
    for clock in running:
        warning = clock.used_at(int(clock.target_s * WARN_AT))
        over = clock.used_at(clock.target_s + 1)
        if warning is not None:
            found.append(Threshold(clock, "warning", warning))
        if over is not None:
            found.append(Threshold(clock, "breach", over - SECOND))
    return found


def keep_copies(
    ticket: Ticket, reading: Reading, known_alarms: set[tuple[str, datetime, str]]
) -> None:
    """Write onto the ticket what lists sort and search by; derived, and rebuilt by a command.

    Args:
        ticket: the row to write.
        reading: its clocks now.
        known_alarms: `(kpi, period start, kind)` of the alarms already raised.

    """
    history = reading.history
    ticket.state = history.state
    ticket.priority = history.priority
    ticket.owner_id = history.owner_id
    ticket.line = history.line
    ticket.paused_reason = history.open_stops[-1].reason if history.open_stops else None
    ticket.resolved_at = history.resolved_at
    crossed = thresholds(reading)
    ticket.urgency_rank, ticket.urgency_at = _urgency(reading)
    breaches = [c.breached_at for c in reading.clocks if c.breached_at is not None]
    breaches += [t.at for t in crossed if t.kind == "breach"]
    ticket.breached_from = min(breaches, default=None)
    waiting = [t.at for t in crossed if not _is_told(t, known_alarms)]
    is_watched = ticket.channel != Channel.IMPORT
    ticket.next_alarm_at = min(waiting, default=None) if is_watched else None


def _is_told(threshold: Threshold, known_alarms: set[tuple[str, datetime, str]]) -> bool:
    """Whether an alarm was raised; after a breach nobody is warned of it any more."""
    clock = threshold.clock
    kinds = {threshold.kind, "breach"}
    return any((clock.kpi, clock.start, kind) in known_alarms for kind in kinds)


def _urgency(reading: Reading) -> tuple[int, datetime]:
    history = reading.history
    if not history.is_open:
        return RANK_ENDED, history.created_at
    if history.state is TicketState.WAITING:
        return RANK_PAUSED, history.open_stops[0].start
    dues = [c.due_at for c in reading.running if c.due_at is not None]
    if dues:
        return RANK_RUNNING, min(dues)
    return RANK_NO_CLOCK, history.created_at
