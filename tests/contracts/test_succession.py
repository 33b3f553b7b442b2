"""A change of components makes a successor; two contracts of a service never overlap (ORD-4)."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from ops_portal.contracts.life import LifeEvent
from ops_portal.contracts.models import Contract, Service, ServiceDescription
from ops_portal.contracts.queries import contract_at, elements_of
from ops_portal.contracts.succession import supersede
from ops_portal.contracts.timeline import events_of
from ops_portal.core.audit import AuditEntry
from ops_portal.core.db import db
from ops_portal.core.errors import RefusedError
from tests.factories import ACTIVE_FROM, MONDAY, Person, Tenant, World, make_world
from tests.portal import acting

CHANGE = datetime(2026, 6, 30, 22, 0, tzinfo=UTC)
"""The first instant of 1 July 2026 in Brussels."""
LAST_BEFORE = CHANGE - timedelta(seconds=1)


@pytest.fixture
def world(app: Flask) -> World:
    with acting(app):
        return make_world(MONDAY)


def change(
    of: Tenant, by: Person, *, at: datetime = CHANGE, now: datetime = MONDAY, last: int = 0
) -> Contract:
    """Order raw data for the contract of a tenant, or for a successor of it."""
    return supersede(
        db.session.get_one(Contract, last or of.contract_id),
        subscription="plus",
        options=["raw_data"],
        extras=[],
        order_id=None,
        at=at,
        actor=by.actor,
        now=now,
    )


def test_the_old_contract_ends_where_the_new_one_begins(app: Flask, world: World) -> None:
    """ORD-4: no second belongs to both and none to neither."""
    with acting(app):
        new = change(world.home, world.manager)
        old = db.session.get_one(Contract, world.home.contract_id)
        assert (old.ended_at, new.valid_from, new.ended_at) == (CHANGE, CHANGE, None)
        assert contract_at(old.service_id, LAST_BEFORE) is old
        assert contract_at(old.service_id, CHANGE) is new
        assert contract_at(old.service_id, old.valid_from - timedelta(seconds=1)) is None


def test_the_successor_carries_on_what_belongs_to_the_service(app: Flask, world: World) -> None:
    """ORD-4: number, activation, calendar and elements go on; subscription and options change."""
    with acting(app):
        new = change(world.home, world.manager)
        old = db.session.get_one(Contract, world.home.contract_id)
        assert new.reference == f"{old.reference}/2"
        assert (new.subscription, new.options, new.active_from) == (
            "plus",
            ["raw_data"],
            ACTIVE_FROM,
        )
        assert elements_of(new) == elements_of(old) != []
        later = change(world.home, world.manager, at=CHANGE + timedelta(days=9), last=new.id)
        assert later.reference == f"{old.reference}/3"


def test_the_successor_points_at_the_description_in_force_when_signed(
    app: Flask, world: World
) -> None:
    """CAT-1: a version that comes into force between the signature and the change is not taken."""
    with acting(app):
        old = db.session.get_one(Contract, world.home.contract_id)
        first = db.session.get_one(ServiceDescription, old.description_id)
        in_force = _version(first, "1.1", MONDAY.date())
        _version(first, "1.2", CHANGE.date())
        assert change(world.home, world.manager).description_id == in_force.id


def test_the_timeline_and_the_audit_name_what_changed(app: Flask, world: World) -> None:
    """ORD-4, CFG-2: both stay readable, and who ordered the change is known."""
    with acting(app):
        new = change(world.home, world.manager)
        event = events_of(db.session.get_one(Service, new.service_id))[0]
        assert (event.kind, event.occurred_at, event.recorded_at) == (
            LifeEvent.SUPERSEDED,
            CHANGE,
            MONDAY,
        )
        assert event.params["added"] == ["raw_data"]
        assert (event.params["subscription_before"], event.params["subscription"]) == (
            "advanced",
            "plus",
        )
        entry = db.session.scalars(select(AuditEntry).filter_by(action="contract.supersede")).one()
        assert entry.customer_id == world.home.customer_id
        assert entry.after is not None
        assert entry.after["reference"] == new.reference


@pytest.mark.parametrize(
    ("at", "now"),
    [
        (MONDAY - timedelta(seconds=1), MONDAY),
        (ACTIVE_FROM, ACTIVE_FROM - timedelta(days=1)),
        (ACTIVE_FROM - timedelta(days=1), ACTIVE_FROM - timedelta(days=2)),
    ],
)
def test_a_change_never_reaches_back(app: Flask, world: World, at: datetime, now: datetime) -> None:
    """ORD-4: what was recorded under a contract stays with it."""
    with acting(app), pytest.raises(RefusedError, match="after it is signed"):
        change(world.home, world.manager, at=at, now=now)


def test_a_second_change_waits_for_the_first(app: Flask, world: World) -> None:
    """ORD-4: only the last contract of a service can be superseded."""
    with acting(app):
        change(world.home, world.manager)
        with pytest.raises(RefusedError, match="already coming"):
            change(world.home, world.manager)
        with pytest.raises(RefusedError, match="has ended"):
            change(world.home, world.manager, at=CHANGE + timedelta(days=1), now=CHANGE)


def test_the_database_itself_refuses_an_overlap(app: Flask, world: World) -> None:
    """ORD-4: the overlap is exactly none, whoever writes."""
    with acting(app):
        new = change(world.home, world.manager)
        old = db.session.get_one(Contract, world.home.contract_id)
        later = CHANGE + timedelta(seconds=1)
        with pytest.raises(IntegrityError, match="ex_contracts_overlap"), db.session.begin_nested():
            db.session.execute(
                text("UPDATE contracts SET ended_at = :later WHERE id = :old"),
                {"later": later, "old": old.id},
            )
        assert new.valid_from == old.ended_at


def _version(first: ServiceDescription, version: str, effective_from: object) -> ServiceDescription:
    document = first.document | {"version": version, "effective_from": str(effective_from)}
    row = ServiceDescription(
        name=first.name,
        version=version,
        effective_from=effective_from,
        document=document,
        created_at=MONDAY,
    )
    db.session.add(row)
    db.session.flush()
    return row
