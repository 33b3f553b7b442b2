"""The provider's pages of invoices, their lines and to whom they are made out."""

from datetime import date

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as BaseResponse

from ops_portal.accounts.models import Customer
from ops_portal.billing import operations, payment_operations, payment_queries, queries
from ops_portal.billing.blueprint import blueprint, local_today
from ops_portal.billing.charge_forms import fee_form, send_fee
from ops_portal.billing.details import KEPT
from ops_portal.billing.documents import charges_of, contracts_of, document_of
from ops_portal.billing.forms import DetailsForm, PaymentForm
from ops_portal.billing.lists import charges_listing, invoices_listing, state_words
from ops_portal.billing.models import Charge, Invoice
from ops_portal.billing.payment_lines import PaymentLine
from ops_portal.billing.pdf import pdf_of
from ops_portal.billing.queries import InvoiceRow, Wanted
from ops_portal.billing.receipts import receipt_of, total_receipt
from ops_portal.billing.ubl import ubl_of
from ops_portal.billing.wording import line_name, line_note
from ops_portal.core.clock import now
from ops_portal.core.errors import PortalError, RefusedError
from ops_portal.core.paging import Page, every_row
from ops_portal.core.permissions import Permission
from ops_portal.web.forms import REFUSED, show_refusal
from ops_portal.web.guard import current_actor, requires
from ops_portal.web.listing import Listing

Answer = BaseResponse | tuple[str, int]


@blueprint.get("/invoices")
@requires(Permission.BILLING_READ)
def invoices() -> BaseResponse | str:
    """List the invoices; also as a file."""
    today = local_today()
    listing = invoices_listing(today, queries.months_invoiced())
    wanted = wanted_of(listing)
    answer = shown(listing, wanted, today)
    customer = queries.customer_for(wanted.customer_id) if wanted.customer_id else None
    page = "billing/invoices.html"
    return answer or render_template(
        page, listing=listing, today=today, customer=customer, state_words=state_words
    )


@blueprint.get("/invoices/<invoice_number>")
@requires(Permission.BILLING_READ)
def invoice(invoice_number: str) -> str:
    """Show an invoice with every line and how its amount came about."""
    form = PaymentForm()
    form.day.data = local_today()
    return _invoice_page(queries.invoice_for(current_actor(), invoice_number), form)


@blueprint.post("/invoices/<invoice_number>/payment")
@requires(Permission.BILLING_RUN)
def record_payment(invoice_number: str) -> Answer:
    """Take in whether an invoice is paid."""
    found, form = queries.invoice_for(current_actor(), invoice_number), PaymentForm()
    if form.validate_on_submit():
        line = PaymentLine(
            1, found.number, form.state.data, day=_iso(form.day.data), due=_iso(form.due.data)
        )
        try:
            payment_operations.record_payment(
                current_actor(), line, today=local_today(), now=now(), source="page"
            )
            flash(_("It is written down."), "done")
            return redirect(url_for("billing.invoice", invoice_number=found.number), 303)
        except RefusedError as error:
            status = show_refusal(form, error)
            return _invoice_page(found, form), status
    return _invoice_page(found, form), REFUSED


@blueprint.get("/invoices/<invoice_number>.pdf")
@requires(Permission.BILLING_READ)
def invoice_pdf(invoice_number: str) -> Response:
    """Return an invoice as PDF."""
    return as_pdf(queries.invoice_for(current_actor(), invoice_number))


@blueprint.get("/invoices/<invoice_number>.xml")
@requires(Permission.BILLING_READ)
def invoice_ubl(invoice_number: str) -> Response:
    """Return an invoice as a Peppol BIS Billing 3 file."""
    return as_ubl(queries.invoice_for(current_actor(), invoice_number))


@blueprint.get("/charges")
@requires(Permission.BILLING_READ)
def charges() -> BaseResponse | str:
    """List the lines, invoiced or not; also as a file."""
    listing = charges_listing()
    is_open = {"yes": True, "no": False}.get(listing.one("open") or "")

    def page_of(after: str = "", before: str = "") -> Page:
        return queries.charges_page(
            current_actor(),
            kind=listing.one("kind") or "",
            is_open=is_open,
            after=after,
            before=before,
        )

    if listing.wants_export:
        return listing.export(every_row(page_of))
    listing.show(page_of(listing.after, listing.before))
    return render_template("billing/charges.html", listing=listing)


