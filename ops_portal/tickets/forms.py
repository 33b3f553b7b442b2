"""The form of a call: what the agent asks, in the order of the conversation."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # not in its types
from wtforms.validators import InputRequired, Length

from ops_portal.contracts.models import SolutionElement
from ops_portal.tickets import words
from ops_portal.tickets.caller_search import Contact
from ops_portal.tickets.impact import PRIORITY_OF, Impact
from ops_portal.tickets.models import Channel, TicketKind
from ops_portal.tickets.operations import Report
from ops_portal.web.local_time import LocalTimeField
from sla.policy import Priority

SOMEBODY_ELSE = 0
NOT_KNOWN = 0
IMPACT = {
    Impact.COMPLETE: _l("Nothing works: a complete interruption"),
    Impact.SERIOUS: _l("Functions the business cannot do without are seriously degraded"),
    Impact.BACKUP: _l("The back-up had to be activated"),
    Impact.LIMITED: _l("Work goes on, with a limited hindrance"),
    Impact.NONE: _l("No impact: a question or a request for information"),
}
AS_ANSWERED = ""
PRIORITY_WORDS = {
    Priority.P1: _l("P1 · complete interruption"),
    Priority.P2: _l("P2 · serious degradation"),
    Priority.P3: _l("P3 · limited impact"),
    Priority.P4: _l("P4 · no impact, question"),
}
LOGGED_BY_STAFF = (Channel.PHONE, Channel.MAIL)


class CallForm(FlaskForm):
    """One incident as told by telephone (INC-1 to INC-4, INC-12)."""

    notified_at = LocalTimeField(_l("Time of the call"), [InputRequired(_l("When was the call?"))])
    channel = RadioField(
        _l("Reported"),
        [InputRequired()],
        choices=[SelectChoice(c.value, words.CHANNEL[c]) for c in LOGGED_BY_STAFF],
        default=Channel.PHONE.value,
    )
    contact = RadioField(_l("Who calls?"), [InputRequired(_l("Say who calls."))], coerce=int)
    contact_name = StringField(_l("Name of the caller"), [Length(max=200)])
    contact_phone = StringField(_l("Number to call back"), [Length(max=40)])
    is_authorised = BooleanField(
        _l("A representative of the customer authorised this person to report"),
    )
    recording_reference = StringField(_l("Reference of the recording"), [Length(max=100)])
    is_recording_told = BooleanField(_l("The caller was told that the call is recorded"))
    kind = RadioField(
        _l("What is it?"),
        [InputRequired()],
        choices=[SelectChoice(k.value, words.KIND[k]) for k in TicketKind],
        default=TicketKind.INCIDENT.value,
    )
    impact = RadioField(
        _l("What does it do to the work of the customer?"),
        [InputRequired(_l("Ask what still works."))],
        choices=[SelectChoice(i.value, word) for i, word in IMPACT.items()],
    )
    priority = SelectField(
        _l("Priority"),
        choices=[
            SelectChoice(AS_ANSWERED, _l("As the answer says")),
            *(SelectChoice(p.value, PRIORITY_WORDS[p]) for p in Priority),
        ],
        default=AS_ANSWERED,
    )
    priority_reason = StringField(_l("Why another priority?"), [Length(max=500)])
    title = StringField(
        _l("In a few words"),
        [InputRequired(_l("Say in a few words what is wrong.")), Length(max=200)],
    )
    description = TextAreaField(_l("What the caller says"), [Length(max=20_000)])
    element_id = SelectField(_l("Part of the service"), coerce=int, default=NOT_KNOWN)
    is_own_side_checked = BooleanField(
        _l("The caller checked the own equipment and actions as a cause"),
    )

    def offer(self, contacts: Sequence[Contact], elements: Sequence[SolutionElement]) -> None:
        """Fill the choices that depend on the customer."""
        self.contact.choices = [
            *(SelectChoice(c.user_id, c.label) for c in contacts),
            SelectChoice(SOMEBODY_ELSE, _("Somebody else")),
        ]
        self.element_id.choices = [
            SelectChoice(NOT_KNOWN, _("Not known")),
            *(SelectChoice(e.id, e.name) for e in elements),
        ]

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Ask for the name and the authorisation of somebody who is no representative (INC-1)."""
        is_valid: bool = super().validate(extra_validators)
        if self.contact.data != SOMEBODY_ELSE:
            return is_valid
        if not (self.contact_name.data or "").strip():
            self.contact_name.errors = [_("Ask for the name.")]
        if not self.is_authorised.data:
            self.is_authorised.errors = [
                _("Only authorised representatives report incidents. Confirm, or call one back.")
            ]
        return is_valid and not (self.contact_name.errors or self.is_authorised.errors)

    def report(self, contacts: Sequence[Contact]) -> Report:
        """Return what was asked as the operation takes it; the answer leads to the priority."""
        impact = Impact(self.impact.data)
        called = next((c for c in contacts if c.user_id == self.contact.data), None)
        return Report(
            title=self.title.data or "",
            description=self.description.data or "",
            priority=Priority(self.priority.data or PRIORITY_OF[impact]),
            priority_reason=self.priority_reason.data or "",
            impact=impact,
            channel=Channel(self.channel.data),
            kind=TicketKind(self.kind.data),
            element_id=self.element_id.data or None,
            notified_at=self.notified_at.data,
            contact_id=called.user_id if called else None,
            contact_name=called.name if called else self.contact_name.data or "",
            contact_phone=self.contact_phone.data or (called.phone if called else ""),
            recording_reference=self.recording_reference.data or "",
            is_recording_told=bool(self.is_recording_told.data),
            is_own_side_checked=bool(self.is_own_side_checked.data),
        )
