"""Changing the calendar: which open tickets it would move, publishing, and following it."""

from datetime import date
from itertools import groupby

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ops_portal.contracts.forms import CalendarForm
from ops_portal.contracts.models import CalendarVersion
from ops_portal.contracts.operations import check_calendar, publish_calendar
from ops_portal.contracts.queries import Dated, calendar_versions, dated
from ops_portal.core.clock import now
from ops_portal.core.errors import PortalError, RefusedError, StaleError
from ops_portal.core.permissions import Permission
from ops_portal.tickets import words
from ops_portal.tickets.blueprint import blueprint
from ops_portal.tickets.moving import Cause, preview_calendar
from ops_portal.tickets.recomputing import begin, log_of, most_urgent, number_concerned, run_for
from ops_portal.web.forms import REFUSED, show_refusal
from ops_portal.web.guard import current_actor, requires

CALENDAR = "BE"
EXAMINED = 500
SHOWN = 20


@blueprint.get("/terms/calendar/change")
@requires(Permission.CALENDAR_MANAGE)
def calendar_change() -> str:
    """Show the calendar in force as a form."""
    newest, form = calendar_versions(CALENDAR)[0], CalendarForm(formdata=None)
    form.fill(dated(newest), newest.number, _since())
    return _page(form)


@blueprint.post("/terms/calendar/change")
@requires(Permission.CALENDAR_MANAGE)
def calendar_publish() -> Response | str | tuple[str, int]:
    """Say what a changed calendar would move, then publish it; the tickets follow in a job."""
    newest, form = calendar_versions(CALENDAR)[0], CalendarForm()
    if not form.validate_on_submit():
        return _page(form), REFUSED
    days = form.days(dated(newest), _since())
    try:
        if request.form.get("step") != "publish":
            check_calendar(days.holidays, days.closures)
            return _page(form, _preview(days))
        version = _publish(days, form)
    except (RefusedError, StaleError) as error:
        return _refused(form, error)
    run_id = begin(Cause.CALENDAR, version.id, 1, now=now())
    flash(_("The calendar is published. Open tickets follow; judged ones keep their verdict."))
    return redirect(url_for("tickets.calendar_run", run_id=run_id), 303)


@blueprint.get("/terms/calendar/runs/<int:run_id>")
@requires(Permission.CALENDAR_MANAGE)
def calendar_run(run_id: int) -> str:
    """Show how far the open tickets have followed a change, and which clocks moved."""
    run = run_for(run_id)
    return render_template(
        "desk/run.html", run=run, moves=log_of(run), kpi_words=words.KPI, shown=SHOWN
    )


def _publish(days: Dated, form: CalendarForm) -> CalendarVersion:
    number = form.based_on.data or ""
    return publish_calendar(
        CALENDAR,
        holidays=days.holidays,
        closures=days.closures,
        reason=form.reason.data or "",
        actor=current_actor(),
        now=now(),
        based_on=int(number) if number.isdecimal() else 0,
    )


def _refused(form: CalendarForm, error: PortalError) -> tuple[str, int]:
    show_refusal(form, error)
    return _page(form), error.status


def _preview(days: Dated) -> dict[str, object]:
    """Return what would move: exactly for the most urgent tickets, a number for all (T72)."""
    newest = calendar_versions(CALENDAR)[0]
    tickets = most_urgent(Cause.CALENDAR, newest.id, limit=EXAMINED)
    moves = preview_calendar(tickets, days, now=now())
    by_ticket = {ticket.id: ticket for ticket in tickets}
    moved = [
        (by_ticket[ticket_id], list(found))
        for ticket_id, found in groupby(moves, key=lambda move: move.ticket_id)
    ]
    return {
        "examined": len(tickets),
        "moved": len(moved),
        "total": number_concerned(Cause.CALENDAR, newest.id),
        "tickets": moved[:SHOWN],
    }


def _page(form: CalendarForm, preview: dict[str, object] | None = None) -> str:
    return render_template(
        "contracts/change_calendar.html",
        form=form,
        preview=preview,
        since=_since(),
        kpi_words=words.KPI,
    )


def _since() -> date:
    """Return the first day whose holidays can be edited: the start of this year."""
    return date(now().year, 1, 1)
