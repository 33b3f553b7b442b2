"""Cases T65 to T71 as far as the engine carries them: warnings and display. Rules SLA-4, SLA-6."""

from datetime import timedelta

import pytest

from tests.sla.factories import HOUR, at, clock, clocks, due, stop, ticket


@pytest.mark.parametrize(
    ("start", "kpi", "expected"),
    [
        ("2026-06-08 09:00", "restoration", "2026-06-09 17:00"),
        ("2026-06-12 17:30", "reaction", "2026-06-15 08:15"),
    ],
)
def test_T65_three_quarters_are_counted_time(start: str, kpi: str, expected: str) -> None:
    found = clock(ticket(start, as_of=start), kpi)
    assert found.used_at(found.target_s * 3 // 4) == at(expected)


def test_T66_one_hour_before_is_a_counted_hour() -> None:
    assert due("2026-06-08 17:00", 4 - 1) == at("2026-06-09 10:00")


def test_T68_one_second_past_the_target_the_reading_says_breached() -> None:
    start = "2026-06-08 09:00"
    for as_of, state in (("2026-06-08 10:00:00", "running"), ("2026-06-08 10:00:01", "breached")):
        assert clock(ticket(start, as_of=as_of), "reaction").state == state


def test_T68_the_target_used_up_at_closing_time_is_breached_the_next_morning() -> None:
    facts = ("2026-06-08 17:00", "reaction")
    evening = clock(ticket(facts[0], as_of="2026-06-08 23:00"), facts[1])
    assert (evening.state, evening.remaining_s) == ("running", 0)
    morning = clock(ticket(facts[0], as_of="2026-06-09 08:00:01"), facts[1])
    assert (morning.state, morning.due_at) == ("breached", at("2026-06-08 18:00"))
    assert morning.breached_at == at("2026-06-09 08:00")


def test_T69_an_overrun_does_not_grow_after_the_end() -> None:
    started = {"started": "2026-06-08 10:30"}
    for as_of in ("2026-06-08 11:00", "2026-07-08 11:00"):
        found = clock(ticket("2026-06-08 09:00", as_of=as_of, **started), "reaction")
        assert (found.elapsed_s - found.target_s, found.remaining_s) == (HOUR // 2, 0)


def test_T70_what_is_left_and_when_it_counts_again() -> None:
    found = clock(ticket("2026-06-12 17:30", as_of="2026-06-13 12:00"), "reaction")
    assert (found.state, found.remaining_s) == ("running", 1_800)
    assert found.next_counting_at == at("2026-06-15 08:00")


def test_T70_it_counts_again_after_a_stop_that_has_an_end() -> None:
    cut = stop("2026-06-08 09:10", "2026-06-08 09:40")
    found = clock(ticket("2026-06-08 09:00", stops=(cut,), as_of="2026-06-08 09:20"), "reaction")
    assert (found.state, found.next_counting_at) == ("running", at("2026-06-08 09:40"))


def test_T70_while_it_counts_it_counts_from_now_and_after_the_end_never() -> None:
    now = clock(ticket("2026-06-08 09:00", as_of="2026-06-08 09:20"), "reaction")
    assert now.next_counting_at == at("2026-06-08 09:20")
    ended = clock(ticket("2026-06-08 09:00", started="2026-06-08 09:20"), "reaction")
    assert ended.next_counting_at is None


def test_T70_a_period_that_begins_later_counts_from_its_own_start() -> None:
    change = ("2026-06-08 17:00", "P2", "change")
    facts = ticket("2026-06-08 09:00", change, as_of="2026-06-08 10:00")
    found = clock(facts, "restoration", period=2)
    assert (found.state, found.elapsed_s) == ("running", 0)
    assert found.next_counting_at == at("2026-06-08 17:00")


@pytest.mark.parametrize(
    ("begins", "state"), [("2026-06-08 09:30", "paused"), ("2026-06-08 09:30:01", "running")]
)
def test_a_stop_pauses_from_its_first_instant_on(begins: str, state: str) -> None:
    """Rule SLA-2."""
    facts = ticket("2026-06-08 09:00", stops=(stop(begins, None),), as_of="2026-06-08 09:30")
    assert clock(facts, "reaction").state == state


def test_T71_a_priority_without_target_has_no_clock() -> None:
    facts = ticket("2026-06-08 09:00", priority="P3", notified="2026-06-08 08:00")
    assert clocks(facts, explain=True) == ()


def test_thresholds_are_known_without_segments() -> None:
    """Rule SLA-4: the ticker reads thousands of clocks and needs no explanation."""
    reaction, restoration = clocks(ticket("2026-06-08 09:00", as_of="2026-06-08 09:00"))
    assert (reaction.segments, restoration.segments) == ((), ())
    assert reaction.used_at(3_601) == reaction.due_at + timedelta(seconds=1)
    assert restoration.used_at(0) == restoration.start


def test_an_open_stop_after_the_target_was_used_up_leaves_the_due_instant_known() -> None:
    """sla.md: unknown unless the target was used up before the stop began. Rule SLA-2."""
    late = ticket(
        "2026-06-08 09:00", stops=(stop("2026-06-08 11:00", None),), as_of="2026-06-09 09:00"
    )
    assert clock(late, "reaction").state == "breached"
    assert clock(late, "reaction").due_at == at("2026-06-08 10:00")
    exact = ticket(
        "2026-06-08 09:00", stops=(stop("2026-06-08 10:00", None),), as_of="2026-06-09 09:00"
    )
    found = clock(exact, "reaction")
    assert (found.state, found.remaining_s) == ("paused", 0)
    assert (found.due_at, found.breached_at) == (at("2026-06-08 10:00"), None)
