"""Warnings and breaches as events: found by the ticker, each once, whatever happens to it."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from ops_portal.core.db import db
from ops_portal.tickets import clock_operations, operations
from ops_portal.tickets.desk_operations import void_ticket
from ops_portal.tickets.jobs import watch_clocks
from ops_portal.tickets.models import Alarm, Channel, Ticket
from ops_portal.tickets.queries import lock_ticket
from ops_portal.tickets.recording import project
from sla.policy import Priority
from tests.factories import MONDAY, make_world, ticket
from tests.portal import acting

FRIDAY_LATE = MONDAY.replace(day=12, hour=15, minute=30)  # Friday 17:30 in Brussels


@pytest.fixture
def world(app):
    with acting(app):
        return make_world()


def opened(app, world, **changes):
    with acting(app):
        return ticket(world, **({"priority": Priority.P1} | changes)).reference


def watch(app, at):
    with acting(app):
        return watch_clocks(now=at)


def alarms(app, kpi="reaction"):
    with acting(app) as session:
        found = session.scalars(select(Alarm).where(Alarm.kpi == kpi).order_by(Alarm.at)).all()
        return [(alarm.kind, alarm.at, alarm.is_retroactive) for alarm in found]


def start(app, world, reference, at):
    with acting(app):
        found = lock_ticket(world.agent.actor, reference)
        clock_operations.start_intervention(world.agent.actor, found, at=at, now=at)


def test_t65_the_warning_comes_at_three_quarters_of_the_counted_time(app, world):
    opened(app, world, at=FRIDAY_LATE)
    monday = MONDAY + timedelta(days=7)
    assert watch(app, FRIDAY_LATE + timedelta(days=2)) == 0
    assert watch(app, monday - timedelta(minutes=45, seconds=1)) == 0
    assert watch(app, monday - timedelta(minutes=45)) == 1
    assert alarms(app) == [("warning", monday - timedelta(minutes=45), False)]


def test_t65_three_quarters_of_24_hours_are_18_support_hours(app, world):
    reference = opened(app, world)
    start(app, world, reference, MONDAY)
    tuesday_17 = MONDAY + timedelta(days=1, hours=8)
    assert watch(app, tuesday_17 - timedelta(seconds=1)) == 0
    assert watch(app, tuesday_17) == 1


def test_t66_a_threshold_lies_in_support_time_and_never_at_night(app, world):
    opened(app, world, at=MONDAY + timedelta(hours=8), priority=Priority.P2)
    watch(app, MONDAY + timedelta(days=3))
    assert alarms(app)[0][1] == MONDAY + timedelta(days=1, minutes=-30)


def test_t10_exactly_on_target_is_no_breach(app, world):
    opened(app, world)
    watch(app, MONDAY + timedelta(hours=1))
    assert [kind for kind, *_ in alarms(app)] == ["warning"]
    watch(app, MONDAY + timedelta(hours=1, seconds=1))
    assert [kind for kind, *_ in alarms(app)] == ["warning", "breach"]


def test_t67_each_happens_once_however_often_the_watch_runs(app, world):
    opened(app, world)
    later = MONDAY + timedelta(hours=2)
    assert [watch(app, later) for _ in range(3)] == [2, 0, 0]
    assert [kind for kind, *_ in alarms(app)] == ["warning", "breach"]


def test_t67_a_watch_that_was_away_makes_up_for_both(app, world):
    reference = opened(app, world)
    start(app, world, reference, MONDAY + timedelta(hours=3))
    watch(app, MONDAY + timedelta(hours=5))
    assert alarms(app) == [("breach", MONDAY + timedelta(hours=1), False)]


def test_t67_a_breach_of_a_ticket_resolved_meanwhile_is_found_after_a_restart(app, world):
    reference = opened(app, world)
    done = MONDAY + timedelta(days=4)
    with acting(app):
        found = lock_ticket(world.agent.actor, reference)
        operations.resolve(world.agent.actor, found, "Done.", is_temporary=False, at=done, now=done)
    assert watch(app, done + timedelta(days=1)) == 2
    assert [kind for kind, *_ in alarms(app, "restoration")] == ["breach"]
    assert watch(app, done + timedelta(days=2)) == 0


def test_t67_two_tickers_at_once_raise_each_alarm_once(app, world):
    for _ in range(6):
        opened(app, world)
    gate, found = threading.Barrier(2), []

    def tick():
        with acting(app):
            gate.wait(timeout=10)
            found.append(watch_clocks(now=MONDAY + timedelta(hours=2)))

    threads = [threading.Thread(target=tick) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    watch(app, MONDAY + timedelta(hours=2))
    assert len(alarms(app)) == 12
    with acting(app) as session:
        assert not session.scalars(
            select(Ticket.id).where(Ticket.next_alarm_at <= MONDAY + timedelta(hours=2))
        ).all()


def test_t45_a_correction_gives_one_notice_marked_retroactive(app, world):
    reference = opened(app, world, at=MONDAY - timedelta(days=7), priority=Priority.P3)
    start(app, world, reference, MONDAY - timedelta(days=7))
    thursday = MONDAY - timedelta(days=4) + timedelta(hours=1)
    watch(app, thursday)
    with acting(app):
        clock_operations.set_priority(
            world.agent.actor,
            lock_ticket(world.agent.actor, reference),
            Priority.P1,
            is_correction=True,
            reason="It was an interruption.",
            now=thursday,
        )
    watch(app, thursday)
    watch(app, thursday + timedelta(hours=3))
    wednesday_13 = MONDAY - timedelta(days=5) + timedelta(hours=4)
    assert alarms(app, "restoration") == [("breach", wednesday_13, True)]


def test_t48_an_alarm_that_is_not_due_any_more_is_not_raised(app, world):
    reference = opened(app, world)
    with acting(app):
        clock_operations.set_priority(
            world.agent.actor,
            lock_ticket(world.agent.actor, reference),
            Priority.P4,
            is_correction=True,
            reason="A question.",
            now=MONDAY + timedelta(minutes=5),
        )
    assert watch(app, MONDAY + timedelta(days=10)) == 0


def test_t56_a_void_ticket_raises_none(app, world):
    reference = opened(app, world)
    with acting(app):
        found = lock_ticket(world.agent.actor, reference)
        void_ticket(world.agent.actor, found, "A test.", now=MONDAY + timedelta(minutes=5))
    assert watch(app, MONDAY + timedelta(days=10)) == 0


def test_t64_imported_tickets_raise_none(app, world):
    with acting(app):
        imported = ticket(world, priority=Priority.P2)
        imported.channel = Channel.IMPORT
        db.session.flush()
        project(imported, now=MONDAY)
    assert watch(app, MONDAY + timedelta(days=10)) == 0
