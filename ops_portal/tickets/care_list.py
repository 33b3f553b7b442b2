"""The customer's list of incidents: its rows, its columns, and what it is narrowed by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import url_for
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ops_portal.accounts.models import User
from ops_portal.contracts.models import SolutionElement
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.paging import PAGE, Page
from ops_portal.tickets import care_words, words
from ops_portal.tickets.care_queries import CareFilters, Month, care_page
from ops_portal.tickets.clocks import Reading, read_clocks
from ops_portal.tickets.models import Ticket
from ops_portal.web.listing import Choice, Column, Listing
from sla.policy import Kpi, Priority

MONTHS_OFFERED = 13
ORDERS = {"newest": _l("Newest first"), "oldest": _l("Oldest first")}
MET_OR_MISSED = (("met", _l("on time")), ("breached", _l("late")))


@dataclass(frozen=True, slots=True)
class CareRow:
    """A ticket in a list of the customer."""

    ticket: Ticket
    reading: Reading
    line: care_words.ClockLine | None
    """The promise, or the outcome, that the row shows."""
    element: str
    reporter: str

    @property
    def state(self) -> str:
        """The state in the customer's words."""
        return state_words(self.ticket)

    def clock_state(self, kpi: Kpi) -> str:
        """Return how the last clock of a KPI stands, in words; empty where there is none."""
        found = [c for c in self.reading.clocks if c.kpi is kpi]
        return str(words.CLOCK_STATE[found[-1].state]) if found else ""


def state_words(ticket: Ticket) -> str:
    """Return a ticket's state in the customer's words."""
    if ticket.state == "waiting" and ticket.paused_reason is not None:
        return str(care_words.WAITING_FOR[ticket.paused_reason])
    return str(care_words.STATE[ticket.state])


def rows_of(tickets: Sequence[Ticket], *, now: datetime) -> list[CareRow]:
    """Return the rows of tickets, with their clocks as they stand; a handful of statements."""
    readings = read_clocks(tickets, as_of=now)
    elements = _names(SolutionElement, {t.element_id for t in tickets})
    people = _names(User, {t.reported_by for t in tickets})
    return [
        CareRow(
            ticket=t,
            reading=readings[t.id],
            line=care_words.next_line(readings[t.id], now),
            element=elements.get(t.element_id or 0, ""),
            reporter=people.get(t.reported_by or 0, "") or t.contact_name,
        )
        for t in tickets
    ]


def care_rows(
    actor: Actor,
    filters: CareFilters,
    *,
    now: datetime,
    after: str = "",
    before: str = "",
    size: int = PAGE,
) -> Page:
    """Return one page of the list as rows."""
    page = care_page(actor, filters, after=after, before=before, size=size)
    return Page(rows_of(page.rows, now=now), page.after, page.before)


def tickets_listing(actor: Actor, *, now: datetime) -> Listing:
    """Return the list as the address asks for it."""
    listing = Listing(
        "incidents",
        columns=COLUMNS,
        label=_l("Incidents"),
        choices=_choices(actor, now),
        orders=ORDERS,
        search_label=_l("Search reference, title or text"),
        empty_text=_l("Incidents, questions and changes you report will be here."),
        empty_url=url_for("care.report"),
        empty_label=_l("Report an incident"),
    )
    if listing.wants_export:
        listing.columns = EXPORTED
    return listing


def filters_of(listing: Listing) -> CareFilters:
    """Return what the list is narrowed to."""
    kpi, _colon, verdict = (listing.one("times") or "").partition(":")
    return CareFilters(
        states=tuple(s for v in listing.chosen("state") for s in care_words.STATES_SHOWN[v]),
        priorities=listing.chosen("priority"),
        kind=listing.one("kind") or "",
        search=listing.q,
        order=listing.order,
        kpi=kpi,
        verdict=verdict,
        resolved=Month.parse(listing.one("resolved") or ""),
    )


def month_words(month: Month, pattern: str = "LLLL y") -> str:
    """Return a month in the reader's language: `March 2026`."""
    first = month.starts_at(ZoneInfo("UTC")).date()
    return format_date(first, pattern, locale=str(get_locale() or "en"))


def _choices(actor: Actor, now: datetime) -> list[Choice]:
    this = Month.of(now, ZoneInfo(actor.zone))
    months = [this.shifted(-back) for back in range(MONTHS_OFFERED)]
    return [
        Choice(
            "state",
            _l("State"),
            (
                ("open", _l("Open")),
                ("resolved", _l("Resolved, to confirm")),
                ("closed", _l("Closed")),
            ),
            is_multiple=True,
        ),
        Choice(
            "priority",
            _l("Priority"),
            [(p.value, f"{p} · {words.PRIORITY[p]}") for p in Priority],
            is_multiple=True,
        ),
        Choice("kind", _l("Kind"), [(str(k), label) for k, label in care_words.KIND.items()]),
        Choice(
            "times",
            _l("Agreed times"),
            [
                (f"{kpi}:{verdict}", f"{words.KPI[kpi]}: {label}")
                for kpi in Kpi
                for verdict, label in MET_OR_MISSED
            ],
        ),
        Choice("resolved", _l("Resolved in"), [(str(m), month_words(m)) for m in months]),
    ]


def _names(table: type[SolutionElement] | type[User], ids: set[int | None]) -> dict[int, str]:
    wanted = ids - {None}
    if not wanted:
        return {}
    rows = db.session.execute(select(table.id, table.name).where(table.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def _ticket(row: Any) -> Ticket:  # noqa: ANN401 (a row of the list)
    return row.ticket  # type: ignore[no-any-return]


COLUMNS = (
    Column(
        "title",
        _l("What"),
        lambda row: _ticket(row).title,
        url=lambda row: url_for("care.ticket", reference=_ticket(row).reference),
    ),
    Column("state", _l("State"), lambda row: row.state),
    Column("priority", _l("Priority"), lambda row: _ticket(row).priority),
    Column("times", _l("What was agreed"), lambda row: row.line),
    Column("created_at", _l("Reported"), lambda row: _ticket(row).created_at, kind="moment"),
)
EXPORTED = (
    Column("reference", _l("Reference"), lambda row: _ticket(row).reference),
    Column("title", _l("What"), lambda row: _ticket(row).title),
    Column("kind", _l("Kind"), lambda row: care_words.KIND[_ticket(row).kind]),
    Column("priority", _l("Priority"), lambda row: _ticket(row).priority),
    Column("state", _l("State"), lambda row: row.state),
    Column("element", _l("Part of the service"), lambda row: row.element),
    Column("reporter", _l("Reported by"), lambda row: row.reporter),
    Column("created_at", _l("Reported"), lambda row: _ticket(row).created_at, kind="moment"),
    Column("resolved_at", _l("Resolved"), lambda row: _ticket(row).resolved_at, kind="moment"),
    Column("reaction", words.KPI[Kpi.REACTION], lambda row: row.clock_state(Kpi.REACTION)),
    Column("restoration", words.KPI[Kpi.RESTORATION], lambda row: row.clock_state(Kpi.RESTORATION)),
)
"""What a file holds: nothing of the Service Desk's own (owner, line, notes)."""
