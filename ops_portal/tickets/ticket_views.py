"""The desk's page of one ticket, and everything that can be done on it."""

from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # not in its types

from ops_portal.core.clock import now
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError, RefusedError, StaleError
from ops_portal.core.permissions import Permission
from ops_portal.tickets import words
from ops_portal.tickets.blueprint import blueprint
from ops_portal.tickets.models import Ticket, TicketState
from ops_portal.tickets.previews import ClockChange, changes
from ops_portal.tickets.queries import lock_ticket, ticket_for
from ops_portal.tickets.recording import preview
from ops_portal.tickets.ticket_actions import ACTIONS, Action, Doing, Form
from ops_portal.tickets.ticket_history import Entry, can_take_back
from ops_portal.tickets.ticket_page import (
    Live,
    TicketPage,
    complete,
    entries_since,
    entry_of,
    facts_of_ticket,
    read_live,
)
from ops_portal.web.forms import REFUSED, show_refusal
from ops_portal.web.guard import current_actor, requires

STALE = 409
NOBODY = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """An action that was not saved: what was typed, and why the page shows it again."""

    action: Action
    form: Form
    status: int = 200
    changes: list[ClockChange] | None = None
    """What it would move, once it is previewed; empty on a priority without clocks."""
    based_on: int | None = None
    """The version the reader had seen, when the ticket has moved on since."""


@blueprint.get("/desk/tickets/<reference>")
@requires(Permission.DESK_READ)
def ticket(reference: str) -> str:
    """Show a ticket; for a page that has this version already only what follows the wall clock."""
    live = read_live(current_actor(), reference, now=now())
    is_part = "HX-Request" in request.headers
    if is_part and request.args.get("seen", type=int) == live.head.ticket.version:
        return render_template("tickets/ticket_live.html", **_shared(live))
    return _page(live, _asked(live))


@blueprint.post("/desk/tickets/<reference>/<name>")
@requires(Permission.DESK_WORK)
def act(reference: str, name: str) -> Response | tuple[str, int]:
    """Do something with a ticket, or show first what it would move."""
    action = ACTIONS.get(name)
    if action is None:
        raise NotFoundError
    form = action.form(prefix=f"{name}-")
    attempt = _attempt(reference, action, form)
    if isinstance(attempt, Response):
        return attempt
    # what was tried is not kept: neither half-written facts nor the key of the form
    db.session.rollback()
    live = read_live(current_actor(), reference, now=now())
    return _page(live, attempt), attempt.status


@blueprint.get("/desk/tickets/<reference>/<name>")
@requires(Permission.DESK_READ)
def back_to_ticket(reference: str, name: str) -> Response:
    """Lead from the address a refused form left in the browser to the ticket."""
    found = ticket_for(current_actor(), reference)
    if name not in ACTIONS:
        raise NotFoundError
    return redirect(url_for(".ticket", reference=found.reference), 303)


def _attempt(reference: str, action: Action, form: Form) -> Attempt | Response:
    actor, at_now = current_actor(), now()
    based_on = request.form.get("version", NOBODY, type=int)
    try:
        locked = lock_ticket(actor, reference, based_on=based_on)
        if not form.validate():
            return Attempt(action, form, REFUSED)
        doing = Doing(actor, locked, form, at_now)
        if action.needs_preview(form) and "confirm" not in request.form and action.drafts:
            moved = changes(preview(locked, action.drafts(doing), now=at_now))
            return Attempt(action, form, changes=moved)
        action.save(doing)
    except StaleError as error:
        return Attempt(action, form, STALE, based_on=error.based_on)
    except RefusedError as error:
        return Attempt(action, form, show_refusal(form, error))
    target = url_for(".ticket", reference=locked.reference, _anchor=f"entry-{locked.version}")
    return redirect(target, 303)


def _asked(live: Live) -> Attempt | None:
    """Return the form the address asks for, opened: `?open=stop`, `?annul=7`."""
    seq = request.args.get("annul", type=int)
    action = ACTIONS.get("annul" if seq else request.args.get("open", ""))
    if action is None or action.name not in _possible(live):
        return None
    form: Form = action.form(None, prefix=f"{action.name}-")
    if seq:
        if not can_take_back(live.facts, seq):
            return None
        form.seq.data = seq
    _prefill(action.name, form, live.head.ticket)
    return Attempt(action, form)


def _page(live: Live, attempt: Attempt | None) -> str:
    page = complete(live)
    is_stale = attempt is not None and attempt.based_on is not None
    if attempt is not None and attempt.action.name == "assign":
        agents = [SelectChoice(p.user_id, p.name) for p in live.people if p.is_agent]
        attempt.form.user_id.choices = [SelectChoice(NOBODY, words.NOBODY), *agents]
    return render_template(
        "tickets/ticket.html",
        **_shared(live),
        page=page,
        facts=facts_of_ticket(live.head, live.reading),
        possible=_possible(live),
        compose=_compose_forms(live, attempt),
        attempt=attempt,
        since=entries_since(page, attempt.based_on or 0) if attempt and is_stale else [],
        wrong=_wrong_entry(page, attempt),
    )


def _shared(live: Live) -> dict[str, object]:
    return {
        "live": live,
        "head": live.head,
        "ticket": live.head.ticket,
        "words": words,
        "live_forms": list(ACTIONS),
    }


def _possible(live: Live) -> list[str]:
    """Return the names of what the reader can do with the ticket now."""
    if not current_actor().can(Permission.DESK_WORK):
        return []
    history, state = live.reading.history, TicketState(live.head.ticket.state)
    idle = set()
    if history.intervention_started_at is not None:
        idle.add("start")
    if not history.open_stops:
        idle.add("resume")
    return [name for name, do in ACTIONS.items() if state in do.states and name not in idle]


def _compose_forms(live: Live, attempt: Attempt | None) -> dict[str, Form]:
    """Return the two forms that are always on the page, with what was typed."""
    found: dict[str, Form] = {
        name: ACTIONS[name].form(None, prefix=f"{name}-")
        for name in ("reply", "note")
        if name in _possible(live)
    }
    if attempt is not None and attempt.action.name in found:
        found[attempt.action.name] = attempt.form
    return found


def _prefill(name: str, form: Form, ticket: Ticket) -> None:
    known: dict[str, tuple[str, object]] = {
        "assign": ("user_id", ticket.owner_id or NOBODY),
        "escalate": ("line", ticket.line),
        "priority": ("priority", ticket.priority),
        "diagnose": ("impact", ticket.priority),
    }
    if name in known:
        field_name, value = known[name]
        form[field_name].data = value


def _wrong_entry(page: TicketPage, attempt: Attempt | None) -> Entry | None:
    if attempt is None or attempt.action.name != "annul":
        return None
    return entry_of(page, attempt.form.seq.data or 0)
