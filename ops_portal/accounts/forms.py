"""Forms of the ways in."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField
from wtforms.validators import DataRequired, Length


class SignInForm(FlaskForm):
    """Address and password."""

    email = EmailField(_l("E-mail address"), [DataRequired(_l("Type your e-mail address."))])
    password = PasswordField(
        _l("Password"), [DataRequired(_l("Type your password.")), Length(max=200)]
    )
