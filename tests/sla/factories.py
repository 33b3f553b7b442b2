"""Facts with defaults, written in Brussels time: `at("2026-03-06 17:30")`."""

import tomllib
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sla.clock import Clock, evaluate
from sla.facts import Facts, PriorityEntry, Resolution, Stop
from sla.holidays import public_holidays
from sla.interval import Interval
from sla.policy import DEFAULT_DESCRIPTION, load_description, parse_description
from sla.schedule import Schedule
from sla.terms import Basis, Kpi, Priority, StopReason

BRUSSELS = ZoneInfo("Europe/Brussels")
DESCRIPTION = load_description(DEFAULT_DESCRIPTION)
HOLIDAYS = public_holidays("BE", range(2014, 2031))
BELGIAN = Schedule.of(DESCRIPTION, holidays=HOLIDAYS)
HOUR = 3600


def at(text: str, zone: ZoneInfo = BRUSSELS) -> datetime:
    """Return a local time as an instant."""
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def stop(start: str, end: str | None, reason: str = "customer") -> Stop:
    return Stop(at(start), at(end) if end else None, StopReason(reason))


def works(start: str, end: str) -> Interval:
    return Interval(at(start), at(end))


def resolved(when: str, reopened: str | None = None) -> Resolution:
    return Resolution(at(when), at(reopened) if reopened else None)


def ticket(created: str, *later: tuple[str, str, str], **given: Any) -> Facts:
    """Return facts of a ticket; `later` = further priorities as (at, priority, basis)."""
    first = PriorityEntry(at(created), Priority(given.pop("priority", "P1")), Basis.INITIAL)
    entries = [PriorityEntry(at(a), Priority(p), Basis(b)) for a, p, b in later]
    values = {
        "as_of": at(given.pop("as_of", "2028-01-03 12:00")),
        "resolutions": (),
        **{
            name: at(given.pop(short))
            for short, name in (
                ("notified", "notified_at"),
                ("active", "active_from"),
                ("started", "intervention_started_at"),
            )
            if short in given
        },
        **given,
    }
    if isinstance(values["resolutions"], str):
        values["resolutions"] = (resolved(values["resolutions"]),)
    return Facts(created_at=at(created), priorities=(first, *entries), **values)


def clocks(
    facts: Facts, *, schedule: Schedule = BELGIAN, explain: bool = False
) -> tuple[Clock, ...]:
    return evaluate(facts, DESCRIPTION, schedule, explain=explain)


def clock(facts: Facts, kpi: str, *, period: int = 1, schedule: Schedule = BELGIAN) -> Clock:
    """Return one clock of a ticket, explained."""
    found = clocks(facts, schedule=schedule, explain=True)
    return next(c for c in found if c.kpi is Kpi(kpi) and c.period == period)


def due(start: str, hours: float, *, schedule: Schedule = BELGIAN) -> datetime:
    """Return when so many counted hours from a local time are used up."""
    return schedule.advance(at(start), int(hours * HOUR))


def weekly(hours: dict[str, list[str]], **changes: Any) -> Schedule:
    """Return a schedule of other hours; `changes` = closures, or fields of the document."""
    closures = changes.pop("closures", ())
    return Schedule.of(
        parse_description(document(support_window=hours, **changes)), closures=closures
    )


def hours(days: Iterable[str], *spans: str) -> dict[str, list[str]]:
    """Return the same spans for each of some days."""
    return {day: list(spans) for day in days}


def document(**changes: Any) -> dict[str, Any]:
    """Return the default description as a plain document, with other values for some fields."""
    return {**tomllib.loads(DEFAULT_DESCRIPTION.read_text(encoding="utf-8")), **changes}


def closure(first: str, last: str, name: str = "closed") -> tuple[date, date, str]:
    return date.fromisoformat(first), date.fromisoformat(last), name


OFFICE = "08:00-18:00"
WORKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")
ALL_DAYS = (*WORKDAYS, "saturday", "sunday")
