"""Use and inactivity: what counts, what is coming, what the night does, the way back (CON-3)."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from ops_portal.contracts.entitlements import Standing, entitlement, holdings_of
from ops_portal.contracts.inactivity import deactivate_idle, idle_services, reactivate
from ops_portal.contracts.life import Deactivation, LifeEvent, ServiceUse
from ops_portal.contracts.models import Contract, Service
from ops_portal.contracts.use import NOTED, note_use
from ops_portal.core.db import db
from ops_portal.core.errors import RefusedError
from tests.contracts.living import give, kinds, local, mails, service_id_of, used, write_mails
from tests.factories import MONDAY, World, api_token, make_world, sign_in
from tests.portal import acting

ACTIVATED = local("2026-01-15 10:00")


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    app.extensions.pop(NOTED, None)
    with acting(app):
        world = make_world(MONDAY)
        for tenant, at in ((world.home, ACTIVATED), (world.foreign, MONDAY)):
            service = db.session.get_one(Service, service_id_of(tenant))
            service.activated_at = at
    yield world
    app.extensions.pop(NOTED, None)


def idle(now: datetime, *, is_warning: bool = False) -> list[int]:
    return [found.service.id for found in idle_services(now=now, is_warning=is_warning)]


@pytest.mark.parametrize(
    ("last_use", "warned", "off"),
    [
        (None, "2026-06-15 10:00", "2026-07-15 10:00"),  # never used: from the activation
        ("2026-02-28 09:00", "2026-07-28 09:00", "2026-08-28 09:00"),
        ("2026-03-31 23:30", "2026-08-31 23:30", "2026-09-30 23:30"),  # no 31 September
        ("2026-08-31 09:00", "2027-01-31 09:00", "2027-02-28 09:00"),  # the end of February
        ("2026-09-29 02:30", "2027-02-28 02:30", "2027-03-29 02:30"),
        ("2026-09-28 02:30", "2027-02-28 02:30", "2027-03-28 03:30"),  # left out by the clock
        ("2026-06-01 12:00", "2026-11-01 12:00", "2026-12-01 12:00"),  # over the clock change
    ],
)
def test_months_count_from_the_last_use_con_3(
    app: Flask, world: World, last_use: str | None, warned: str, off: str
) -> None:
    second = timedelta(seconds=1)
    with acting(app):
        home = service_id_of(world.home)
        used(service_id_of(world.foreign), local("2027-04-01 00:00"))
        if last_use:
            used(home, local(last_use))
        for text, is_warning in ((warned, True), (off, False)):
            assert idle(local(text) - second, is_warning=is_warning) == []
            assert idle(local(text), is_warning=is_warning) == [home]


def test_an_unused_service_is_switched_off_once_and_then_told_con_3(
    app: Flask, world: World
) -> None:
    with acting(app):
        home = db.session.get_one(Service, service_id_of(world.home))
        home.access_owner_email = "owner@example.org"
        late = local("2026-07-20 01:05")
        assert [deactivate_idle(now=late) for _again in range(3)] == [1, 0, 0]
        row = db.session.scalars(select(Deactivation)).one()
        assert (row.last_used_at, row.deactivated_at) == (ACTIVATED, late)
        assert kinds(home) == [LifeEvent.DEACTIVATED]
        assert mails() == []
        for _again in range(2):
            write_mails(late)
        told = [mail["to"] for mail in mails()]
        assert sorted(told) == sorted(set(told))
        assert {"owner@example.org", world.representative.email} <= set(told)
        assert world.stranger.email not in told


def test_a_switched_off_service_grants_nothing_until_it_is_back_con_3(
    app: Flask, world: World
) -> None:
    off, back = local("2026-07-20 01:05"), local("2026-08-03 09:00")
    with acting(app):
        home = db.session.get_one(Service, service_id_of(world.home))
        deactivate_idle(now=off)
        reactivate(world.manager.actor, home, now=back)
        held = holdings_of(world.home.customer_id)[0]
        standings = [
            entitlement(held, "billing_data", at).standing
            for at in (off - timedelta(seconds=1), off, back - timedelta(seconds=1), back)
        ]
        assert standings == [
            Standing.INCLUDED,
            Standing.DEACTIVATED,
            Standing.DEACTIVATED,
            Standing.INCLUDED,
        ]
        assert kinds(home) == [LifeEvent.DEACTIVATED, LifeEvent.REACTIVATED]


def test_the_months_begin_anew_with_the_reactivation_con_3(app: Flask, world: World) -> None:
    with acting(app):
        home = db.session.get_one(Service, service_id_of(world.home))
        used(service_id_of(world.foreign), local("2027-04-01 00:00"))
        deactivate_idle(now=local("2026-07-20 01:05"))
        reactivate(world.manager.actor, home, now=local("2026-08-03 09:00"))
        assert idle(local("2027-02-03 08:59")) == []
        assert idle(local("2027-02-03 09:00")) == [home.id]
        with pytest.raises(RefusedError, match="not deactivated"):
            reactivate(world.manager.actor, home, now=local("2027-02-03 09:00"))


def test_services_that_ended_or_never_began_are_left_alone_con_3(app: Flask, world: World) -> None:
    with acting(app):
        used(service_id_of(world.foreign), local("2027-04-01 00:00"))
        home = db.session.get_one(Service, service_id_of(world.home))
        home.activated_at = None
        assert idle(local("2027-01-01 00:00")) == []
        home.activated_at = ACTIVATED
        give(world)
        assert idle(local("2026-07-09 00:00"), is_warning=True) == []


def test_a_use_that_comes_while_the_night_looks_counts_con_3(app: Flask, world: World) -> None:
    with acting(app):
        late, home = local("2026-07-20 01:05"), service_id_of(world.home)
        found = idle_services(now=late, is_warning=False)
        used(home, late)
        assert [idle.service.id for idle in found] == [home]
        assert deactivate_idle(now=late) == 0


def visit(client: FlaskClient, path: str = "/profile", **headers: str) -> int:
    return client.get(path, headers=headers).status_code


def uses(app: Flask) -> dict[int, tuple[str, datetime]]:
    with acting(app) as session:
        rows = session.scalars(select(ServiceUse)).all()
        return {row.service_id: (row.channel, row.last_used_at) for row in rows}


def test_a_visit_of_a_customer_is_a_use_of_the_own_services_con_3(
    app: Flask, client: FlaskClient, world: World
) -> None:
    sign_in(client, world.representative)
    assert visit(client, "/care") == 200
    with acting(app):
        home = service_id_of(world.home)
    found = uses(app)
    assert found.keys() == {home}
    channel, at = found[home]
    assert channel == "visit"
    assert abs(datetime.now(UTC) - at) < timedelta(minutes=1)


@pytest.mark.parametrize("who", ["agent", "manager", "operator", "clerk"])
def test_staff_never_count_as_a_use_con_3(
    app: Flask, client: FlaskClient, world: World, who: str
) -> None:
    sign_in(client, world.personas()[who])
    visit(client, f"/customers/{world.home.customer_id}")
    assert uses(app) == {}


def test_a_page_that_asks_by_itself_is_no_use_con_3(
    app: Flask, client: FlaskClient, world: World
) -> None:
    """A page left open overnight is nobody's visit."""
    sign_in(client, world.representative)
    assert visit(client, "/care", **{"X-Poll": "1"}) == 200
    assert uses(app) == {}


