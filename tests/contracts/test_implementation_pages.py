"""The page of the implementation: who may, what it refuses, and that nothing is done twice."""

import re

import pytest
from sqlalchemy import select

from ops_portal.contracts.life import ImplementationStep
from ops_portal.contracts.models import Service
from tests.contracts.test_implementation import HOUR, MONDAY, begun
from tests.factories import make_world, sign_in
from tests.portal import acting


@pytest.fixture
def stage(app, client, monkeypatch):
    """Return `(world, address)` of a service under implementation; it is Monday, 11:00."""
    monkeypatch.setattr("ops_portal.contracts.implementation_views.now", lambda: MONDAY + 2 * HOUR)
    with acting(app):
        world = make_world()
        service = begun(world)
        place = f"/services/{service.id}/implementation"
    sign_in(client, world.operator)
    return world, place


def hidden(page):
    found = re.findall(r'name="(csrf_token|_once)" value="([^"]*)"', page.text)
    return dict(found)


def do(client, place, key, page=None, at="2026-06-08T10:30", **typed):
    page = page or client.get(place)
    sent = hidden(page) | {f"{key}-at": at} | {f"{key}-{n}": v for n, v in typed.items()}
    return client.post(f"{place}/{key}", data=sent)


def rows(app):
    with acting(app) as session:
        done = ImplementationStep.done_at.is_not(None)
        return session.scalars(select(ImplementationStep.key).where(done)).all()


def test_imp_1_the_steps_are_recorded_one_by_one(app, client, stage):
    _world, place = stage
    assert "Configure the platform" in client.get(place).text
    for key in ("configure", "associate_accounts", "activate"):
        assert do(client, place, key).status_code == 303, key
    shown = client.get(place).text
    assert "The service is active." in shown
    assert "Can be asked for until" in shown
    assert rows(app) == ["configure", "associate_accounts", "activate"]


def test_sending_twice_records_once(app, client, stage):
    page = client.get(stage[1])
    answers = [do(client, stage[1], "configure", page) for _ in range(2)]
    assert [a.status_code for a in answers] == [303, 303]
    assert rows(app) == ["configure"]


def test_imp_1_outside_the_office_hours_the_page_says_so_and_keeps_what_was_typed(
    app, client, stage
):
    world, place = stage
    refused = do(client, place, "configure", at="2026-06-08T07:30", note="Early bird")
    assert refused.status_code == 422
    assert rows(app) == []
    sign_in(client, world.manager)
    asked = do(client, place, "configure", at="2026-06-08T10:30")
    assert asked.status_code == 303


def test_imp_1_when_the_office_is_closed_the_page_says_when_it_opens(client, stage, monkeypatch):
    world, place = stage
    late = MONDAY + 11 * HOUR
    monkeypatch.setattr("ops_portal.contracts.implementation_views.now", lambda: late)
    page = client.get(place).text
    assert "The office is closed now" in page
    assert "Tue 9 Jun 2026, 08:00" in page
    assert "override_reason" not in page
    sign_in(client, world.manager)
    assert "override_reason" in client.get(place).text
    refused = do(client, place, "configure", at="2026-06-08T19:00", note="Late")
    assert "say why it was done then" in refused.text
    assert "Late" in refused.text
    done = do(client, place, "configure", at="2026-06-08T19:00", override_reason="Asked for")
    assert "Outside the office hours: Asked for" in client.get(done.location).text


@pytest.mark.parametrize(
    ("who", "reads", "works"),
    [
        ("manager", 200, 303),
        ("operator", 200, 303),
        ("agent", 200, 403),
        ("clerk", 200, 403),
        ("representative", 403, 403),
        ("stranger", 403, 403),
    ],
)
def test_only_who_implements_records_steps(client, stage, who, reads, works):
    world, place = stage
    keys = hidden(client.get(place))
    sign_in(client, getattr(world, who))
    page = client.get(place)
    assert page.status_code == reads
    token = hidden(page if reads == 200 else client.get("/account"))
    sent = keys | token | {"configure-at": "2026-06-08T10:30"}
    assert client.post(f"{place}/configure", data=sent).status_code == works
    if reads == 200:
        assert ('name="configure-at"' in page.text) is (works == 303)


def test_imp_2_the_receipt_of_credentials_is_recorded(app, client, stage):
    world, _place = stage
    with acting(app):
        service_id = begun(world, of=world.foreign, needs_credentials=True).id
    place = f"/services/{service_id}"
    page = client.get(f"{place}/implementation")
    empty = client.post(f"{place}/credentials", data=hidden(page))
    assert empty.status_code == 422
    sent = hidden(empty) | {"credentials-at": "2026-06-08T10:00"}
    assert client.post(f"{place}/credentials", data=sent).status_code == 303
    with acting(app) as session:
        assert session.get_one(Service, service_id).credentials_received_at == MONDAY + HOUR


def test_a_service_or_step_that_does_not_exist_is_not_found(client, stage):
    assert client.get("/services/999999/implementation").status_code == 404
    assert do(client, stage[1], "make_coffee").status_code == 404
