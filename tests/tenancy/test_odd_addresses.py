"""What nobody could have been given, in addresses, questions and forms: nothing falls over."""

from urllib.parse import quote
from uuid import uuid4

import pytest

from ops_portal.web import api as edge
from tests.factories import make_world
from tests.portal import acting
from tests.tenancy.bodies import BODIES
from tests.tenancy.props import furnish
from tests.tenancy.test_crawler import routes
from tests.tenancy.visiting import ENDING, Visitor

ODD = ["INC-\x00", str(10**30), str(2**63), str(2**31), "-1"]
ASKED = ("contract", "at", "q", "after", "before", "customer", "line", "contact", "year", "month")


@pytest.fixture
def visitors(app, monkeypatch):
    """Return an agent, an operator and a representative, signed in."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", value=False)
    monkeypatch.setattr(edge, "REQUESTS_PER_MINUTE", 10**6)
    with acting(app):
        world = make_world()
        furnish(world)
    people = world.personas()
    return [Visitor(app, people[name]) for name in ("agent", "operator", "representative")]


@pytest.mark.parametrize("odd", ODD, ids=ascii)
def test_nothing_odd_falls_over(app, visitors, odd):
    faults = []
    for visitor in visitors:
        for rule, method in routes(app):
            if rule.endpoint not in ENDING:
                status = _send(visitor, rule, method, odd)
                faults += [f"{method} {rule}: {status}"] if status >= 500 else []
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    "address",
    [
        "/desk/tickets/INC-%00",
        "/desk/views/%00",
        f"/desk/new?at=20260302T080000Z&contract={10**24}",
        f"/operations/works/{10**24}",
        "/api/v1/tickets/INC-%00",
    ],
)
def test_an_odd_address_is_not_found(visitors, address):
    for visitor in visitors[:2]:
        headers = {"Authorization": f"Bearer {visitor.token}"}
        status = visitor.client.get(address, headers=headers).status_code
        assert status in {403, 404}
    assert 404 in {v.client.get(address, headers=headers).status_code for v in visitors[:2]}


def _send(visitor, rule, method, odd):
    address = rule.rule
    for name in rule.arguments:
        address = "/".join(
            quote(odd, safe="") if part.strip("<>").split(":")[-1] == name else part
            for part in address.split("/")
        )
    names = {*ASKED, *BODIES.get((rule.endpoint, method), {})}
    sent = dict.fromkeys(names, odd)
    headers = {"Authorization": f"Bearer {visitor.token}", "Idempotency-Key": str(uuid4())}
    if method == "GET":
        answer = visitor.client.get(address, query_string=sent, headers=headers)
    elif rule.rule.startswith("/api/"):
        answer = visitor.client.open(address, method=method, json=sent, headers=headers)
    else:
        answer = visitor.client.open(address, method=method, data=sent | {"_once": str(uuid4())})
    answer.close()
    return answer.status_code
