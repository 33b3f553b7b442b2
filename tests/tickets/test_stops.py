"""Stops of the clock through the operations of the desk (SLA-2; T29 to T43)."""

import pytest

from ops_portal.core.db import db
from ops_portal.core.errors import RefusedError
from ops_portal.maintenance.models import AffectedElement, PlannedWork
from ops_portal.tickets import clock_operations, desk_operations, operations
from ops_portal.tickets.drafts import history_of
from ops_portal.tickets.models import Fact, TicketState
from ops_portal.tickets.queries import verdicts_of
from sla.clock import ClockState
from sla.policy import StopReason
from tests.tickets.desk import LATE, a_desk, at

HOUR = 3600


def test_a_stop_over_a_weekend_costs_its_support_time_only_t29(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-12 16:00")
        desk.stop(opened, "2026-06-12 17:00")
        desk.resume(opened, "2026-06-15 09:00")
        assert desk.clock(opened, "2026-06-15 10:00").due_at == at("2026-06-17 12:00")


def test_stops_that_overlap_are_deducted_once_t30(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        desk.stop(opened, "2026-06-08 10:00", "2026-06-08 12:00")
        desk.stop(opened, "2026-06-08 11:00", "2026-06-08 13:00", reason=StopReason.THIRD_PARTY)
        clock = desk.clock(opened, "2026-06-08 14:00")
        assert clock.due_at == at("2026-06-10 16:00")
        assert clock.elapsed_s == 2 * HOUR


def test_stops_that_touch_are_one_stop_t31(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        desk.stop(opened, "2026-06-08 10:00", "2026-06-08 11:00")
        desk.stop(opened, "2026-06-08 11:00", "2026-06-08 12:00")
        assert desk.clock(opened, "2026-06-08 12:00").due_at == at("2026-06-10 15:00")


def test_planned_works_on_the_element_stop_the_clock_t32(app):
    with a_desk(app) as desk:
        works = PlannedWork(
            title="Exchange of a disk",
            starts_at=at("2026-06-08 08:30"),
            ends_at=at("2026-06-08 09:30"),
            announced_at=at("2026-06-01 09:00"),
        )
        db.session.add(works)
        db.session.flush()
        home = desk.world.home
        db.session.add(
            AffectedElement(
                customer_id=home.customer_id, work_id=works.id, element_id=home.element_id
            )
        )
        opened = desk.open("2026-06-08 09:00")
        clock = desk.clock(opened, "2026-06-08 09:45", "reaction")
        assert clock.due_at == at("2026-06-08 10:30")
        assert clock.segments[0].cause == "planned_works"


def test_a_stop_at_night_changes_nothing_t33(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        desk.stop(opened, "2026-06-08 20:00", "2026-06-09 06:00")
        assert desk.clock(opened, "2026-06-09 09:00").due_at == at("2026-06-10 13:00")


def test_a_stopped_clock_never_breaches_and_says_when_it_would_be_due_t34(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        desk.start(opened, "2026-06-08 09:30")
        desk.stop(opened, "2026-06-08 15:00")
        clock = desk.clock(opened, "2026-06-18 15:00")
        assert (clock.state, clock.elapsed_s, clock.remaining_s) == (
            ClockState.PAUSED,
            6 * HOUR,
            18 * HOUR,
        )
        assert clock.due_at is None
        assert clock.due_if_resumed(at("2026-06-18 15:00")) == at("2026-06-22 13:00")


def test_resolving_straight_from_a_stop_closes_it_t35(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-02-02 09:00")
        desk.stop(opened, "2026-02-02 15:00")
        desk.resolve(opened, "2026-08-03 11:00")
        clock = desk.clock(opened, "2026-08-04 09:00")
        assert (clock.state, clock.elapsed_s) == (ClockState.MET, 6 * HOUR)


def test_reply_and_wait_in_one_action_keep_the_reaction_t36(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        operations.reply(
            desk.world.agent.actor,
            opened,
            "Which browser do you use?",
            now=at("2026-06-08 09:20"),
            is_start=True,
            stop=StopReason.CUSTOMER,
        )
        reaction = desk.clock(opened, "2026-06-10 09:00", "reaction")
        assert (reaction.state, reaction.elapsed_s) == (ClockState.MET, 20 * 60)
        assert opened.state == TicketState.WAITING
        stop = db.session.scalars(db.select(Fact).filter_by(kind="clock_stopped")).one()
        assert db.session.get_one(Fact, stop.id - 2).seq == stop.refers_to


def test_a_stop_counts_for_the_reaction_too_t37(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        desk.stop(opened, "2026-06-08 09:20", "2026-06-08 09:50")
        desk.start(opened, "2026-06-08 10:20")
        reaction = desk.clock(opened, "2026-06-08 11:00", "reaction")
        assert (reaction.state, reaction.elapsed_s) == (ClockState.MET, 50 * 60)


def test_a_stop_after_the_breach_does_not_heal_it_t38(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        desk.stop(opened, "2026-06-10 14:00", "2026-06-10 16:00")
        desk.resolve(opened, "2026-06-10 17:00")
        clock = desk.clock(opened, "2026-06-11 09:00")
        assert (clock.state, clock.elapsed_s) == (ClockState.BREACHED, 26 * HOUR)
        assert clock.breached_at == at("2026-06-10 13:00")


def test_a_stop_entered_after_closing_gives_a_new_verdict_and_keeps_the_old_one_t39(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        desk.start(opened, "2026-06-08 09:10")
        desk.resolve(opened, "2026-06-10 15:00")
        desk.stop(opened, "2026-06-08 10:00", "2026-06-08 13:00", now="2026-06-12 09:00")
        verdicts = [v for v in verdicts_of(opened) if v.kpi == "restoration"]
        old, new = verdicts
        assert (old.state, old.elapsed_s, old.is_current) == ("breached", 26 * HOUR, False)
        assert (new.state, new.elapsed_s, new.is_current) == ("met", 23 * HOUR, True)
        assert new.judged_by == desk.world.agent.user_id
        stop = db.session.scalars(db.select(Fact).filter_by(kind="clock_stopped")).one()
        assert (stop.reason, stop.author_id) == (LATE, desk.world.agent.user_id)


def test_stops_are_exact_to_the_second_t40(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        desk.stop(opened, "2026-06-08 10:15:05", "2026-06-08 10:15:25")
        desk.stop(opened, "2026-06-08 10:15:40", "2026-06-08 10:45:00")
        desk.resolve(opened, "2026-06-08 12:00")
        elapsed = desk.clock(opened, "2026-06-08 12:00").elapsed_s
        assert elapsed == 2 * HOUR + 30 * 60 + 20


@pytest.mark.parametrize(
    ("start", "end", "note", "field"),
    [
        ("2026-06-08 10:00", "2026-06-08 10:00", "waiting", "end"),
        ("2026-06-08 10:00", "2026-06-08 09:30", "waiting", "end"),
        ("2026-06-08 10:00", None, " ", "note"),
        ("2026-06-08 08:30", None, "waiting", "start"),
    ],
)
def test_a_stop_that_makes_no_sense_is_refused_t41(app, start, end, note, field):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        with pytest.raises(RefusedError) as refused:
            clock_operations.stop_clock(
                desk.world.agent.actor,
                opened,
                StopReason.CUSTOMER,
                start=at(start),
                end=at(end) if end else None,
                note=note,
                now=at("2026-06-08 11:00"),
            )
        assert field in refused.value.fields


def test_a_customer_cannot_stop_the_clock_t41(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        customer, now = desk.world.representative.actor, at("2026-06-08 10:00")
        with pytest.raises(RefusedError):
            clock_operations.stop_clock(
                customer, opened, StopReason.CUSTOMER, start=now, end=None, note="x", now=now
            )
        with pytest.raises(RefusedError):
            operations.reply(customer, opened, "Wait!", now=now, stop=StopReason.CUSTOMER)


def test_an_answer_of_the_customer_ends_the_wait_for_the_customer_only_t42(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        desk.stop(opened, "2026-06-08 10:00")
        desk.stop(opened, "2026-06-08 10:00", reason=StopReason.THIRD_PARTY)
        customer = desk.world.representative.actor
        operations.reply(customer, opened, "Firefox.", now=at("2026-06-08 11:00"))
        assert opened.paused_reason == "third_party"


@pytest.mark.parametrize("route", ["resolve", "void", "resume"])
def test_every_way_out_of_a_stop_closes_it_t43(app, route):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        desk.stop(opened, "2026-06-08 10:00")
        desk.stop(opened, "2026-06-08 10:30", reason=StopReason.CONNECTIVITY)
        if route == "void":
            desk_operations.void_ticket(
                desk.world.agent.actor, opened, "a test", now=at("2026-06-08 11:00")
            )
        else:
            getattr(desk, route)(opened, "2026-06-08 11:00")
        assert opened.paused_reason is None
        assert not history_of(opened).open_stops
