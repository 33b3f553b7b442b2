"""Where each person begins (people-and-pages: First pages)."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import MONDAY, make_world, sign_in
from tests.portal import acting


@pytest.mark.parametrize(
    ("person", "page"),
    [
        ("agent", "/desk"),
        ("manager", "/contracts"),
        ("clerk", "/billing"),
        ("operator", "/desk"),
    ],
)
def test_staff_begin_at_their_own_work(
    app: Flask, client: FlaskClient, person: str, page: str
) -> None:
    with acting(app):
        world = make_world(MONDAY)
    sign_in(client, getattr(world, person))
    assert client.get("/").location == page


def test_a_representative_begins_at_home(app: Flask, client: FlaskClient) -> None:
    with acting(app):
        world = make_world(MONDAY)
    sign_in(client, world.representative)
    assert client.get("/").location == "/care"
