"""100,000 random tickets with 0 to 4 stops each, for the benchmark of the SLA engine."""

from datetime import UTC, datetime
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from sla.columns import Batch
from sla.facts import Facts, PriorityEntry, Resolution, Stop
from sla.holidays import public_holidays
from sla.policy import DEFAULT_DESCRIPTION, load_description
from sla.schedule import Schedule
from sla.terms import Basis, Priority, StopReason

BRUSSELS = ZoneInfo("Europe/Brussels")
FIRST = int(datetime(2024, 1, 1, tzinfo=BRUSSELS).timestamp())
SPAN_S = 3 * 365 * 86_400
DAY_S = 86_400
TARGET_S = 86_400
DESCRIPTION = load_description(DEFAULT_DESCRIPTION)
HOLIDAYS = public_holidays("BE", range(2023, 2029))


class Work(NamedTuple):
    """One ticket: instants in seconds since 1970, stops as cuts of a timeline."""

    start: int
    end: int
    stops: list[tuple[int, int, str]]


def new_schedule() -> Schedule:
    """Return the support window of the contract."""
    return Schedule.of(DESCRIPTION, holidays=HOLIDAYS)


def tickets(count: int, seed: int = 1) -> list[Work]:
    """Return random tickets: most stops within the ticket, some at night, some that overlap."""
    random = Random(seed)  # noqa: S311 -- a workload, no secret
    found = []
    for _ in range(count):
        start = FIRST + random.randrange(SPAN_S)
        length = int(random.expovariate(1 / (4 * DAY_S))) + 60
        stops = []
        for _ in range(random.randrange(5)):
            begin = start + random.randrange(-length // 10, length)
            stops.append((begin, begin + random.randrange(60, 2 * DAY_S), "stop:customer"))
        found.append(Work(start, start + length, stops))
    return found


def as_batch(found: list[Work]) -> Batch:
    """Return the tickets as columns."""
    stops = [stop for work in found for stop in work.stops]
    return Batch(
        np.array([work.start for work in found], np.int64),
        np.array([work.end for work in found], np.int64),
        np.full(len(found), TARGET_S, np.int64),
        np.cumsum([0, *(len(work.stops) for work in found)], dtype=np.int64),
        np.array([begin for begin, _, _ in stops], np.int64),
        np.array([end for _, end, _ in stops], np.int64),
    )


def instant(seconds: int) -> datetime:
    """Return an aware instant in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def as_facts(work: Work) -> Facts:
    """Return the facts of a P1 incident with all three clocks."""
    created = instant(work.start)
    return Facts(
        created_at=created,
        priorities=(PriorityEntry(created, Priority.P1, Basis.INITIAL),),
        as_of=instant(work.end + DAY_S),
        notified_at=instant(work.start - 600),
        intervention_started_at=instant((work.start + work.end) // 2),
        resolutions=(Resolution(instant(work.end)),),
        stops=tuple(
            Stop(instant(max(a, work.start)), instant(max(b, work.start)), StopReason.CUSTOMER)
            for a, b, _ in work.stops
        ),
    )
