"""Corrections and changes of priority through the desk (INC-5; T44 to T48)."""

import pytest
from sqlalchemy import select

from ops_portal.core.db import db
from ops_portal.core.errors import RefusedError
from ops_portal.tickets import clock_operations
from ops_portal.tickets.clocks import read_clocks
from ops_portal.tickets.models import Alarm, FactKind
from ops_portal.tickets.queries import alarms_of, facts_of
from ops_portal.tickets.recording import raise_alarms
from sla.clock import ClockState
from sla.policy import Priority
from tests.tickets.desk import a_desk, at

HOUR = 3600


def test_a_correction_keeps_the_stops_t44(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00", "P2")
        desk.stop(opened, "2026-06-08 10:00", "2026-06-08 12:00")
        desk.prioritise(opened, "P1", "2026-06-08 13:00")
        assert desk.clock(opened, "2026-06-08 13:00").due_at == at("2026-06-10 15:00")


def test_a_correction_can_find_a_breach_that_lies_behind_and_tells_it_once_t45(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-01 09:00", "P3")
        desk.start(opened, "2026-06-01 09:10")
        desk.prioritise(opened, "P1", "2026-06-04 10:00")
        clock = desk.clock(opened, "2026-06-04 10:00")
        assert clock.state is ClockState.BREACHED
        assert clock.due_at == clock.breached_at == at("2026-06-03 13:00")
        assert clock.elapsed_s == 31 * HOUR  # 7 h over the target
        for minute in (1, 2):
            raise_alarms(opened, now=at(f"2026-06-04 10:0{minute}"))
        breaches = [a for a in alarms_of(opened) if a.kind == "breach"]
        assert [(a.kpi, a.is_retroactive) for a in breaches] == [("restoration", True)]


def test_a_correction_downwards_takes_the_clock_away_but_not_the_history_t46(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        assert desk.clock(opened, "2026-06-08 11:00", "reaction").state is ClockState.BREACHED
        desk.prioritise(opened, "P3", "2026-06-08 11:00")
        reading = read_clocks([opened], as_of=at("2026-06-08 12:00"))[opened.id]
        assert reading.clocks == ()
        told = [
            (f.kind, f.data["priority"])
            for f in facts_of(opened, is_internal_shown=True)
            if "priority" in f.data
        ]
        assert told == [("priority_set", "P1"), ("priority_corrected", "P3")]


def test_there_and_back_again_is_as_if_nothing_had_been_t47(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00", "P2")
        desk.prioritise(opened, "P1", "2026-06-08 10:00")
        desk.prioritise(opened, "P2", "2026-06-08 11:00")
        assert desk.clock(opened, "2026-06-08 12:00").due_at == at("2026-06-12 17:00")


def test_a_priority_without_target_leaves_no_due_date_and_no_alarm_behind_t48(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        assert opened.next_alarm_at is not None
        desk.prioritise(opened, "P4", "2026-06-08 09:30")
        assert opened.next_alarm_at is None
        assert opened.breached_from is None
        raise_alarms(opened, now=at("2026-06-20 09:00"))
        assert db.session.scalars(select(Alarm)).all() == []


def test_a_change_begins_a_new_period_and_leaves_the_old_one_inc_5(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00", "P2")
        desk.start(opened, "2026-06-08 10:00")
        desk.prioritise(opened, "P1", "2026-06-08 12:00", is_correction=False)
        reading = read_clocks([opened], as_of=at("2026-06-08 13:00"))[opened.id]
        told = [
            (c.period, c.kpi, c.priority, c.state) for c in reading.clocks if c.kpi != "creation"
        ]
        assert told == [
            (1, "reaction", "P2", "met"),
            (1, "restoration", "P2", "superseded"),
            (2, "reaction", "P1", "met"),
            (2, "restoration", "P1", "running"),
        ]


@pytest.mark.parametrize(
    ("priority", "reason", "field"), [("P2", "", "reason"), ("P1", "as it was", "priority")]
)
def test_a_priority_needs_a_reason_and_a_difference_inc_5(app, priority, reason, field):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        with pytest.raises(RefusedError) as refused:
            clock_operations.set_priority(
                desk.world.agent.actor,
                opened,
                Priority(priority),
                is_correction=True,
                reason=reason,
                now=at("2026-06-08 10:00"),
            )
        assert field in refused.value.fields


def test_the_customer_reads_the_reason_of_a_correction_inc_5(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00", "P2")
        desk.prioritise(opened, "P1", "2026-06-08 10:00")
        corrected = facts_of(opened, is_internal_shown=False)[-1]
        assert corrected.kind == FactKind.PRIORITY_CORRECTED
        assert corrected.reason == "the diagnosis shows it"
