"""Everything the ticket page shows, read at one instant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from flask_babel import gettext as _

from ops_portal.core.actor import Actor
from ops_portal.maintenance.queries import works_by_element
from ops_portal.tickets import words
from ops_portal.tickets.chips import Chip, chip
from ops_portal.tickets.clock_receipts import receipt_of
from ops_portal.tickets.clocks import Reading, context_of, read
from ops_portal.tickets.drawing import Drawing, draw
from ops_portal.tickets.models import Channel, FactKind
from ops_portal.tickets.queries import alarms_of
from ops_portal.tickets.ticket_history import AlarmEntry, Entry, alarm_entries, entries
from ops_portal.tickets.ticket_queries import (
    Authored,
    Colleague,
    Head,
    Judged,
    authored_facts,
    colleagues,
    head_for,
    judgements_of,
)
from ops_portal.web.receipts import Receipt


@dataclass(frozen=True, slots=True)
class ClockPanel:
    """One clock of the panel: its chip and its receipt."""

    chip: Chip
    receipt: Receipt
    is_open: bool


@dataclass(frozen=True, slots=True)
class Live:
    """The part that follows the wall clock: the chips, and who else is looking."""

    head: Head
    facts: Sequence[Authored]
    reading: Reading
    chips: Sequence[Chip]
    people: Sequence[Colleague]
    here: Sequence[str]


@dataclass(frozen=True, slots=True)
class TicketPage:
    """The whole page."""

    live: Live
    timeline: Sequence[Entry | AlarmEntry]
    drawing: Drawing | None
    panels: Sequence[ClockPanel]
    judgements: Sequence[Sequence[Judged]]
    """The verdicts by judgement, the newest first."""


def read_live(actor: Actor, reference: str, *, now: datetime) -> Live:
    """Return the part of the page that is read again and again.

    Raises:
        NotFoundError: there is no such ticket for this actor.

    """
    head = head_for(actor, reference)
    ticket = head.ticket
    facts = authored_facts(ticket)
    works = works_by_element([ticket.element_id] if ticket.element_id else [])
    context = context_of(ticket, head, works.get(ticket.element_id or 0, ()))
    reading = read([a.fact for a in facts], context, as_of=now, explain=True)
    people = colleagues(actor, ticket, now=now)
    here = [p.name for p in people if p.is_here and p.user_id != actor.user_id]
    chips = [chip(clock, reading, now) for clock in reading.clocks]
    return Live(head, facts, reading, chips, people, here)


def complete(live: Live) -> TicketPage:
    """Return the whole page around its live part."""
    ticket, reading = live.head.ticket, live.reading
    names = {person.user_id: person.name for person in live.people}
    told = entries(live.facts, names, Channel(ticket.channel))
    alarms = alarm_entries(alarms_of(ticket))
    return TicketPage(
        live=live,
        timeline=_interleaved(told, alarms),
        drawing=draw(reading, _("Clocks of %(reference)s", reference=ticket.reference)),
        panels=[
            ClockPanel(shown, receipt_of(clock, reading), clock.end is None)
            for clock, shown in zip(reading.clocks, live.chips, strict=True)
            if clock.segments or clock.elapsed_s is not None
        ],
        judgements=_by_judgement(judgements_of(ticket) if _was_judged(live) else []),
    )


def entries_since(page: TicketPage, version: int) -> list[Entry]:
    """Return what was written after a version: what the reader of that version does not know."""
    return [e for e in page.timeline if isinstance(e, Entry) and e.seq > version]


def entry_of(page: TicketPage, seq: int) -> Entry | None:
    """Return the entry with a number, if it can be taken back."""
    told = (e for e in page.timeline if isinstance(e, Entry) and e.can_take_back)
    return next((entry for entry in told if entry.seq == seq), None)


def facts_of_ticket(head: Head, reading: Reading) -> list[tuple[str, object]]:
    """Return the facts of the side column that are plain words; empty ones are left out."""
    ticket = head.ticket
    history = reading.history
    told = _("caller informed") if ticket.is_recording_told else _("caller not informed")
    recording = f"{ticket.recording_reference} ({told})" if ticket.recording_reference else ""
    found = [
        (_("Contract"), f"{head.contract.reference} · {head.contract.subscription}"),
        (_("Part of the service"), head.element),
        (_("Contact"), " · ".join(filter(None, (ticket.contact_name, ticket.contact_phone)))),
        (_("Reported by"), head.reporter),
        (_("Recording"), recording),
        (_("Own side checked"), _("yes") if ticket.is_own_side_checked else ""),
        (_("Other reference"), ticket.external_reference),
        (_("Owner"), head.owner or _("nobody")),
        (_("Line"), words.LINE[ticket.line]),
    ]
    if history.out_of_scope:
        causes = {cause.value: word for cause, word in words.OUT_OF_SCOPE.items()}
        found.append((_("Out of scope"), causes[history.out_of_scope]))
    return [(label, value) for label, value in found if value]


def _interleaved(told: Sequence[Entry], alarms: Sequence[AlarmEntry]) -> list[Entry | AlarmEntry]:
    """Put each alarm before the first entry that was recorded after it."""
    found: list[Entry | AlarmEntry] = []
    waiting = list(alarms)
    for entry in told:
        recorded = entry.recorded_at or entry.at
        while waiting and waiting[0].at < recorded:
            found.append(waiting.pop(0))
        found.append(entry)
    return [*found, *waiting]


def _was_judged(live: Live) -> bool:
    return any(a.fact.kind in {FactKind.RESOLVED, FactKind.VOIDED} for a in live.facts)


def _by_judgement(judged: Sequence[Judged]) -> list[list[Judged]]:
    return [list(rows) for _key, rows in groupby(judged, key=lambda j: j.verdict.judgement)]
