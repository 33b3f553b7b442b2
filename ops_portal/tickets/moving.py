"""Which clocks a change of calendar or works moves: each read before and after it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from ops_portal.contracts.models import CalendarVersion
from ops_portal.contracts.queries import Dated, Terms, terms, terms_with
from ops_portal.core.db import db
from ops_portal.maintenance.queries import spans_of_revision
from ops_portal.tickets.clocks import Context, Reading, contexts_of, facts_by_ticket, read
from ops_portal.tickets.models import Ticket
from sla.interval import Interval


class Cause(StrEnum):
    """What makes clocks move without anybody touching the ticket."""

    CALENDAR = "calendar"
    WORKS = "works"


@dataclass(frozen=True, slots=True)
class Move:
    """A clock that is due at another instant than before; None = unknown, it is paused."""

    customer_id: int
    ticket_id: int
    kpi: str
    before_at: datetime | None
    after_at: datetime | None


def moves_of(
    tickets: Sequence[Ticket], cause: Cause, cause_id: int, *, now: datetime
) -> list[Move]:
    """Return the clocks of these tickets that the change moved.

    Args:
        tickets: open tickets the change concerns.
        cause: calendar or works, as they are now.
        cause_id: the calendar version, or the works.
        now: the instant of reading.

    """
    after = contexts_of(tickets)
    if cause is Cause.CALENDAR:
        version = db.session.get_one(CalendarVersion, cause_id)
        older = _older_version_id(version)
        before = {key: with_calendar(context, older) for key, context in after.items()}
    else:
        old, new = spans_of_revision(cause_id)
        before = {key: _with_older_works(context, old, new) for key, context in after.items()}
    return compare(tickets, before, after, now=now)


def preview_calendar(tickets: Sequence[Ticket], days: Dated, *, now: datetime) -> list[Move]:
    """Return the clocks that a calendar which is not published yet would move; writes nothing.

    Source: sla-cases T50, T72.
    """
    before = contexts_of(tickets)
    known: dict[int, Terms] = {}
    after = {}
    for key, context in before.items():
        used = context.terms
        if used.description_id not in known:
            known[used.description_id] = terms_with(used, days)
        after[key] = replace(context, terms=known[used.description_id])
    return compare(tickets, before, after, now=now)


def compare(
    tickets: Sequence[Ticket],
    before: dict[int, Context],
    after: dict[int, Context],
    *,
    now: datetime,
) -> list[Move]:
    """Return the running clocks that are due at another instant in the second context."""
    facts = facts_by_ticket(ticket.id for ticket in tickets)
    found = []
    for ticket in tickets:
        old = _dues(read(facts[ticket.id], before[ticket.id], as_of=now))
        new = _dues(read(facts[ticket.id], after[ticket.id], as_of=now))
        found += [
            Move(ticket.customer_id, ticket.id, kpi, old.get((kpi, start)), due)
            for (kpi, start), due in new.items()
            if old.get((kpi, start)) != due
        ]
    return found


def _dues(reading: Reading) -> dict[tuple[str, datetime], datetime | None]:
    return {(clock.kpi, clock.start): clock.due_at for clock in reading.running}


def with_calendar(context: Context, calendar_id: int | None) -> Context:
    """Return the context under another version of the calendar; None = unchanged."""
    if calendar_id is None:
        return context
    return replace(context, terms=terms(context.terms.description_id, calendar_id))


def _older_version_id(version: CalendarVersion) -> int | None:
    return db.session.scalar(
        select(CalendarVersion.id)
        .where(
            CalendarVersion.calendar == version.calendar, CalendarVersion.number < version.number
        )
        .order_by(CalendarVersion.number.desc())
        .limit(1)
    )


def _with_older_works(context: Context, old: Interval | None, new: Interval | None) -> Context:
    spans: list[Interval] = list(context.works)
    if new is not None and new in spans:
        spans.remove(new)
    if old is not None:
        spans.append(old)
    return replace(context, works=tuple(spans))
