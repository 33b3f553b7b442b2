"""The hours of a week in local time, and the seconds of one local day."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sla.document import Node
from sla.interval import Span

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)", re.ASCII)
FULL_DAY = 86_400

Hours = tuple[Span, ...]
"""The open spans of a day in seconds of local wall-clock time since midnight, sorted, apart."""


def read_week(node: Node) -> tuple[Hours, ...]:
    """Return the hours of Monday to Sunday from a table of lists such as `["08:00-12:30", …]`.

    Faults: a text that is no span, a span that ends before it starts, overlaps, no open hour.

    Source: SLA-1, CAT-1.
    """
    known = len(node.faults)
    days = node.fields(frozenset(), frozenset(WEEKDAYS))
    week = tuple(_read_day(days[name]) if name in days else () for name in WEEKDAYS)
    if not any(week) and len(node.faults) == known:
        node.fault("has no open hours")
    return week


def _read_day(node: Node) -> Hours:
    spans: list[Span] = []
    for item in node.items():
        found = HOURS.fullmatch(item.value) if isinstance(item.value, str) else None
        if found is None:
            item.fault('must be a span such as "08:00-18:00"')
            continue
        hour, minute, to_hour, to_minute = map(int, found.groups())
        start, end = hour * 3600 + minute * 60, to_hour * 3600 + to_minute * 60
        if not start < end <= FULL_DAY:
            item.fault("must end after it starts, by 24:00")
        elif spans and start < spans[-1][1]:
            item.fault("must start after the one before it")
        else:
            spans.append((start, end))
    return tuple(spans)


def read_closures(node: Node) -> tuple[tuple[date, date, str], ...]:
    """Return the closed days: (from, to included, name). Source: SLA-1; sla-cases T12."""
    found = []
    for entry in node.items():
        fields = entry.fields(frozenset({"from", "to", "name"}), frozenset())
        days = [fields[name].day() for name in ("from", "to") if name in fields]
        name = fields["name"].text() if "name" in fields else None
        if len(days) == 2 and days[0] and days[1] and days[1] < days[0]:  # noqa: PLR2004
            fields["to"].fault("lies before the first day")
        elif len(days) == 2 and days[0] and days[1] and name:  # noqa: PLR2004
            found.append((days[0], days[1], name))
    return tuple(found)


def midnight(zone: ZoneInfo, day: date) -> int:
    """Return the first instant of a local day in seconds since 1970 UTC."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())


def day_spans(zone: ZoneInfo, start: int, end: int, hours: Hours) -> list[Span]:
    """Return the instants of the local day [start, end) whose wall-clock time lies in `hours`.

    On the day of a clock change an hour that is skipped is no time, and one that comes twice counts
    twice.

    Source: SLA-1; sla.md, Time.
    """
    if end - start == FULL_DAY:
        return [(start + a, start + b) for a, b in hours]
    found = []
    for piece, until, wall in _pieces(zone, start, end):
        shift = piece - wall
        clipped = ((max(piece, shift + a), min(until, shift + b)) for a, b in hours)
        found += [(a, b) for a, b in clipped if a < b]
    return found


def _pieces(zone: ZoneInfo, start: int, end: int) -> list[tuple[int, int, int]]:
    """Split a local day where the offset changes: (from, to, wall-clock seconds at from)."""
    low, high = start, end
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle) == _offset(zone, start):
            low = middle
        else:
            high = middle
    if high == end:
        return [(start, end, _wall(zone, start))]
    return [(start, high, _wall(zone, start)), (high, end, _wall(zone, high))]


def _offset(zone: ZoneInfo, at: int) -> timedelta | None:
    return datetime.fromtimestamp(at, zone).utcoffset()


def _wall(zone: ZoneInfo, at: int) -> int:
    local = datetime.fromtimestamp(at, zone)
    return local.hour * 3600 + local.minute * 60 + local.second