def test_a_call_of_the_api_is_a_use_con_3(app: Flask, client: FlaskClient, world: World) -> None:
    with acting(app):
        token = api_token(world.representative)
    visit(client, "/api/v1/tickets", Authorization=f"Bearer {token}")
    assert [channel for channel, _at in uses(app).values()] == ["api"]


def test_a_use_costs_one_statement_an_hour_con_3(app: Flask, world: World) -> None:
    seen: list[str] = []
    actor = world.representative.actor
    with acting(app):
        event.listen(db.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
        for minutes in (0, 1, 30, 59):
            note_use(actor, now=MONDAY + timedelta(minutes=minutes))
        assert len([s for s in seen if "service_uses" in s]) == 1
        note_use(actor, now=MONDAY + timedelta(minutes=60))
        assert len([s for s in seen if "service_uses" in s]) == 2


def test_the_second_visitor_of_an_hour_writes_nothing_con_3(app: Flask, world: World) -> None:
    with acting(app):
        home = service_id_of(world.home)
        note_use(world.representative.actor, now=MONDAY)
        note_use(world.access_owner.actor, now=MONDAY + timedelta(minutes=59))
    assert uses(app)[home][1] == MONDAY
    with acting(app):
        note_use(world.broker.actor, now=MONDAY + timedelta(minutes=61))
    assert uses(app)[home][1] == MONDAY + timedelta(minutes=61)


def test_an_access_owner_uses_the_own_service_only_con_3(app: Flask, world: World) -> None:
    """ORD-2: another service of the customer has another Access Owner."""
    with acting(app):
        home = db.session.get_one(Service, service_id_of(world.home))
        home.access_owner_email = world.access_owner.email.upper()
        other = Service(
            customer_id=home.customer_id,
            reference="C-other",
            name=home.name,
            access_owner_email="somebody@example.org",
            activated_at=ACTIVATED,
            created_at=ACTIVATED,
        )
        db.session.add(other)
        db.session.flush()
        contract = db.session.get_one(Contract, world.home.contract_id)
        db.session.add(
            Contract(
                customer_id=home.customer_id,
                service_id=other.id,
                reference="C-other",
                description_id=contract.description_id,
                subscription=contract.subscription,
                valid_from=ACTIVATED,
                created_at=ACTIVATED,
            )
        )
        db.session.flush()
        note_use(world.access_owner.actor, now=MONDAY)
        assert set(db.session.scalars(select(ServiceUse.service_id))) == {home.id}
        note_use(world.representative.actor, now=MONDAY + timedelta(minutes=1))
        assert set(db.session.scalars(select(ServiceUse.service_id))) == {home.id, other.id}
