"""The desk's page of one ticket."""

from flask import Flask
from flask.testing import FlaskClient

from tests.factories import make_world, sign_in, ticket
from tests.portal import acting


def test_an_agent_reads_a_ticket(app: Flask, client: FlaskClient) -> None:
    with acting(app):
        world = make_world()
        reference = ticket(world).reference
    sign_in(client, world.agent)
    answer = client.get(f"/desk/tickets/{reference}")
    assert answer.status_code == 200
    print(answer.text[:300])
