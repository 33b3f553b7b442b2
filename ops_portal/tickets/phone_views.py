"""Logging an incident by telephone: who calls, what happens, while the creation clock runs."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import get_timezone
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ops_portal.contracts.queries import Terms, elements_of, newest_calendar_id, newest_terms, terms
from ops_portal.core.clock import now
from ops_portal.core.errors import RefusedError
from ops_portal.core.permissions import Permission
from ops_portal.tickets.blueprint import blueprint
from ops_portal.tickets.caller_search import Caller, caller_of, callers_for
from ops_portal.tickets.creation_clock import creation_chip
from ops_portal.tickets.desk_queries import similar_open_tickets
from ops_portal.tickets.forms import CallForm
from ops_portal.tickets.models import Ticket
from ops_portal.tickets.operations import open_ticket
from ops_portal.web.forms import REFUSED, show_refusal
from ops_portal.web.guard import current_actor, requires
from ops_portal.web.local_time import read_local

OPENED = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True, slots=True)
class Call:
    """The call the page is about: when it was opened, and on which contract, once found."""

    opened_at: datetime
    caller: Caller | None
    terms: Terms


@blueprint.get("/desk/new")
@requires(Permission.DESK_WORK)
def new_incident() -> Response | str:
    """Ask who calls, then what happens; the address keeps when the call began."""
    at_now = now()
    opened_at = _opened(at_now)
    if opened_at is None:
        known: dict[str, Any] = {k: v for k, v in request.args.items() if k != "at"}
        return redirect(url_for("tickets.new_incident", **known, at=at_now.strftime(OPENED)))
    call = _call(opened_at)
    if call.caller is None:
        return _find(call, at_now)
    contact = request.args.get("contact", type=int)
    form = CallForm(formdata=None, data={"notified_at": opened_at, "contact": contact})
    return _ask(call, form, at_now)


@blueprint.post("/desk/new")
@requires(Permission.DESK_WORK)
def log_incident() -> Response | str | tuple[str, int]:
    """Open the ticket; a refused form comes back with everything that was typed."""
    at_now = now()
    call = _call(_opened(at_now) or at_now)
    caller = call.caller
    if caller is None:
        return redirect(url_for("tickets.new_incident"))
    form = CallForm()
    _offer(form, caller)
    if not form.validate_on_submit():
        return _ask(call, form, at_now), REFUSED
    try:
        report = form.report(caller.contacts)
        ticket = open_ticket(current_actor(), caller.contract, report, now=at_now)
    except RefusedError as error:
        status = show_refusal(form, error)
        return _ask(call, form, at_now, is_call_needed=error.rule == "INC-4"), status
    flash(_done_words(ticket, report.notified_at or at_now, call.terms))
    return redirect(url_for("tickets.ticket", reference=ticket.reference), 303)


def _find(call: Call, at_now: datetime) -> str:
    words = request.args.get("q", "").replace("\x00", "").strip()
    return render_template(
        "desk/find_caller.html",
        call=call,
        q=words,
        callers=callers_for(words, at_now),
        at=call.opened_at.strftime(OPENED),
        chip=creation_chip(call.terms, _called_at(call), at_now),
    )


def _ask(call: Call, form: CallForm, at_now: datetime, *, is_call_needed: bool = False) -> str:
    caller = call.caller
    if caller is None:
        raise RuntimeError
    _offer(form, caller)
    called_at = form.notified_at.data if request.method == "POST" else _called_at(call)
    title = form.title.data or request.args.get("title", "")
    return render_template(
        "desk/new_incident.html",
        call=call,
        caller=caller,
        form=form,
        at=call.opened_at.strftime(OPENED),
        chip=creation_chip(call.terms, called_at or call.opened_at, at_now),
        similar=similar_open_tickets(caller.customer.id, title.replace("\x00", "")),
        is_call_needed=is_call_needed,
        desk_phone=current_app.extensions["portal.config"].desk_phone,
    )


def _offer(form: CallForm, caller: Caller) -> None:
    form.offer(caller.contacts, elements_of(caller.contract))


def _call(opened_at: datetime) -> Call:
    contract_id = request.args.get("contract", type=int)
    if contract_id is None:
        return Call(opened_at, None, newest_terms(opened_at.date()))
    caller = caller_of(contract_id, now())
    calendar_id = newest_calendar_id(caller.contract.calendar)
    return Call(opened_at, caller, terms(caller.contract.description_id, calendar_id))


def _opened(at_now: datetime) -> datetime | None:
    try:
        opened = datetime.strptime(request.args.get("at", ""), OPENED).replace(tzinfo=UTC)
    except ValueError:
        return None
    return opened if opened <= at_now else None


def _called_at(call: Call) -> datetime:
    """Return the time of the call as it stands in the form just now, for the clock that follows."""
    try:
        typed = read_local(request.args.get("notified_at", ""), ZoneInfo(str(get_timezone())))
    except ValueError:
        return call.opened_at
    return typed.instant() or call.opened_at


def _done_words(ticket: Ticket, called_at: datetime, used: Terms) -> str:
    minutes = used.schedule.elapsed(called_at, ticket.created_at) // 60
    return _(
        "%(reference)s is logged, %(minutes)s min of support time after the call.",
        reference=ticket.reference,
        minutes=minutes,
    )
