"""Refusals of operations end up where the reader typed, in the reader's words."""

import pytest
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Optional

from ops_portal.core.errors import ConflictError, RefusedError
from ops_portal.web.forms import missing_words, show_refusal

ENGLISH = {"Accept-Language": "en"}


class Form(FlaskForm):
    title = StringField("Title", [DataRequired("Say what it is.")])
    note = StringField("Note", [DataRequired()])
    extra = StringField("Extra", [Optional()])


@pytest.fixture
def form(edge):
    with edge.test_request_context(
        "/login", method="POST", data={"title": "typed"}, headers=ENGLISH
    ):
        yield Form(meta={"csrf": False})


def test_a_refusal_stands_beside_its_field_and_at_the_top(form):
    status = show_refusal(form, RefusedError("Not so.", fields={"title": "Too short."}))
    assert status == 422
    assert form.form_errors == ["Not so."]
    assert form.title.errors == ["Too short."]
    assert form.title.data == "typed"


def test_a_sentence_for_an_unknown_field_is_not_lost(form):
    show_refusal(form, RefusedError("Not so.", fields={"elsewhere": "This neither."}))
    assert form.form_errors == ["Not so.", "This neither."]


def test_places_in_a_sentence_are_filled(form):
    error = RefusedError(
        "{reference} is closed.",
        params={"reference": "INC-1"},
        fields={"title": "{reference} has one."},
    )
    show_refusal(form, error)
    assert form.form_errors == ["INC-1 is closed."]
    assert form.title.errors == ["INC-1 has one."]
    assert str(error) == error.message == "INC-1 is closed."


def test_braces_without_places_stay_as_typed(form):
    show_refusal(form, RefusedError("Write {name} instead."))
    assert form.form_errors == ["Write {name} instead."]


def test_a_conflict_keeps_its_own_status(form):
    assert show_refusal(form, ConflictError("Somebody was faster.")) == 409


def test_errors_of_validation_stay_beside_those_of_the_operation(form):
    form.note.errors = ["Fill this in."]
    show_refusal(form, RefusedError("", fields={"note": "And it is late."}))
    assert form.note.errors == ["Fill this in.", "And it is late."]
    assert form.form_errors == []


def test_what_an_empty_field_says(form):
    assert missing_words(form.title) == "Say what it is."
    assert missing_words(form.note) == "Fill this in."
    assert missing_words(form.extra) == ""
