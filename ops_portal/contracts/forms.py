"""The form of a calendar: dated closures and holidays, one row each."""

from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, FieldList, Form, FormField, HiddenField, StringField
from wtforms.validators import InputRequired, Length, Optional

from ops_portal.contracts.queries import Dated

SPARE_ROWS = 3


class ClosureRow(Form):
    """Days on which no support is given; an empty row is left out."""

    first = DateField(_l("First day"), [Optional()])
    last = DateField(_l("Last day"), [Optional()])
    name = StringField(_l("Name"), [Length(max=100)])

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401 (as WTForms has it)
        """Refuse half a row."""
        is_valid: bool = super().validate(extra_validators)
        given = [bool(self.first.data), bool(self.last.data), bool((self.name.data or "").strip())]
        if any(given) and not all(given):
            self.name.errors = [_("Fill in both days and the name, or empty the row.")]
            return False
        return is_valid


class HolidayRow(Form):
    """A public holiday; an empty row is left out."""

    day = DateField(_l("Day"), [Optional()])
    name = StringField(_l("Name"), [Length(max=100)])

    def validate(self, extra_validators: Any = None) -> bool:  # noqa: ANN401 (as WTForms has it)
        """Refuse half a row."""
        is_valid: bool = super().validate(extra_validators)
        if bool(self.day.data) != bool((self.name.data or "").strip()):
            self.name.errors = [_("Fill in the day and the name, or empty the row.")]
            return False
        return is_valid


class CalendarForm(FlaskForm):
    """The next version of a calendar (SLA-1)."""

    based_on = HiddenField()
    closures = FieldList(FormField(ClosureRow), label=_l("Closures"), max_entries=200)
    holidays = FieldList(FormField(HolidayRow), label=_l("Public holidays"), max_entries=400)
    reason = StringField(
        _l("Why the calendar changes"),
        [InputRequired(_l("Say why the calendar changes.")), Length(max=300)],
    )

    def fill(self, days: Dated, number: int, since: date) -> None:
        """Show the days of a version; holidays before `since` stay as they are, unseen."""
        self.based_on.data = str(number)
        for first, last, name in days.closures:
            self.closures.append_entry({"first": first, "last": last, "name": name})
        for day, name in days.holidays:
            if day >= since:
                self.holidays.append_entry({"day": day, "name": name})
        for _row in range(SPARE_ROWS):
            self.closures.append_entry({})
            self.holidays.append_entry({})

    def days(self, before: Dated, since: date) -> Dated:
        """Return the days as typed, with the holidays before `since` of the version before."""
        kept = [found for found in before.holidays if found[0] < since]
        typed = [(row["day"], row["name"].strip()) for row in self.holidays.data if row["day"]]
        closures = [
            (row["first"], row["last"], row["name"].strip())
            for row in self.closures.data
            if row["first"]
        ]
        return Dated((*kept, *typed), tuple(closures))
