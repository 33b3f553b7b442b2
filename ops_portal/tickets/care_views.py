"""The customer's pages: home, the list of incidents, one ticket and what can be done with it."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from ops_portal.core.actor import Actor
from ops_portal.core.clock import now
from ops_portal.core.db import db
from ops_portal.core.errors import RefusedError
from ops_portal.core.paging import every_row
from ops_portal.core.permissions import Permission
from ops_portal.maintenance.queries import coming_works_of
from ops_portal.tickets import care_list, care_queries, care_words, operations
from ops_portal.tickets.care_blueprint import blueprint
from ops_portal.tickets.care_forms import ReopenForm, ReplyForm
from ops_portal.tickets.care_page import care_page_of
from ops_portal.tickets.care_queries import Month
from ops_portal.tickets.components import INCIDENTS
from ops_portal.tickets.models import Ticket, TicketState
from ops_portal.tickets.queries import lock_ticket, ticket_for
from ops_portal.web.components import Use
from ops_portal.web.forms import REFUSED, show_refusal
from ops_portal.web.guard import current_actor, requires
from sla.policy import Kpi

ON_HOME = 8
MONTHS_ON_HOME = 3
Answer = Response | tuple[str, int]


@blueprint.get("")
@requires(Permission.CARE_HOME)
def home() -> str:
    """Show what is open, what waits for an answer, the notices and the last months."""
    actor, at = current_actor(), now()
    works = coming_works_of(actor.customer_id, at)
    if not actor.can(Permission.CARE_TICKETS_READ):
        return render_template("care/home.html", works=works, has_tickets=False)
    opened = care_queries.open_tickets(actor, limit=ON_HOME)
    resolved = care_queries.tickets_to_confirm(actor, limit=ON_HOME)
    rows = care_list.rows_of([*opened, *resolved], now=at)
    return render_template(
        "care/home.html",
        has_tickets=True,
        works=works,
        asked=[row for row in rows if row.ticket.paused_reason == "customer"],
        opened=rows[: len(opened)],
        resolved=rows[len(opened) :],
        has_more_open=len(opened) == ON_HOME,
        has_more_resolved=len(resolved) == ON_HOME,
        months=_last_months(actor),
        kpis=list(Kpi),
    )


def _last_months(actor: Actor) -> list[dict[str, object]]:
    """Return, newest last, the months with their tallies per KPI."""
    last = Month.of(now(), ZoneInfo(actor.zone))
    months = [last.shifted(-back) for back in reversed(range(MONTHS_ON_HOME))]
    tallies = care_queries.verdicts_by_month(actor, months[0], last)
    return [
        {
            "month": month,
            "words": care_list.month_words(month),
            "short": care_list.month_words(month, "LLL"),
            "tallies": {kpi: tallies.get((kpi, month)) for kpi in Kpi},
        }
        for month in months
    ]


@blueprint.get("/incidents")
@requires(Permission.CARE_TICKETS_READ, component=INCIDENTS, use=Use.PAST)
def tickets() -> str | Response:
    """List the organisation's tickets, or export them."""
    actor, at = current_actor(), now()
    listing = care_list.tickets_listing(actor, now=at)
    filters = care_list.filters_of(listing)
    if listing.wants_export:
        return listing.export(
            every_row(lambda after: care_list.care_rows(actor, filters, now=at, after=after))
        )
    listing.show(
        care_list.care_rows(actor, filters, now=at, after=listing.after, before=listing.before)
    )
    return render_template("care/tickets.html", incidents=listing)


@blueprint.get("/incidents/<reference>")
@requires(Permission.CARE_TICKETS_READ, component=INCIDENTS, use=Use.PAST)
def ticket(reference: str) -> str:
    """Show one ticket: its public history, its clocks, and what can be done."""
    return _ticket_page(ticket_for(current_actor(), reference))


@blueprint.post("/incidents/<reference>/reply")
@requires(Permission.CARE_TICKETS_REPLY, component=INCIDENTS, use=Use.PAST)
def reply(reference: str) -> Answer:
    """Answer; a stop that waited for the customer ends with it (T42)."""
    form = ReplyForm(prefix="reply")
    return _act(
        reference,
        form,
        lambda actor, locked: operations.reply(actor, locked, form.body.data or "", now=now()),
        done=_("Your message was sent."),
    )


@blueprint.post("/incidents/<reference>/confirm")
@requires(Permission.CARE_TICKETS_CONFIRM, component=INCIDENTS, use=Use.PAST)
def confirm(reference: str) -> Answer:
    """Confirm that it works again; the ticket is closed."""
    return _act(
        reference,
        FlaskForm(),
        lambda actor, locked: operations.confirm(actor, locked, now=now()),
        done=_("Thank you. The ticket is closed."),
    )


@blueprint.post("/incidents/<reference>/reopen")
@requires(Permission.CARE_TICKETS_CONFIRM, component=INCIDENTS)
def reopen(reference: str) -> Answer:
    """Say that it does not work yet; the clock goes on."""
    form = ReopenForm(prefix="reopen")
    return _act(
        reference,
        form,
        lambda actor, locked: operations.reopen(actor, locked, form.body.data or "", now=now()),
        done=_("The ticket is open again."),
    )


@blueprint.get("/incidents/<reference>/reply")
@blueprint.get("/incidents/<reference>/confirm")
@blueprint.get("/incidents/<reference>/reopen")
@requires(Permission.CARE_TICKETS_READ, component=INCIDENTS, use=Use.PAST)
def back_to_ticket(reference: str) -> Response:
    """Lead from the address a refused form left in the browser to the ticket."""
    found = ticket_for(current_actor(), reference)
    return redirect(url_for("care.ticket", reference=found.reference), 303)


def _act(
    reference: str, form: FlaskForm, change: Callable[[Actor, Ticket], object], *, done: str
) -> Answer:
    """Do one thing with a locked ticket, or show its page again with what was typed."""
    actor = current_actor()
    status = REFUSED
    locked = lock_ticket(actor, reference)
    if form.validate():
        try:
            change(actor, locked)
        except RefusedError as error:
            status = show_refusal(form, error)
        else:
            flash(done)
            return redirect(url_for("care.ticket", reference=locked.reference), 303)
    db.session.rollback()
    return _ticket_page(ticket_for(actor, reference), form), status


def _ticket_page(found: Ticket, form: FlaskForm | None = None) -> str:
    return render_template(
        "care/ticket.html",
        page=care_page_of(found, now=now()),
        ticket=found,
        reply_form=form if isinstance(form, ReplyForm) else ReplyForm(None, prefix="reply"),
        reopen_form=form if isinstance(form, ReopenForm) else ReopenForm(None, prefix="reopen"),
        refused_form=None if _has_its_place(form, found) else form,
    )


def _has_its_place(form: FlaskForm | None, found: Ticket) -> bool:
    """Whether the page still shows the form that was refused; else its errors go to the top."""
    if isinstance(form, ReplyForm):
        return found.state not in care_words.STATES_SHOWN["closed"]
    return isinstance(form, ReopenForm) and found.state == TicketState.RESOLVED
