"""The small forms of the ticket page, one for each thing an agent can do."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # not in its types
from wtforms.validators import InputRequired, Length
from wtforms.widgets import HiddenInput

from ops_portal.tickets import words
from ops_portal.tickets.models import OutOfScopeCause
from ops_portal.web.local_time import LocalTimeField
from sla.policy import Basis, Priority, StopReason

LONG, SHORT = Length(max=20_000), Length(max=1_000)
ROWS = {"rows": 3}
WHEN = _l("When?")
WHY_LATE = _l("Why is it recorded later?")
STOP_REASONS = [SelectChoice(r.value, words.STOP_REASON[r]) for r in StopReason]
PRIORITIES = [SelectChoice(p.value, p.value) for p in Priority]


class DeskForm(FlaskForm):
    """A form of the page; the token against forged requests is checked for all of them at once."""

    class Meta:
        """Leave the token to the application, which checks it before any view."""

        csrf = False


class ReplyForm(DeskForm):
    """A public reply, and what may come with it in the same action (T36)."""

    body = TextAreaField(
        _l("Reply to the customer"),
        [InputRequired(_l("Write a few words.")), LONG],
        render_kw={"rows": 5},
    )
    is_start = BooleanField(_l("Start the intervention with this reply"))
    stop = SelectField(
        _l("Then wait for"),
        choices=[SelectChoice("", _l("nothing: the clock runs on")), *STOP_REASONS],
        default="",
    )


class NoteForm(DeskForm):
    """An internal note."""

    body = TextAreaField(
        _l("Internal note"), [InputRequired(_l("Write a few words.")), LONG], render_kw={"rows": 4}
    )


class AssignForm(DeskForm):
    """Who works on the ticket; the operation checks that it is an agent."""

    user_id = SelectField(_l("Give to"), [InputRequired()], coerce=int, validate_choice=False)


class EscalateForm(DeskForm):
    """The line that works on it."""

    line = SelectField(
        _l("Move to"),
        [InputRequired()],
        coerce=int,
        choices=[SelectChoice(n, word) for n, word in words.LINE.items()],
    )
    reason = StringField(_l("Why?"), [SHORT])


class StartForm(DeskForm):
    """The start of the intervention."""

    at = LocalTimeField(WHEN)
    reason = StringField(WHY_LATE, [SHORT])


class StopForm(DeskForm):
    """A stop of the clock, until it is resumed or for a span that has passed."""

    stop_reason = SelectField(_l("Waiting for"), [InputRequired()], choices=STOP_REASONS)
    note = TextAreaField(
        _l("What is waited for? The customer reads it"),
        [InputRequired(_l("Say what is being waited for.")), SHORT],
        render_kw=ROWS,
    )
    start = LocalTimeField(_l("From when?"))
    end = LocalTimeField(_l("Until when?"))
    reason = StringField(WHY_LATE, [SHORT])


class ResumeForm(DeskForm):
    """The end of every open stop."""

    at = LocalTimeField(WHEN)
    reason = StringField(WHY_LATE, [SHORT])


class PriorityForm(DeskForm):
    """Another priority, and which of the two it is (INC-5)."""

    priority = SelectField(_l("Priority"), [InputRequired()], choices=PRIORITIES)
    basis = RadioField(
        _l("Which is it?"),
        [InputRequired(_l("Say which of the two it is."))],
        choices=[
            SelectChoice(Basis.CORRECTION.value, _l("A correction: it was always that priority")),
            SelectChoice(
                Basis.CHANGE.value, _l("A change: the impact itself is another one from now on")
            ),
        ],
    )
    reason = StringField(_l("Why? The customer reads it"), [InputRequired(_l("Say why.")), SHORT])


class DiagnoseForm(DeskForm):
    """What the remote diagnosis found (INC-6)."""

    body = TextAreaField(
        _l("Assessment"), [InputRequired(_l("Write a few words.")), LONG], render_kw=ROWS
    )
    cause = StringField(_l("Cause"), [SHORT])
    component = StringField(_l("Faulty component"), [SHORT])
    impact = SelectField(_l("Impact found"), [InputRequired()], choices=PRIORITIES)
    is_remote_session = BooleanField(_l("A remote session was used"))


class ResolveForm(DeskForm):
    """The restoration of the service (INC-7)."""

    body = TextAreaField(
        _l("What was done, for the customer"),
        [InputRequired(_l("Write a few words.")), LONG],
        render_kw=ROWS,
    )
    solution = RadioField(
        _l("Solution"),
        [InputRequired()],
        choices=[
            SelectChoice("permanent", _l("permanent")),
            SelectChoice("temporary", _l("temporary")),
        ],
        default="permanent",
    )
    at = LocalTimeField(_l("Restored when?"))
    reason = StringField(WHY_LATE, [SHORT])


class ReopenForm(DeskForm):
    """Why the resolution was none."""

    body = TextAreaField(
        _l("What is still wrong"), [InputRequired(_l("Write a few words.")), LONG], render_kw=ROWS
    )


class ConfirmForm(DeskForm):
    """The customer's word that it works, given by telephone."""


class DuplicateForm(DeskForm):
    """The older ticket that stays."""

    survivor = StringField(
        _l("Reference of the ticket that stays"),
        [InputRequired(_l("Name the other ticket.")), Length(max=20)],
    )


class VoidForm(DeskForm):
    """Why the ticket should not exist."""

    reason = StringField(_l("Why? The customer reads it"), [InputRequired(_l("Say why.")), SHORT])


class ScopeForm(DeskForm):
    """The cause from the list of the contract (INC-9)."""

    cause = SelectField(
        _l("Cause"),
        [InputRequired()],
        choices=[SelectChoice(c.value, words.OUT_OF_SCOPE[c]) for c in OutOfScopeCause],
    )
    reason = StringField(_l("Why? The customer reads it"), [InputRequired(_l("Say why.")), SHORT])


class AnnulForm(DeskForm):
    """An entry that is wrong, and why (INC-11)."""

    seq = IntegerField(_l("Entry"), [InputRequired()], widget=HiddenInput())
    reason = StringField(
        _l("Why is it wrong? The customer reads it"), [InputRequired(_l("Say why.")), SHORT]
    )
