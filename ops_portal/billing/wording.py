"""The reader's words for what is charged."""

from datetime import date

from babel.dates import format_date
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ops_portal.billing.fees import ACCESS_OWNER, CUSTOMER_ID, OPTION
from ops_portal.billing.lines import DAY, HOUR, PER_MONTH, PIECE
from ops_portal.billing.models import Charge, ChargeKind, InvoiceKind
from ops_portal.billing.months import Month
from ops_portal.billing.payment_models import ImportState, PaymentState
from ops_portal.billing.run_models import EntryState, RunState
from ops_portal.contracts.models import Contract
from ops_portal.contracts.queries import catalogue
from ops_portal.web.languages import chosen_language

KIND: dict[str, str] = {
    ChargeKind.RECURRING: _l("Recurring fee"),
    ChargeKind.ONE_OFF: _l("One-off fee"),
    ChargeKind.CREDIT: _l("Credit"),
    ChargeKind.CORRECTION: _l("Correction"),
}
INVOICE_KIND: dict[str, str] = {
    InvoiceKind.INVOICE: _l("Invoice"),
    InvoiceKind.CREDIT_NOTE: _l("Credit note"),
}
UNIT: dict[str, str] = {
    PER_MONTH: _l("month"),
    PIECE: _l("piece"),
    HOUR: _l("hour"),
    DAY: _l("day"),
}
RUN: dict[str, str] = {
    RunState.WAITING: _l("Waiting to begin"),
    RunState.RUNNING: _l("Being closed"),
    RunState.INTERRUPTED: _l("Interrupted, will go on"),
    RunState.STOPPED: _l("Stopped"),
    RunState.INCOMPLETE: _l("Closed, some customers wait"),
    RunState.DONE: _l("Closed"),
}
RUN_LOOK: dict[str, str] = {
    RunState.WAITING: "paused",
    RunState.RUNNING: "on_track",
    RunState.INTERRUPTED: "attention",
    RunState.STOPPED: "paused",
    RunState.INCOMPLETE: "attention",
    RunState.DONE: "met",
}
ENTRY: dict[str, str] = {
    EntryState.INVOICED: _l("Invoiced"),
    EntryState.NOTHING: _l("Nothing to invoice"),
    EntryState.WAITING: _l("Waiting"),
}
PAYMENT: dict[str, str] = {
    PaymentState.PAID: _l("Paid"),
    PaymentState.DUE: _l("To be paid"),
    PaymentState.UNPAID: _l("Unpaid"),
}
PAYMENT_LOOK: dict[str, str] = {
    PaymentState.PAID: "met",
    PaymentState.DUE: "received",
    PaymentState.UNPAID: "breached",
}
IMPORT: dict[str, str] = {
    ImportState.CHECKED: _l("Checked, not applied yet"),
    ImportState.APPLIED: _l("Applied"),
    ImportState.DISCARDED: _l("Discarded"),
}
IMPORT_LOOK: dict[str, str] = {
    ImportState.CHECKED: "attention",
    ImportState.APPLIED: "met",
    ImportState.DISCARDED: "none",
}
DETAIL: dict[str, str] = {
    "details": _l("no details for invoices yet"),
    "earlier_month": _l("an earlier month waits"),
    "legal_name": _l("legal name"),
    "street": _l("street"),
    "postal_code": _l("postal code"),
    "city": _l("city"),
    "country": _l("country"),
    "email": _l("e-mail for invoices"),
    "endpoint": _l("enterprise number or Peppol address"),
}
"""What an invoice cannot do without."""


def line_name(charge: Charge, contract: Contract) -> str:
    """Return what a line is for, in the reader's language."""
    name = _item_name(charge, contract)
    if charge.corrects_id is not None:
        return str(_("Taken back: %(what)s", what=name))
    if charge.kind == ChargeKind.CORRECTION:
        return str(_("Put right: %(what)s", what=name))
    return name


def line_note(charge: Charge) -> str:
    """Return when a line is for, and by which contract."""
    reference = charge.calculation.get("contract", "")
    by_contract = _("contract %(reference)s", reference=reference)
    if charge.period_from == charge.period_to and charge.kind != ChargeKind.RECURRING:
        return f"{days_words(charge.period_from, charge.period_to)} · {by_contract}"
    days, in_month = charge.calculation.get("days"), charge.calculation.get("days_in_month")
    counted = _("%(days)s of %(number)s days", days=days, number=in_month) if days else ""
    parts = (days_words(charge.period_from, charge.period_to), counted, by_contract)
    return " · ".join(part for part in parts if part)


def days_words(first: date, last: date) -> str:
    """Return from which day to which: `1–31 May 2026`, or one day."""
    end = format_date(last, "d MMM y", locale=chosen_language())
    if first == last:
        return end
    if Month.of(first) == Month.of(last):
        return f"{first.day}–{end}"
    return f"{format_date(first, 'd MMM y', locale=chosen_language())} – {end}"


def month_words(month: Month) -> str:
    """Return a month with its year: `May 2026`."""
    return format_date(month.first, "LLLL y", locale=chosen_language())


def month_title(month: Month) -> str:
    """Return a month as it begins a line: `Octobre 2026` in French, too."""
    words = month_words(month)
    return words[:1].upper() + words[1:]


def month_named(text: str) -> str:
    """Return a month that is written `2026-05` with its name."""
    month = Month.read(text)
    return month_words(month) if month else text


def _item_name(charge: Charge, contract: Contract) -> str:
    sold, language = catalogue(contract.description_id), chosen_language()
    if charge.item.startswith(OPTION) and sold:
        key = charge.item.removeprefix(OPTION)
        component = sold.components.get(key)
        return component.name[language] if component else key
    if sold and charge.item in sold.fees.one_off:
        name = sold.fees.one_off[charge.item].name[language]
        return f"{name} · {charge.text}" if charge.text else name
    words = sold.subscriptions.get(contract.subscription, {}) if sold else {}
    subscription = words.get(language, contract.subscription)
    if charge.item == ACCESS_OWNER:
        return str(_("Access Owner, %(subscription)s", subscription=subscription))
    if charge.item == CUSTOMER_ID:
        return str(_("Customer IDs, %(subscription)s", subscription=subscription))
    return charge.text or str(KIND[charge.kind])
