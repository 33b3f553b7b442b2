"""The eleven worked examples of the specification.

Rules: SLA-1, SLA-2, SLA-4, SLA-6, SLA-7, INC-5, MNT-3.
"""

import pytest

from sla.clock import Facts
from tests.sla.factories import at, clock, resolved, stop, ticket, works

EXAMPLES = {
    "1": (
        ticket(
            "2026-03-06 17:30", notified="2026-03-06 17:20", started="2026-03-09 08:20",
            resolutions="2026-03-11 11:30",
        ),
        ("creation", 1, "P1", 600, "met", "2026-03-06 17:35", None),
        ("reaction", 1, "P1", 3_000, "met", "2026-03-09 08:30", None),
        ("restoration", 1, "P1", 86_400, "met", "2026-03-11 11:30", None),
    ),
    "2": (
        ticket(
            "2026-04-03 10:00", started="2026-04-03 11:00", resolutions="2026-04-08 14:00",
            stops=(stop("2026-04-07 09:00", "2026-04-07 13:00"),),
        ),
        ("reaction", 1, "P1", 3_600, "met", "2026-04-03 11:00", None),
        ("restoration", 1, "P1", 72_000, "met", "2026-04-08 18:00", None),
    ),
    "3": (
        ticket("2026-07-29 14:00", resolutions="2026-08-03 08:00:01"),
        ("restoration", 1, "P1", 86_401, "breached", "2026-07-31 18:00", "2026-08-03 08:00"),
    ),
    "4": (
        ticket("2026-07-29 14:00", resolutions="2026-08-01 12:00"),
        ("restoration", 1, "P1", 86_400, "met", "2026-07-31 18:00", None),
    ),
    "5": (
        ticket(
            "2026-05-11 09:00", ("2026-05-11 10:45", "P1", "correction"), priority="P2",
            started="2026-05-11 10:30", resolutions="2026-05-11 16:00",
        ),
        ("reaction", 1, "P1", 5_400, "breached", "2026-05-11 10:00", "2026-05-11 10:00"),
        ("restoration", 1, "P1", 25_200, "met", "2026-05-13 13:00", None),
    ),
    "6": (
        ticket(
            "2026-05-11 09:00", ("2026-05-12 10:00", "P1", "change"), priority="P2",
            started="2026-05-11 10:30", resolutions="2026-05-13 10:00",
        ),
        ("reaction", 1, "P2", 5_400, "met", "2026-05-11 11:00", None),
        ("restoration", 1, "P2", 39_600, "superseded", "2026-05-18 17:00", None),
        ("reaction", 2, "P1", 0, "met", "2026-05-12 11:00", None),
        ("restoration", 2, "P1", 36_000, "met", "2026-05-15 14:00", None),
    ),
    "7": (
        ticket(
            "2026-06-15 08:00", started="2026-06-15 12:30",
            stops=(stop("2026-06-15 09:00", "2026-06-15 11:00", "third_party"),),
            planned_works=(works("2026-06-15 10:00", "2026-06-15 12:00"),),
        ),
        ("reaction", 1, "P1", 5_400, "breached", "2026-06-15 09:00", "2026-06-15 12:00"),
    ),
    "8": (
        ticket("2026-03-27 16:00", as_of="2026-03-30 09:00"),
        ("reaction", 1, "P1", 10_800, "breached", "2026-03-27 17:00", "2026-03-27 17:00"),
        ("restoration", 1, "P1", 10_800, "running", "2026-04-01 10:00", None),
    ),
    "9": (
        ticket(
            "2026-09-14 08:00", started="2026-09-14 08:10", as_of="2026-09-15 12:00",
            stops=(stop("2026-09-14 12:00", None),),
        ),
        ("restoration", 1, "P1", 14_400, "paused", None, None),
    ),
    "10": (
        ticket(
            "2026-09-14 08:00",
            resolutions=(
                resolved("2026-09-15 10:00", "2026-09-16 10:00"),
                resolved("2026-09-16 13:00"),
            ),
        ),
        ("restoration", 1, "P1", 90_000, "breached", "2026-09-16 12:00", "2026-09-16 12:00"),
    ),
    "11": (
        ticket("2026-07-20 17:00", priority="P2", as_of="2026-07-22 09:30"),
        ("reaction", 1, "P2", 9_000, "breached", "2026-07-22 09:00", "2026-07-22 09:00"),
        ("restoration", 1, "P2", 9_000, "running", "2026-07-28 15:00", None),
    ),
}  # fmt: skip
ROWS = [
    pytest.param(facts, row, id=f"example {number}: {row[0]} {row[1]}")
    for number, (facts, *rows) in EXAMPLES.items()
    for row in rows
]


@pytest.mark.parametrize(("facts", "row"), ROWS)
def test_worked_example(
    facts: Facts, row: tuple[str, int, str, int, str, str | None, str | None]
) -> None:
    kpi, period, priority, elapsed, state, due, breached = row
    found = clock(facts, kpi, period=period)
    assert (found.priority, found.elapsed_s, found.state) == (priority, elapsed, state)
    assert found.due_at == (at(due) if due else None)
    assert found.breached_at == (at(breached) if breached else None)
    assert sum(s.seconds for s in found.segments if s.counted) == elapsed


def test_example_9_tells_what_remains_while_the_due_instant_is_unknown() -> None:
    """Rule SLA-2: 72000 s remain."""
    facts, _ = EXAMPLES["9"]
    assert clock(facts, "restoration").remaining_s == 72_000


def test_a_correction_leaves_one_period_and_a_change_makes_two() -> None:
    """Rule INC-5."""
    assert clock(EXAMPLES["5"][0], "restoration").period == 1
    assert clock(EXAMPLES["6"][0], "restoration", period=2).start == at("2026-05-12 10:00")
