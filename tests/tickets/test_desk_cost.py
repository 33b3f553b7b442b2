"""What the queue costs: a fixed number of statements, whatever it shows."""

from datetime import timedelta

import pytest

from sla.policy import Priority
from tests.factories import MONDAY, make_world, sign_in, ticket
from tests.portal import acting
from tests.tickets.statements import counted

MOST = 12


@pytest.fixture
def desk(app, client):
    with acting(app):
        world = make_world()
        ticket(world)
    sign_in(client, world.agent)
    client.get("/desk")  # the first request of a session opens the staff scope, audited
    return world


def statements(client, query):
    with counted() as sent:
        assert client.get(f"/desk{query}").status_code == 200
    return len(sent)


@pytest.mark.parametrize(
    "query",
    ["", "?view=mine", "?view=breached", "?q=invoices", "?priority=P2&order=newest", "?saved=x"],
)
def test_the_queue_sends_at_most_twelve_statements(client, desk, query):
    assert statements(client, query) <= MOST


def test_fifty_rows_send_as_many_statements_as_one(app, client, desk):
    for_one = statements(client, "")
    with acting(app):
        for minute in range(50):
            ticket(
                desk,
                at=MONDAY + timedelta(minutes=minute),
                priority=list(Priority)[minute % 4],
                of=(desk.home, desk.foreign)[minute % 2],
            )
    assert statements(client, "") == for_one
