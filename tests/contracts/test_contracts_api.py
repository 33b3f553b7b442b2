"""The API of contracts: what the pages say and do, for programs of both sides (ORD-4, CON-2)."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from ops_portal.contracts.models import Contract
from ops_portal.contracts.succession import supersede
from ops_portal.core.db import db
from tests.factories import Person, World, api_token, make_world
from tests.portal import acting

TODAY = datetime.now(ZoneInfo("Europe/Brussels")).date


@pytest.fixture
def world(app: Flask) -> World:
    with acting(app):
        return make_world()


@pytest.fixture
def reference(app: Flask, world: World) -> str:
    with acting(app):
        return db.session.get_one(Contract, world.home.contract_id).reference


class Caller:
    """A program with a person's token."""

    def __init__(self, app: Flask, who: Person) -> None:
        with acting(app):
            self.token = api_token(who)
        self.client = app.test_client()

    def get(self, path: str) -> TestResponse:
        return self.client.get(f"/api/v1{path}", headers=self._headers())

    def post(self, path: str, body: dict[str, object]) -> TestResponse:
        headers = self._headers() | {"Idempotency-Key": str(uuid4())}
        return self.client.post(f"/api/v1{path}", json=body, headers=headers)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def test_each_side_lists_what_it_may_see(app: Flask, world: World, reference: str) -> None:
    own = Caller(app, world.representative).get("/contracts").json
    assert [item["reference"] for item in own["items"]] == [reference]
    manager = Caller(app, world.manager)
    assert len(manager.get("/contracts").json["items"]) == 2
    only = manager.get(f"/contracts?customer={world.home.code}").json["items"]
    assert [item["reference"] for item in only] == [reference]
    first = manager.get("/contracts?limit=1").json
    second = manager.client.get(first["next"], headers=manager._headers()).json
    assert first["items"] != second["items"] != []
    assert manager.get("/contracts?after=nonsense").status_code == 422


def test_a_contract_says_its_components_and_periods(
    app: Flask, world: World, reference: str
) -> None:
    """ORD-4, CAT-2: the periods follow one another without a gap."""
    with acting(app):
        now = datetime.now(UTC).replace(microsecond=0)
        supersede(
            db.session.get_one(Contract, world.home.contract_id),
            subscription="plus",
            options=["raw_data"],
            extras=[],
            order_id=None,
            at=now + timedelta(days=3),
            actor=world.manager.actor,
            now=now,
        )
    found = Caller(app, world.representative).get(f"/contracts/{reference}").json
    first, second = found["periods"]
    assert first["ended_at"] == second["valid_from"]
    assert (found["contract"], second["reference"]) == (reference, f"{reference}/2")
    standings = {c["key"]: c["standing"] for c in found["components"]}
    assert standings["billing_data"] == "included"
    assert standings["raw_data"] == "can_be_ordered"
    assert found["monthly_fee"] is not None


def test_a_program_sees_the_end_before_it_gives_notice_con_2(
    app: Flask, world: World, reference: str
) -> None:
    caller = Caller(app, world.representative)
    end = caller.get(f"/contracts/{reference}/end").json
    assert end["ends_on"] == (TODAY() + timedelta(days=30)).isoformat()
    wrong = caller.post(f"/contracts/{reference}/notices", {"ends_on": "2030-01-01"})
    assert wrong.status_code == 409
    given = caller.post(f"/contracts/{reference}/notices", {"ends_on": end["ends_on"]})
    assert (given.status_code, given.json["ends_on"]) == (201, end["ends_on"])
    assert caller.get(f"/contracts/{reference}").json["state"] == "notice"
    back = caller.post(f"/contracts/{reference}/notices/withdrawal", {"reason": "We stay"})
    assert (back.status_code, back.json["withdrawal_reason"]) == (201, "We stay")
    assert caller.get(f"/contracts/{reference}").json["ended_at"] is None


@pytest.mark.parametrize("body", [{"party": "provider"}, {"received_on": "2026-06-01"}])
def test_a_customer_gives_its_own_notice_only_con_2(
    app: Flask, world: World, reference: str, body: dict[str, object]
) -> None:
    answer = Caller(app, world.representative).post(f"/contracts/{reference}/notices", body)
    assert (answer.status_code, answer.json["rule"]) == (422, "CON-2")


def test_the_provider_records_either_sides_notice_con_2(
    app: Flask, world: World, reference: str
) -> None:
    caller = Caller(app, world.manager)
    assert caller.post(f"/contracts/{reference}/notices", {}).status_code == 422
    received = TODAY() - timedelta(days=1)
    body = {"party": "customer", "received_on": received.isoformat()}
    given = caller.post(f"/contracts/{reference}/notices", body)
    assert given.json["ends_on"] == (received + timedelta(days=30)).isoformat()


def test_others_find_nothing_and_readers_end_nothing(
    app: Flask, world: World, reference: str
) -> None:
    stranger = Caller(app, world.stranger)
    for path in ("", "/end"):
        assert stranger.get(f"/contracts/{reference}{path}").status_code == 404
    agent = Caller(app, world.agent)
    assert agent.get(f"/contracts/{reference}").status_code == 200
    answer = agent.post(f"/contracts/{reference}/notices", {"party": "provider"})
    assert answer.status_code == 403
