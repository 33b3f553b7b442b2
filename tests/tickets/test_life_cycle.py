"""The life of a ticket: what ends it, what is a reaction (T53 to T58, T60, T61, T62, T63, T64)."""

import pytest

from ops_portal.contracts.models import Contract
from ops_portal.core.db import db
from ops_portal.core.errors import RefusedError
from ops_portal.tickets import clock_operations, desk_operations, operations
from ops_portal.tickets.clocks import read_clocks
from ops_portal.tickets.models import Channel, OutOfScopeCause, TicketState
from ops_portal.tickets.queries import facts_of, verdicts_of
from ops_portal.tickets.recording import raise_alarms
from sla.clock import ClockState
from sla.policy import Priority
from tests.factories import ticket
from tests.tickets.desk import a_desk, at

HOUR = 3600


def test_the_same_terms_hold_whoever_opened_the_ticket_t53(app):
    with a_desk(app) as desk:
        by_agent = desk.open("2026-06-08 09:00", "P2")
        by_customer = ticket(
            desk.world,
            by=desk.world.representative,
            at=at("2026-06-08 09:00"),
            priority=Priority.P2,
        )
        dues = [desk.clock(t, "2026-06-08 09:00").due_at for t in (by_agent, by_customer)]
        assert dues == [at("2026-06-12 17:00")] * 2


