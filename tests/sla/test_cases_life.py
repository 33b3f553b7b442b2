"""Cases T54 to T64 as far as the engine carries them: life cycle. Rules SLA-3, SLA-4, INC-9."""

from dataclasses import replace

import pytest

from sla.clock import evaluate
from sla.policy import parse_description
from tests.sla.factories import BELGIAN, HOUR, at, clock, clocks, document, resolved, ticket

PAUSES = parse_description(document(reopen="pauses"))
REOPENED = ticket(
    "2026-06-08 09:00",
    resolutions=(resolved("2026-06-08 15:00", "2026-06-10 10:00"), resolved("2026-06-10 16:00")),
)


def test_T54_the_time_between_resolution_and_reopening_counts() -> None:
    found = clock(REOPENED, "restoration")
    assert (found.elapsed_s, found.state) == (27 * HOUR, "breached")
    assert found.breached_at == at("2026-06-10 13:00")


def test_T54_the_other_reading_cuts_it_out() -> None:
    found = evaluate(REOPENED, PAUSES, BELGIAN, explain=True)[1]
    assert (found.elapsed_s, found.state) == (12 * HOUR, "met")
    causes = [segment.cause for segment in found.segments]
    assert causes == [
        None,
        "reopened",
        "outside_window",
        "reopened",
        "outside_window",
        "reopened",
        None,
    ]


@pytest.mark.parametrize(
    ("terms", "elapsed", "due"),
    [(None, 20 * HOUR, "2026-06-10 13:00"), (PAUSES, 7 * HOUR, "2026-06-11 16:00")],
    ids=["counts", "pauses"],
)
def test_T54_after_reopening_the_clock_runs_again(terms, elapsed: int, due: str) -> None:
    open_again = ticket(
        "2026-06-08 09:00",
        resolutions=(resolved("2026-06-08 15:00", "2026-06-10 08:00"),),
        as_of="2026-06-10 09:00",
    )
    found = evaluate(open_again, terms or parse_description(document()), BELGIAN)[1]
    assert (found.state, found.end, found.elapsed_s) == ("running", None, elapsed)
    assert found.due_at == at(due)


def test_T55_a_late_restoration_stays_late_after_reopening() -> None:
    facts = ticket(
        "2026-06-08 09:00",
        resolutions=(
            resolved("2026-06-10 14:00", "2026-06-11 09:00"),
            resolved("2026-06-11 09:05"),
        ),
    )
    for terms in (parse_description(document()), PAUSES):
        found = evaluate(facts, terms, BELGIAN)[1]
        assert (found.state, found.breached_at) == ("breached", at("2026-06-10 13:00"))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"void": "duplicate of INC-7"}, "void"),
        ({"out_of_scope": "c"}, "out_of_scope"),
        ({"active": "2026-06-08 09:00:01"}, "before_activation"),
    ],
)
def test_T56_and_T64_what_no_level_applies_to_has_no_figures(given: dict, reason: str) -> None:
    facts = ticket("2026-06-08 09:00", notified="2026-06-08 08:00", **given)
    found = clocks(facts, explain=True)
    assert [c.kpi for c in found] == ["creation", "reaction", "restoration"]
    for silent in found:
        assert (silent.state, silent.reason) == ("not_applicable", reason)
        assert (silent.elapsed_s, silent.remaining_s, silent.due_at) == (None, None, None)
        assert (silent.breached_at, silent.end, silent.segments) == (None, None, ())
        assert silent.used_at(60) is None
        assert silent.due_if_resumed(at("2026-06-09 09:00")) is None
        assert silent.next_counting_at is None


def test_T64_a_ticket_created_at_the_activation_is_measured() -> None:
    """Rule SLA-3: from the activation on."""
    facts = ticket("2026-06-08 09:00", active="2026-06-08 09:00", as_of="2026-06-08 09:10")
    assert clock(facts, "reaction").state == "running"


def test_T57_created_and_resolved_at_the_same_instant() -> None:
    facts = ticket("2026-06-08 09:00", started="2026-06-08 09:00", resolutions="2026-06-08 09:00")
    assert [(c.elapsed_s, c.state, c.segments) for c in clocks(facts, explain=True)] == [
        (0, "met", ()),
        (0, "met", ()),
    ]


def test_T58_a_reaction_on_a_saturday_takes_no_time() -> None:
    found = clock(ticket("2026-06-13 11:00", started="2026-06-13 11:20"), "reaction")
    assert (found.elapsed_s, found.state, found.remaining_s) == (0, "met", HOUR)


def test_T59_the_creation_clock_over_night() -> None:
    facts = ticket("2026-06-16 08:08", notified="2026-06-15 17:55")
    found = clock(facts, "creation")
    assert (found.elapsed_s, found.state, found.due_at) == (780, "met", at("2026-06-16 08:10"))


@pytest.mark.parametrize("reacted", [None, "2026-06-08 11:00"])
def test_T61_restored_before_any_reply_is_a_reaction_too(reacted: str | None) -> None:
    started = {"started": reacted} if reacted else {}
    facts = ticket("2026-06-08 09:00", resolutions="2026-06-08 09:50", **started)
    found = clock(facts, "reaction")
    assert (found.elapsed_s, found.state, found.end) == (3_000, "met", at("2026-06-08 09:50"))


def test_T61_also_when_the_resolution_was_reopened() -> None:
    assert clock(REOPENED, "reaction").end == at("2026-06-08 15:00")


def test_no_creation_clock_without_the_instant_of_the_notification() -> None:
    assert [c.kpi for c in clocks(REOPENED)] == ["reaction", "restoration"]


def test_fractions_of_seconds_are_cut_off() -> None:
    facts = ticket("2026-06-08 09:00:00.900", started="2026-06-08 10:00:00.999")
    found = clock(facts, "reaction")
    assert (found.elapsed_s, found.state, found.start) == (HOUR, "met", at("2026-06-08 09:00"))


def test_reasons_come_in_the_order_of_the_specification() -> None:
    facts = ticket("2026-06-08 09:00", active="2027-01-01 00:00", void="spam", out_of_scope="a")
    assert {c.reason for c in clocks(facts)} == {"before_activation"}
    assert {c.reason for c in clocks(replace(facts, active_from=None))} == {"out_of_scope"}
