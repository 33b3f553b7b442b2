"""The batch gives the figures of the scalar clock, ticket by ticket. Rules SLA-1, SLA-2."""

from random import Random

import numpy as np
import pytest

from sla import columns
from sla.batch import UNKNOWN, BatchClock
from sla.columns import Batch
from sla.errors import ScheduleError
from sla.interval import FOREVER, to_epoch
from sla.lookup import Lookup
from sla.schedule import Schedule
from sla.timeline import Timeline
from tests.sla.factories import ALL_DAYS, BELGIAN, DESCRIPTION, HOLIDAYS, HOUR, at, hours, weekly
from tests.sla.services import SERVICES

MINUTES = weekly(
    {"monday": [f"{n:02}:{m:02}-{n:02}:{m + 1:02}" for n in range(24) for m in (0, 7, 30)]}
)
CALENDARS = {
    "Belgian": BELGIAN,
    "round the clock": weekly(hours(ALL_DAYS, "00:00-24:00")),
    "minutes": MINUTES,
    **{service.name: service.schedule for service in SERVICES},
}
BEGIN = to_epoch(at("2026-01-02 00:00"))


def tickets(random: Random, count: int) -> list[tuple[int, int, int, list[tuple[int, int, str]]]]:
    """Return tickets as (start, end, target, stops), stops in no order, some open or empty."""
    found = []
    for _ in range(count):
        start = BEGIN + random.randrange(300 * 86_400)
        end = start + random.randrange(20 * 86_400)
        stops = []
        for _ in range(random.randrange(5)):
            a = start + random.randrange(-86_400, 20 * 86_400)
            b = random.choice((a, a + 60, a + random.randrange(3 * 86_400), FOREVER))
            stops.append((a, b, "stop:customer"))
        found.append((start, end, random.choice((0, 1, HOUR, 24 * HOUR)), stops))
    return found


def batch_of(found: list) -> Batch:
    stops = [stop for *_, own in found for stop in own]
    return Batch(
        np.array([t[0] for t in found], np.int64),
        np.array([t[1] for t in found], np.int64),
        np.array([t[2] for t in found], np.int64),
        np.cumsum([0, *(len(own) for *_, own in found)], dtype=np.int64),
        np.array([a for a, _, _ in stops], np.int64),
        np.array([b for _, b, _ in stops], np.int64),
    )


def scalar(schedule: Schedule, found: list) -> list[tuple[int, int | None]]:
    return [Timeline(schedule, stops).measure(a, b, target) for a, b, target, stops in found]


def measured(schedule: Schedule, found: list) -> list[tuple[int, int | None]]:
    figures = BatchClock(schedule).measure(batch_of(found))
    dues = [None if due == UNKNOWN else due for due in figures.due.tolist()]
    return list(zip(figures.elapsed.tolist(), dues, strict=True))


@pytest.mark.parametrize("name", CALENDARS)
def test_the_batch_equals_the_scalar_clock(name: str) -> None:
    found = tickets(Random(name), 2_000)
    assert measured(CALENDARS[name], found) == scalar(CALENDARS[name], found)


def test_a_batch_of_several_parts_is_put_together_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    found = tickets(Random(1), 500)
    monkeypatch.setattr(columns, "PART", 64)
    assert measured(BELGIAN, found) == scalar(BELGIAN, found)


def test_a_batch_is_not_changed_by_being_measured() -> None:
    batch = batch_of(tickets(Random(2), 200))
    before = [column.copy() for column in batch]
    BatchClock(BELGIAN).measure(batch)
    assert all((a == b).all() for a, b in zip(before, batch, strict=True))


def test_tickets_without_stops_and_no_tickets_at_all() -> None:
    plain = [(start, end, target, []) for start, end, target, _ in tickets(Random(3), 300)]
    assert measured(BELGIAN, plain) == scalar(BELGIAN, plain)
    assert measured(BELGIAN, []) == []


def test_an_open_stop_leaves_the_due_instant_unknown_unless_the_target_is_used_up() -> None:
    """Rule SLA-2."""
    start = to_epoch(at("2026-06-08 09:00"))
    stop = [(start + 2 * HOUR, FOREVER, "stop:customer")]
    found = [(start, start + 8 * HOUR, hours_ * HOUR, stop) for hours_ in (1, 2, 3)]
    assert measured(BELGIAN, found) == [
        (2 * HOUR, start + HOUR),
        (2 * HOUR, start + 2 * HOUR),
        (2 * HOUR, None),
    ]


def test_years_are_added_when_a_batch_asks_for_them() -> None:
    schedule = Schedule.of(DESCRIPTION, holidays=HOLIDAYS)
    clock = BatchClock(schedule)
    for year in (2026, 2018, 2029):
        start = to_epoch(at(f"{year}-12-30 16:00"))
        found = [(start, start + 86_400, 400 * HOUR, [])]
        figures = clock.measure(batch_of(found))
        assert (int(figures.elapsed[0]), int(figures.due[0])) == scalar(schedule, found)[0]


def test_instants_outside_the_years_are_refused() -> None:
    found = [(0, 1 << 40, HOUR, [])]
    with pytest.raises(ScheduleError, match="outside the years 1970 to 2099"):
        measured(BELGIAN, found)


@pytest.mark.parametrize(
    "edges",
    [
        [5],
        [0, 10, 20, 30],
        [-7, -3, 0, 1, 2, 3, 1_000_000],
        [*range(100), *range(10_000_000, 10_000_100)],
        sorted(Random(4).sample(range(1 << 33), 500)),
    ],
    ids=["one", "even", "uneven", "crowds far apart", "random"],
)
def test_a_lookup_finds_what_a_binary_search_finds(edges: list[int]) -> None:
    array = np.array(edges, np.int64)
    near = np.concatenate([array, array + 1, array[1:] - 1, [array[-1] + (1 << 34)]])
    expected = np.searchsorted(array, near, side="right") - 1
    assert (Lookup(array)(near) == expected).all()
