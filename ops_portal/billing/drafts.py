"""Invoices before they are made out: lines, sums, and what stands in their way; nothing is written.

The preview shows drafts, the run writes them: both see the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import aliased

from ops_portal.billing.corrections import Posted, correction_of
from ops_portal.billing.details import EARLIER_MONTH, missing_of
from ops_portal.billing.fees import Days, Line, Span, share_of, spans_of, split
from ops_portal.billing.lines import NewLine, added_line, counter_line, recurring_line
from ops_portal.billing.models import BillingDetails, Charge, ChargeKind
from ops_portal.billing.months import Month
from ops_portal.billing.run_models import EntryState, InvoiceRun, RunEntry
from ops_portal.billing.sheets import Agreed, Sheet, read_sheets
from ops_portal.core.db import db

NOTHING = Decimal(0)
RECURRING = (ChargeKind.RECURRING, ChargeKind.CORRECTION)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a service is invoiced for a month, before it is."""

    sheet: Sheet
    month: Month
    lines: tuple[NewLine, ...]
    """Lines the run makes: the recurring fee, and corrections of closed months."""
    waiting: tuple[Charge, ...]
    """One-off fees and credits that wait for the next invoice."""
    missing: tuple[str, ...]
    details: BillingDetails | None
    fingerprint: str
    agreed: Agreed | None
    """The contract whose terms of payment hold: the one at the end of the month."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to invoice."""
        return not (self.lines or self.waiting)

    @property
    def amounts(self) -> list[tuple[Decimal, Decimal]]:
        """The VAT rate and the amount of each line."""
        made = [(line.vat_percentage, line.amount) for line in self.lines]
        return [*made, *((charge.vat_percentage, charge.amount) for charge in self.waiting)]

    @property
    def period(self) -> Days:
        """From the first day a line is for to the last one."""
        made = [(line.period_from, line.period_to) for line in self.lines]
        made += [(charge.period_from, charge.period_to) for charge in self.waiting]
        return Days(min(first for first, _last in made), max(last for _first, last in made))

    @property
    def taxes(self) -> list[tuple[Decimal, Decimal, Decimal]]:
        """VAT by rate: `(percentage, net, VAT)`, rounded half up once per rate."""
        nets: dict[Decimal, Decimal] = defaultdict(lambda: NOTHING)
        for rate, amount in self.amounts:
            nets[rate] += amount
        return [(rate, net, share_of(net, rate)) for rate, net in sorted(nets.items())]

    @property
    def net(self) -> Decimal:
        """The sum of the lines, without VAT."""
        return sum((amount for _rate, amount in self.amounts), NOTHING)

    @property
    def vat(self) -> Decimal:
        """The VAT of all rates."""
        return sum((vat for _rate, _net, vat in self.taxes), NOTHING)

    @property
    def corrected(self) -> Decimal:
        """The part that puts closed months right."""
        found = (line.amount for line in self.lines if line.kind == ChargeKind.CORRECTION)
        return sum(found, NOTHING)


@dataclass(frozen=True, slots=True)
class Closed:
    """The months that are closed before one: from the first ever to the one before."""

    months: tuple[Month, ...] = ()
    last_run_id: int | None = None


def closed_before(month: Month) -> Closed:
    """Return the months closed before a month."""
    rows = db.session.execute(
        select(InvoiceRun.month, InvoiceRun.id)
        .where(InvoiceRun.month < str(month))
        .order_by(InvoiceRun.month)
    ).all()
    months = tuple(found for row in rows if (found := Month.read(row[0])))
    return Closed(months, rows[-1][1] if rows else None)


def drafts_of(service_ids: Sequence[int], month: Month, closed: Closed) -> list[Draft]:
    """Return the drafts of services for a month; those with nothing to invoice as well.

    Args:
        service_ids: which.
        month: which month is invoiced.
        closed: the months that are closed already; late changes to them become counter-lines.

    Source: BIL-1, BIL-2, BIL-3, ORD-4.

    """
    sheets = read_sheets(service_ids)
    details = _details({sheet.customer_id for sheet in sheets})
    waiting = _waiting(service_ids, month)
    before = _entries_before(service_ids, closed)
    made = [_Made.of(sheet, month, closed) for sheet in sheets]
    changed = [m for m in made if m.print_before != _known(before.get(m.sheet.service_id))]
    posted = _posted([m.sheet.service_id for m in changed], closed)
    found = []
    for one in made:
        entry = before.get(one.sheet.service_id)
        fixes = _fixes(one, closed, posted[one.sheet.service_id]) if one in changed else []
        own = details.get(one.sheet.customer_id)
        draft = Draft(
            sheet=one.sheet,
            month=month,
            lines=(*one.lines, *fixes),
            waiting=tuple(waiting[one.sheet.service_id]),
            missing=(),
            details=own,
            fingerprint=one.print_now,
            agreed=one.sheet.agreed_on(month.last),
        )
        found.append(draft if draft.is_empty else replace(draft, missing=_missing(entry, own)))
    return found