@blueprint.get("/customers/<int:customer_id>")
@requires(Permission.BILLING_READ)
def customer(customer_id: int) -> str:
    """Show to whom a customer's invoices are made out, and its services."""
    who = queries.customer_for(customer_id)
    return _customer_page(who, DetailsForm(obj=queries.details_of(who.id)))


@blueprint.post("/customers/<int:customer_id>")
@requires(Permission.BILLING_RUN)
def save_details(customer_id: int) -> Answer:
    """Change to whom a customer's invoices are made out."""
    who, form, status = queries.customer_for(customer_id), DetailsForm(), REFUSED
    if form.validate_on_submit():
        values = {name: form[name].data or "" for name in KEPT}
        try:
            operations.save_details(
                current_actor(), who, values, based_on=form.version.data or 0, now=now()
            )
            flash(_("The details are kept. Months that waited for them can be resumed."), "done")
            return redirect(url_for("billing.customer", customer_id=who.id), 303)
        except PortalError as error:
            status = show_refusal(form, error)
    return _customer_page(who, form), status


@blueprint.route("/services/<int:service_id>/fee", methods=["GET", "POST"])
@requires(Permission.BILLING_RUN)
def add_fee(service_id: int) -> Answer:
    """Add a one-off fee to the next invoice of a service (BIL-1)."""
    service, who = queries.service_for(service_id)
    form, status = fee_form(service, local_today()), 200
    if form.validate_on_submit():
        try:
            send_fee(current_actor(), service, form, now=now())
            flash(_("The fee is a line of the next invoice."), "done")
            return redirect(url_for("billing.charges", open="yes"), 303)
        except RefusedError as error:
            status = show_refusal(form, error)
    elif form.is_submitted():
        status = REFUSED
    return render_template("billing/fee.html", form=form, service=service, customer=who), status


def wanted_of(listing: Listing) -> Wanted:
    """Return how the address narrows a list of invoices."""
    customer_id = request.args.get("customer", "")
    return Wanted(
        state=listing.one("state") or "",
        kind=listing.one("kind") or "",
        month=listing.one("month") or "",
        q=listing.q,
        order=listing.order,
        customer_id=int(customer_id) if customer_id.isdecimal() and len(customer_id) < 19 else None,  # noqa: PLR2004 (a bigint)
    )


def shown(listing: Listing, wanted: Wanted, today: date) -> BaseResponse | None:
    """Give a listing its invoices, or return them as the file asked for."""

    def page_of(after: str = "", before: str = "") -> Page:
        return queries.invoices_page(
            current_actor(), wanted, today=today, after=after, before=before
        )

    if listing.wants_export:
        return listing.export(every_row(page_of))
    listing.show(page_of(listing.after, listing.before))
    return None


def explained(row: Invoice) -> list[tuple[Charge, str, str, object]]:
    """Return the lines of an invoice, each with its words and its calculation."""
    lines = charges_of(row)
    contracts = contracts_of(lines)
    corrected = queries.invoice_numbers([c.corrects_id for c in lines if c.corrects_id])
    return [
        (
            charge,
            line_name(charge, contracts[charge.contract_id]),
            line_note(charge),
            receipt_of(charge, contracts[charge.contract_id], corrected),
        )
        for charge in lines
    ]


def as_pdf(row: Invoice) -> Response:
    """Return an invoice as the answer that downloads its PDF."""
    return _file(pdf_of(document_of(row)), "application/pdf", f"{row.number}.pdf")


def as_ubl(row: Invoice) -> Response:
    """Return an invoice as the answer that downloads its UBL file."""
    return _file(ubl_of(document_of(row)), "application/xml", f"{row.number}.xml")


def _file(content: bytes, media_type: str, name: str) -> Response:
    response = Response(content, content_type=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _invoice_page(found: Invoice, form: PaymentForm) -> str:
    who = queries.customer_for(found.customer_id)
    row = InvoiceRow(found, who.name, who.code, found.buyer["service"])
    return render_template(
        "billing/invoice.html",
        invoice=found,
        customer=who,
        state=state_words(row, local_today()),
        lines=explained(found),
        total=total_receipt(found),
        events=payment_queries.events_of(found),
        form=form,
    )


def _customer_page(who: Customer, form: DetailsForm) -> str:
    return render_template(
        "billing/customer.html",
        customer=who,
        form=form,
        details=queries.details_of(who.id),
        services=queries.services_of(who.id),
    )


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""
