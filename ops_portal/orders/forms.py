"""Forms of orders."""

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # not in its types
from wtforms.validators import InputRequired, Length, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from ops_portal.orders.completeness import Account
from ops_portal.orders.drafts import LONGEST_LIST, Draft
from ops_portal.orders.models import Order, OrderKind
from ops_portal.orders.pasting import Line, accounts_from, lines_from, lines_of
from ops_portal.web.languages import LANGUAGES, NAMES
from sla.catalogue import Catalogue

LANGUAGE_CHOICES = [SelectChoice(value=code, label=NAMES[code]) for code in LANGUAGES]
NEEDED = (
    "subscription",
    "access_owner_name",
    "access_owner_email",
    "access_owner_phone",
    "access_owner_language",
    "language",
)
EMPTY_ROWS = 3
MORE_ROWS = 20


class CheckboxListField(SelectMultipleField):
    """Several of a few, each with its own box."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class AccountRow(Form):
    """One line of the list of accounts."""

    customer_account = StringField(_l("Customer account"), [Optional()])
    billing_account = StringField(_l("Billing account"), [Optional()])
    name = StringField(_l("Name"), [Optional()])


class OrderForm(FlaskForm):
    """The order form; an empty field is no fault of a draft, the list of gaps names it (ORD-1)."""

    offered: frozenset[str] = frozenset()
    """The keys of the options that can be had, once they were offered."""

    version = HiddenField()
    subscription = RadioField(_l("Subscription"), [Optional()], validate_choice=False)
    options = CheckboxListField(_l("Options"), [Optional()], validate_choice=False)
    extras = CheckboxListField(
        _l("Beyond the usual implementation"), [Optional()], validate_choice=False
    )
    takes_effect_on = DateField(_l("First day of the change"), [Optional()])
    access_owner_name = StringField(_l("Name"), [Length(max=200)])
    access_owner_email = EmailField(_l("E-mail address"), [Length(max=254)])
    access_owner_phone = TelField(_l("Telephone"), [Length(max=40)])
    access_owner_language = SelectField(_l("Language"), choices=LANGUAGE_CHOICES)
    accounts = FieldList(FormField(AccountRow), max_entries=LONGEST_LIST * 2)
    pasted = TextAreaField(_l("Paste a list"), [Length(max=100_000)])
    has_portal_account = BooleanField(_l("The customer has an active portal account"))
    needs_credentials = BooleanField(_l("The Access Owner receives credentials"))
    language = SelectField(_l("Language of the order form"), choices=LANGUAGE_CHOICES)
    note = TextAreaField(_l("Remark"), [Length(max=5000)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (handed on to WTForms)
        """Mark what a complete order needs: a draft may lack it, so no validator asks for it."""
        super().__init__(*args, **kwargs)
        for name in NEEDED:
            self[name].flags.required = True

    def show(self, order: Order, accounts: Sequence[Account], *, rows: int = EMPTY_ROWS) -> None:
        """Fill the form with what is saved."""
        self.process(obj=order, data={"accounts": []})
        self.version.data = str(order.version)
        self.show_rows(lines_from(accounts), rows)

    def show_rows(self, lines: Sequence[Line], empty: int = EMPTY_ROWS) -> None:
        """Fill the list of accounts, with some empty rows below."""
        while self.accounts.entries:
            self.accounts.pop_entry()
        for line in [*lines, *[("", "", "")] * empty]:
            names = ("customer_account", "billing_account", "name")
            self.accounts.append_entry(dict(zip(names, line, strict=True)))

    def offer(self, catalogue: Catalogue, language: str) -> None:
        """Offer what the catalogue has: the options of the subscription that is chosen (CAT-2)."""
        self.subscription.choices = [
            SelectChoice(key, words[language]) for key, words in catalogue.subscriptions.items()
        ]
        options = catalogue.options_of(self.subscription.data or "")
        self.offered = frozenset(component.key for component in options)
        self.options.choices = [SelectChoice(c.key, c.name[language]) for c in options]
        self.extras.choices = [SelectChoice(e.key, e.name[language]) for e in catalogue.extras]

    def lines(self) -> list[Line]:
        """Return the rows that were filled, and what was pasted."""
        rows: list[Line] = [
            (
                row.customer_account.data or "",
                row.billing_account.data or "",
                row["name"].data or "",
            )
            for row in self.accounts
        ]
        return [row for row in rows if any(row)] + lines_of(self.pasted.data or "")

    def draft(self) -> Draft:
        """Return what was typed, as the operation takes it."""
        return Draft(
            subscription=self.subscription.data or "",
            options=tuple(key for key in self.options.data or () if key in self.offered),
            extras=tuple(self.extras.data or ()),
            takes_effect_on=self.takes_effect_on.data,
            access_owner_name=self.access_owner_name.data or "",
            access_owner_email=self.access_owner_email.data or "",
            access_owner_phone=self.access_owner_phone.data or "",
            access_owner_language=self.access_owner_language.data,
            accounts=tuple(accounts_from(self.lines())),
            has_portal_account=bool(self.has_portal_account.data),
            needs_credentials=bool(self.needs_credentials.data),
            language=self.language.data,
            note=self.note.data or "",
        )

    def validate_accounts(self, field: Any) -> None:  # noqa: ANN401 (its type is generic in the stubs only)
        """Refuse a billing account whose customer account was left out."""
        for customer_account, billing_account, _name in self.lines():
            if billing_account.strip() and not customer_account.strip():
                message = _l("Say to which customer account %(number)s belongs.")
                raise ValidationError(message % {"number": billing_account[:40]})
        if len(field.entries) > LONGEST_LIST * 2:
            raise ValidationError(_l("The list is too long."))


class StartForm(FlaskForm):
    """Which service an order is for."""

    subject = RadioField(_l("What is ordered"), [InputRequired(_l("Choose what is ordered."))])

    def offer(self, sold: Sequence[tuple[int, str]], running: Sequence[tuple[int, str]]) -> None:
        """Offer new services, and changes of those that run: `(id, label)` each."""
        subjects = [(f"{OrderKind.NEW}:{number}", label) for number, label in sold]
        subjects += [(f"{OrderKind.CHANGE}:{number}", label) for number, label in running]
        self.subject.choices = [SelectChoice(*subject) for subject in subjects]
        if self.subject.data is None and subjects:
            self.subject.data = subjects[0][0]

    @property
    def chosen(self) -> tuple[OrderKind, int]:
        """The kind of the order, and the id of the description or of the service."""
        kind, _colon, number = str(self.subject.data).partition(":")
        return OrderKind(kind), int(number)


class CancelForm(FlaskForm):
    """Calling an order off."""

    reason = StringField(
        _l("Why"), [InputRequired(_l("Say why the order is cancelled.")), Length(max=500)]
    )


class SignForm(FlaskForm):
    """Signing in the portal what was read."""

    shown_hash = HiddenField()
    name = StringField(
        _l("Your name"),
        [InputRequired(_l("Type your name: it is your signature.")), Length(max=200)],
    )
    is_read = BooleanField(
        _l("I have read the order form and sign it for my organisation."),
        [InputRequired(_l("Confirm that you have read the order form."))],
    )


class PaperForm(FlaskForm):
    """The scan of a signed paper form."""

    file = FileField(_l("Signed form"), [FileRequired(_l("Choose the file of the signed form."))])
    name = StringField(
        _l("Signed by"), [InputRequired(_l("Type the name of who signs.")), Length(max=200)]
    )
    signed_on = DateField(
        _l("Day of the signature"), [InputRequired(_l("On which day was it signed?"))]
    )
