"""What forms say: refusals of operations beside the fields, and what an empty field misses."""

from flask import Response, after_this_request
from flask_babel import gettext
from flask_wtf import FlaskForm
from wtforms import Field
from wtforms.validators import DataRequired, InputRequired

from ops_portal.core.errors import LimitedError, PortalError, filled

REFUSED = 422
"""The status of a page that shows a form again."""


def show_refusal(form: FlaskForm, error: PortalError) -> int:
    """Write an operation's refusal into the form and return the status of the page.

    A sentence for a field the form does not have goes to the top, so that none is lost.
    """
    form.form_errors = [*form.form_errors, *_top_sentences(form, error)]
    for name, sentence in error.fields.items():
        if name in form:
            form[name].errors = [*form[name].errors, translated(sentence, error)]
    if isinstance(error, LimitedError):
        wait = str(error.retry_after_s)

        @after_this_request
        def _say_when(response: Response) -> Response:
            response.headers["Retry-After"] = wait
            return response

    return error.status


def missing_words(form_field: Field) -> str:
    """Return what is said when a field is left empty that must not be, else nothing."""
    for validator in form_field.validators:
        if isinstance(validator, (DataRequired, InputRequired)):
            return str(validator.message or gettext("Fill this in."))
    return ""


def translated(sentence: str, error: PortalError) -> str:
    """Return a sentence of an error in the reader's language, its places filled."""
    return filled(gettext(sentence), error.params) if sentence else ""


def _top_sentences(form: FlaskForm, error: PortalError) -> list[str]:
    # what is said beside a field need not be said twice
    beside = {sentence for name, sentence in error.fields.items() if name in form}
    found = [error.msgid] if error.msgid and error.msgid not in beside else []
    found += [sentence for name, sentence in error.fields.items() if name not in form]
    return [translated(sentence, error) for sentence in found]
