"""The checklist of the implementation: what is done, by whom and when, and what comes next."""

from dataclasses import dataclass
from datetime import datetime

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ops_portal.accounts.models import Customer
from ops_portal.contracts import implementation_operations as operations
from ops_portal.contracts import implementation_queries as queries
from ops_portal.contracts.blueprint import blueprint
from ops_portal.contracts.implementation_forms import CredentialsForm, StepForm
from ops_portal.contracts.implementation_queries import Line
from ops_portal.contracts.models import Contract, Service
from ops_portal.contracts.queries import described
from ops_portal.core.clock import now
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError, PortalError
from ops_portal.core.permissions import Permission
from ops_portal.web.forms import REFUSED, show_refusal
from ops_portal.web.guard import current_actor, requires
from ops_portal.web.languages import chosen_language
from sla.hours import WEEKDAYS

Answer = Response | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Tried:
    """A form that was sent and refused."""

    key: str
    form: StepForm | CredentialsForm


@blueprint.get("/services/<int:service_id>/implementation")
@requires(Permission.CONTRACTS_READ)
def implementation(service_id: int) -> str:
    """Show the checklist of a service. Source: IMP-1, §4.2."""
    return _page(queries.service_for(current_actor(), service_id))


@blueprint.post("/services/<int:service_id>/implementation/<step_key>")
@requires(Permission.IMPLEMENTATION_WORK)
def do_step(service_id: int, step_key: str) -> Answer:
    """Record that a step is done."""
    actor = current_actor()
    service = queries.service_for(actor, service_id, is_locked=True)
    if step_key not in {line.step.key for line in queries.checklist(service)}:
        raise NotFoundError
    form = StepForm(prefix=f"{step_key}-")
    if not form.validate_on_submit():
        return _page(service, Tried(step_key, form)), REFUSED
    try:
        operations.do_step(actor, service, step_key, form.doing(), now=now())
    except PortalError as error:
        return _refused(service_id, Tried(step_key, form), error)
    is_active = service.activated_at is not None
    flash(_("The service is active.") if is_active else _("The step is recorded."), "done")
    return _to(service_id)


@blueprint.post("/services/<int:service_id>/credentials")
@requires(Permission.IMPLEMENTATION_WORK)
def receive_credentials(service_id: int) -> Answer:
    """Record that the credentials were received; service levels waited for it (IMP-2)."""
    actor, form = current_actor(), CredentialsForm(prefix="credentials-")
    service = queries.service_for(actor, service_id, is_locked=True)
    if not form.validate_on_submit() or form.at.data is None:
        return _page(service, Tried("", form)), REFUSED
    try:
        operations.receive_credentials(actor, service, form.at.data, now=now())
    except PortalError as error:
        return _refused(service_id, Tried("", form), error)
    flash(_("The receipt of the credentials is recorded."), "done")
    return _to(service_id)


def _refused(service_id: int, tried: Tried, error: PortalError) -> Answer:
    db.session.rollback()
    status = show_refusal(tried.form, error)
    return _page(queries.service_for(current_actor(), service_id), tried), status


def _page(service: Service, tried: Tried | None = None) -> str:
    at_now = now()
    contracts = queries.contracts_of_service(service)
    lines = queries.checklist(service)
    contract = contracts[-1] if contracts else None
    is_open = contract is not None and queries.is_in_office_hours(contract, at_now)
    return render_template(
        "contracts/implementation.html",
        service=service,
        contract=contract,
        customer=db.session.get_one(Customer, service.customer_id),
        lines=lines,
        forms=_forms(lines, tried, at_now),
        credentials=_credentials_form(tried, at_now),
        tried=tried,
        language=chosen_language(),
        levels_from=operations.levels_from(service),
        ordered_at=contracts[0].valid_from if contracts else None,
        windows={line.step.key: queries.training_window(line.row, contracts) for line in lines},
        is_office_open=is_open,
        office_opens_at=queries.next_office_hours(contract, at_now) if contract else None,
        office_hours=_office_hours(contract) if contract else "",
    )


def _forms(lines: list[Line], tried: Tried | None, at_now: datetime) -> dict[str, StepForm]:
    found = {}
    for line in lines:
        if line.is_done or line.waits_for:
            continue
        if tried is not None and tried.key == line.step.key and isinstance(tried.form, StepForm):
            found[line.step.key] = tried.form
            continue
        form = StepForm(formdata=None, prefix=f"{line.step.key}-")
        form.at.data = at_now
        found[line.step.key] = form
    return found


def _credentials_form(tried: Tried | None, at_now: datetime) -> CredentialsForm:
    if tried is not None and isinstance(tried.form, CredentialsForm):
        return tried.form
    form = CredentialsForm(formdata=None, prefix="credentials-")
    form.at.data = at_now
    return form


def _office_hours(contract: Contract) -> str:
    """Return the office hours of a day of the week that has some: `08:00–18:00`."""
    week = described(contract.description_id).week
    open_day = next(hours for hours, _name in zip(week, WEEKDAYS, strict=True) if hours)
    return ", ".join(f"{_clock(start)}\u2013{_clock(end)}" for start, end in open_day)


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second // 60 % 60:02d}"


def _to(service_id: int) -> Response:
    return redirect(url_for("contracts.implementation", service_id=service_id), 303)
