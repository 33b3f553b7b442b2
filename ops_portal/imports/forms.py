"""The form that begins an import."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField
from wtforms.validators import DataRequired, Optional

BY_COLUMNS, OWN = "auto", "own"


class ImportForm(FlaskForm):
    """A file, whose it is, and how it is to be read."""

    file = FileField(_l("Incident log"), [FileRequired(_l("Choose a file."))])
    contract = SelectField(
        _l("Contract"), [DataRequired(_l("Choose a contract."))], coerce=str, default=""
    )
    mapping = SelectField(_l("Mapping"), [DataRequired()], default=BY_COLUMNS)
    mapping_file = FileField(_l("Own mapping"), [Optional()])

    def offer(
        self, contracts: Sequence[tuple[str, str]], mappings: Sequence[tuple[str, str]]
    ) -> None:
        """Set what can be chosen: `(value, label)` each."""
        self.contract.choices = [("", _l("Choose")), *contracts]
        self.mapping.choices = [
            (BY_COLUMNS, _l("The one that fits the columns of the file")),
            *mappings,
            (OWN, _l("The file below")),
        ]
