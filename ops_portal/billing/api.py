"""The API of charges and invoices: `/api/v1/charges`, `/api/v1/invoices`, and their payment.

A customer's token sees its own; the provider's sees all. Payment states are written by finance.
"""

from typing import Any

from apiflask import APIBlueprint
from flask import jsonify

from ops_portal.billing import api_shapes as shapes
from ops_portal.billing import payment_operations, queries
from ops_portal.billing.api_out import charge_out, invoice_out
from ops_portal.billing.blueprint import local_today
from ops_portal.billing.documents import charges_of, contracts_of
from ops_portal.billing.payment_lines import PaymentLine
from ops_portal.billing.queries import CHARGES, INVOICES, InvoiceRow, Wanted
from ops_portal.core.clock import now
from ops_portal.core.errors import RefusedError
from ops_portal.core.paging import Order, is_key
from ops_portal.core.permissions import Permission
from ops_portal.web.api import page_body
from ops_portal.web.guard import current_actor, requires

blueprint = APIBlueprint("api_billing", __name__, url_prefix="/api/v1", tag="Billing")

READ = (Permission.BILLING_READ, Permission.CARE_BILLING_READ)


@blueprint.get("/charges")
@requires(*READ)
@blueprint.input(shapes.ChargesQuery, location="query", arg_name="query")
@blueprint.output(shapes.ChargesOut)
def list_charges(query: shapes.ChargesQuery) -> dict[str, Any]:
    """List what was charged, newest first, page by page; with what each amount follows from."""
    _check_key(CHARGES, query.after)
    page = queries.charges_page(
        current_actor(),
        kind=query.kind or "",
        is_open=None if query.invoiced is None else not query.invoiced,
        after=query.after,
        size=query.limit,
    )
    return page_body([charge_out(row) for row in page.rows], page.after, query.limit)


@blueprint.get("/invoices")
@requires(*READ)
@blueprint.input(shapes.InvoicesQuery, location="query", arg_name="query")
@blueprint.output(shapes.InvoicesOut)
def list_invoices(query: shapes.InvoicesQuery) -> dict[str, Any]:
    """List invoices and credit notes, newest first, page by page."""
    _check_key(INVOICES["newest"], query.after)
    today = local_today()
    wanted = Wanted(state=query.state or "", kind=query.kind or "", month=query.month or "")
    page = queries.invoices_page(
        current_actor(), wanted, today=today, after=query.after, size=query.limit
    )
    return page_body([invoice_out(row, today) for row in page.rows], page.after, query.limit)


@blueprint.get("/invoices/<invoice_number>")
@requires(*READ)
@blueprint.output(shapes.InvoiceWithLines)
def show_invoice(invoice_number: str) -> dict[str, Any]:
    """Return an invoice with its lines."""
    invoice = queries.invoice_for(current_actor(), invoice_number)
    customer = queries.customer_for(invoice.customer_id)
    lines = charges_of(invoice)
    contracts = contracts_of(lines)
    service = str(invoice.buyer["service"])
    rows = [
        queries.ChargeRow(
            line,
            contracts[line.contract_id],
            customer.name,
            customer.code,
            service,
            invoice.number,
        )
        for line in lines
    ]
    head = invoice_out(InvoiceRow(invoice, customer.name, customer.code, service), local_today())
    return {**head, "lines": [charge_out(row) for row in rows]}


@blueprint.post("/invoices/<invoice_number>/payments")
@requires(Permission.BILLING_RUN)
@blueprint.input(shapes.NewPayment, arg_name="new")
@blueprint.output(shapes.PaymentOut, status_code=201)
def record_payment(invoice_number: str, new: shapes.NewPayment) -> Any:  # noqa: ANN401 (a response)
    """Write down whether an invoice is paid; one of another system as well (CRD-5)."""
    line = PaymentLine(
        1,
        invoice_number,
        new.state,
        day=new.day or "",
        due=new.due or "",
        customer=new.customer or "",
        amount=new.amount or "",
    )
    checked = payment_operations.record_payment(
        current_actor(), line, today=local_today(), now=now()
    )
    response = jsonify(
        invoice=invoice_number,
        state=checked.state,
        day=checked.on_day.isoformat(),
        payable_by=checked.payable_by.isoformat(),
        changed=checked.is_change,
    )
    response.status_code = 201
    return response


def _check_key(order: Order, after: str) -> None:
    """Refuse what is no key of a page.

    Raises:
        RefusedError: it is none.

    """
    if after and not is_key(order, after):
        message = "Take the address of the next page from `next`."
        raise RefusedError(message, fields={"after": message})
