"""Forms of people and their ways in."""

from collections.abc import Callable
from datetime import date, timedelta

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    HiddenField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TelField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # not in its types
from wtforms.validators import (
    DataRequired,
    Email,
    InputRequired,
    Length,
    Optional,
    Regexp,
    ValidationError,
)
from wtforms.widgets import CheckboxInput, ListWidget

from ops_portal.accounts.passwords import MAX_LENGTH, MIN_LENGTH
from ops_portal.accounts.words import ROLE_HELP, ROLES, SCOPES
from ops_portal.core.permissions import Permission, Role
from ops_portal.core.texts import cleaned_line
from ops_portal.web.languages import LANGUAGES, NAMES

PERSON_NAME = r"^[^<>@:/\\\x00-\x1f\x7f]+$"
"""A name goes into mails that strangers receive, so it cannot hold an address of a page."""
LANGUAGE_CHOICES = [SelectChoice(value=code, label=NAMES[code]) for code in LANGUAGES]
LONGEST_TOKEN = timedelta(days=365)
USUAL_TOKEN = timedelta(days=90)


def _name(label: str, *, is_needed: bool = True) -> StringField:
    needed = DataRequired(_l("Type a name.")) if is_needed else Optional()
    readable = Regexp(PERSON_NAME, message=_l("A name has no signs like : / < > @ in it."))
    return StringField(label, [needed, Length(max=100), readable], filters=[_one_line])


def _address() -> EmailField:
    is_address = Email(_l("This is not an e-mail address. It looks like name@example.com."))
    needed = DataRequired(_l("Type an e-mail address."))
    checks = [needed, Length(max=254), is_address]
    return EmailField(_l("E-mail address"), checks, filters=[_stripped])


def _one_line(typed: str | None) -> str | None:
    return cleaned_line(typed) if typed else typed


def _stripped(typed: str | None) -> str | None:
    return typed.strip() if typed else typed


def _new_password(label: str) -> PasswordField:
    return PasswordField(
        label, [DataRequired(_l("Type a password."))], render_kw={"minlength": MIN_LENGTH}
    )


def _old_password(label: str) -> PasswordField:
    too_long = Length(max=MAX_LENGTH)
    return PasswordField(label, [DataRequired(_l("Type your password.")), too_long])


class CheckboxListField(SelectMultipleField):
    """Several of a few, as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class SignInForm(FlaskForm):
    """Address and password."""

    email = EmailField(_l("E-mail address"), [DataRequired(_l("Type your e-mail address."))])
    password = _old_password(_l("Password"))


class ForgotPasswordForm(FlaskForm):
    """The address a link to a new password goes to."""

    email = _address()


class NewPasswordForm(FlaskForm):
    """A new password by a link."""

    password = _new_password(_l("New password"))


class ChangePasswordForm(FlaskForm):
    """A new password, with the old one as proof."""

    current = _old_password(_l("Present password"))
    password = _new_password(_l("New password"))


class NewLoginForm(FlaskForm):
    """What somebody chooses who accepts an invitation without a login."""

    name = _name(_l("Your name"))
    password = _new_password(_l("Password"))
    language = SelectField(_l("Language"), [InputRequired()], choices=LANGUAGE_CHOICES)


class OldLoginForm(FlaskForm):
    """The password of the login that joins another organisation."""

    password = _old_password(_l("Password"))


class JoinForm(FlaskForm):
    """Joining an organisation with the login one is signed in with: a button only."""

    token = HiddenField()


class InvitationForm(FlaskForm):
    """Whom to invite, and as what."""

    email = _address()
    name = _name(_l("Name"), is_needed=False)
    roles = RadioField(_l("Role"), [DataRequired(_l("Choose a role."))])

    def offer(self, roles: tuple[Role, ...]) -> None:
        """Offer the roles of this organisation."""
        self.roles.choices = role_choices(roles)


class RolesForm(FlaskForm):
    """The roles a person holds in an organisation."""

    roles = CheckboxListField(
        _l("Roles"), [DataRequired(_l("Choose at least one role, or end the access."))]
    )

    def offer(self, roles: tuple[Role, ...]) -> None:
        """Offer the roles of this organisation."""
        self.roles.choices = role_choices(roles)


class ProfileForm(FlaskForm):
    """What a person chooses for the own pages."""

    name = _name(_l("Your name"))
    language = SelectField(
        _l("Language of pages and mails"), [InputRequired()], choices=LANGUAGE_CHOICES
    )
    theme = RadioField(
        _l("Colours"),
        [InputRequired()],
        choices=[
            SelectChoice(value="light", label=_l("Light")),
            SelectChoice(value="dark", label=_l("Dark")),
            SelectChoice(value="auto", label=_l("As the system")),
        ],
    )
    has_shortcuts = BooleanField(_l("Keyboard shortcuts"))


class TokenForm(FlaskForm):
    """A key for a program."""

    name = StringField(_l("Name"), [DataRequired(_l("Type a name.")), Length(max=100)])
    scopes = CheckboxListField(
        _l("What it may do"), [DataRequired(_l("Choose at least one thing it may do."))]
    )
    expires_on = DateField(_l("Valid until"), [DataRequired(_l("Choose a day."))])

    def offer(self, permissions: frozenset[Permission], today: date) -> None:
        """Offer what the person may do; the usual end is three months from today."""
        self.scopes.choices = [
            SelectChoice(value=p.value, label=word)
            for p, word in SCOPES.items()
            if p in permissions
        ]
        first, last = today + timedelta(days=1), today + LONGEST_TOKEN
        self.expires_on.validators = [*self.expires_on.validators, between(first, last)]
        self.expires_on.render_kw = {"min": first.isoformat(), "max": last.isoformat()}
        if not self.is_submitted():
            self.expires_on.data = today + USUAL_TOKEN


class CustomerForm(FlaskForm):
    """A customer organisation."""

    code = StringField(
        _l("Customer number"), [DataRequired(_l("Type a customer number.")), Length(max=40)]
    )
    name = StringField(_l("Name"), [DataRequired(_l("Type a name.")), Length(max=200)])
    language = SelectField(_l("Language"), [InputRequired()], choices=LANGUAGE_CHOICES)
    phone = TelField(_l("Telephone"), [Optional(), Length(max=40)])


def between(first: date, last: date) -> Callable[[FlaskForm, DateField], None]:
    """Return a check that a day lies within two others, both allowed."""

    def check(_form: FlaskForm, field: DateField) -> None:
        if field.data is None or not first <= field.data <= last:
            raise ValidationError(_l("Choose a day from tomorrow to one year from now."))

    return check


def role_choices(roles: tuple[Role, ...]) -> list[SelectChoice]:
    """Return roles with their names and what they do, for a field of a form."""
    return [
        SelectChoice(
            value=role.value,
            label=_l("%(role)s: %(work)s", role=ROLES[role], work=ROLE_HELP[role]),
        )
        for role in roles
    ]
