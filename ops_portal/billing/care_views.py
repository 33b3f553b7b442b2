"""The customer's own invoices: the list, one with every line explained, its files."""

from flask import Response, render_template
from werkzeug.wrappers import Response as BaseResponse

from ops_portal.billing import queries, wording
from ops_portal.billing.blueprint import local_today
from ops_portal.billing.invoice_views import as_pdf, as_ubl, explained, shown
from ops_portal.billing.lists import invoices_listing, state_words
from ops_portal.billing.models import Invoice
from ops_portal.billing.queries import InvoiceRow, Wanted
from ops_portal.billing.receipts import total_receipt
from ops_portal.core.permissions import Permission
from ops_portal.tickets.care_blueprint import blueprint
from ops_portal.web.guard import current_actor, requires


@blueprint.get("/invoices")
@requires(Permission.CARE_BILLING_READ)
def invoices() -> BaseResponse | str:
    """List the organisation's invoices; also as a file."""
    today = local_today()
    listing = invoices_listing(today, [], is_own=True)
    wanted = Wanted(
        state=listing.one("state") or "",
        kind=listing.one("kind") or "",
        order=listing.order,
        customer_id=current_actor().customer_id,
    )
    answer = shown(listing, wanted, today)
    return answer or render_template(
        "care/invoices.html", listing=listing, today=today, state_words=state_words, bill=wording
    )


@blueprint.get("/invoices/<invoice_number>")
@requires(Permission.CARE_BILLING_READ)
def invoice(invoice_number: str) -> str:
    """Show one of the organisation's invoices, each amount with its calculation."""
    found = _own(invoice_number)
    row = InvoiceRow(found, "", "", found.buyer["service"])
    return render_template(
        "care/invoice.html",
        invoice=found,
        state=state_words(row, local_today()),
        lines=explained(found),
        total=total_receipt(found),
        bill=wording,
    )


@blueprint.get("/invoices/<invoice_number>.pdf")
@requires(Permission.CARE_BILLING_READ)
def invoice_pdf(invoice_number: str) -> Response:
    """Return an invoice as PDF."""
    return as_pdf(_own(invoice_number))


@blueprint.get("/invoices/<invoice_number>.xml")
@requires(Permission.CARE_BILLING_READ)
def invoice_ubl(invoice_number: str) -> Response:
    """Return an invoice as a Peppol BIS Billing 3 file."""
    return as_ubl(_own(invoice_number))


def _own(invoice_number: str) -> Invoice:
    return queries.invoice_for(current_actor(), invoice_number)
