"""What an agent can do with a ticket: its form, the facts it would write, and how it is saved."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ops_portal.core.actor import Actor
from ops_portal.core.errors import N_, NotFoundError, RefusedError
from ops_portal.tickets import clock_operations, desk_operations, operations
from ops_portal.tickets import ticket_forms as forms
from ops_portal.tickets.drafts import resolve_drafts
from ops_portal.tickets.models import OPEN_STATES, OutOfScopeCause, Ticket, TicketState
from ops_portal.tickets.queries import ticket_for
from ops_portal.tickets.recording import Draft
from sla.policy import Basis, Priority, StopReason

Form = Any  # WTForms gives its fields no types

S = TicketState
OPEN = frozenset(OPEN_STATES)
ENDED = frozenset({S.RESOLVED, S.CLOSED})
ANY = frozenset(S)


@dataclass(frozen=True, slots=True)
class Doing:
    """One use of an action: who, on which ticket, with which form, when."""

    actor: Actor
    ticket: Ticket
    form: Form
    now: datetime


@dataclass(frozen=True, slots=True)
class Action:
    """One thing an agent can do."""

    name: str
    form: type[forms.DeskForm]
    save: Callable[[Doing], object]
    states: frozenset[TicketState]
    """The states of a ticket in which it can be done."""
    drafts: Callable[[Doing], list[Draft]] | None = None
    """What it would write, for the preview; None where no clock can move."""
    moment: str = ""
    """The field whose filling back-dates it; without one it is always previewed first."""

    def needs_preview(self, form: Form) -> bool:
        """Whether the page shows what moves before it saves."""
        if self.drafts is None:
            return False
        return not self.moment or form[self.moment].data is not None


def _reply(do: Doing) -> object:
    stop = do.form.stop.data
    return operations.reply(
        do.actor,
        do.ticket,
        do.form.body.data,
        now=do.now,
        is_start=bool(do.form.is_start.data),
        stop=StopReason(stop) if stop else None,
    )


def _note(do: Doing) -> object:
    return operations.note(do.actor, do.ticket, do.form.body.data, now=do.now)


def _assign(do: Doing) -> object:
    return desk_operations.assign(do.actor, do.ticket, do.form.user_id.data or None, now=do.now)


def _escalate(do: Doing) -> object:
    reason = do.form.reason.data or ""
    return desk_operations.escalate(do.actor, do.ticket, do.form.line.data, reason, now=do.now)


def _when(do: Doing) -> dict[str, Any]:
    return {"at": do.form.at.data or do.now, "reason": do.form.reason.data or ""}


def _start(do: Doing) -> object:
    return clock_operations.start_intervention(do.actor, do.ticket, **_when(do), now=do.now)


def _start_drafts(do: Doing) -> list[Draft]:
    return clock_operations.start_draft(do.ticket, **_when(do))


def _stop_facts(do: Doing) -> dict[str, Any]:
    form = do.form
    message = N_("The time lies in the future.")
    late = [name for name in ("start", "end") if form[name].data and form[name].data > do.now]
    if late:
        raise RefusedError(message, fields=dict.fromkeys(late, message))
    return {
        "start": form.start.data or do.now,
        "end": form.end.data,
        "note": form.note.data or "",
        "why_late": form.reason.data or "",
    }


def _stop(do: Doing) -> object:
    reason = StopReason(do.form.stop_reason.data)
    return clock_operations.stop_clock(do.actor, do.ticket, reason, **_stop_facts(do), now=do.now)


def _stop_drafts(do: Doing) -> list[Draft]:
    reason = StopReason(do.form.stop_reason.data)
    return clock_operations.stop_drafts(do.ticket, reason, **_stop_facts(do))


def _resume(do: Doing) -> object:
    return clock_operations.resume_clock(do.actor, do.ticket, **_when(do), now=do.now)


def _resume_drafts(do: Doing) -> list[Draft]:
    return clock_operations.resume_drafts(do.ticket, **_when(do))


def _priority_facts(do: Doing) -> dict[str, Any]:
    return {
        "is_correction": do.form.basis.data == Basis.CORRECTION,
        "reason": do.form.reason.data or "",
        "now": do.now,
    }


def _priority(do: Doing) -> object:
    priority = Priority(do.form.priority.data)
    return clock_operations.set_priority(do.actor, do.ticket, priority, **_priority_facts(do))


def _priority_drafts(do: Doing) -> list[Draft]:
    priority = Priority(do.form.priority.data)
    return clock_operations.priority_drafts(do.ticket, priority, **_priority_facts(do))


def _diagnose(do: Doing) -> object:
    form = do.form
    found = desk_operations.Diagnosis(
        assessment=form.body.data or "",
        cause=form.cause.data or "",
        component=form.component.data or "",
        impact=Priority(form.impact.data),
        is_remote_session=bool(form.is_remote_session.data),
    )
    return desk_operations.diagnose(do.actor, do.ticket, found, now=do.now)


def _resolve(do: Doing) -> object:
    is_temporary = do.form.solution.data == "temporary"
    return operations.resolve(
        do.actor,
        do.ticket,
        do.form.body.data,
        is_temporary=is_temporary,
        **_when(do),
        now=do.now,
    )


def _resolve_drafts(do: Doing) -> list[Draft]:
    is_temporary = do.form.solution.data == "temporary"
    return resolve_drafts(do.ticket, do.form.body.data, is_temporary=is_temporary, **_when(do))


def _reopen(do: Doing) -> object:
    return operations.reopen(do.actor, do.ticket, do.form.body.data, now=do.now)


def _confirm(do: Doing) -> object:
    return operations.confirm(do.actor, do.ticket, now=do.now)


def _survivor(do: Doing) -> Ticket:
    try:
        return ticket_for(do.actor, do.form.survivor.data.strip())
    except NotFoundError:
        message = N_("There is no such ticket.")
        raise RefusedError(message, fields={"survivor": message}) from None


def _duplicate(do: Doing) -> object:
    return desk_operations.void_as_duplicate(do.actor, do.ticket, _survivor(do), now=do.now)


def _duplicate_drafts(do: Doing) -> list[Draft]:
    return desk_operations.duplicate_drafts(do.ticket, _survivor(do), now=do.now)


def _void(do: Doing) -> object:
    return desk_operations.void_ticket(do.actor, do.ticket, do.form.reason.data, now=do.now)


def _void_drafts(do: Doing) -> list[Draft]:
    return desk_operations.void_drafts(do.ticket, do.form.reason.data, now=do.now)


def _scope(do: Doing) -> object:
    cause = OutOfScopeCause(do.form.cause.data)
    return desk_operations.leave_scope(do.actor, do.ticket, cause, do.form.reason.data, now=do.now)


def _scope_drafts(do: Doing) -> list[Draft]:
    cause = OutOfScopeCause(do.form.cause.data)
    return desk_operations.scope_drafts(do.ticket, cause, do.form.reason.data, now=do.now)


def _annul_facts(do: Doing) -> dict[str, Any]:
    return {"reason": do.form.reason.data or "", "now": do.now}


def _annul(do: Doing) -> object:
    return clock_operations.annul(do.actor, do.ticket, do.form.seq.data, **_annul_facts(do))


def _annul_drafts(do: Doing) -> list[Draft]:
    return clock_operations.annul_drafts(do.ticket, do.form.seq.data, **_annul_facts(do))


ACTIONS = {
    action.name: action
    for action in (
        Action("reply", forms.ReplyForm, _reply, ANY - {S.VOID}),
        Action("note", forms.NoteForm, _note, ANY),
        Action("assign", forms.AssignForm, _assign, OPEN),
        Action("escalate", forms.EscalateForm, _escalate, OPEN),
        Action("start", forms.StartForm, _start, OPEN, _start_drafts, "at"),
        Action("stop", forms.StopForm, _stop, OPEN | ENDED, _stop_drafts),
        Action("resume", forms.ResumeForm, _resume, OPEN, _resume_drafts, "at"),
        Action("priority", forms.PriorityForm, _priority, OPEN | ENDED, _priority_drafts),
        Action("diagnose", forms.DiagnoseForm, _diagnose, OPEN | ENDED),
        Action("resolve", forms.ResolveForm, _resolve, OPEN, _resolve_drafts, "at"),
        Action("confirm", forms.ConfirmForm, _confirm, frozenset({S.RESOLVED})),
        Action("reopen", forms.ReopenForm, _reopen, frozenset({S.RESOLVED})),
        Action("duplicate", forms.DuplicateForm, _duplicate, OPEN | ENDED, _duplicate_drafts),
        Action("void", forms.VoidForm, _void, OPEN | ENDED, _void_drafts),
        Action("scope", forms.ScopeForm, _scope, OPEN | ENDED, _scope_drafts),
        Action("annul", forms.AnnulForm, _annul, OPEN | ENDED, _annul_drafts),
    )
}
