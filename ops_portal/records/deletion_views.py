"""The provider's pages of ended services: dry run, two decisions, the certificate (CON-4)."""

from flask import Response, current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response as BaseResponse

from ops_portal.core.clock import now
from ops_portal.core.config import Config
from ops_portal.core.errors import ConflictError, NotFoundError, RefusedError
from ops_portal.core.paging import every_row
from ops_portal.core.pdf import MEDIA_TYPE
from ops_portal.core.permissions import Permission
from ops_portal.records import (
    certificate_pages,
    deletion_operations,
    export_operations,
    lists,
    plan,
    queries,
    words,
)
from ops_portal.records.blueprint import blueprint
from ops_portal.records.clearing import Places, leavings
from ops_portal.records.forms import ApproveForm, RequestForm, WithdrawForm
from ops_portal.records.models import Deletion
from ops_portal.records.register import register
from ops_portal.records.register_lists import spoken
from ops_portal.web.forms import REFUSED, show_refusal, translated
from ops_portal.web.guard import current_actor, requires


@blueprint.get("/deletions")
@requires(Permission.DELETIONS_REQUEST)
def deletions() -> BaseResponse | str:
    """List the customers whose service has ended. Source: CON-4, §7.1.4."""
    listing, at = lists.ended_listing(), now()
    state = listing.one("state") or ""
    if listing.wants_export:
        rows = every_row(lambda after: queries.ended_page(at, state, after=after))
        return listing.export(rows)
    listing.show(queries.ended_page(at, state, after=listing.after, before=listing.before))
    return render_template("records/deletions.html", listing=listing, words=words, lists=lists)


@blueprint.get("/deletions/<int:customer_id>")
@requires(Permission.DELETIONS_REQUEST)
def ending(customer_id: int) -> str:
    """Show what a deletion would do, and how far it is. Source: CON-4."""
    return _page(customer_id)


@blueprint.post("/deletions/<int:customer_id>/request")
@requires(Permission.DELETIONS_REQUEST)
def request_deletion(customer_id: int) -> BaseResponse | tuple[str, int]:
    """Request the deletion; somebody else has to approve it."""
    form = RequestForm()
    queries.customer_for(customer_id)
    if not form.validate_on_submit():
        return _page(customer_id, request_form=form), REFUSED
    try:
        deletion_operations.request_deletion(
            current_actor(), customer_id, form.reason.data or "", now=now()
        )
    except (RefusedError, ConflictError) as error:
        status = show_refusal(form, error)
        return _page(customer_id, request_form=form), status
    flash(_("The deletion is requested. Somebody else has to approve it."), "done")
    return redirect(url_for("records.ending", customer_id=customer_id), 303)


@blueprint.post("/deletions/<int:customer_id>/approve")
@requires(Permission.DELETIONS_APPROVE)
def approve_deletion(customer_id: int) -> BaseResponse | tuple[str, int]:
    """Approve what somebody else requested; the waiting period begins."""
    form, deletion = ApproveForm(), _locked(customer_id)
    if not form.validate_on_submit():
        return _page(customer_id, approve_form=form), REFUSED
    try:
        deletion_operations.approve_deletion(current_actor(), deletion, now=now())
    except RefusedError as error:
        status = show_refusal(form, error)
        return _page(customer_id, approve_form=form), status
    flash(_("The deletion is approved. The customer is told, and the waiting period runs."), "done")
    return redirect(url_for("records.ending", customer_id=customer_id), 303)


@blueprint.post("/deletions/<int:customer_id>/withdraw")
@requires(Permission.DELETIONS_REQUEST)
def withdraw_deletion(customer_id: int) -> BaseResponse | tuple[str, int]:
    """Withdraw the deletion; the data stay."""
    form, deletion = WithdrawForm(), _locked(customer_id)
    if not form.validate_on_submit():
        return _page(customer_id, withdraw_form=form), REFUSED
    try:
        deletion_operations.withdraw_deletion(
            current_actor(), deletion, form.withdrawal_reason.data or "", now=now()
        )
    except RefusedError as error:
        status = show_refusal(form, error)
        return _page(customer_id, withdraw_form=form), status
    flash(_("The deletion is withdrawn; the data stay."), "done")
    return redirect(url_for("records.ending", customer_id=customer_id), 303)


@blueprint.post("/deletions/<int:customer_id>/export")
@requires(Permission.DELETIONS_REQUEST)
def request_export_for(customer_id: int) -> BaseResponse:
    """Ask for an export on behalf of the customer; only the customer can download it."""
    customer = queries.customer_for(customer_id)
    try:
        export_operations.request_export(
            current_actor(), customer_id, language=customer.language, now=now()
        )
        flash(_("The export is made. The customer is told when it is ready."), "done")
    except RefusedError as error:
        flash(translated(error.msgid, error), "wrong")
    return redirect(url_for("records.ending", customer_id=customer_id), 303)


@blueprint.get("/deletions/certificates/<int:certificate_id>")
@requires(Permission.DELETIONS_REQUEST)
def certificate(certificate_id: int) -> str:
    """Show a certificate. Source: CON-4."""
    found = queries.certificate_for(certificate_id)
    return render_template(
        "records/certificate.html", certificate=found, words=certificate_pages.words_of(found)
    )


@blueprint.get("/deletions/certificates/<int:certificate_id>.pdf")
@requires(Permission.DELETIONS_REQUEST)
def certificate_file(certificate_id: int) -> Response:
    """Give a certificate as PDF."""
    found = queries.certificate_for(certificate_id)
    name = f"attachment; filename={found.number}.pdf"
    return Response(
        certificate_pages.pdf_of(found),
        content_type=MEDIA_TYPE,
        headers={"Content-Disposition": name},
    )


def _locked(customer_id: int) -> Deletion:
    found = queries.open_deletion_of(queries.customer_for(customer_id).id)
    if found is None:
        raise NotFoundError
    return queries.lock_deletion(found.id)


def _page(customer_id: int, **forms: FlaskForm) -> str:
    customer = queries.customer_for(customer_id)
    if not queries.has_ended(customer_id, now()):
        raise NotFoundError
    config: Config = current_app.extensions["portal.config"]
    row = queries.ended(customer)
    is_open = row.deletion is None or row.deletion.finished_at is None
    return render_template(
        "records/ending.html",
        row=row,
        customer=customer,
        lines=plan.lines_of(customer_id) if is_open else [],
        outside=leavings(customer_id, Places(config.data, config.redis_url)) if is_open else None,
        obstacles=plan.obstacles(customer_id, now=now()) if is_open else [],
        withdrawn=queries.withdrawn_of(customer_id),
        wait=queries.wait_of(customer_id),
        words=words,
        state=lists.deletion_state(row),
        spoken=spoken,
        grounds=register().grounds,
        request_form=forms.get("request_form") or RequestForm(formdata=None),
        approve_form=forms.get("approve_form") or ApproveForm(formdata=None),
        withdraw_form=forms.get("withdraw_form") or WithdrawForm(formdata=None),
    )
