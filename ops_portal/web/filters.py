"""Filters of templates: dates, durations, money; the only arithmetic a page sees."""

import secrets
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal
from flask import Flask, g

from ops_portal.web.holidays import holiday
from ops_portal.web.languages import chosen_language, chosen_zone

THIN = "\u202f"
WEEK_DAYS = 7


def moment(value: datetime | None) -> str:
    """Return an instant in the reader's zone: `Mon 9 Mar 2026, 08:30`."""
    return _format(value, "EEE d MMM y, HH:mm")


def moment_short(value: datetime | None) -> str:
    """Return an instant without the year: `Mon 9 Mar, 08:30`."""
    return _format(value, "EEE d MMM, HH:mm")


def moment_near(value: datetime | None, now: datetime) -> str:
    """Return an instant as briefly as it stays clear: `14:30` today, `Mon 08:00` in this week."""
    if value is None:
        return ""
    return _near(value, now, chosen_zone(), _locale())


@lru_cache(maxsize=4096)
def _near(value: datetime, now: datetime, zone: str, locale: str) -> str:
    place = ZoneInfo(zone)
    days = (value.astimezone(place).date() - now.astimezone(place).date()).days
    if days == 0:
        return _written(value, zone, "HH:mm", locale)
    pattern = "EEE HH:mm" if 0 < days < WEEK_DAYS else "EEE d MMM, HH:mm"
    return _written(value, zone, pattern, locale)


def moment_span(start: datetime, end: datetime) -> str:
    """Return from when to when: `Mon 9 Mar, 08:30 \u2013 14:30`; seconds where they are not 0."""
    first, last = (":ss" if at.second else "" for at in (start, end))
    is_same_day = start.astimezone(_zone()).date() == end.astimezone(_zone()).date()
    day = "" if is_same_day else "EEE d MMM, "
    return (
        f"{_format(start, f'EEE d MMM, HH:mm{first}')} \u2013 {_format(end, f'{day}HH:mm{last}')}"
    )


def moment_exact(value: datetime | None) -> str:
    """Return an instant to the second with its offset."""
    return _format(value, "EEE d MMM y, HH:mm:ss ZZZZZ")


def day(value: date | None) -> str:
    """Return a local day with its weekday: `Mon 9 Mar 2026`."""
    return "" if value is None else format_date(value, "EEE d MMM y", locale=_locale())


def duration(seconds: float | None) -> str:
    """Return counted time in words of hours and minutes: `3 h 20`, `38 min`, `45 s`."""
    if seconds is None:
        return ""
    whole = int(seconds)
    sign = "\u2212" if whole < 0 else ""
    hours, rest = divmod(abs(whole), 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{sign}{hours}{THIN}h" + (f"{THIN}{minutes:02d}" if minutes else "")
    if minutes:
        return f"{sign}{minutes}{THIN}min"
    return f"{sign}{left}{THIN}s"


def duration_exact(seconds: float | None) -> str:
    """Return seconds as on a receipt: `24 h 00 min 00 s`."""
    if seconds is None:
        return ""
    whole = int(seconds)
    sign = "\u2212" if whole < 0 else ""
    hours, rest = divmod(abs(whole), 3600)
    minutes, left = divmod(rest, 60)
    return f"{sign}{hours}{THIN}h {minutes:02d}{THIN}min {left:02d}{THIN}s"


def money(amount: Decimal) -> str:
    """Return an amount in EUR as the reader writes it, with a true minus."""
    text = format_currency(amount, "EUR", locale=_locale())
    return text.replace("-", "\u2212")


def number(value: float | Decimal) -> str:
    """Return a number as the reader groups and points it."""
    return format_decimal(value, locale=_locale())


def iso(value: datetime | None) -> str:
    """Return an instant for machines."""
    return "" if value is None else value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local_input(value: datetime | None) -> str:
    """Return an instant as a `datetime-local` field wants it, in the reader's zone."""
    return "" if value is None else value.astimezone(_zone()).strftime("%Y-%m-%dT%H:%M")


def once_key() -> str:
    """Return what makes sending a form twice harmless; it names the organisation acted for."""
    actor = g.get("actor")
    return f"{actor.customer_id if actor else 0}.{secrets.token_urlsafe(18)}"


def install(app: Flask) -> None:
    """Register the filters and the once-key of forms."""
    for function in (
        moment,
        moment_short,
        moment_exact,
        day,
        duration,
        duration_exact,
        money,
        number,
        iso,
        local_input,
        holiday,
    ):
        app.jinja_env.filters[function.__name__] = function
    app.jinja_env.globals["once_key"] = once_key
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def _format(value: datetime | None, pattern: str) -> str:
    if value is None:
        return ""
    return _written(value, chosen_zone(), pattern, _locale())


@lru_cache(maxsize=4096)
def _written(value: datetime, zone: str, pattern: str, locale: str) -> str:
    """Return an instant by a pattern: lists write the same few minutes again and again."""
    return format_datetime(value, pattern, tzinfo=ZoneInfo(zone), locale=locale)


def _zone() -> ZoneInfo:
    return ZoneInfo(chosen_zone())


def _locale() -> str:
    return chosen_language()
