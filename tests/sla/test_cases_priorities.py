"""Cases T44 to T53 as far as the engine carries them: priorities, terms, calendars. Rule INC-5."""

from sla.clock import Clock, evaluate
from sla.policy import parse_description
from sla.schedule import Schedule
from tests.sla.factories import (
    BELGIAN,
    DESCRIPTION,
    HOLIDAYS,
    HOUR,
    at,
    clock,
    clocks,
    closure,
    document,
    stop,
    ticket,
)


def figures(found: Clock) -> tuple:
    return (found.kpi, found.priority, found.start, found.elapsed_s, found.state, found.due_at)


def test_T44_a_correction_keeps_the_stops() -> None:
    facts = ticket(
        "2026-06-08 09:00",
        ("2026-06-08 13:00", "P1", "correction"),
        priority="P2",
        stops=(stop("2026-06-08 10:00", "2026-06-08 12:00"),),
        as_of="2026-06-08 13:00",
    )
    found = clock(facts, "restoration")
    assert (found.priority, found.due_at) == ("P1", at("2026-06-10 15:00"))


def test_T45_a_correction_can_breach_in_the_past() -> None:
    facts = ticket(
        "2026-06-01 09:00",
        ("2026-06-04 10:00", "P1", "correction"),
        priority="P3",
        as_of="2026-06-04 10:00",
    )
    found = clock(facts, "restoration")
    assert (found.state, found.breached_at) == ("breached", at("2026-06-03 13:00"))
    assert found.elapsed_s - found.target_s == 7 * HOUR


def test_T46_corrected_down_after_a_breach_there_is_no_P1_clock_left() -> None:
    facts = ticket(
        "2026-06-08 09:00",
        ("2026-06-08 12:00", "P3", "correction"),
        as_of="2026-06-09 09:00",
    )
    assert clocks(facts) == ()


def test_T47_corrected_there_and_back_is_as_if_nothing_had_been() -> None:
    there = ("2026-06-08 10:00", "P1", "correction")
    back = ("2026-06-09 10:00", "P2", "correction")
    moved = ticket("2026-06-08 09:00", there, back, priority="P2", as_of="2026-06-10 09:00")
    steady = ticket("2026-06-08 09:00", priority="P2", as_of="2026-06-10 09:00")
    assert clocks(moved, explain=True) == clocks(steady, explain=True)
    assert clock(moved, "restoration").due_at == at("2026-06-12 17:00")


def test_T48_a_priority_without_targets_takes_the_clocks_away() -> None:
    """Nothing is stored: the deadline goes with the target."""
    assert clocks(ticket("2026-06-08 09:00", priority="P4", notified="2026-06-08 08:50")) == ()


