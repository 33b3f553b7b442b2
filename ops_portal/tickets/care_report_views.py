"""Reporting: an incident, a change at the customer, a question."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ops_portal.accounts.models import Customer
from ops_portal.contracts.entitlement_edge import held_by
from ops_portal.contracts.entitlements import granting
from ops_portal.contracts.models import Contract
from ops_portal.contracts.queries import contracts_of, elements_of
from ops_portal.core.actor import Actor
from ops_portal.core.clock import now
from ops_portal.core.db import db
from ops_portal.core.errors import RefusedError
from ops_portal.core.permissions import Permission
from ops_portal.tickets.care_blueprint import blueprint
from ops_portal.tickets.care_forms import ChangeForm, IncidentForm, QuestionForm, ReportForm
from ops_portal.tickets.components import COMPONENTS, DESK, INCIDENTS
from ops_portal.tickets.impact import PRIORITY_OF, Impact
from ops_portal.tickets.models import Channel, Ticket, TicketKind
from ops_portal.tickets.operations import Report, open_ticket
from ops_portal.web.forms import REFUSED, show_refusal
from ops_portal.web.guard import current_actor, requires
from sla.policy import Priority

Answer = Response | tuple[str, int]


@blueprint.route("/report", methods=["GET", "POST"])
@requires(Permission.CARE_TICKETS_REPORT, component=INCIDENTS)
def report() -> Answer:
    """Report an incident; a complete interruption is refused with the number to call (INC-4)."""
    form = IncidentForm()
    form.take_instead()
    impact = form.chosen_impact
    if form.is_submitted() and impact is Impact.COMPLETE:
        # what else may be wrong with the form can wait: somebody has to call now
        return _page(form, "incident", REFUSED, is_p1=True)
    priority = PRIORITY_OF[impact] if impact else Priority.P4
    return _answer(form, "incident", TicketKind.INCIDENT, priority)


@blueprint.route("/report/change", methods=["GET", "POST"])
@requires(Permission.CARE_TICKETS_REPORT, component=DESK)
def report_change() -> Answer:
    """Report a technical or operational change on the customer's side (INC-12)."""
    return _answer(ChangeForm(), "change", TicketKind.CUSTOMER_CHANGE, Priority.P4)


@blueprint.route("/report/question", methods=["GET", "POST"])
@requires(Permission.CARE_TICKETS_REPORT, component=DESK)
def report_question() -> Answer:
    """Ask a question, or for information (INC-3, P4)."""
    return _answer(QuestionForm(), "question", TicketKind.REQUEST, Priority.P4)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the service that can be named in a report."""

    element_id: int
    name: str
    contract: Contract


def _answer(form: ReportForm, what: str, kind: TicketKind, priority: Priority) -> Answer:
    actor = current_actor()
    parts = _parts(actor, COMPONENTS[kind])
    form.offer([(part.element_id, part.name) for part in parts])
    if not form.is_submitted():
        return _page(form, what, 200)
    if not form.validate():
        return _page(form, what, REFUSED)
    try:
        ticket = _open(actor, form, parts, kind, priority)
    except RefusedError as error:
        db.session.rollback()
        return _page(form, what, show_refusal(form, error))
    flash(
        _(
            "%(reference)s is open. We keep you informed here and by mail.",
            reference=ticket.reference,
        )
    )
    return redirect(url_for("care.ticket", reference=ticket.reference), 303)


def _open(
    actor: Actor, form: ReportForm, parts: list[Part], kind: TicketKind, priority: Priority
) -> Ticket:
    chosen = next((p for p in parts if p.element_id == form.element.data), None)
    contracts = _contracts(actor, COMPONENTS[kind])
    if not contracts:
        message = "Your organisation has no contract in force. Call the Service Desk."
        raise RefusedError(message)
    impact = form.chosen_impact if isinstance(form, IncidentForm) else None
    is_checked = isinstance(form, IncidentForm) and bool(form.is_own_side_checked.data)
    draft = Report(
        title=form.title.data or "",
        description=form.description.data or "",
        priority=priority,
        kind=kind,
        channel=Channel.PORTAL,
        element_id=chosen.element_id if chosen else None,
        contact_name=actor.name,
        contact_phone=form.phone.data or "",
        is_own_side_checked=is_checked,
        since=form.since_at,
        impact=impact,
    )
    return open_ticket(actor, chosen.contract if chosen else contracts[0], draft, now=now())


def _contracts(actor: Actor, component: str) -> list[Contract]:
    """Return the contracts that grant what is reported now (CAT-3)."""
    at = now()
    return granting(contracts_of(actor.customer_id, at), held_by(actor), component, at)


def _parts(actor: Actor, component: str) -> list[Part]:
    contracts = _contracts(actor, component)
    return [
        Part(
            element.id,
            element.name if len(contracts) == 1 else f"{element.name} ({contract.reference})",
            contract,
        )
        for contract in contracts
        for element in elements_of(contract)
    ]


def _page(form: ReportForm, what: str, status: int, *, is_p1: bool = False) -> tuple[str, int]:
    actor = current_actor()
    if form.element.choices is None:  # a P1: its form was not read
        form.offer([(part.element_id, part.name) for part in _parts(actor, INCIDENTS)])
    page = render_template(
        f"care/report_{what}.html",
        form=form,
        what=what,
        is_p1=is_p1,
        customer=db.session.get_one(Customer, actor.customer_id) if is_p1 else None,
        endpoint=request.endpoint,
    )
    return page, status
