"""The provider's pages of one service: what holds, what happened, how it ends."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ops_portal.contracts import inactivity, termination
from ops_portal.contracts import service_words as words
from ops_portal.contracts.blueprint import blueprint
from ops_portal.contracts.letters import keep_letter, letter_of
from ops_portal.contracts.service_forms import NoticeForm, ReceiptForm, WithdrawalForm, received
from ops_portal.contracts.service_page import picture_of
from ops_portal.contracts.service_queries import Run, open_notice, service_for
from ops_portal.contracts.termination import End, Notice, end_of_notice
from ops_portal.core.clock import now
from ops_portal.core.errors import PortalError, RefusedError
from ops_portal.core.permissions import Permission
from ops_portal.web.forms import REFUSED, show_refusal
from ops_portal.web.guard import current_actor, requires

Answer = Response | tuple[str, int]


@blueprint.get("/contracts/<int:service_id>")
@requires(Permission.CONTRACTS_READ)
def service(service_id: int) -> str:
    """Show a service with its contracts, accounts and timeline. Source: ORD-4, CON-2, CON-3."""
    run = service_for(current_actor(), service_id)
    return render_template("contracts/service.html", picture=picture_of(run, now=now()))


@blueprint.get("/contracts/<int:service_id>/notice")
@requires(Permission.CONTRACTS_MANAGE)
def service_notice(service_id: int) -> str:
    """Ask who gave notice and when; with both in the address, show the end and ask to confirm."""
    run = service_for(current_actor(), service_id)
    return _notice_page(run, NoticeForm(formdata=None), WithdrawalForm(formdata=None))


@blueprint.post("/contracts/<int:service_id>/notice")
@requires(Permission.CONTRACTS_MANAGE)
def give_service_notice(service_id: int) -> Answer:
    """Record a notice whose end was shown. Source: CON-2."""
    actor, form, at_now = current_actor(), NoticeForm(), now()
    run = service_for(actor, service_id, is_locked=True)
    asked = ReceiptForm(request.args)
    if not asked.validate() or not form.validate_on_submit():
        return _notice_page(run, form, WithdrawalForm(formdata=None)), REFUSED
    party, received_on = received(asked)
    try:
        notice = Notice(
            party,
            received_on,
            form.reason.data or "",
            keep_letter(actor, run, form.letter.data, now=at_now),
            form.last_day,
        )
        termination.give_notice(actor, run, notice, now=at_now)
    except PortalError as error:
        status = show_refusal(form, error)
        return _notice_page(run, form, WithdrawalForm(formdata=None)), status
    flash(_("The notice is recorded. Both sides are told by mail."), "done")
    return redirect(url_for("contracts.service", service_id=service_id), 303)


@blueprint.post("/contracts/<int:service_id>/notice/withdraw")
@requires(Permission.CONTRACTS_MANAGE)
def withdraw_service_notice(service_id: int) -> Answer:
    """Record that the side that gave notice withdrew it. Source: CON-2."""
    actor, form = current_actor(), WithdrawalForm()
    run = service_for(actor, service_id, is_locked=True)
    if not form.validate_on_submit():
        return _notice_page(run, NoticeForm(formdata=None), form), REFUSED
    try:
        termination.withdraw_notice(actor, run, form.reason.data or "", now=now())
    except RefusedError as error:
        status = show_refusal(form, error)
        return _notice_page(run, NoticeForm(formdata=None), form), status
    flash(_("The notice is withdrawn: the service goes on as before."), "done")
    return redirect(url_for("contracts.service", service_id=service_id), 303)


@blueprint.get("/contracts/<int:service_id>/notices/<int:notice_id>/letter")
@requires(Permission.CONTRACTS_READ)
def service_letter(service_id: int, notice_id: int) -> Response:
    """Return the letter of a notice."""
    actor = current_actor()
    return letter_of(actor, service_for(actor, service_id), notice_id)


@blueprint.post("/contracts/<int:service_id>/reactivate")
@requires(Permission.CONTRACTS_MANAGE)
def reactivate_service(service_id: int) -> Response:
    """Switch a deactivated service on again. Source: CON-3."""
    actor = current_actor()
    run = service_for(actor, service_id, is_locked=True)
    inactivity.reactivate(actor, run.service, now=now())
    flash(_("The service is switched on again. The customer is told by mail."), "done")
    return redirect(url_for("contracts.service", service_id=service_id), 303)


def _notice_page(run: Run, form: NoticeForm, withdrawal: WithdrawalForm) -> str:
    at_now = now()
    is_asked = "received_on" in request.args
    asked = ReceiptForm(request.args if is_asked else None)
    end = _end(run, asked) if is_asked else None
    if not is_asked:
        asked.received_on.data = at_now.astimezone(run.description.zone).date()
    if end is not None:
        form.shown_end.data = end.ends_on.isoformat()
    return render_template(
        "contracts/service_notice.html",
        run=run,
        notice=open_notice(run.service),
        asked=asked,
        end=end,
        receipt=words.end_receipt(end) if end else None,
        is_past=end is not None and end.ended_at <= at_now,
        form=form,
        withdrawal=withdrawal,
    )


def _end(run: Run, asked: ReceiptForm) -> End | None:
    """Return where the notice leads, or nothing and the reason in the form."""
    if not asked.validate():
        return None
    party, received_on = received(asked)
    try:
        termination.check_notice(run, Notice(party, received_on), now=now())
        return end_of_notice(run, party, received_on)
    except RefusedError as error:
        show_refusal(asked, error)
        return None
