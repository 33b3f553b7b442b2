"""Making out invoices from drafts: a chunk at a time, in bulk, in the caller's transaction."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert

from ops_portal.billing.details import snapshot
from ops_portal.billing.drafts import Draft
from ops_portal.billing.models import Charge, Invoice, InvoiceKind
from ops_portal.billing.numbering import reference, take_numbers, written
from ops_portal.billing.run_models import EntryState, InvoiceRun, RunEntry
from ops_portal.core.db import db

PARTS = 500
Values = dict[str, Any]
Named = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Making:
    """What all invoices of a chunk share."""

    run_id: int
    issued_on: date
    seller: Values
    now: datetime


def write_drafts(drafts: Sequence[Draft], making: Making) -> int:
    """Write the invoices of drafts, and what became of each service; return how many invoices.

    Numbers are taken here, in this transaction: what is rolled back leaves no gap.
    """
    ready = [draft for draft in drafts if not (draft.is_empty or draft.missing)]
    ids = _write_invoices(ready, making)
    _write_lines(ready, ids, making.now)
    _write_entries(drafts, dict(zip((d.sheet.service_id for d in ready), ids, strict=True)), making)
    return len(ready)


def making_of(run: InvoiceRun, seller: Values, now: datetime) -> Making:
    """Return what the invoices of a run share."""
    return Making(run.id, run.issued_on, seller, now)


def _write_invoices(drafts: Sequence[Draft], making: Making) -> list[int]:
    if not drafts:
        return []
    numbers = take_numbers(making.issued_on, len(drafts))
    corrected = _invoices_corrected(drafts)
    rows = [
        _invoice(draft, number, corrected.get(draft.sheet.service_id, []), making)
        for draft, number in zip(drafts, numbers, strict=True)
    ]
    made = insert(Invoice).returning(Invoice.id, sort_by_parameter_order=True)
    return list(db.session.scalars(made, rows))


def _invoice(draft: Draft, number: int, corrects: list[Named], making: Making) -> Values:
    agreed, details = draft.agreed, draft.details
    if agreed is None or details is None:
        message = f"service {draft.sheet.reference} cannot be invoiced yet"
        raise ValueError(message)
    fees = agreed.catalogue.fees
    net, vat = draft.net, draft.vat
    due_on = making.issued_on + timedelta(days=fees.payment_days)
    period = draft.period
    return {
        "customer_id": draft.sheet.customer_id,
        "service_id": draft.sheet.service_id,
        "number": written(making.issued_on, number),
        "kind": InvoiceKind.CREDIT_NOTE if net < 0 else InvoiceKind.INVOICE,
        "month": str(draft.month),
        "issued_on": making.issued_on,
        "due_on": due_on,
        "period_from": period.first,
        "period_to": period.last,
        "currency": fees.currency,
        "net": net,
        "vat": vat,
        "total": net + vat,
        "taxes": [[str(part) for part in tax] for tax in draft.taxes],
        "number_of_lines": len(draft.amounts),
        "payment_reference": reference(making.issued_on, number),
        "seller": making.seller,
        "buyer": snapshot(details) | {"service": draft.sheet.reference},
        "corrects": [list(named) for named in corrects],
        "language": draft.sheet.language,
        "created_at": making.now,
        "payable_by": due_on,
        # nothing is to be paid on a credit note, or on one that comes to nothing
        "settled_on": making.issued_on if net + vat <= 0 else None,
    }


def _invoices_corrected(drafts: Sequence[Draft]) -> dict[int, list[Named]]:
    """Return, by service, the invoices that corrections refer to, as number and issue date.

    A credit note without such a line refers to the last invoice of its service.
    """
    lines = {
        line.corrects_id: draft.sheet.service_id
        for draft in drafts
        for line in draft.lines
        if line.corrects_id is not None
    }
    found: dict[int, list[Named]] = {}
    query = (
        select(Charge.id, Invoice.number, Invoice.issued_on)
        .join(Invoice, Invoice.id == Charge.invoice_id)
        .where(Charge.id.in_(lines))
        .order_by(Invoice.id)
    )
    for charge_id, number, issued_on in db.session.execute(query) if lines else ():
        known = found.setdefault(lines[charge_id], [])
        if (number, issued_on.isoformat()) not in known:
            known.append((number, issued_on.isoformat()))
    owed = {d.sheet.service_id for d in drafts if d.net < 0} - found.keys()
    return found | (_last_invoices(owed) if owed else {})


def _last_invoices(service_ids: set[int]) -> dict[int, list[Named]]:
    query = (
        select(Invoice.service_id, Invoice.number, Invoice.issued_on)
        .where(Invoice.service_id.in_(service_ids), Invoice.kind == InvoiceKind.INVOICE)
        .order_by(Invoice.service_id, Invoice.id.desc())
        .ext(distinct_on(Invoice.service_id))
    )
    return {row[0]: [(row[1], row[2].isoformat())] for row in db.session.execute(query)}


def _write_lines(drafts: Sequence[Draft], ids: Sequence[int], now: datetime) -> None:
    rows: list[Values] = []
    taken: list[Values] = []
    for draft, invoice_id in zip(drafts, ids, strict=True):
        made = {"invoice_id": invoice_id, "created_at": now, "created_by_name": ""}
        for position, line in enumerate(draft.lines, start=1):
            rows.append(asdict(line) | made | {"position": position})
        first = len(draft.lines) + 1
        for position, charge in enumerate(draft.waiting, start=first):
            taken.append({"id": charge.id, "invoice_id": invoice_id, "position": position})
    for start in range(0, len(rows), PARTS):
        db.session.execute(insert(Charge), rows[start : start + PARTS])
    if taken:
        db.session.execute(update(Charge), taken)


def _write_entries(drafts: Sequence[Draft], invoices: dict[int, int], making: Making) -> None:
    rows = [
        _entry(draft, invoices.get(draft.sheet.service_id), making.run_id)
        for draft in drafts
        if draft.fingerprint or not draft.is_empty
    ]
    if not rows:
        return
    new = upsert(RunEntry)
    changed = {name: new.excluded[name] for name in rows[0] if name not in {"run_id", "service_id"}}
    db.session.execute(
        new.on_conflict_do_update(
            index_elements=["run_id", "service_id"],
            set_=changed,
            where=RunEntry.state == EntryState.WAITING,
        ),
        rows,
    )


def _entry(draft: Draft, invoice_id: int | None, run_id: int) -> Values:
    state = EntryState.NOTHING if draft.is_empty else EntryState.WAITING
    return {
        "customer_id": draft.sheet.customer_id,
        "run_id": run_id,
        "service_id": draft.sheet.service_id,
        "invoice_id": invoice_id,
        "state": EntryState.INVOICED if invoice_id else state,
        "missing": list(draft.missing),
        "net": draft.net,
        "corrected": draft.corrected,
        "fingerprint": draft.fingerprint,
    }
