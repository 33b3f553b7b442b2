"""Incidents find the contract of their own date, to the second of the change (ORD-4)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from ops_portal.contracts.models import Contract
from ops_portal.contracts.queries import contract_at, contracts_of
from ops_portal.contracts.succession import supersede
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError, RefusedError
from ops_portal.imports.models import ImportRun
from ops_portal.maintenance.queries import elements_in_force
from ops_portal.tickets.caller_search import caller_of, callers_for
from ops_portal.tickets.models import Ticket
from tests.factories import MONDAY, World, api_token, make_world, ticket
from tests.imports.logs import as_csv, event, imported
from tests.portal import acting

CHANGE = datetime(2026, 6, 30, 22, 0, tzinfo=UTC)
LAST_BEFORE = CHANGE - timedelta(seconds=1)
PAST_CHANGE = datetime(2016, 3, 7, 10, 0, tzinfo=UTC)
"""Monday 7 March 2016, 11:00 in Brussels: an incident of the log comes at that very second."""


@pytest.fixture
def world(app: Flask) -> World:
    with acting(app):
        return make_world(MONDAY)


@pytest.fixture
def successor_id(app: Flask, world: World) -> int:
    """Change the contract of `home` at `CHANGE`; return the id of the successor."""
    with acting(app):
        return _change(world, MONDAY, CHANGE).id


def _change(world: World, now: datetime, at: datetime) -> Contract:
    return supersede(
        db.session.get_one(Contract, world.home.contract_id),
        subscription="plus",
        options=[],
        extras=[],
        order_id=None,
        at=at,
        actor=world.manager.actor,
        now=now,
    )


@pytest.mark.parametrize("names_successor", [True, False])
def test_a_ticket_belongs_to_the_contract_in_force_when_it_is_opened(
    app: Flask, world: World, successor_id: int, *, names_successor: bool
) -> None:
    """ORD-4: whichever contract of the service the page, the call or the program named."""
    named = successor_id if names_successor else world.home.contract_id
    tenant = replace(world.home, contract_id=named)
    with acting(app):
        for at, expected in ((LAST_BEFORE, world.home.contract_id), (CHANGE, successor_id)):
            assert ticket(world, of=tenant, at=at).contract_id == expected


def test_no_ticket_is_opened_on_a_service_that_ended(app: Flask, world: World) -> None:
    """ORD-4: the refusal names the contract."""
    with acting(app):
        contract = db.session.get_one(Contract, world.home.contract_id)
        contract.ended_at = CHANGE
        assert ticket(world, at=LAST_BEFORE).contract_id == contract.id
        with pytest.raises(RefusedError, match=f"{contract.reference} is not in force"):
            ticket(world, at=CHANGE)


def test_lists_of_contracts_ask_for_an_instant(app: Flask, world: World, successor_id: int) -> None:
    """ORD-4: one contract of the service is in force at any time, not two and not none."""
    customer_id, old_id = world.home.customer_id, world.home.contract_id
    with acting(app):
        for at, expected in ((LAST_BEFORE, old_id), (CHANGE, successor_id)):
            assert [c.id for c in contracts_of(customer_id, at)] == [expected]
            assert [c.contract.id for c in callers_for(world.home.code, at)] == [expected]
            assert caller_of(old_id, at).contract.id == expected
            offered = [e.element_id for e in elements_in_force(at)]
            assert offered.count(world.home.element_id) == 1


def test_a_caller_without_a_contract_in_force_is_not_found(app: Flask, world: World) -> None:
    """ORD-4, INC-1: neither by search nor by an old address."""
    with acting(app):
        db.session.get_one(Contract, world.home.contract_id).ended_at = CHANGE
        assert callers_for(world.home.code, CHANGE) == []
        with pytest.raises(NotFoundError):
            caller_of(world.home.contract_id, CHANGE)


def test_a_program_may_go_on_naming_the_first_number(app: Flask, world: World) -> None:
    """ORD-4: the API takes any number of the service and answers with the contract in force."""
    with acting(app):
        now = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
        new = _change(world, now, now)
        names = [new.reference, new.reference.partition("/")[0]]
        token = api_token(world.representative)
    for name in names:
        answer = app.test_client().post(
            "/api/v1/tickets",
            json={
                "title": "Exports fail",
                "priority": "P3",
                "is_own_side_checked": True,
                "contract": name,
            },
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4())},
        )
        assert (answer.status_code, answer.json["contract"]) == (201, names[0])


def test_imported_incidents_go_to_the_contracts_of_their_dates(app: Flask, world: World) -> None:
    """ORD-4: one log over a change is judged by two contracts; what came before, by the first."""
    with acting(app):
        contract = db.session.get_one(Contract, world.home.contract_id)
        contract.valid_from = contract.active_from = PAST_CHANGE - timedelta(hours=1)
        successor = _change(world, MONDAY, CHANGE)
        contract.ended_at = PAST_CHANGE
        db.session.flush()
        successor.valid_from, successor_id = PAST_CHANGE, successor.id
    hours = {"A": "7/3/2016 09:10", "B": "7/3/2016 10:59", "C": "7/3/2016 11:00"}
    rows = [
        event(number, state, at, sys_created_at=made, opened_at=made, closed_at="7/3/2016 17:00")
        for number, made in hours.items()
        for state, at in (("New", made), ("Closed", "7/3/2016 17:00"))
    ]
    run = imported(app, world, as_csv(rows).encode())
    assert isinstance(run, ImportRun)
    with acting(app) as session:
        rows_kept = session.execute(select(Ticket.external_reference, Ticket.contract_id))
        found = dict(tuple(row) for row in rows_kept)
        service_id = db.session.get_one(Contract, successor_id).service_id
        assert contract_at(service_id, PAST_CHANGE - timedelta(hours=2)) is None
    old_id = world.home.contract_id
    assert found == {"A": old_id, "B": old_id, "C": successor_id}
