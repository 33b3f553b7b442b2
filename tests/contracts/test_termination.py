"""Ending a service: notice, end, withdrawal, and what the night makes of it (CON-1, CON-2)."""

from datetime import date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from ops_portal.contracts.life import LifeEvent
from ops_portal.contracts.models import Contract, Service, ServiceDescription
from ops_portal.contracts.queries import contract_at
from ops_portal.contracts.service_queries import is_void, open_notice, run_of
from ops_portal.contracts.succession import supersede
from ops_portal.contracts.termination import (
    Notice,
    end_of_notice,
    end_services,
    give_notice,
    withdraw_notice,
)
from ops_portal.core.audit import AuditEntry
from ops_portal.core.db import db
from ops_portal.core.errors import ConflictError, RefusedError
from sla.catalogue import Party
from tests.contracts.living import TODAY, give, kinds, local, mails, run_for, write_mails
from tests.factories import MONDAY, World, make_world
from tests.portal import acting


@pytest.fixture
def world(app: Flask) -> World:
    with acting(app):
        return make_world(MONDAY)


@pytest.mark.parametrize(
    ("party", "received", "last_day", "ended_at"),
    [
        (Party.CUSTOMER, "2026-06-08", "2026-07-08", "2026-07-09 00:00"),
        (Party.CUSTOMER, "2026-02-27", "2026-03-29", "2026-03-30 00:00"),  # over the clock change
        (Party.CUSTOMER, "2025-12-02", "2026-01-01", "2026-01-02 00:00"),
        (Party.PROVIDER, "2026-06-08", "2026-09-08", "2026-09-09 00:00"),
        (Party.PROVIDER, "2025-11-30", "2026-02-28", "2026-03-01 00:00"),
        (Party.PROVIDER, "2026-01-31", "2026-04-30", "2026-05-01 00:00"),
        (Party.PROVIDER, "2026-02-28", "2026-05-28", "2026-05-29 00:00"),
        (Party.PROVIDER, "2028-02-29", "2028-05-29", "2028-05-30 00:00"),
    ],
)
def test_the_end_follows_from_the_day_of_receipt_con_2(
    app: Flask, world: World, party: Party, received: str, last_day: str, ended_at: str
) -> None:
    with acting(app):
        run = run_for(world.manager, world.home)
        end = end_of_notice(run, party, date.fromisoformat(received))
        assert (end.ends_on, end.ended_at) == (date.fromisoformat(last_day), local(ended_at))


def test_a_contract_has_no_end_until_somebody_gives_notice_con_1(app: Flask, world: World) -> None:
    with acting(app):
        run = run_for(world.manager, world.home)
        assert run.ended_at is None
        assert give(world).ended_at == local("2026-07-09 00:00")
        home = db.session.get_one(Contract, world.home.contract_id)
        assert contract_at(home.service_id, local("2026-07-08 23:59")) is home
        assert contract_at(home.service_id, local("2026-07-09 00:00")) is None


def test_a_notice_stands_in_the_timeline_and_in_the_audit_con_2(app: Flask, world: World) -> None:
    with acting(app):
        run = give(world)
        assert kinds(run.service) == [LifeEvent.NOTICE_GIVEN]
        entry = db.session.scalars(select(AuditEntry).filter_by(action="contract.notice")).one()
        assert entry.actor_id == world.representative.user_id
        assert entry.after is not None
        assert (entry.after["ends_on"], entry.after["reason"]) == ("2026-07-08", "We move on.")


@pytest.mark.parametrize(
    ("received", "now", "words"),
    [
        ("2026-06-09", MONDAY, "between the start of the service and today"),
        ("2024-12-31", MONDAY, "between the start of the service and today"),
        # 23:30 in Brussels is still Monday, though in New Zealand it is not
        ("2026-06-09", local("2026-06-08 23:30"), "between the start of the service and today"),
    ],
)
def test_a_notice_is_received_during_the_service_con_2(
    app: Flask, world: World, received: str, now: datetime, words: str
) -> None:
    with acting(app), pytest.raises(RefusedError, match=words):
        give(world, received_on=date.fromisoformat(received), now=now)


def test_a_second_notice_waits_for_the_withdrawal_of_the_first_con_2(
    app: Flask, world: World
) -> None:
    with acting(app):
        run = give(world)
        with pytest.raises(RefusedError, match="running already"):
            give(world, party=Party.PROVIDER)
        withdraw_notice(world.representative.actor, run, "We stay.", now=MONDAY)
        assert give(world, party=Party.PROVIDER).ended_at == local("2026-09-09 00:00")


def test_another_end_than_was_shown_is_not_recorded_con_2(app: Flask, world: World) -> None:
    """Midnight may pass between the page and the click."""
    with acting(app):
        run = run_for(world.representative, world.home)
        shown = end_of_notice(run, Party.CUSTOMER, TODAY - timedelta(days=1)).ends_on
        late = Notice(Party.CUSTOMER, TODAY, shown_end=shown)
        with pytest.raises(ConflictError, match="another one than was shown"):
            give_notice(world.representative.actor, run, late, now=MONDAY)
        assert open_notice(run.service) is None


def test_a_withdrawn_notice_leaves_the_contract_without_end_con_1(app: Flask, world: World) -> None:
    with acting(app):
        run = give(world)
        withdraw_notice(world.representative.actor, run, "We stay.", now=MONDAY)
        assert run_of(run.service).ended_at is None
        assert kinds(run.service) == [LifeEvent.NOTICE_GIVEN, LifeEvent.NOTICE_WITHDRAWN]


