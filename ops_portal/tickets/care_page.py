"""Everything the customer's page of one ticket shows, read at one instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from ops_portal.tickets import care_history, care_list, care_queries, care_words
from ops_portal.tickets.clock_receipts import receipt_of
from ops_portal.tickets.clocks import read_clocks
from ops_portal.tickets.drawing import Drawing, draw
from ops_portal.tickets.models import FactKind, Ticket
from ops_portal.tickets.queries import facts_of
from ops_portal.web.receipts import Receipt
from sla.terms import Reopen


@dataclass(frozen=True, slots=True)
class CarePage:
    """The page: nothing of it comes from an internal fact."""

    ticket: Ticket
    row: care_list.CareRow
    entries: Sequence[care_history.Entry]
    lines: Sequence[care_words.ClockLine]
    drawing: Drawing | None
    receipts: Sequence[Receipt]
    is_meantime_counted: bool
    """Whether the time between a resolution and a reopening counts (sla.md, restoration)."""


def care_page_of(ticket: Ticket, *, now: datetime) -> CarePage:
    """Return the page of a ticket the reader may see. Source: SLA-6, INC-5, INC-11."""
    facts = facts_of(ticket, is_internal_shown=False)
    reading = read_clocks([ticket], as_of=now, explain=True)[ticket.id]
    notes = {f.seq: f.text for f in facts if f.kind == FactKind.CLOCK_STOPPED}
    return CarePage(
        ticket=ticket,
        row=care_list.rows_of([ticket], now=now)[0],
        entries=care_history.entries(facts, care_queries.names_of_authors(facts)),
        lines=care_words.clock_lines(reading, now),
        drawing=draw(reading, _("Clocks of %(reference)s", reference=ticket.reference)),
        receipts=[
            receipt_of(clock, reading, notes=notes)
            for clock in reading.clocks
            if clock.elapsed_s is not None
        ],
        is_meantime_counted=reading.context.terms.description.reopen is Reopen.COUNTS,
    )
