"""Reading tickets for the customer's side: the own ones only, and of each the public part only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select

from ops_portal.accounts.models import User
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.paging import PAGE, Page, keyset
from ops_portal.tickets.models import OPEN_STATES, Fact, Ticket, TicketState, Verdict
from ops_portal.tickets.queries import ORDERS, matching_ids

JUDGED = ("met", "breached")
MONTHS_A_YEAR = 12
YEARS = range(2000, 2200)


@dataclass(frozen=True, slots=True)
class CareFilters:
    """What the customer's list is narrowed to; comes from the address of the page."""

    states: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    kind: str = ""
    search: str = ""
    order: str = "newest"
    kpi: str = ""
    verdict: str = ""
    """`met` or `breached`: tickets that have this verdict, of `kpi` when that is named."""
    resolved: "Month | None" = None


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month; its borders are local midnights."""

    year: int
    month: int

    @classmethod
    def of(cls, at: datetime, zone: ZoneInfo) -> "Month":
        """Return the local month of an instant."""
        local = at.astimezone(zone)
        return cls(local.year, local.month)

    @classmethod
    def parse(cls, text: str) -> "Month | None":
        """Return the month written as `2026-03`; None for anything else."""
        try:
            first = datetime.strptime(text, "%Y-%m")  # noqa: DTZ007 (a month has no zone)
        except ValueError:
            return None
        return cls(first.year, first.month) if first.year in YEARS else None

    def shifted(self, months: int) -> "Month":
        """Return the month so many months later."""
        year, month = divmod(self.year * MONTHS_A_YEAR + self.month - 1 + months, MONTHS_A_YEAR)
        return Month(year, month + 1)

    def starts_at(self, zone: ZoneInfo) -> datetime:
        """Return its first instant."""
        return datetime(self.year, self.month, 1, tzinfo=zone)

    def __str__(self) -> str:
        """Return `2026-03`."""
        return f"{self.year:04d}-{self.month:02d}"


def care_page(
    actor: Actor, filters: CareFilters, *, after: str = "", before: str = "", size: int = PAGE
) -> Page:
    """Return one page of the active customer's own tickets, by keyset.

    Args:
        actor: whose organisation.
        filters: what to show; no states means all of them.
        after: the key of the last row before the page.
        before: the key of the first row after the page.
        size: rows a page.

    """
    query = select(Ticket).where(Ticket.customer_id == actor.customer_id)
    query = query.where(*_conditions(actor, filters))
    page = keyset(query, ORDERS[filters.order], after=after, before=before, size=size)
    return Page([row[0] for row in page.rows], page.after, page.before)


def _conditions(actor: Actor, filters: CareFilters) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if filters.states:
        conditions.append(Ticket.state.in_(filters.states))
    if filters.priorities:
        conditions.append(Ticket.priority.in_(filters.priorities))
    if filters.kind:
        conditions.append(Ticket.kind == filters.kind)
    if filters.search:
        conditions.append(Ticket.id.in_(matching_ids(filters.search, public_only=True)))
    if filters.verdict or filters.kpi:
        conditions.append(Ticket.id.in_(_with_verdict(actor, filters)))
    if filters.resolved is not None:
        zone = ZoneInfo(actor.zone)
        conditions.append(Ticket.resolved_at >= filters.resolved.starts_at(zone))
        conditions.append(Ticket.resolved_at < filters.resolved.shifted(1).starts_at(zone))
    return conditions


def _with_verdict(actor: Actor, filters: CareFilters) -> Select[int]:
    wanted = (filters.verdict,) if filters.verdict else JUDGED
    query = select(Verdict.ticket_id).where(
        Verdict.customer_id == actor.customer_id, Verdict.is_current, Verdict.state.in_(wanted)
    )
    return query.where(Verdict.kpi == filters.kpi) if filters.kpi else query


def open_tickets(actor: Actor, *, limit: int) -> Sequence[Ticket]:
    """Return the customer's open tickets, the most urgent first."""
    filters = CareFilters(states=OPEN_STATES, order="urgency")
    return care_page(actor, filters, size=limit).rows


def tickets_to_confirm(actor: Actor, *, limit: int) -> Sequence[Ticket]:
    """Return the customer's resolved tickets that nobody confirmed yet, newest first."""
    return care_page(actor, CareFilters(states=(TicketState.RESOLVED,)), size=limit).rows


@dataclass(frozen=True, slots=True)
class Tally:
    """How many clocks of one KPI ended in one month, and how."""

    met: int = 0
    breached: int = 0

    @property
    def total(self) -> int:
        """All judged clocks."""
        return self.met + self.breached


def verdicts_by_month(actor: Actor, first: Month, last: Month) -> Mapping[tuple[str, Month], Tally]:
    """Return the tallies of incidents resolved in local months `first` to `last`, both included.

    The verdicts are those kept when the incident was resolved (SLA-6); a KPI without target, a
    superseded or not applicable clock is in none of them.

    Source: SLA-4, §6.5; people-and-pages, Care home.
    """
    zone = ZoneInfo(actor.zone)
    local = func.timezone(actor.zone, Ticket.resolved_at)
    year, month = func.extract("year", local), func.extract("month", local)
    rows = db.session.execute(
        select(Verdict.kpi, Verdict.state, year, month, func.count())
        .join(Ticket, Ticket.id == Verdict.ticket_id)
        .where(
            Ticket.customer_id == actor.customer_id,
            Ticket.resolved_at >= first.starts_at(zone),
            Ticket.resolved_at < last.shifted(1).starts_at(zone),
            Verdict.is_current,
            Verdict.state.in_(JUDGED),
        )
        .group_by(Verdict.kpi, Verdict.state, year, month),
    )
    counts: dict[tuple[str, Month], dict[str, int]] = {}
    for kpi, state, in_year, in_month, number in rows:
        counts.setdefault((kpi, Month(int(in_year), int(in_month))), {})[state] = number
    return {key: Tally(**found) for key, found in counts.items()}


def names_of_authors(facts: Sequence[Fact]) -> Mapping[int, str]:
    """Return the names of the customer's own people among the authors, by user id.

    Staff are not among them: to the customer the Service Desk speaks with one voice.
    """
    ids = {f.author_id for f in facts if f.author_kind == "customer" and f.author_id is not None}
    rows = db.session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {row.id: row.name for row in rows}