def test_the_time_between_resolution_and_reopening_counts_t54(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        desk.resolve(opened, "2026-06-08 15:00")
        desk.reopen(opened, "2026-06-10 10:00")
        assert opened.next_alarm_at is not None
        desk.resolve(opened, "2026-06-10 16:00")
        clock = desk.clock(opened, "2026-06-11 09:00")
        assert (clock.state, clock.elapsed_s) == (ClockState.BREACHED, 27 * HOUR)
        assert clock.breached_at == at("2026-06-10 13:00")


def test_a_first_breach_stays_breached_after_a_quick_second_repair_t55(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        desk.resolve(opened, "2026-06-11 09:00")
        desk.reopen(opened, "2026-06-11 10:00")
        desk.resolve(opened, "2026-06-11 10:05")
        assert desk.clock(opened, "2026-06-12 09:00").state is ClockState.BREACHED
        assert [v.state for v in verdicts_of(opened) if v.kpi == "restoration"] == ["breached"] * 2


def test_a_duplicate_has_no_clock_and_the_older_ticket_stays_t56(app):
    with a_desk(app) as desk:
        older, younger = desk.open("2026-06-08 09:00"), desk.open("2026-06-08 09:30")
        agent, now = desk.world.agent.actor, at("2026-06-09 15:00")
        with pytest.raises(RefusedError, match=younger.reference):
            desk_operations.void_as_duplicate(agent, older, younger, now=now)
        desk_operations.void_as_duplicate(agent, younger, older, now=now)
        reading = read_clocks([younger], as_of=at("2026-07-08 09:00"))[younger.id]
        assert {c.state for c in reading.clocks} == {ClockState.NOT_APPLICABLE}
        assert (younger.breached_from, younger.next_alarm_at) == (None, None)
        assert desk.clock(older, "2026-06-08 10:00").start == at("2026-06-08 09:00")


def test_a_duplicate_of_another_customers_ticket_is_refused_t56(app):
    with a_desk(app) as desk:
        foreign = ticket(desk.world, of=desk.world.foreign, at=at("2026-06-08 08:30"))
        opened = desk.open("2026-06-08 09:00")
        with pytest.raises(RefusedError) as refused:
            desk_operations.void_as_duplicate(
                desk.world.agent.actor, opened, foreign, now=at("2026-06-08 10:00")
            )
        assert "survivor" in refused.value.fields


def test_verdicts_are_there_the_moment_a_ticket_ends_t57(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        desk.resolve(opened, "2026-06-08 09:00")
        verdicts = {v.kpi: (v.state, v.elapsed_s) for v in verdicts_of(opened)}
        assert verdicts["restoration"] == ("met", 0)
        assert verdicts["reaction"] == ("met", 0)


def test_a_reaction_on_a_saturday_takes_no_time_t58(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-13 11:00")
        desk.start(opened, "2026-06-13 11:20")
        reaction = desk.clock(opened, "2026-06-15 09:00", "reaction")
        assert (reaction.state, reaction.elapsed_s) == (ClockState.MET, 0)


def test_the_creation_clock_runs_from_the_call_in_support_time_t59(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-09 08:08", notified_at=at("2026-06-08 17:55"))
        creation = desk.clock(opened, "2026-06-09 09:00", "creation")
        assert (creation.state, creation.elapsed_s) == (ClockState.MET, 13 * 60)
        assert creation.due_at == at("2026-06-09 08:10")


def test_a_p1_comes_by_telephone_only_t60(app):
    with a_desk(app) as desk:
        contract = db.session.get_one(Contract, desk.world.home.contract_id)
        report = operations.Report(
            "All is down", Priority.P1, Channel.PORTAL, is_own_side_checked=True
        )
        with pytest.raises(RefusedError) as refused:
            operations.open_ticket(
                desk.world.representative.actor, contract, report, now=at("2026-06-08 09:00")
            )
        assert refused.value.rule == "INC-4"


def test_a_restoration_is_a_reaction_too_t61(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        desk.resolve(opened, "2026-06-08 09:40")
        reaction = desk.clock(opened, "2026-06-08 12:00", "reaction")
        assert (reaction.state, reaction.end) == (ClockState.MET, at("2026-06-08 09:40"))


def test_talking_is_no_reaction_t62(app):
    with a_desk(app) as desk:
        opened, now = desk.open("2026-06-08 09:00"), at("2026-06-08 09:10")
        agent, customer = desk.world.agent.actor, desk.world.representative.actor
        operations.note(agent, opened, "Looks like the proxy.", now=now)
        operations.reply(agent, opened, "We received your call.", now=now)
        operations.reply(customer, opened, "Hurry, please.", now=now)
        assert desk.clock(opened, "2026-06-08 09:30", "reaction").end is None


def test_an_update_that_is_owed_earlier_does_not_replace_the_reaction_t63(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00", "P2")
        operations.reply(
            desk.world.agent.actor, opened, "Still looking.", now=at("2026-06-08 09:30")
        )
        assert opened.update_due_at is not None
        reaction = desk.clock(opened, "2026-06-08 11:30", "reaction")
        assert (reaction.state, reaction.due_at) == (ClockState.BREACHED, at("2026-06-08 11:00"))


def test_an_imported_ticket_raises_no_alarm_t64(app):
    with a_desk(app) as desk:
        opened = desk.open("2025-03-04 09:00", "P2")
        opened.channel = Channel.IMPORT
        operations.note(desk.world.agent.actor, opened, "old", now=at("2025-03-05 09:00"))
        assert opened.next_alarm_at is None


def test_before_the_activation_there_is_no_service_level_imp_2_sla_3(app):
    with a_desk(app) as desk:
        contract = db.session.get_one(Contract, desk.world.home.contract_id)
        contract.active_from = at("2026-07-01 00:00")
        opened = desk.open("2026-06-08 09:00")
        reading = read_clocks([opened], as_of=at("2026-07-08 09:00"))[opened.id]
        assert {(c.state, c.reason) for c in reading.clocks} == {
            (ClockState.NOT_APPLICABLE, "before_activation")
        }


def test_a_cause_outside_the_scope_ends_the_service_levels_inc_9(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        agent, cause = desk.world.agent.actor, OutOfScopeCause.NEGLIGENCE
        desk_operations.leave_scope(
            agent, opened, cause, "A spilled coffee", now=at("2026-06-08 10:00")
        )
        reading = read_clocks([opened], as_of=at("2026-06-20 09:00"))[opened.id]
        assert {c.reason for c in reading.clocks} == {"out_of_scope"}
        assert facts_of(opened, is_internal_shown=False)[-1].reason == "A spilled coffee"


def test_what_was_recorded_wrongly_is_taken_back_and_stays_readable_inc_11(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        desk.stop(opened, "2026-06-08 10:00", "2026-06-08 12:00")
        stop = next(
            f for f in facts_of(opened, is_internal_shown=True) if f.kind == "clock_stopped"
        )
        number = len(facts_of(opened, is_internal_shown=True))
        clock_operations.annul(
            desk.world.agent.actor,
            opened,
            stop.seq,
            reason="wrong ticket",
            now=at("2026-06-08 13:00"),
        )
        assert desk.clock(opened, "2026-06-08 13:00").elapsed_s == 4 * HOUR
        assert len(facts_of(opened, is_internal_shown=True)) == number + 2


def test_a_resolution_cannot_lie_before_the_reopening_it_answers(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        desk.resolve(opened, "2026-06-08 10:00")
        desk.reopen(opened, "2026-06-08 12:00")
        with pytest.raises(RefusedError) as refused:
            operations.resolve(
                desk.world.agent.actor,
                opened,
                "Done.",
                is_temporary=True,
                at=at("2026-06-08 11:00"),
                reason="forgotten",
                now=at("2026-06-08 13:00"),
            )
        assert "at" in refused.value.fields
        assert opened.state == TicketState.NEW


def test_a_resolution_says_whether_it_is_for_good_inc_7(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        operations.resolve(
            desk.world.agent.actor,
            opened,
            "Back-up active.",
            is_temporary=True,
            at=at("2026-06-08 10:00"),
            now=at("2026-06-08 10:00"),
        )
        assert facts_of(opened, is_internal_shown=False)[-1].data == {"temporary": True}


def test_a_diagnosis_is_internal_and_complete_inc_6(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        found = desk_operations.Diagnosis(
            "The disk is full.", "logs", "Store", Priority.P1, is_remote_session=True
        )
        desk_operations.diagnose(desk.world.agent.actor, opened, found, now=at("2026-06-08 09:30"))
        fact = facts_of(opened, is_internal_shown=True)[-1]
        assert (fact.text, fact.is_public) == ("The disk is full.", False)
        assert fact.data == {
            "cause": "logs",
            "component": "Store",
            "impact": "P1",
            "remote_session": True,
        }
        assert raise_alarms(opened, now=at("2026-06-08 09:31")) == 0


def test_what_the_desk_says_to_itself_is_never_public(app):
    with a_desk(app) as desk:
        opened, now = desk.open("2026-06-08 09:00"), at("2026-06-08 09:30")
        agent = desk.world.agent.actor
        operations.note(agent, opened, "The proxy, I bet.", now=now)
        desk_operations.assign(agent, opened, agent.user_id, now=now)
        desk_operations.escalate(agent, opened, 2, "network", now=now)
        found = desk_operations.Diagnosis(
            "Disk full.", "", "", Priority.P1, is_remote_session=False
        )
        desk_operations.diagnose(agent, opened, found, now=now)
        public = {f.kind for f in facts_of(opened, is_internal_shown=False)}
        assert public == {"notified", "created", "priority_set"}
