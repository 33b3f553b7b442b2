"""Other libraries that count business time, each told about the same window and holidays.

None of them knows stops: an adapter unites and clips those, then subtracts their business time.
"""

import datetime as dt
from collections.abc import Callable
from typing import NamedTuple
from zoneinfo import ZoneInfo

import businesstimedelta
import numpy as np
import pandas as pd
import pytz
from business_duration import businessDuration
from workalendar.europe import Belgium

from bench.support.sla_workload import HOLIDAYS, Work
from sla.interval import union

BRUSSELS = ZoneInfo("Europe/Brussels")
OPEN, CLOSE = 8 * 3_600, 18 * 3_600
DAYS = dict(HOLIDAYS)
NAIVE_DAYS = np.array(sorted(DAYS), dtype="datetime64[D]")

Elapsed = Callable[[int, int], float]
Due = Callable[[int, int], float]


class Peer(NamedTuple):
    """A library: seconds of [a, b), the instant after so many seconds, and how many to try."""

    name: str
    elapsed: Elapsed
    due: Due | None
    sample: int
    note: str = ""


def with_stops(elapsed: Elapsed, work: Work) -> float:
    """Return the business seconds of a ticket less those of its stops, overlaps once."""
    clipped = [(max(a, work.start), min(b, work.end)) for a, b, _ in work.stops]
    return elapsed(work.start, work.end) - sum(elapsed(a, b) for a, b in union(clipped))


def _local(at: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(at, BRUSSELS)


def _businesstimedelta() -> Peer:
    zone = pytz.timezone("Europe/Brussels")
    office = businesstimedelta.WorkDayRule(dt.time(8), dt.time(18), [0, 1, 2, 3, 4], tz=zone)
    rules = businesstimedelta.Rules([office, businesstimedelta.HolidayRule(DAYS, tz=zone)])

    def elapsed(a: int, b: int) -> float:
        return rules.difference(_utc(a), _utc(b)).timedelta.total_seconds()

    def due(a: int, seconds: int) -> float:
        return (_utc(a) + businesstimedelta.BusinessTimeDelta(rules, seconds=seconds)).timestamp()

    return Peer("businesstimedelta 1.0", elapsed, due, 300)


def _utc(at: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(at, pytz.utc)


def _business_duration() -> Peer:
    def elapsed(a: int, b: int) -> float:
        start, end = (pd.Timestamp(_local(x).replace(tzinfo=None)) for x in (a, b))
        days = DAYS
        found = businessDuration(start, end, dt.time(8), dt.time(18), [5, 6], days, "sec")
        return 0.0 if found != found else float(found)  # noqa: PLR0124 -- it answers NaN for none

    return Peer("business-duration 0.68", elapsed, None, 1_000, "no due instant")


def _partial(local: dt.datetime) -> int:
    second = local.hour * 3_600 + local.minute * 60 + local.second
    return min(max(second, OPEN), CLOSE) - OPEN


def _workalendar() -> Peer:
    calendar = Belgium()
    calendar.get_calendar_holidays = lambda year: [h for h in HOLIDAYS if h[0].year == year]

    def elapsed(a: int, b: int) -> float:
        first, last = _local(a), _local(b)
        days = calendar.get_working_days_delta(first.date(), last.date(), include_start=True)
        whole = days - calendar.is_working_day(last.date())
        before = _partial(first) if calendar.is_working_day(first.date()) else 0
        after = _partial(last) if calendar.is_working_day(last.date()) else 0
        if first.date() == last.date():
            return after - before
        return whole * (CLOSE - OPEN) - before + after

    return Peer(
        "workalendar 17 + own partial days", elapsed, None, 3_000, "due instant in days only"
    )


def _pandas() -> Peer:
    hours = pd.offsets.CustomBusinessHour(start="08:00", end="18:00", holidays=list(DAYS))

    def elapsed(a: int, b: int) -> float:
        start, end = (pd.Timestamp(_local(x).replace(tzinfo=None)) for x in (a, b))
        return max(len(pd.date_range(start, end, freq=hours)) - 1, 0) * 3_600

    def due(a: int, seconds: int) -> float:
        start = pd.Timestamp(_local(a).replace(tzinfo=None))
        found = start + (seconds // 3_600) * hours
        return found.tz_localize("Europe/Brussels").timestamp()

    return Peer("pandas 3.1 CustomBusinessHour", elapsed, due, 300, "whole hours only")


def _numpy() -> Peer:
    calendar = np.busdaycalendar(holidays=NAIVE_DAYS)

    def elapsed(a: int, b: int) -> float:
        first, last = _local(a), _local(b)
        one, two = np.datetime64(first.date()), np.datetime64(last.date())
        whole = int(np.busday_count(one, two, busdaycal=calendar)) * (CLOSE - OPEN)
        before = _partial(first) if np.is_busday(one, busdaycal=calendar) else 0
        after = _partial(last) if np.is_busday(two, busdaycal=calendar) else 0
        return whole - before + after

    def due(a: int, seconds: int) -> float:
        local = _local(a)
        day = np.datetime64(local.date())
        used = _partial(local) if np.is_busday(day, busdaycal=calendar) else 0
        days, rest = divmod(used + seconds - 1, CLOSE - OPEN)
        found = np.busday_offset(day, days, roll="forward", busdaycal=calendar).astype(object)
        opening = dt.datetime.combine(found, dt.time(8), BRUSSELS)
        return opening.timestamp() + rest + 1

    return Peer("numpy busday, scalar", elapsed, due, 5_000)


def peers() -> list[Peer]:
    """Return all of them."""
    return [_businesstimedelta(), _business_duration(), _workalendar(), _pandas(), _numpy()]
