"""Periods of priority, and where their clocks end. Rules INC-5, SLA-4."""

import pytest

from sla.interval import to_epoch
from sla.periods import cuts_of, periods, runs
from tests.sla.factories import DESCRIPTION, at, resolved, stop, ticket, works

CREATED = "2026-06-08 09:00"


def second(clock: str) -> int:
    return to_epoch(at(f"2026-06-08 {clock}"))


HISTORIES = [
    ("one", [], [("P3", "09:00", None)]),
    ("corrected", [("10:00", "P1", "correction")], [("P1", "09:00", None)]),
    ("changed", [("10:00", "P1", "change")], [("P3", "09:00", "10:00"), ("P1", "10:00", None)]),
    (
        "corrected twice",
        [("10:00", "P1", "correction"), ("11:00", "P2", "correction")],
        [("P2", "09:00", None)],
    ),
    (
        "changed, then corrected",
        [("10:00", "P1", "change"), ("11:00", "P2", "correction")],
        [("P3", "09:00", "10:00"), ("P2", "10:00", None)],
    ),
    (
        "corrected, then changed",
        [("10:00", "P1", "correction"), ("11:00", "P2", "change")],
        [("P1", "09:00", "11:00"), ("P2", "11:00", None)],
    ),
    (
        "changed to the same",
        [("10:00", "P3", "change")],
        [("P3", "09:00", "10:00"), ("P3", "10:00", None)],
    ),
    (
        "changed twice at one instant",
        [("10:00", "P1", "change"), ("10:00", "P2", "change")],
        [("P3", "09:00", "10:00"), ("P1", "10:00", "10:00"), ("P2", "10:00", None)],
    ),
]


@pytest.mark.parametrize(
    ("later", "expected"), [pytest.param(*row, id=name) for name, *row in HISTORIES]
)
def test_periods(later: list, expected: list) -> None:
    entries = [(f"2026-06-08 {clock}", priority, basis) for clock, priority, basis in later]
    found = periods(ticket(CREATED, *entries, priority="P3"))
    assert [(p.priority, p.start, p.until) for p in found] == [
        (priority, second(start), until and second(until)) for priority, start, until in expected
    ]
    assert [p.number for p in found] == list(range(1, len(found) + 1))


def test_the_first_period_starts_with_the_ticket_also_when_its_priority_came_later() -> None:
    """Rule SLA-4: the clocks run from the creation of the ticket."""
    facts = ticket(CREATED)
    late = facts.priorities[0].__class__(at("2026-06-08 09:20"), *("P1", "initial"))
    assert periods(facts.__class__(facts.created_at, (late,), facts.as_of))[0].start == second(
        "09:00"
    )


def ends(**given: object) -> dict[str, int | None]:
    return {run.target.kpi: run.end for run in runs(ticket(CREATED, **given), DESCRIPTION.kpis)}


@pytest.mark.parametrize(
    ("given", "reaction", "restoration"),
    [
        ({}, None, None),
        ({"started": "2026-06-08 09:30"}, "09:30", None),
        ({"resolutions": "2026-06-08 10:00"}, "10:00", "10:00"),
        ({"started": "2026-06-08 09:30", "resolutions": "2026-06-08 10:00"}, "09:30", "10:00"),
        ({"started": "2026-06-08 11:00", "resolutions": "2026-06-08 10:00"}, "10:00", "10:00"),
        ({"resolutions": (resolved("2026-06-08 10:00", "2026-06-08 11:00"),)}, "10:00", None),
        (
            {
                "resolutions": (
                    resolved("2026-06-08 12:00"),
                    resolved("2026-06-08 10:00", "2026-06-08 11:00"),
                )
            },
            "10:00",
            "12:00",
        ),
    ],
)
def test_where_clocks_end(given: dict, reaction: str | None, restoration: str | None) -> None:
    assert ends(**given) == {
        "reaction": reaction and second(reaction),
        "restoration": restoration and second(restoration),
    }


def test_the_creation_runs_from_the_notification_to_the_ticket() -> None:
    first, *_ = runs(ticket(CREATED, notified="2026-06-08 08:50"), DESCRIPTION.kpis)
    assert (first.target.kpi, first.start, first.end) == (
        "creation",
        second("08:50"),
        second("09:00"),
    )


def test_works_come_before_stops_and_stops_by_their_start() -> None:
    """Rules SLA-2 and SLA-7: the order in which they name a second."""
    facts = ticket(
        CREATED,
        stops=(stop("2026-06-08 12:00", None), stop("2026-06-08 10:00", "2026-06-08 11:00")),
        planned_works=(works("2026-06-08 15:00", "2026-06-08 16:00"),),
    )
    causes = [(start, cause) for start, _, cause in cuts_of(facts)]
    assert causes == [
        (second("15:00"), "planned_works"),
        (second("10:00"), "stop:customer"),
        (second("12:00"), "stop:customer"),
    ]
