"""Taking in whether invoices are paid: a file that is checked whole and applied whole, or one line.

What is told is a row that never changes; the invoice carries a copy of the last one.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from ops_portal.billing.models import Invoice
from ops_portal.billing.payment_lines import Checked, PaymentLine, check_lines, read_lines
from ops_portal.billing.payment_models import (
    ImportState,
    OtherInvoice,
    PaymentEvent,
    PaymentImport,
    PaymentState,
)
from ops_portal.billing.payment_queries import payment_import
from ops_portal.core import audit
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import N_, RefusedError
from ops_portal.core.files import NewFile, content_of, file_for, keep

KIND = "payments"
MAX_BYTES = 5 * 1024 * 1024


def take_in(actor: Actor, name: str, content: bytes, *, now: datetime) -> PaymentImport:
    """Keep a file of payment states for checking; nothing is applied yet.

    Raises:
        RefusedError: it is empty, too large, or no such file.

    """
    if not content or len(content) > MAX_BYTES:
        message = N_("Choose a CSV file of at most {limit} MB.")
        limit = MAX_BYTES // 1024**2
        raise RefusedError(message, fields={"file": message}, params={"limit": limit})
    lines = read_lines(content)
    kept = keep(
        NewFile(KIND, name or "payments.csv", "text/csv", content),
        customer_id=actor.customer_id,
        actor=actor,
        now=now,
    )
    row = PaymentImport(
        customer_id=actor.customer_id,
        file_id=kept.id,
        number_of_lines=len(lines),
        created_at=now,
        created_by=actor.user_id,
        created_by_name=actor.name,
    )
    db.session.add(row)
    db.session.flush()
    _audit(actor, row, "payments.take_in", now)
    return row


def checked_lines(actor: Actor, row: PaymentImport, today: date) -> list[Checked]:
    """Return the lines of a file as they would be applied now."""
    return check_lines(read_lines(content_of(file_for(actor, row.file_id))), today)


def apply_import(actor: Actor, import_id: int, *, today: date, now: datetime) -> PaymentImport:
    """Apply a file that was checked: every line, or none.

    Raises:
        RefusedError: it was applied or discarded, or a line is wrong by now.

    Source: CRD-5.

    """
    row = _open(import_id)
    lines = checked_lines(actor, row, today)
    number = sum(1 for line in lines if line.fault)
    if number:
        message = N_("Nothing was applied: {number} lines are wrong. Put them right and send it.")
        raise RefusedError(message, params={"number": number})
    row.number_of_changes = _record(actor, lines, f"file:{row.id}", now)
    row.state, row.applied_at, row.applied_by_name = ImportState.APPLIED, now, actor.name
    _audit(actor, row, "payments.apply", now)
    return row


def discard_import(actor: Actor, import_id: int, *, now: datetime) -> PaymentImport:
    """Lay a file aside without applying it.

    Raises:
        RefusedError: it was applied or discarded already.

    """
    row = _open(import_id)
    row.state = ImportState.DISCARDED
    _audit(actor, row, "payments.discard", now)
    return row


def record_payment(
    actor: Actor, line: PaymentLine, *, today: date, now: datetime, source: str = "api"
) -> Checked:
    """Take in what one line says.

    Raises:
        RefusedError: the line is wrong; the sentence says how.

    """
    checked = check_lines([line], today)[0]
    if checked.fault:
        raise RefusedError(checked.fault, rule="CRD-5", params=checked.params)
    _record(actor, [checked], source, now)
    audit.record(
        actor,
        "payments.record",
        ("invoice", line.invoice),
        now=now,
        customer_id=checked.customer_id,
        after={"state": checked.state, "day": checked.on_day, "due": checked.payable_by},
    )
    return checked


def _record(actor: Actor, lines: Iterable[Checked], source: str, now: datetime) -> int:
    changes = [line for line in lines if line.is_change]
    invoices = _locked(Invoice, [line.invoice_id for line in changes])
    others = _locked(OtherInvoice, [line.other_id for line in changes])
    for line in changes:
        invoice = invoices.get(line.invoice_id) or others.get(line.other_id)
        invoice = invoice or _new_other(line, now)
        invoice.payable_by = line.payable_by
        invoice.settled_on = line.on_day if line.state is PaymentState.PAID else None
        is_own = isinstance(invoice, Invoice)
        db.session.add(
            PaymentEvent(
                customer_id=line.customer_id,
                invoice_id=invoice.id if is_own else None,
                other_id=None if is_own else invoice.id,
                state=line.state,
                on_day=line.on_day,
                payable_by=line.payable_by,
                source=source,
                recorded_at=now,
                recorded_by=actor.user_id,
                recorded_by_name=actor.name,
            )
        )
    db.session.flush()
    return len(changes)


def _locked(table: Any, ids: Iterable[int | None]) -> dict[int | None, Any]:  # noqa: ANN401
    """Return rows for changing them, by id."""
    wanted = [one for one in ids if one is not None]
    query = select(table).where(table.id.in_(wanted)).order_by(table.id).with_for_update()
    return {row.id: row for row in db.session.scalars(query)} if wanted else {}


def _new_other(line: Checked, now: datetime) -> OtherInvoice:
    row = OtherInvoice(
        customer_id=line.customer_id,
        number=line.source.invoice,
        due_on=line.payable_by,
        payable_by=line.payable_by,
        total=line.amount,
        created_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row


def _open(import_id: int) -> PaymentImport:
    row = payment_import(import_id, is_locked=True)
    if row.state != ImportState.CHECKED:
        message = N_("This file was applied or discarded already.")
        raise RefusedError(message)
    return row


def _audit(actor: Actor, row: PaymentImport, action: str, now: datetime) -> None:
    db.session.flush()
    after = {"lines": row.number_of_lines, "changes": row.number_of_changes}
    audit.record(actor, action, ("payment_import", row.id), now=now, after=after)
