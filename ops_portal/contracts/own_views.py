"""The customer's pages of its contract: what it includes, costs, and how it ends."""

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ops_portal.contracts import service_words as words
from ops_portal.contracts import termination
from ops_portal.contracts.blueprint import blueprint
from ops_portal.contracts.letters import letter_of
from ops_portal.contracts.service_forms import NoticeForm, WithdrawalForm
from ops_portal.contracts.service_page import ServicePicture, picture_of
from ops_portal.contracts.service_queries import Run, runs_of, service_for
from ops_portal.contracts.termination import Notice
from ops_portal.core.clock import now
from ops_portal.core.errors import PortalError, RefusedError
from ops_portal.core.permissions import Permission
from ops_portal.web.forms import REFUSED, show_refusal
from ops_portal.web.guard import current_actor, requires
from sla.catalogue import Party

Answer = Response | tuple[str, int]


@blueprint.get("/care/contract")
@requires(Permission.CARE_CONTRACT_READ)
def own() -> Response | str:
    """Show the contract of the organisation; a list where there are several services."""
    runs = runs_of(current_actor().customer_id)
    if len(runs) == 1:
        return redirect(url_for("contracts.own_service", service_id=runs[0].service.id))
    at_now = now()
    return render_template(
        "care/contracts.html", pictures=[picture_of(run, now=at_now) for run in runs]
    )


@blueprint.get("/care/contract/<int:service_id>")
@requires(Permission.CARE_CONTRACT_READ)
def own_service(service_id: int) -> str:
    """Show what a contract includes and costs, and how it ends. Source: CAT-2, BIL-3, CON-2."""
    return _page(service_for(current_actor(), service_id), WithdrawalForm(formdata=None))


@blueprint.get("/care/contract/<int:service_id>/end")
@requires(Permission.CARE_CONTRACT_END)
def own_end(service_id: int) -> Answer:
    """Show the last day of the service if the notice is received today, and ask to confirm."""
    run = service_for(current_actor(), service_id)
    return _end_page(picture_of(run, now=now()), NoticeForm(formdata=None), 200)


@blueprint.post("/care/contract/<int:service_id>/end")
@requires(Permission.CARE_CONTRACT_END)
def give_own_notice(service_id: int) -> Answer:
    """Give notice: received today, with the end that was shown. Source: CON-2."""
    actor, form, at_now = current_actor(), NoticeForm(), now()
    run = service_for(actor, service_id, is_locked=True)
    picture = picture_of(run, now=at_now)
    if not form.validate_on_submit():
        return _end_page(picture, form, REFUSED)
    notice = Notice(Party.CUSTOMER, picture.today, form.reason.data or "", shown_end=form.last_day)
    try:
        termination.give_notice(actor, run, notice, now=at_now)
    except PortalError as error:
        return _end_page(picture, form, show_refusal(form, error))
    flash(_("Your notice is received. You have a mail that says so."), "done")
    return redirect(url_for("contracts.own_service", service_id=service_id), 303)


@blueprint.post("/care/contract/<int:service_id>/notice/withdraw")
@requires(Permission.CARE_CONTRACT_END)
def withdraw_own_notice(service_id: int) -> Answer:
    """Withdraw the own notice before the end. Source: CON-2."""
    actor, form = current_actor(), WithdrawalForm()
    run = service_for(actor, service_id, is_locked=True)
    if not form.validate_on_submit():
        return _page(run, form), REFUSED
    try:
        termination.withdraw_notice(actor, run, form.reason.data or "", now=now())
    except RefusedError as error:
        status = show_refusal(form, error)
        return _page(run, form), status
    flash(_("Your notice is withdrawn: the service goes on as before."), "done")
    return redirect(url_for("contracts.own_service", service_id=service_id), 303)


@blueprint.get("/care/contract/<int:service_id>/notices/<int:notice_id>/letter")
@requires(Permission.CARE_CONTRACT_READ)
def own_letter(service_id: int, notice_id: int) -> Response:
    """Return the letter of a notice."""
    actor = current_actor()
    return letter_of(actor, service_for(actor, service_id), notice_id)


def _page(run: Run, form: WithdrawalForm) -> str:
    picture = picture_of(run, now=now())
    end = picture.end_if_today
    receipt = words.end_receipt(end) if end else None
    return render_template("care/contract.html", picture=picture, form=form, end_receipt=receipt)


def _end_page(picture: ServicePicture, form: NoticeForm, status: int) -> Answer:
    end = picture.end_if_today
    if end is None:
        return redirect(url_for("contracts.own_service", service_id=picture.service.id), 303)
    form.shown_end.data = end.ends_on.isoformat()
    page = render_template(
        "care/contract_end.html", picture=picture, form=form, receipt=words.end_receipt(end)
    )
    return page, status