@dataclass(frozen=True, slots=True)
class _Made:
    """The recurring part of a service: spans of all months, lines of this one."""

    sheet: Sheet
    month: Month
    spans: tuple[Span, ...]
    lines: tuple[NewLine, ...]
    print_before: str
    print_now: str

    @classmethod
    def of(cls, sheet: Sheet, month: Month, closed: Closed) -> "_Made":
        first = closed.months[0] if closed.months else month
        spans = tuple(spans_of(sheet.facts, Days(first.first, month.last)))
        lines = tuple(recurring_line(sheet, line) for line in split(spans, [month])[month])
        before = Days(first.first, closed.months[-1].last) if closed.months else None
        return cls(
            sheet,
            month,
            spans,
            lines,
            fingerprint(spans, before) if before else "",
            fingerprint(spans, Days(first.first, month.last)),
        )


def fingerprint(spans: Iterable[Span], within: Days) -> str:
    """Return a hash of what spans say of some days; nothing for no days at all.

    Another one than the month was closed with means that something was changed since.
    """
    parts = [
        f"{span.contract_id} {span.item} {days.first} {days.last} {span.unit_price} {span.quantity}"
        for span in spans
        if (days := span.days.within(within)).number
    ]
    return sha256("\n".join(parts).encode()).hexdigest() if parts else ""


def _known(entry: RunEntry | None) -> str:
    return entry.fingerprint if entry else ""


def _missing(entry: RunEntry | None, details: BillingDetails | None) -> tuple[str, ...]:
    if entry is not None and entry.state == EntryState.WAITING:
        return (EARLIER_MONTH, *missing_of(details))
    return tuple(missing_of(details))


def _fixes(made: _Made, closed: Closed, posted: Sequence[Posted]) -> list[NewLine]:
    correction = correction_of(posted, split(made.spans, closed.months))
    taken = [counter_line(made.sheet, found, made.month) for found in correction.taken_back]
    return [*taken, *(added_line(made.sheet, line, made.month) for line in correction.added)]


def _details(customer_ids: set[int]) -> dict[int, BillingDetails]:
    query = select(BillingDetails).where(BillingDetails.customer_id.in_(customer_ids))
    return {row.customer_id: row for row in db.session.scalars(query)}


def _waiting(service_ids: Sequence[int], month: Month) -> dict[int, list[Charge]]:
    found: dict[int, list[Charge]] = defaultdict(list)
    query = select(Charge).where(
        Charge.service_id.in_(service_ids),
        Charge.invoice_id.is_(None),
        Charge.period_to <= month.last,
    )
    for row in db.session.scalars(query.order_by(Charge.period_from, Charge.id)):
        found[row.service_id].append(row)
    return found


def _entries_before(service_ids: Sequence[int], closed: Closed) -> dict[int, RunEntry]:
    """Return what the run of the month before did with each service."""
    query = select(RunEntry).where(
        RunEntry.run_id == closed.last_run_id, RunEntry.service_id.in_(service_ids)
    )
    return {row.service_id: row for row in db.session.scalars(query)} if closed.months else {}


def _posted(service_ids: Sequence[int], closed: Closed) -> dict[int, list[Posted]]:
    """Return the lines of the recurring fee that stand: charged, and not taken back."""
    found: dict[int, list[Posted]] = defaultdict(list)
    if not service_ids or not closed.months:
        return found
    back = aliased(Charge)
    rows = db.session.scalars(
        select(Charge)
        .where(
            Charge.service_id.in_(service_ids),
            Charge.kind.in_(RECURRING),
            Charge.corrects_id.is_(None),
            Charge.month >= str(closed.months[0]),
            Charge.month <= str(closed.months[-1]),
            ~select(back.id).where(back.corrects_id == Charge.id).exists(),
        )
        .order_by(Charge.id)
    )
    for row in rows:
        found[row.service_id].append(_as_posted(row))
    return found


def _as_posted(row: Charge) -> Posted:
    month = Month.read(row.month) or Month.of(row.period_from)
    days = Days(row.period_from, row.period_to)
    span = Span(row.contract_id, row.item, days, row.unit_price, int(row.quantity))
    return Posted(row.id, month, Line(span, month), row.amount)
