"""Forms of a service's end."""

from datetime import date
from typing import Any, cast

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import DateField, HiddenField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # not in its types
from wtforms.validators import InputRequired, Length, Optional

from sla.catalogue import Party


class ReceiptForm(FlaskForm):
    """The first step: which side gave notice, and when it was received; it changes nothing."""

    class Meta:
        """A form in an address needs no token."""

        csrf = False

    party = RadioField(
        _l("Who gives notice"),
        [InputRequired(_l("Say which side gives notice."))],
        choices=[
            SelectChoice(Party.CUSTOMER.value, _l("The customer")),
            SelectChoice(Party.PROVIDER.value, _l("We, the provider")),
        ],
    )
    received_on = DateField(
        _l("Received on"), [InputRequired(_l("On which day did the other side receive it?"))]
    )


class NoticeForm(FlaskForm):
    """The second step: confirming the end that was shown."""

    shown_end = HiddenField()
    reason = TextAreaField(_l("Reason"), [Optional(), Length(max=1000)])
    letter = FileField(_l("The letter, as PDF"))

    @property
    def last_day(self) -> date | None:
        """The last day the page showed."""
        try:
            return date.fromisoformat(self.shown_end.data or "")
        except ValueError:
            return None


class WithdrawalForm(FlaskForm):
    """Withdrawing a notice."""

    reason = TextAreaField(
        _l("Why the notice is withdrawn"),
        [InputRequired(_l("Say why the notice is withdrawn.")), Length(max=1000)],
    )


def received(form: ReceiptForm) -> tuple[Party, date]:
    """Return what the first step says, once it is valid."""
    data: dict[str, Any] = form.data
    return Party(data["party"]), cast(date, data["received_on"])
