"""Cases T29 to T40 as far as the engine carries them: the stop-clock. Rules SLA-2, SLA-7, MNT-3."""

import pytest

from sla.errors import FactsError
from sla.reading import facts_from_json
from tests.sla.factories import HOUR, at, clock, stop, ticket, works

MONDAY = "2026-06-08 09:00"
DEADLINES = [
    (
        "T29 a pause over the weekend",
        "2026-06-12 16:00",
        [stop("2026-06-12 17:00", "2026-06-15 09:00")],
        "2026-06-17 12:00",
    ),
    (
        "T30 overlapping pauses of two reasons",
        MONDAY,
        [
            stop("2026-06-08 10:00", "2026-06-08 12:00"),
            stop("2026-06-08 11:00", "2026-06-08 13:00", "third_party"),
        ],
        "2026-06-10 16:00",
    ),
    (
        "T31 one pause after the other",
        MONDAY,
        [
            stop("2026-06-08 10:00", "2026-06-08 11:00"),
            stop("2026-06-08 11:00", "2026-06-08 12:00", "connectivity"),
        ],
        "2026-06-10 15:00",
    ),
    (
        "T33 a pause at night",
        MONDAY,
        [stop("2026-06-08 20:00", "2026-06-09 06:00")],
        "2026-06-10 13:00",
    ),
    (
        "a pause within another",
        MONDAY,
        [
            stop("2026-06-08 10:00", "2026-06-08 13:00"),
            stop("2026-06-08 11:00", "2026-06-08 12:00", "force_majeure"),
        ],
        "2026-06-10 16:00",
    ),
]


@pytest.mark.parametrize(
    ("start", "stops", "expected"), [pytest.param(*row, id=name) for name, *row in DEADLINES]
)
def test_T29_to_T33_deadlines_with_stops(start: str, stops: list, expected: str) -> None:
    facts = ticket(start, stops=tuple(stops), as_of="2026-06-08 09:00")
    assert clock(facts, "restoration").due_at == at(expected)


@pytest.mark.parametrize(
    ("reacted", "state"), [("2026-06-08 10:30:00", "met"), ("2026-06-08 10:30:01", "breached")]
)
def test_T32_a_ticket_created_during_planned_works(reacted: str, state: str) -> None:
    cut = works("2026-06-08 08:30", "2026-06-08 09:30")
    found = clock(ticket(MONDAY, started=reacted, planned_works=(cut,)), "reaction")
    assert (found.due_at, found.state) == (at("2026-06-08 10:30"), state)


def test_T34_a_long_pause_never_breaches_and_tells_when_it_would_be_due() -> None:
    facts = ticket(MONDAY, stops=(stop("2026-06-08 15:00", None),), as_of="2026-06-18 15:00")
    found = clock(facts, "restoration")
    assert (found.state, found.elapsed_s, found.remaining_s) == ("paused", 6 * HOUR, 18 * HOUR)
    assert found.due_at is None
    assert found.breached_at is None
    assert found.used_at(19 * HOUR) is None
    assert found.next_counting_at is None
    assert found.due_if_resumed(at("2026-06-18 15:00")) == at("2026-06-22 13:00")


def test_T34_planned_works_still_count_as_cut_after_the_resumption() -> None:
    facts = ticket(
        MONDAY,
        stops=(stop("2026-06-08 15:00", None),),
        planned_works=(works("2026-06-19 08:00", "2026-06-19 10:00"),),
        as_of="2026-06-18 15:00",
    )
    resumed = clock(facts, "restoration").due_if_resumed(at("2026-06-18 15:00"))
    assert resumed == at("2026-06-22 15:00")


def test_T35_resolved_straight_from_a_pause_of_half_a_year() -> None:
    facts = ticket(
        "2026-02-02 09:00",
        stops=(stop("2026-02-02 15:00", None),),
        resolutions="2026-08-03 11:00",
    )
    found = clock(facts, "restoration")
    assert (found.elapsed_s, found.state, found.end) == (6 * HOUR, "met", at("2026-08-03 11:00"))