def test_T49_a_ticket_is_judged_on_the_terms_it_is_given() -> None:
    facts = ticket("2026-06-30 17:30", started="2026-07-01 08:20")
    assert clock(facts, "reaction").state == "met"
    tighter = document()
    tighter["kpis"] = [{**kpi, "target_s": kpi["target_s"] // 2} for kpi in tighter["kpis"]]
    under_new_terms = evaluate(facts, parse_description(tighter), BELGIAN)
    assert [(c.elapsed_s, c.state) for c in under_new_terms if c.kpi == "reaction"] == [
        (3_000, "breached"),
    ]


def test_T50_a_closure_added_later_moves_what_is_judged_with_it() -> None:
    facts = ticket("2026-06-08 09:00", as_of="2026-06-08 12:00")
    closed = Schedule.of(
        DESCRIPTION, holidays=HOLIDAYS, closures=[closure("2026-06-09", "2026-06-09", "strike")]
    )
    assert clock(facts, "restoration", schedule=closed).due_at == at("2026-06-11 13:00")
    assert clock(facts, "restoration").due_at == at("2026-06-10 13:00")


def test_T51_old_terms_give_the_old_verdict_again() -> None:
    facts = ticket("2026-06-30 17:30", started="2026-07-01 08:20")
    assert clocks(facts) == clocks(facts)


def test_T52_the_order_of_the_table_does_not_choose_the_target() -> None:
    turned = document(kpis=list(reversed(document()["kpis"])))
    facts = ticket("2026-06-08 09:00", notified="2026-06-08 08:55", as_of="2026-06-09 09:00")
    schedule = Schedule.of(DESCRIPTION, holidays=HOLIDAYS)
    assert evaluate(facts, parse_description(turned), schedule) == clocks(facts)


def test_a_change_ends_the_old_clocks_and_starts_new_ones() -> None:
    facts = ticket(
        "2026-06-08 09:00",
        ("2026-06-08 11:00", "P2", "change"),
        as_of="2026-06-08 12:00",
    )
    changed = at("2026-06-08 11:00")
    first, second, third, fourth = (figures(c) for c in clocks(facts))
    start, due = at("2026-06-08 09:00"), at("2026-06-08 10:00")
    assert first == ("reaction", "P1", start, 2 * HOUR, "breached", due)
    due = at("2026-06-10 13:00")
    assert second == ("restoration", "P1", start, 2 * HOUR, "superseded", due)
    due = at("2026-06-08 13:00")
    assert third == ("reaction", "P2", changed, HOUR, "running", due)
    due = at("2026-06-15 09:00")
    assert fourth == ("restoration", "P2", changed, HOUR, "running", due)


def test_a_breach_before_the_change_stays_and_one_after_it_does_not_come() -> None:
    facts = ticket(
        "2026-06-08 09:00",
        ("2026-06-08 10:00", "P3", "change"),
        as_of="2026-06-30 09:00",
    )
    assert [(c.kpi, c.state) for c in clocks(facts)] == [
        ("reaction", "superseded"),
        ("restoration", "superseded"),
    ]


def test_a_change_at_the_instant_of_the_end_leaves_the_clock_met() -> None:
    facts = ticket(
        "2026-06-08 09:00",
        ("2026-06-08 09:30", "P2", "change"),
        started="2026-06-08 09:30",
        as_of="2026-06-08 09:40",
    )
    assert clock(facts, "reaction").state == "met"
    assert clock(facts, "reaction", period=2).elapsed_s == 0


def test_a_correction_belongs_to_the_period_it_falls_into() -> None:
    facts = ticket(
        "2026-06-08 09:00",
        ("2026-06-08 11:00", "P2", "change"),
        ("2026-06-08 12:00", "P1", "correction"),
        priority="P3",
        as_of="2026-06-08 12:30",
    )
    assert [(c.kpi, c.priority, c.period, c.elapsed_s) for c in clocks(facts)] == [
        ("reaction", "P1", 2, 5_400),
        ("restoration", "P1", 2, 5_400),
    ]


def test_a_change_after_the_resolution_opens_a_period_that_is_restored_already() -> None:
    facts = ticket(
        "2026-06-08 09:00",
        ("2026-06-08 15:00", "P2", "change"),
        resolutions="2026-06-08 14:00",
        as_of="2026-06-09 09:00",
    )
    assert [(c.kpi, c.period, c.elapsed_s, c.state) for c in clocks(facts)] == [
        ("reaction", 1, 5 * HOUR, "breached"),
        ("restoration", 1, 5 * HOUR, "met"),
        ("reaction", 2, 0, "met"),
        ("restoration", 2, 0, "met"),
    ]


def test_the_creation_clock_has_the_priority_of_the_first_period() -> None:
    facts = ticket(
        "2026-06-08 09:00",
        ("2026-06-08 09:10", "P2", "correction"),
        ("2026-06-08 11:00", "P3", "change"),
        notified="2026-06-08 08:50",
        as_of="2026-06-08 12:00",
    )
    assert [(c.kpi, c.priority, c.period) for c in clocks(facts)] == [
        ("creation", "P2", 1),
        ("reaction", "P2", 1),
        ("restoration", "P2", 1),
    ]
