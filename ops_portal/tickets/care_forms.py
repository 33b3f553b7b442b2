"""The customer's forms: reporting, replying, confirming, reopening."""

from datetime import datetime

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # not in its types
from wtforms.validators import DataRequired, InputRequired, Length

from ops_portal.tickets import care_words
from ops_portal.tickets.impact import Impact
from ops_portal.web.local_time import LocalTimeField

MAX_TITLE = 200
MAX_TEXT = 20_000
MAX_PHONE = 40
NEEDS_WORDS = _l("Write a few words.")


class ReportForm(FlaskForm):
    """What the three kinds of report have in common."""

    title = StringField(
        _l("In a few words"),
        [DataRequired(_l("Say it in a few words.")), Length(max=MAX_TITLE)],
    )
    description = TextAreaField(_l("In your own words"), [Length(max=MAX_TEXT)])
    element = SelectField(_l("Which part of the service?"), coerce=int)
    phone = TelField(_l("A telephone number for questions"), [Length(max=MAX_PHONE)])

    @property
    def since_at(self) -> datetime | None:
        """When it began, or takes place; None where that is not asked or not said."""
        return None

    def offer(self, elements: list[tuple[int, str]]) -> None:
        """Offer the parts of the customer's service, `(id, name)`."""
        self.element.choices = [
            SelectChoice(value, label) for value, label in ((0, _l("I do not know")), *elements)
        ]


class IncidentForm(ReportForm):
    """Something does not work: the impact leads to the priority (INC-3, INC-12)."""

    impact = RadioField(
        _l("What does it do to your work?"),
        [InputRequired(_l("Choose what fits best."))],
        choices=[SelectChoice(impact.value, words) for impact, words in care_words.IMPACT.items()],
    )
    title = StringField(
        _l("What does not work?"),
        [DataRequired(_l("Say in a few words what does not work.")), Length(max=MAX_TITLE)],
    )
    description = TextAreaField(_l("What happens, and what did you try?"), [Length(max=MAX_TEXT)])
    since = LocalTimeField(_l("Since when?"))
    is_own_side_checked = BooleanField(
        _l("We checked that our own actions and our own equipment are not the cause."),
        [
            InputRequired(
                _l("Check your own side first, then confirm it here: it is what the contract asks.")
            )
        ],
    )

    @property
    def since_at(self) -> datetime | None:
        """When it began, if that was said."""
        return self.since.data

    instead = HiddenField()
    """The lower impact to send it with after a P1 was refused; the value of that button."""

    @property
    def chosen_impact(self) -> Impact | None:
        """What was answered, if anything known was."""
        try:
            return Impact(self.impact.data)
        except ValueError:
            return None

    def take_instead(self) -> None:
        """Let the button for a lower impact stand for the answer."""
        if self.instead.data:
            self.impact.data = self.instead.data
            self.impact.raw_data = [self.instead.data]


class ChangeForm(ReportForm):
    """A technical or operational change at the customer that may affect the service (INC-12)."""

    title = StringField(
        _l("What do you change?"),
        [DataRequired(_l("Say in a few words what you change.")), Length(max=MAX_TITLE)],
    )
    description = TextAreaField(_l("What may it affect?"), [Length(max=MAX_TEXT)])
    since = LocalTimeField(_l("When does it take place?"))

    @property
    def since_at(self) -> datetime | None:
        """When it takes place, if that was said."""
        return self.since.data


class QuestionForm(ReportForm):
    """A question, or a request for information (P4)."""

    title = StringField(
        _l("What is your question?"),
        [DataRequired(_l("Say in a few words what you want to know.")), Length(max=MAX_TITLE)],
    )
    description = TextAreaField(_l("More about it"), [Length(max=MAX_TEXT)])


class ReplyForm(FlaskForm):
    """A public answer."""

    body = TextAreaField(_l("Your message"), [DataRequired(NEEDS_WORDS), Length(max=MAX_TEXT)])


class ReopenForm(FlaskForm):
    """Why a resolution was none."""

    body = TextAreaField(
        _l("What does not work yet?"), [DataRequired(NEEDS_WORDS), Length(max=MAX_TEXT)]
    )
