"""A database that is away: a helpful page that says when to come back, and files as always."""

import pytest
from sqlalchemy.exc import OperationalError

from ops_portal.accounts import queries
from tests.factories import make_world, sign_in
from tests.portal import acting


@pytest.fixture
def cut_off(app, client, monkeypatch):
    """Return a signed-in browser whose portal has lost its database."""
    with acting(app):
        world = make_world()
    sign_in(client, world.agent)

    def away(*_, **__):
        lost = Exception("the server closed the connection")
        statement = "SELECT 1"
        raise OperationalError(statement, {}, lost)

    monkeypatch.setattr(queries, "actor_for_session", away)
    return client


@pytest.mark.parametrize("path", ["/desk", "/account", "/care"])
def test_a_signed_in_reader_gets_a_page_with_an_error_id(cut_off, path):
    answer = cut_off.get(path)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "<h1" in answer.text
    assert "Content-Security-Policy" in answer.headers
    assert cut_off.get("/healthz").status_code == 200


def test_files_and_unknown_addresses_answer_as_always(cut_off):
    with cut_off.get("/static/theme.css") as style:
        assert style.status_code == 200
    assert cut_off.get("/nothing-here").status_code == 404


def test_the_reader_is_still_signed_in_afterwards(cut_off, monkeypatch):
    cut_off.get("/desk")
    monkeypatch.undo()
    assert cut_off.get("/account").status_code == 200
