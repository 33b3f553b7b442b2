"""Forms of planned works."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    RadioField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # not in its types
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget

from ops_portal.maintenance.operations import Announcement
from ops_portal.maintenance.queries import Offered
from ops_portal.web.local_time import LocalTimeField

ALL, CHOSEN = "all", "chosen"
CONFIRM = _l("Yes, plan them outside the planned-works window (23:00 to 06:00)")


class CheckboxListField(SelectMultipleField):
    """Several of a list, each with its own box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class WorksForm(FlaskForm):
    """Announcing planned works (MNT-1)."""

    title = StringField(
        _l("What is done"), [InputRequired(_l("Say in a few words what is done.")), Length(max=200)]
    )
    description = TextAreaField(_l("What customers should know"), [Length(max=5000)])
    starts_at = LocalTimeField(_l("Start"), [InputRequired(_l("When do the works start?"))])
    ends_at = LocalTimeField(_l("End"), [InputRequired(_l("When do the works end?"))])
    is_interrupting = BooleanField(_l("The service is interrupted"), default=True)
    reach = RadioField(
        _l("What the works touch"),
        [InputRequired()],
        choices=[
            SelectChoice(ALL, _l("All parts of the service of all customers")),
            SelectChoice(CHOSEN, _l("These parts only")),
        ],
        default=ALL,
    )
    elements = CheckboxListField(_l("Parts of the service"), coerce=int)
    is_outside_confirmed = BooleanField(CONFIRM)

    def offer(self, elements: Sequence[Offered]) -> None:
        """Offer the solution elements of every contract in force."""
        self.elements.choices = [SelectChoice(e.element_id, e.label) for e in elements]

    def announcement(self, elements: Sequence[Offered]) -> Announcement:
        """Return what was typed, once it is valid, as the operation takes it."""
        everything = [element.element_id for element in elements]
        return Announcement(
            title=self.title.data or "",
            description=self.description.data or "",
            starts_at=cast(datetime, self.starts_at.data),
            ends_at=cast(datetime, self.ends_at.data),
            element_ids=everything if self.reach.data == ALL else self.elements.data or [],
            is_interrupting=bool(self.is_interrupting.data),
            is_outside_confirmed=bool(self.is_outside_confirmed.data),
        )


class ExtendForm(FlaskForm):
    """A later end, announced before the earlier one has come (MNT-3)."""

    ends_at = LocalTimeField(_l("New end"), [InputRequired(_l("When do the works end?"))])
    is_outside_confirmed = BooleanField(CONFIRM)


class CancelForm(FlaskForm):
    """Calling works off, or ending them early."""

    reason = StringField(
        _l("Why"), [InputRequired(_l("Say why; the customers read it.")), Length(max=500)]
    )
