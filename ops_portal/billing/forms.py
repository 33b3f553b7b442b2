"""Forms of billing: details for invoices, one-off fees, payments."""

from decimal import Decimal

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import DateField, DecimalField, IntegerField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # not in its types
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import HiddenInput

from ops_portal.billing import wording
from ops_portal.billing.lines import DAY, HOUR, PIECE
from ops_portal.billing.payment_models import PaymentState

MOST = Decimal(1_000_000)


class DetailsForm(FlaskForm):
    """To whom invoices are made out."""

    legal_name = StringField(_l("Legal name"), [DataRequired(), Length(max=200)])
    street = StringField(_l("Street and number"), [DataRequired(), Length(max=200)])
    postal_code = StringField(_l("Postal code"), [DataRequired(), Length(max=20)])
    city = StringField(_l("City"), [DataRequired(), Length(max=100)])
    country = StringField(_l("Country"), [DataRequired(), Length(min=2, max=2)], default="BE")
    enterprise_number = StringField(_l("Enterprise number"), [Length(max=20)])
    vat_number = StringField(_l("VAT number"), [Length(max=20)])
    endpoint = StringField(_l("Peppol address"), [Length(max=60)])
    buyer_reference = StringField(_l("Reference of the customer"), [Length(max=100)])
    email = StringField(_l("E-mail for invoices"), [DataRequired(), Length(max=254)])
    version = IntegerField(_l("Version"), [InputRequired()], default=0, widget=HiddenInput())


class OneOffForm(FlaskForm):
    """A one-off fee (BIL-1)."""

    fee = SelectField(_l("Fee"), default="")
    text = StringField(_l("What is invoiced"), [Length(max=200)])
    on = DateField(_l("Day"), [InputRequired(_l("On which day was it done?"))])
    quantity = DecimalField(
        _l("Quantity"), [InputRequired(), NumberRange(Decimal("0.01"), MOST)], default=Decimal(1)
    )
    unit = SelectField(
        _l("Unit"),
        choices=[SelectChoice(u, wording.UNIT[u]) for u in (PIECE, HOUR, DAY)],
        default=PIECE,
    )
    price = DecimalField(_l("Price of one, without VAT"), [Optional(), NumberRange(0, MOST)])

    def offer(self, fees: list[tuple[str, str]]) -> None:
        """Set the fees of the contract: `(key, words)` each."""
        self.fee.choices = [*fees, ("", _l("Something else, with a price of its own"))]


class PaymentForm(FlaskForm):
    """What is known of the payment of one invoice."""

    state = SelectField(
        _l("State"),
        [DataRequired()],
        choices=[SelectChoice(str(state), wording.PAYMENT[state]) for state in PaymentState],
        default=PaymentState.PAID,
    )
    day = DateField(_l("Since"), [InputRequired(_l("Since which day?"))])
    due = DateField(_l("New due date"), [Optional()])


class PaymentFileForm(FlaskForm):
    """A file that says which invoices are paid."""

    file = FileField(_l("File"), [FileRequired(_l("Choose a file."))])
