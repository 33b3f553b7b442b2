"""The finance clerk's home, and one month: its preview, its closing, its result."""

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ops_portal.billing import operations, preview, queries, run_queries
from ops_portal.billing.blueprint import blueprint, local_today, month_named
from ops_portal.billing.ledger import ledger_of
from ops_portal.billing.lists import entries_listing, preview_listing
from ops_portal.billing.months import Month
from ops_portal.billing.queries import invoice_numbers
from ops_portal.billing.receipts import receipt_of
from ops_portal.billing.run_models import InvoiceRun
from ops_portal.billing.wording import line_name, line_note, month_title
from ops_portal.contracts.models import Contract
from ops_portal.core.clock import now
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError, RefusedError
from ops_portal.core.paging import Page, every_row
from ops_portal.core.permissions import Permission
from ops_portal.web.forms import translated
from ops_portal.web.guard import current_actor, requires


@blueprint.get("")
@requires(Permission.BILLING_READ)
def index() -> str:
    """Show the months with their state, the next one to close, and what is unpaid."""
    at = now()
    runs = run_queries.runs()
    upcoming = run_queries.next_month(at)
    return render_template(
        "billing/index.html",
        months=[(Month.read(run.month), run) for run in runs],
        sums=run_queries.sums_by_month(),
        upcoming=upcoming,
        is_over=upcoming is not None and run_queries.is_over(upcoming, at),
        first=run_queries.first_activation() if not runs else None,
        open_sums=queries.open_sums(local_today()),
        seller=_seller(),
    )


@blueprint.get("/months/<month>")
@requires(Permission.BILLING_READ)
def month(month: str) -> Response | str:
    """Show a month: its preview before it is closed, how far and what it came to after."""
    chosen = month_named(month)
    run = run_queries.run_of(chosen)
    return _result(chosen, run) if run else _preview(chosen)


@blueprint.get("/months/<month>/services/<int:service_id>")
@requires(Permission.BILLING_READ)
def preview_service(month: str, service_id: int) -> str:
    """Show the lines a service would be invoiced for a month that is not closed."""
    chosen = _open_month(month_named(month))
    service, customer = queries.service_for(service_id)
    draft = preview.draft_of(chosen, service.id)
    charges = preview.charges_of(draft)
    numbers = invoice_numbers([c.corrects_id for c in charges if c.corrects_id])
    contracts = {c.contract_id: db.session.get_one(Contract, c.contract_id) for c in charges}
    return render_template(
        "billing/preview_service.html",
        month=chosen,
        draft=draft,
        service=service,
        customer=customer,
        lines=[
            (
                charge,
                line_name(charge, contracts[charge.contract_id]),
                line_note(charge),
                receipt_of(charge, contracts[charge.contract_id], numbers),
            )
            for charge in charges
        ],
    )


@blueprint.post("/months/<month>/close")
@requires(Permission.BILLING_RUN)
def close(month: str) -> Response:
    """Begin to close a month; the work itself is done in the background."""
    chosen = month_named(month)
    try:
        run = operations.start_closing(current_actor(), chosen, now=now())
        title = month_title(chosen)
        if run.is_unfinished:
            flash(_("%(month)s is being closed in the background.", month=title), "done")
        else:
            flash(_("%(month)s is closed already.", month=title), "done")
    except RefusedError as error:
        flash(translated(error.msgid, error), "wrong")
    return redirect(url_for("billing.month", month=str(chosen)), 303)


@blueprint.post("/months/<month>/stop")
@requires(Permission.BILLING_RUN)
def stop(month: str) -> Response:
    """Stop a run; what was invoiced stays."""
    chosen = month_named(month)
    try:
        operations.stop_closing(current_actor(), chosen, now=now())
        flash(_("The closing stops. What was invoiced stays, and it can be resumed."), "done")
    except RefusedError as error:
        flash(translated(error.msgid, error), "wrong")
    return redirect(url_for("billing.month", month=str(chosen)), 303)


@blueprint.post("/months/<month>/resume")
@requires(Permission.BILLING_RUN)
def resume(month: str) -> Response:
    """Take a run up where it stopped, or invoice what waited."""
    chosen = month_named(month)
    try:
        operations.resume_closing(current_actor(), chosen, now=now())
        flash(_("The closing goes on in the background."), "done")
    except RefusedError as error:
        flash(translated(error.msgid, error), "wrong")
    return redirect(url_for("billing.month", month=str(chosen)), 303)


@blueprint.get("/months/<month>/ledger.csv")
@requires(Permission.BILLING_READ)
def ledger(month: str) -> Response:
    """Return the lines of a month's invoices for the ledger."""
    return ledger_of(month_named(month))


def _preview(chosen: Month) -> Response | str:
    _open_month(chosen)
    listing = preview_listing(chosen)
    only = listing.one("show") or ""

    def page_after(key: str) -> Page:
        return preview.drafts_page(chosen, after=key, only=only)

    if listing.wants_export:
        return listing.export(every_row(page_after))
    listing.show(page_after(listing.after))
    at = now()
    return render_template(
        "billing/preview.html",
        month=chosen,
        listing=listing,
        forecast=preview.forecast_of(chosen),
        is_over=run_queries.is_over(chosen, at),
        is_next=chosen == run_queries.next_month(at) or not run_queries.runs(),
        seller=_seller(),
    )


def _result(chosen: Month, run: InvoiceRun) -> Response | str:
    listing = entries_listing()
    state = listing.one("state") or ""

    def page_of(after: str = "", before: str = "") -> Page:
        return run_queries.entries_page(run.id, state=state, after=after, before=before)

    if listing.wants_export:
        return listing.export(every_row(page_of))
    listing.show(page_of(listing.after, listing.before))
    at = now()
    return render_template(
        "billing/month.html",
        month=chosen,
        run=run,
        listing=listing,
        sums=run_queries.sums_of_month(run.month),
        waiting=run_queries.waiting_of(run.id),
        is_stalled=run.is_stalled(at),
        is_resumable=run.is_resumable(at),
    )


def _open_month(chosen: Month) -> Month:
    """Return a month that can be looked at: from the first activation to the next one.

    Raises:
        NotFoundError: it is closed, or out of reach.

    """
    first, upcoming = run_queries.first_activation(), run_queries.next_month(now())
    is_within = first is not None and upcoming is not None and first <= chosen <= upcoming
    if not is_within or run_queries.run_of(chosen) is not None:
        raise NotFoundError
    return chosen


def _seller() -> object:
    return current_app.extensions["portal.config"].seller
