"""The lists of billing: invoices, lines, what a run did or would do, files of payments."""

from datetime import date

from flask import url_for
from flask_babel import gettext as _

from ops_portal.billing import wording
from ops_portal.billing.models import InvoiceKind
from ops_portal.billing.months import Month
from ops_portal.billing.payment_queries import standing
from ops_portal.billing.queries import InvoiceRow
from ops_portal.web.listing import Choice, Column, Listing

Words = dict[str, str]


def invoices_listing(today: date, months: list[str], *, is_own: bool = False) -> Listing:
    """Return the list of invoices; `is_own` = the customer's own, without the customer."""
    return Listing(
        "invoices",
        _invoice_columns(today, is_own=is_own),
        label=_("Invoices"),
        choices=(
            Choice("state", _("State"), _options(wording.PAYMENT)),
            Choice("kind", _("Kind"), _options(wording.INVOICE_KIND)),
            Choice("month", _("Month"), [(month, wording.month_named(month)) for month in months]),
        ),
        orders={"newest": _("Newest first"), "due": _("To be paid first")},
        search_label="" if is_own else _("Number or customer"),
        empty_text=_("No invoice yet. Invoices are made when a month is closed."),
        keeps=() if is_own else ("customer",),
    )


def _invoice_columns(today: date, *, is_own: bool) -> tuple[Column, ...]:
    endpoint = "care.invoice" if is_own else "billing.invoice"
    who = (
        Column("customer", _("Customer"), lambda row: row.customer),
        Column("customer_number", _("Customer number"), lambda row: row.code),
    )
    return (
        Column(
            "number",
            _("Number"),
            lambda row: row.invoice.number,
            url=lambda row: url_for(endpoint, invoice_number=row.invoice.number),
        ),
        *(() if is_own else who),
        Column("service", _("Service"), lambda row: row.service),
        Column("kind", _("Kind"), lambda row: str(wording.INVOICE_KIND[row.invoice.kind])),
        Column("month", _("Month"), lambda row: row.invoice.month),
        Column("issued", _("Date"), lambda row: row.invoice.issued_on),
        Column("due", _("To be paid by"), lambda row: row.invoice.payable_by, order="due"),
        Column("state", _("State"), lambda row: str(state_words(row, today)[1])),
        Column("net", _("Without VAT"), lambda row: row.invoice.net, kind="money"),
        Column("vat", _("VAT"), lambda row: row.invoice.vat, kind="money"),
        Column("total", _("Total"), lambda row: row.invoice.total, kind="money"),
    )


def state_words(row: InvoiceRow, today: date) -> tuple[str, str]:
    """Return look and word of where an invoice stands."""
    if row.invoice.kind == InvoiceKind.CREDIT_NOTE:
        return "none", str(_("Credited"))
    if row.invoice.total == 0:
        return "none", str(_("Nothing to pay"))
    state = standing(row.invoice, today)
    return wording.PAYMENT_LOOK[state], str(wording.PAYMENT[state])


def charges_listing() -> Listing:
    """Return the list of lines, invoiced or waiting for the next invoice."""
    return Listing(
        "charges",
        (
            Column("customer", _("Customer"), lambda row: row.customer),
            Column("service", _("Service"), lambda row: row.service),
            Column("contract", _("Contract"), lambda row: row.contract.reference),
            Column("kind", _("Kind"), lambda row: str(wording.KIND[row.charge.kind])),
            Column("item", _("Item"), lambda row: wording.line_name(row.charge, row.contract)),
            Column("from", _("From"), lambda row: row.charge.period_from),
            Column("to", _("To"), lambda row: row.charge.period_to),
            Column("quantity", _("Quantity"), lambda row: row.charge.quantity, kind="number"),
            Column("price", _("Price"), lambda row: row.charge.unit_price, kind="money"),
            Column("amount", _("Amount"), lambda row: row.charge.amount, kind="money"),
            Column("invoice", _("Invoice"), lambda row: row.invoice or ""),
        ),
        label=_("Charges"),
        choices=(
            Choice("kind", _("Kind"), _options(wording.KIND)),
            Choice(
                "open",
                _("Invoiced"),
                [("yes", _("Waits for the next invoice")), ("no", _("Invoiced"))],
            ),
        ),
        empty_text=_("No charge yet: monthly fees are charged when a month is closed."),
    )


def entries_listing() -> Listing:
    """Return what a run did with each service."""
    return Listing(
        "services",
        (
            Column("customer", _("Customer"), lambda row: row.customer),
            Column("customer_number", _("Customer number"), lambda row: row.code),
            Column("service", _("Service"), lambda row: row.service),
            Column("state", _("State"), lambda row: str(wording.ENTRY[row.entry.state])),
            Column("missing", _("What is missing"), lambda row: missing_words(row.entry.missing)),
            Column("corrected", _("Corrections"), lambda row: row.entry.corrected, kind="money"),
            Column("net", _("Without VAT"), lambda row: row.entry.net, kind="money"),
            Column("invoice", _("Invoice"), lambda row: row.number or ""),
        ),
        label=_("Services"),
        choices=(Choice("state", _("State"), _options(wording.ENTRY)),),
        empty_text=_("Nothing was invoiced so far."),
    )


def preview_listing(month: Month) -> Listing:
    """Return what closing a month would make of each service."""
    return Listing(
        "preview",
        (
            Column(
                "service",
                _("Service"),
                lambda row: row.sheet.reference,
                url=lambda row: url_for(
                    "billing.preview_service", month=str(month), service_id=row.sheet.service_id
                ),
            ),
            Column("customer", _("Customer"), lambda row: row.sheet.customer),
            Column("lines", _("Lines"), lambda row: len(row.amounts), kind="number"),
            Column("corrected", _("Corrections"), lambda row: row.corrected, kind="money"),
            Column("net", _("Without VAT"), lambda row: row.net, kind="money"),
            Column("vat", _("VAT"), lambda row: row.vat, kind="money"),
            Column("missing", _("What is missing"), lambda row: missing_words(row.missing)),
        ),
        label=_("Services to invoice"),
        choices=(
            Choice(
                "show",
                _("Show"),
                [
                    ("waiting", _("Those that wait for details")),
                    ("corrected", _("Those with corrections")),
                ],
            ),
        ),
        empty_text=_("There is nothing to invoice for this month."),
    )


def imports_listing() -> Listing:
    """Return the files of payment states."""
    return Listing(
        "payments",
        (
            Column(
                "file",
                _("File"),
                lambda row: row.name,
                url=lambda row: url_for("billing.payment_file", payment_import_id=row.row.id),
            ),
            Column("state", _("State"), lambda row: str(wording.IMPORT[row.row.state])),
            Column("lines", _("Lines"), lambda row: row.row.number_of_lines, kind="number"),
            Column("changes", _("Changes"), lambda row: row.row.number_of_changes, kind="number"),
            Column("sent", _("Sent"), lambda row: row.row.created_at, kind="moment"),
            Column("by", _("By"), lambda row: row.row.created_by_name),
        ),
        label=_("Files of payments"),
        empty_text=_(
            "No file yet. Send the list of paid and unpaid invoices from your accounts: every line"
            " is checked before anything changes."
        ),
    )


def missing_words(missing: object) -> str:
    """Return what is missing, in words."""
    names = [str(name) for name in missing] if isinstance(missing, (list, tuple)) else []
    return ", ".join(str(wording.DETAIL.get(name, name)) for name in names)


def _options(words: Words) -> list[tuple[str, str]]:
    return [(str(value), str(label)) for value, label in words.items()]