def test_T36_a_reaction_and_a_stop_at_the_same_instant() -> None:
    facts = ticket(
        MONDAY,
        started="2026-06-08 09:40",
        stops=(stop("2026-06-08 09:40", None),),
        as_of="2026-06-12 09:00",
    )
    found = clock(facts, "reaction")
    assert (found.state, found.elapsed_s, found.end) == ("met", 2_400, at("2026-06-08 09:40"))


def test_T37_stops_apply_to_the_reaction_too() -> None:
    cut = stop("2026-06-08 09:20", "2026-06-08 09:50")
    found = clock(ticket(MONDAY, started="2026-06-08 10:20", stops=(cut,)), "reaction")
    assert (found.elapsed_s, found.state) == (3_000, "met")


def test_T38_a_stop_after_the_breach_shortens_the_overrun_but_moves_no_breach() -> None:
    cut = stop("2026-06-10 14:00", "2026-06-10 16:00")
    found = clock(ticket(MONDAY, stops=(cut,), resolutions="2026-06-10 17:00"), "restoration")
    assert (found.elapsed_s, found.state) == (26 * HOUR, "breached")
    assert found.breached_at == at("2026-06-10 13:00")


def test_T39_a_stop_entered_later_turns_the_verdict() -> None:
    closed = "2026-06-10 15:00"
    late = clock(ticket(MONDAY, resolutions=closed), "restoration")
    assert (late.elapsed_s, late.state) == (26 * HOUR, "breached")
    cut = stop("2026-06-08 10:00", "2026-06-08 13:00")
    proven = clock(ticket(MONDAY, resolutions=closed, stops=(cut,)), "restoration")
    assert (proven.elapsed_s, proven.state) == (23 * HOUR, "met")


def test_T40_seconds_are_not_rounded_to_minutes() -> None:
    stops = (
        stop("2026-06-08 10:15:05", "2026-06-08 10:15:25"),
        stop("2026-06-08 10:15:40", "2026-06-08 10:45:00"),
    )
    found = clock(ticket(MONDAY, stops=stops, resolutions="2026-06-08 12:00"), "restoration")
    assert found.elapsed_s == 2 * HOUR + 30 * 60 + 20


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        (
            {"to": "2026-06-08T09:00:00+02:00", "reason": "customer"},
            ("stops[0].to", "must lie after the start"),
        ),
        (
            {"to": "2026-06-08T10:00:00+02:00", "reason": "customer"},
            ("stops[0].to", "must lie after the start"),
        ),
        ({"to": None}, ("stops[0].reason", "missing")),
        (
            {"to": None, "reason": "lunch"},
            (
                "stops[0].reason",
                "must be one of customer, force_majeure, third_party, connectivity",
            ),
        ),
    ],
    ids=["ends before it starts", "ends when it starts", "no reason", "unknown reason"],
)
def test_T41_faulty_stops_are_refused(entry: dict, fault: tuple[str, str]) -> None:
    created = "2026-06-08T09:00:00+02:00"
    with pytest.raises(FactsError) as refused:
        facts_from_json(
            {
                "created_at": created,
                "priorities": [{"at": created, "priority": "P1", "basis": "initial"}],
                "stops": [{"from": "2026-06-08T10:00:00+02:00", **entry}],
                "as_of": "2026-06-09T09:00:00+02:00",
            },
        )
    assert refused.value.faults == [fault]


def test_planned_works_count_neither_day_nor_night() -> None:
    """Rule SLA-7: they never count, inside or outside the 23:00 to 06:00 window."""
    day = works("2026-06-08 12:00", "2026-06-08 14:00")
    night = works("2026-06-08 23:00", "2026-06-09 09:00")
    facts = ticket(MONDAY, planned_works=(day, night), resolutions="2026-06-09 10:00")
    assert clock(facts, "restoration").elapsed_s == 8 * HOUR


def test_works_that_overrun_count_again_from_their_announced_end() -> None:
    """Rule MNT-3: the announced end is the end of the cut."""
    announced = works("2026-06-08 09:30", "2026-06-08 10:00")
    found = clock(ticket(MONDAY, planned_works=(announced,), as_of="2026-06-08 10:31"), "reaction")
    assert (found.state, found.breached_at) == ("breached", at("2026-06-08 10:30"))
