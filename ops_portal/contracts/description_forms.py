"""The form that registers a service description."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired


class DescriptionForm(FlaskForm):
    """A service description file (CAT-1)."""

    file = FileField(_l("Service description"), [FileRequired(_l("Choose a file."))])
