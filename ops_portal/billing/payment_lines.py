"""Lines that tell whether invoices are paid: read, and checked against what is known."""

import csv
import io
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from sqlalchemy import select

from ops_portal.accounts.models import Customer
from ops_portal.billing.models import Invoice
from ops_portal.billing.payment_models import OtherInvoice, PaymentEvent, PaymentState
from ops_portal.billing.payment_queries import last_told
from ops_portal.core.db import db
from ops_portal.core.errors import N_, RefusedError

COLUMNS = ("invoice", "state", "day", "due", "customer", "amount")
NEEDED = ("invoice", "state")
MOST_LINES = 50_000
LONGEST = 60
LARGEST = Decimal(10) ** 9
DAY_FORMATS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y")


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """One line as it came in; `line` is its number in the file, from 1 for the head."""

    line: int
    invoice: str
    state: str
    day: str = ""
    due: str = ""
    customer: str = ""
    amount: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A line with what it means, or what is wrong with it."""

    source: PaymentLine
    fault: str = ""
    """What is wrong, as a msgid."""
    params: dict[str, object] = field(default_factory=dict)
    state: PaymentState = PaymentState.DUE
    on_day: date = date.min
    due_on: date | None = None
    amount: Decimal | None = None
    payable_by: date = date.min
    customer_id: int = 0
    invoice_id: int | None = None
    other_id: int | None = None
    is_change: bool = True


@dataclass(frozen=True, slots=True)
class _Known:
    own: dict[str, Invoice]
    other: dict[str, OtherInvoice]
    customers: dict[str, int]
    told: dict[tuple[str, int], PaymentEvent]


def read_lines(content: bytes) -> list[PaymentLine]:
    """Return the lines of a CSV file: UTF-8; separated by semicolon, comma or tab.

    Raises:
        RefusedError: it cannot be read, columns are missing, or there are too many lines.

    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        _refuse(N_("The file is not written in UTF-8."))
    head = text.partition("\n")[0]
    separator = max(";,\t", key=head.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    names = [name.strip().lower() for name in next(rows, [])]
    missing = [name for name in NEEDED if name not in names]
    if missing:
        _refuse(N_("The first line must name the columns; missing: {missing}."), ", ".join(missing))
    found = []
    for number, row in enumerate(rows, start=2):
        cells = dict(zip(names, (cell.strip() for cell in row), strict=False))
        if any(cells.values()):
            found.append(PaymentLine(number, **{n: cells.get(n, "") for n in COLUMNS}))
        if len(found) > MOST_LINES:
            _refuse(N_("The file has too many lines: send it in parts."))
    if not found:
        _refuse(N_("The file has no lines below its head."))
    return found


def check_lines(lines: Sequence[PaymentLine], today: date) -> list[Checked]:
    """Return every line with its meaning or its fault; nothing is written.

    Source: CRD-5 (paid, due, unpaid past its term).

    """
    known = _read_known(lines)
    seen: set[str] = set()
    found = []
    for line in lines:
        checked = _parsed(line, today)
        if not checked.fault and line.invoice in seen:
            checked = _wrong(checked, N_("The invoice is in the file a second time."))
        seen.add(line.invoice)
        found.append(checked if checked.fault else _judged(checked, known))
    return found


def _refuse(message: str, missing: str = "") -> None:
    params = {"missing": missing} if missing else {}
    raise RefusedError(message, fields={"file": message}, params=params)


def _read_known(lines: Iterable[PaymentLine]) -> _Known:
    numbers = {line.invoice for line in lines}
    codes = {line.customer for line in lines if line.customer}
    own = db.session.scalars(select(Invoice).where(Invoice.number.in_(numbers))).all()
    other = db.session.scalars(select(OtherInvoice).where(OtherInvoice.number.in_(numbers))).all()
    customers = db.session.execute(
        select(Customer.code, Customer.id).where(Customer.code.in_(codes), ~Customer.is_provider)
    )
    return _Known(
        {row.number: row for row in own},
        {row.number: row for row in other},
        dict(customers.all()),
        last_told([row.id for row in own], [row.id for row in other]),
    )


def _parsed(line: PaymentLine, today: date) -> Checked:
    """Read the cells of a line."""
    checked = Checked(line)
    state = next((s for s in PaymentState if s == line.state.lower()), None)
    on_day = _day(line.day) if line.day else today
    due_on = _day(line.due) if line.due else None
    amount = _amount(line.amount) if line.amount else None
    fault = ""
    if not line.invoice or len(line.invoice) > LONGEST or not line.invoice.isprintable():
        fault = N_("The number of the invoice is missing or too long.")
    elif state is None:
        fault = N_("The state must be paid, due or unpaid.")
    elif on_day is None or (line.due and due_on is None):
        fault = N_("Write days as 2026-05-31 or 31/05/2026.")
    elif on_day > today:
        fault = N_("The day lies in the future.")
    elif line.amount and amount is None:
        fault = N_("The amount is not a number.")
    if fault or state is None or on_day is None:
        return _wrong(checked, fault)
    return replace(checked, state=state, on_day=on_day, due_on=due_on, amount=amount)


def _judged(checked: Checked, known: _Known) -> Checked:
    """Find the invoice of a line, and whether what it says can be."""
    line = checked.source
    own, other = known.own.get(line.invoice), known.other.get(line.invoice)
    invoice = own or other
    customer_id = known.customers.get(line.customer)
    if line.customer and customer_id is None:
        return _wrong(checked, N_("There is no customer with this number."))
    if invoice is None:
        return _new_other(checked, customer_id)
    key = ("own", own.id) if own else ("other", invoice.id)
    fault, params = _contradiction(checked, own, known.told.get(key))
    if customer_id not in {None, invoice.customer_id}:
        fault = N_("The invoice belongs to another customer.")
    if fault:
        return _wrong(checked, fault, **params)
    found = replace(
        checked,
        customer_id=invoice.customer_id,
        invoice_id=own.id if own else None,
        other_id=None if own else invoice.id,
        payable_by=checked.due_on or invoice.payable_by,
    )
    return _termed(replace(found, is_change=_is_change(found, invoice)))


def _contradiction(
    checked: Checked, own: Invoice | None, told: PaymentEvent | None
) -> tuple[str, dict[str, str]]:
    """Return what stands against a line in what is known of its invoice; nothing if nothing."""
    if own is not None and own.total <= 0:
        return N_("There is nothing to pay: it is a credit note, or it comes to zero."), {}
    if own is not None and checked.on_day < own.issued_on:
        return N_("The day lies before the date of the invoice."), {}
    if told is not None and told.on_day > checked.on_day:
        later = N_("Something later is known already, of {day}.")
        return later, {"day": told.on_day.isoformat()}
    return "", {}


def _new_other(checked: Checked, customer_id: int | None) -> Checked:
    """Take in an invoice of another system: it needs its customer and its due date."""
    if customer_id is None or checked.due_on is None:
        fault = N_("The invoice is not one of this portal: name its customer and its due date.")
        return _wrong(checked, fault)
    return _termed(replace(checked, customer_id=customer_id, payable_by=checked.due_on))


def _termed(checked: Checked) -> Checked:
    """Refuse words that contradict the due date."""
    is_past = checked.on_day > checked.payable_by
    day = checked.payable_by.isoformat()
    if checked.state is PaymentState.UNPAID and not is_past:
        fault = N_("It is to be paid by {day}: until then it is due, not unpaid.")
        return _wrong(checked, fault, day=day)
    if checked.state is PaymentState.DUE and is_past:
        fault = N_("It was to be paid by {day}: say unpaid, or give a later due date.")
        return _wrong(checked, fault, day=day)
    return checked


def _is_change(checked: Checked, invoice: Invoice | OtherInvoice) -> bool:
    is_paid = invoice.settled_on is not None
    if checked.state is PaymentState.PAID:
        return not is_paid
    return is_paid or checked.payable_by != invoice.payable_by


def _wrong(checked: Checked, fault: str, **params: object) -> Checked:
    return replace(checked, fault=fault, params=params, is_change=False)


def _day(text: str) -> date | None:
    for form in DAY_FORMATS:
        with suppress(ValueError):
            return datetime.strptime(text, form).date()  # noqa: DTZ007 (a day has no zone)
    return None


def _amount(text: str) -> Decimal | None:
    plain = text.replace(" ", "").replace("\u202f", "").replace(",", ".")
    with suppress(InvalidOperation):
        value = Decimal(plain)
        if value.is_finite() and abs(value) < LARGEST:
            return value.quantize(Decimal("0.01"))
    return None
