"""The queue as a list: its columns, its filters, and its rows with one chip per running clock."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask import request, url_for

from ops_portal.core.actor import Actor
from ops_portal.core.paging import Page
from ops_portal.tickets import words
from ops_portal.tickets.chips import Chip, chip, chips, overrun_s
from ops_portal.tickets.chips import Kind as ChipKind
from ops_portal.tickets.clocks import Reading, read_clocks
from ops_portal.tickets.desk_queries import VIEWS, DeskRow, Instants, desk_page
from ops_portal.tickets.models import Ticket, TicketState
from ops_portal.tickets.queries import Filters
from ops_portal.web.filters import duration, moment_near
from ops_portal.web.languages import gettext as _
from ops_portal.web.languages import lazy_gettext as _l
from ops_portal.web.listing import Choice, Column, Kind, Listing
from sla.clock import Clock, ClockState
from sla.policy import Kpi, Priority

EXPORT_BATCH = 200
LONGEST_CODE = 40
ALWAYS = ("reference", "title")
STANDARD = ("reference", "customer", "title", "priority", "state", "owner", "line", "clocks")
VIEW_WORDS = {
    "all": _l("All open"),
    "mine": _l("Mine"),
    "unassigned": _l("Unassigned"),
    "due": _l("Due within 1 h"),
    "breached": _l("Breached"),
    "awaiting_customer": _l("Awaiting customer"),
    "update_owed": _l("Update owed"),
    "p1": _l("P1 open"),
}
EMPTY_WORDS = {
    "all": _l("No open tickets. New incidents appear here by themselves, most urgent first."),
    "mine": _l("Nothing is assigned to you. Take a ticket from the unassigned ones."),
    "unassigned": _l("Every open ticket has an owner."),
    "due": _l("No clock ends within the next hour of support time."),
    "breached": _l("No open ticket is past its target."),
    "awaiting_customer": _l("No ticket waits for a customer."),
    "update_owed": _l("No customer waits for word of progress."),
    "p1": _l("No complete interruption is open."),
}


@dataclass(frozen=True, slots=True)
class DeskLine:
    """A row of the queue, with its clocks read at the instant of the page."""

    ticket: Ticket
    customer: str
    customer_code: str
    owner: str | None
    chips: Sequence[Chip]
    resumes: str
    """When the clocks count again, in closed hours; in words."""
    clocks: Mapping[Kpi, Clock]
    """The last clock of each KPI; for a file."""


def columns() -> dict[str, Column]:
    """Return every column of the queue by its key, in order."""
    found = (
        Column("reference", _("Reference"), lambda line: line.ticket.reference, url=_address),
        Column("customer", _("Customer"), lambda line: line.customer),
        Column("title", _("Title"), lambda line: line.ticket.title),
        Column("priority", _("Priority"), lambda line: line.ticket.priority),
        Column("state", _("State"), lambda line: str(words.STATE[line.ticket.state])),
        Column("owner", _("Owner"), lambda line: line.owner),
        Column("line", _("Line"), lambda line: line.ticket.line),
        Column("clocks", _("Clocks"), lambda line: len(line.chips), order="urgency"),
        Column(
            "created",
            _("Created"),
            lambda line: line.ticket.created_at,
            kind="moment",
            order="newest",
            is_falling=True,
        ),
        Column("update", _("Update due"), lambda line: line.ticket.update_due_at, kind="moment"),
        Column("contact", _("Contact"), lambda line: line.ticket.contact_name),
    )
    return {column.key: column for column in found}


def file_columns() -> list[Column]:
    """Return the columns of a file: those chosen, and figures in place of the chips."""
    known = columns()
    chosen = [known[key] for key in chosen_columns() if key not in {"clocks", "created"}]
    return [
        *chosen,
        known["created"],
        *(column for kpi in Kpi for column in _clock_columns(kpi)),
    ]


def _clock_columns(kpi: Kpi) -> list[Column]:
    """Return the figures of one clock, each under its name."""

    def figure(of: Callable[[Clock], object]) -> Callable[[DeskLine], object]:
        return lambda line: of(line.clocks[kpi]) if kpi in line.clocks else None

    name = str(words.KPI[kpi])
    kinds: tuple[tuple[str, str, Kind, Callable[[Clock], object]], ...] = (
        ("state", _("State"), "text", lambda clock: words.CLOCK_STATE[clock.state]),
        ("due", _("Due"), "moment", lambda clock: clock.due_at),
        ("counted", _("Counted"), "duration", lambda clock: clock.elapsed_s),
        ("left", _("Left"), "duration", lambda clock: clock.remaining_s),
    )
    return [
        Column(f"{kpi}_{key}", f"{name} · {label}", figure(of), kind=kind)
        for key, label, kind, of in kinds
    ]


def chosen_columns() -> list[str]:
    """Return the columns asked for; those that identify a ticket are always there."""
    asked = request.args.getlist("columns")
    known = columns()
    keys = [key for key in known if key in (asked or STANDARD) or key in ALWAYS]
    return keys if asked else list(STANDARD)


def desk_listing(view: str) -> Listing:
    """Return the list of the queue as the address asks for it."""
    known = columns()
    return Listing(
        "desk",
        [known[key] for key in chosen_columns()],
        label=_("Tickets"),
        choices=(
            Choice(
                "state",
                _("State"),
                [(s.value, words.STATE[s]) for s in TicketState],
                is_multiple=True,
            ),
            Choice(
                "priority", _("Priority"), [(p.value, p.value) for p in Priority], is_multiple=True
            ),
            Choice("line", _("Line"), [(str(n), word) for n, word in words.LINE.items()]),
        ),
        orders={
            "urgency": _("Most urgent first"),
            "newest": _("Newest first"),
            "oldest": _("Oldest first"),
        },
        search_label=_("Search reference, title, text or customer"),
        empty_text=str(EMPTY_WORDS[view]),
        keeps=("view", "customer", "columns", "saved"),
    )


def asked_view() -> str:
    """Return the view the address names."""
    view = request.args.get("view", "")
    return view if view in VIEWS else "all"


def asked_filters(listing: Listing) -> Filters:
    """Return what the address narrows the queue to."""
    line = listing.one("line")
    return Filters(
        view=asked_view(),
        states=listing.chosen("state"),
        priorities=listing.chosen("priority"),
        customer=request.args.get("customer", "").replace("\x00", "")[:LONGEST_CODE],
        line=int(line) if line else None,
        search=listing.q,
        order=listing.order,
    )


def lines_of(rows: Sequence[DeskRow], *, now: datetime) -> list[DeskLine]:
    """Return the rows with their chips; clocks are read now, never taken from a copy (SLA-6)."""
    readings = read_clocks([row.ticket for row in rows], as_of=now)
    return [_line(row, readings[row.ticket.id], now) for row in rows]


def _line(row: DeskRow, reading: Reading, now: datetime) -> DeskLine:
    found = short_chips(reading, now)
    closed = [c.next_at for c in found if c.kind is ChipKind.CLOSED and c.next_at is not None]
    return DeskLine(
        row.ticket,
        row.customer,
        row.customer_code,
        row.owner,
        found,
        resumes=moment_near(min(closed, default=None), now),
        clocks={clock.kpi: clock for clock in reading.clocks},
    )


def short_chips(reading: Reading, now: datetime) -> list[Chip]:
    """Return the chips with few words, and before them the worst of the targets missed for good.

    In closed hours the row says once when its clocks resume; each chip's receipt says it in full.
    """
    missed = [c for c in reading.clocks if c.end is not None and c.state is ClockState.BREACHED]
    worst = max(missed, key=overrun_s, default=None)
    found = [
        replace(shown, words=_short_words(clock)) if shown.kind is ChipKind.CLOSED else shown
        for clock, shown in zip(reading.running, chips(reading, now), strict=True)
    ]
    return found if worst is None else [_missed_chip(worst, reading, now), *found]


def _missed_chip(clock: Clock, reading: Reading, now: datetime) -> Chip:
    late = _("%(over)s late", over=duration(overrun_s(clock)))
    return replace(chip(clock, reading, now), words=late)


def _short_words(clock: Clock) -> str:
    return _("%(left)s left", left=duration(clock.remaining_s))


def export_lines(actor: Actor, filters: Filters, at: Instants) -> Iterator[DeskLine]:
    """Return every row of the queue for a file, a page at a time."""
    after: str | None = ""
    while after is not None:
        page: Page = desk_page(actor, filters, at, after=after, size=EXPORT_BATCH)
        yield from lines_of(page.rows, now=at.now)
        after = page.after


def _address(line: DeskLine) -> str:
    return url_for("tickets.ticket", reference=line.ticket.reference)
