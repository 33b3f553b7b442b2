"""Forms of deletions."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, TextAreaField
from wtforms.validators import InputRequired, Length


class RequestForm(FlaskForm):
    """Requesting a deletion (CON-4)."""

    reason = TextAreaField(
        _l("Why"),
        [InputRequired(_l("Say why the data are deleted; it is kept until they are.")),
         Length(max=2000)],
    )  # fmt: skip


class ApproveForm(FlaskForm):
    """Approving what somebody else requested (CON-4)."""

    is_read = BooleanField(
        _l("I have read what will be deleted"),
        [InputRequired(_l("Read the dry run first, and confirm it."))],
    )


class WithdrawForm(FlaskForm):
    """Withdrawing a deletion before it begins (CON-4)."""

    withdrawal_reason = TextAreaField(
        _l("Why it is withdrawn"),
        [InputRequired(_l("Say why the deletion is withdrawn.")), Length(max=2000)],
    )