def test_a_notice_is_withdrawn_with_a_reason_by_its_side_before_the_end_con_2(
    app: Flask, world: World
) -> None:
    with acting(app):
        run = give(world, party=Party.PROVIDER)
        with pytest.raises(RefusedError, match="Only the side that gave"):
            withdraw_notice(world.representative.actor, run, "No.", now=MONDAY)
        with pytest.raises(RefusedError, match="Say why"):
            withdraw_notice(world.manager.actor, run, "  ", now=MONDAY)
        with pytest.raises(RefusedError, match="has ended"):
            withdraw_notice(world.manager.actor, run, "Late", now=local("2026-09-09 00:00"))
        withdraw_notice(world.manager.actor, run, "Early", now=local("2026-09-08 23:59"))
        with pytest.raises(RefusedError, match="No notice is running"):
            withdraw_notice(world.manager.actor, run, "Again", now=MONDAY)


@pytest.mark.parametrize("days", [10, 60])
def test_no_coming_contract_outlives_the_end_con_2(app: Flask, world: World, days: int) -> None:
    """A change that was to begin after the end never holds; withdrawn, all is as it was."""
    at = MONDAY + timedelta(days=days)
    with acting(app):
        old = db.session.get_one(Contract, world.home.contract_id)
        new = _change(world, old, at)
        run = give(world)
        end = local("2026-07-09 00:00")
        assert run.ended_at == end
        assert (old.ended_at, is_void(new)) == (min(at, end), at > end)
        assert contract_at(old.service_id, end) is None
        withdraw_notice(world.representative.actor, run, "We stay.", now=MONDAY)
        assert (old.ended_at, new.ended_at) == (at, None)


def test_a_change_is_refused_while_a_notice_runs_ord_4(app: Flask, world: World) -> None:
    with acting(app):
        run = give(world)
        with pytest.raises(RefusedError, match="withdraw it first"):
            _change(world, run.last, MONDAY + timedelta(days=1))


def test_a_notice_recorded_late_ends_in_the_past_con_2(app: Flask, world: World) -> None:
    """A letter found in a drawer counts from the day it was received."""
    with acting(app):
        run = run_for(world.manager, world.home)
        notice = Notice(Party.CUSTOMER, date(2026, 4, 1))
        give_notice(world.manager.actor, run, notice, now=MONDAY)
        assert run.has_ended(MONDAY)
        assert end_services(now=MONDAY) == 1


def test_the_end_is_recorded_once_at_its_own_instant_con_2(app: Flask, world: World) -> None:
    with acting(app):
        run = give(world)
        end = local("2026-07-09 00:00")
        assert end_services(now=end - timedelta(seconds=1)) == 0
        assert [end_services(now=end + timedelta(days=3)) for _again in range(2)] == [1, 0]
        assert kinds(run.service) == [LifeEvent.NOTICE_GIVEN, LifeEvent.ENDED]
        with pytest.raises(RefusedError, match="has ended: order the service anew"):
            _change(world, run.last, end + timedelta(days=9), now=end)


def test_both_sides_get_each_mail_once_in_their_language_con_2(app: Flask, world: World) -> None:
    with acting(app):
        home = contract_of(world)
        home.access_owner_email, home.access_owner_language = "owner@example.org", "fr"
        give(world)
        for _again in range(2):
            end_services(now=local("2026-07-09 00:30"))
            write_mails(local("2026-07-09 00:30"))
        found = {(mail["to"], mail["subject"]) for mail in mails()}
        manager, representative = world.manager.email, world.representative.email
        reference = home.reference
        assert len(mails()) == len(found)
        for to in (manager, representative, world.broker.email):
            assert (to, f"Notice received for {reference}") in found
            assert (to, f"{reference} has ended") in found
        assert sum(to == "owner@example.org" for to, _subject in found) == 2
        assert not {to for to, _subject in found} & {world.stranger.email, world.agent.email}
        told = next(mail["body"] for mail in mails() if mail["to"] == manager)
        assert "8 Jul 2026" in told
        assert f"/contracts/{home.id}" in told


def test_the_mails_of_a_withdrawal_carry_its_reason_con_2(app: Flask, world: World) -> None:
    with acting(app):
        run = give(world)
        withdraw_notice(world.representative.actor, run, "We stay after all.", now=MONDAY)
        write_mails(MONDAY)
        told = [m["body"] for m in mails() if m["subject"].startswith("Notice withdrawn")]
        assert told
        assert all("We stay after all." in body for body in told)


def test_a_notice_period_is_data_of_the_description_cat_1(app: Flask, world: World) -> None:
    """CON-2, CAT-1: another service has other periods and no code knows them."""
    with acting(app):
        first = db.session.scalars(select(ServiceDescription)).first()
        assert first is not None
        document = first.document | {
            "name": "Other",
            "notice": {"customer": {"months": 1}, "provider": {"days": 90}},
        }
        other = ServiceDescription(
            name="Other",
            version="7",
            effective_from=first.effective_from,
            document=document,
            created_at=MONDAY,
        )
        db.session.add(other)
        db.session.flush()
        run = run_for(world.manager, world.home)
        run.last.description_id = other.id
        ends = [end_of_notice(run, party, date(2026, 1, 31)).ends_on for party in Party]
        assert ends == [date(2026, 2, 28), date(2026, 5, 1)]


def test_jobs_of_the_night_run_in_the_timetable(app: Flask) -> None:
    entry = next(e for e in app.extensions["portal.timetable"] if e.name == "contracts.nightly")
    assert entry.every == timedelta(days=1)


def contract_of(world: World) -> Service:
    return run_for(world.manager, world.home).service


def _change(world: World, old: Contract, at: datetime, now: datetime = MONDAY) -> Contract:
    return supersede(
        old,
        subscription="plus",
        options=[],
        extras=[],
        order_id=None,
        at=at,
        actor=world.manager.actor,
        now=now,
    )
