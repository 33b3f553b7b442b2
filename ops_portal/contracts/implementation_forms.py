"""Forms of the implementation."""

from datetime import datetime
from typing import cast

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from ops_portal.contracts.implementation_operations import Doing
from ops_portal.web.local_time import LocalTimeField


class StepForm(FlaskForm):
    """One step that is done (IMP-1)."""

    at = LocalTimeField(_l("Done at"), [InputRequired(_l("When was it done?"))])
    done_by = StringField(_l("Done by"), [Length(max=200)])
    note = TextAreaField(_l("Remark"), [Length(max=2000)])
    override_reason = StringField(_l("Why outside the office hours"), [Length(max=500)])

    def doing(self) -> Doing:
        """Return what was typed, once it is valid, as the operation takes it."""
        return Doing(
            at=cast(datetime, self.at.data),
            done_by=self.done_by.data or "",
            note=self.note.data or "",
            override_reason=self.override_reason.data or "",
        )


class CredentialsForm(FlaskForm):
    """The receipt of the credentials (IMP-2)."""

    at = LocalTimeField(
        _l("Received at"), [InputRequired(_l("When were the credentials received?"))]
    )
