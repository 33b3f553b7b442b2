"""Lengths of time in calendar days and months, counted from a day or an instant.

Months lead to the day of the same number, or to the last day of a month that has it not: three
months from 30 November are over on 28 or 29 February.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sla.catalogue import Span

MONTHS_A_YEAR = 12


def last_day(first: date, span: Span) -> date:
    """Return the last day of a span that begins with the day after `first`.

    Reading: the day a notice is received does not count, so that one of 30 days that is received
    on 1 June lasts up to and including 1 July.

    Args:
        first: a local day; not part of the span.
        span: calendar days, or calendar months.

    Source: CON-2, §7.1.2.

    """
    return add_months(first, span.months) + timedelta(days=span.days)


def add_months(day: date, months: int) -> date:
    """Return the same day of a later month (earlier when negative), or that month's last day."""
    index = day.year * MONTHS_A_YEAR + day.month - 1 + months
    year, month = divmod(index, MONTHS_A_YEAR)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_after(instant: datetime, months: int, zone: ZoneInfo) -> datetime:
    """Return the instant at the same local time that many calendar months later, in UTC.

    A local time that the clock leaves out lies an hour later; one that comes twice is the first.

    Source: CON-3, §7.1.3.
    """
    local = instant.astimezone(zone)
    day = add_months(local.date(), months)
    return datetime.combine(day, local.time().replace(fold=0), zone).astimezone(UTC)


def day_begin(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a local day begins, in UTC: its midnight."""
    return datetime.combine(day, datetime.min.time(), zone).astimezone(UTC)


def day_end(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a local day is over, in UTC: the next local midnight."""
    return day_begin(day + timedelta(days=1), zone)
