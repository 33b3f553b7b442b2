"""The words of a service description in the reader's language: spans, prices, hours, sections."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from babel.numbers import format_currency
from flask_babel import gettext as _
from flask_babel import ngettext

from ops_portal.web import filters
from ops_portal.web.languages import chosen_language
from sla.catalogue import Availability, Party, Span, Words
from sla.policy import Description, Kpi, Obligation, Reopen

MINUTE = 60
NOT_SOLD = "–"


def said(words: Words) -> str:
    """Return a name in the reader's language."""
    return words.get(chosen_language()) or words.get("en") or next(iter(words.values()), "")


def span(length: Span) -> str:
    """Return a length of time: `30 calendar days`, `3 months`."""
    if length.months:
        return ngettext("%(num)d month", "%(num)d months", length.months)
    return ngettext("%(num)d calendar day", "%(num)d calendar days", length.days)


def price(amount: Decimal, currency: str) -> str:
    """Return a price with every decimal it has: a unit price is not rounded (BIL-4)."""
    return format_currency(
        amount, currency, locale=chosen_language(), decimal_quantization=False
    ).replace("-", "\u2212")


def percent(value: Decimal) -> str:
    """Return a percentage."""
    return _("%(number)s %%", number=filters.number(value))


def counted(seconds: int) -> str:
    """Return counted time; to the second where it is no whole minute."""
    exact = filters.duration_exact(seconds)
    return exact if seconds % MINUTE else filters.duration(seconds)


def hours(spans: tuple[tuple[int, int], ...]) -> str:
    """Return the open hours of a weekday."""
    written = ", ".join(f"{_time(start)}\u2013{_time(end)}" for start, end in spans)
    return written or _("closed")


def _time(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"


def closure(first: date, last: date) -> str:
    """Return the days of a closure."""
    return filters.day(first) if first == last else f"{filters.day(first)} – {filters.day(last)}"


def yes_or_no(*, value: bool) -> str:
    """Return a word for a yes or a no."""
    return _("yes") if value else _("no")


def country(found: Description) -> str:
    """Return whose public holidays are outside the window."""
    return (
        _("outside the window (%(country)s)", country=found.country)
        if found.country
        else _("they count")
    )


def reopen(found: Description) -> str:
    """Return what a reopened resolution does to the clock."""
    counts = _("the time in between counts")
    return counts if found.reopen is Reopen.COUNTS else _("the time in between does not count")


def availability(found: Availability | None) -> str:
    """Return what a subscription makes of a component (CAT-2)."""
    if found is None:
        return NOT_SOLD
    return _("included") if found is Availability.INCLUDED else _("option")


def weekdays() -> tuple[str, ...]:
    """Return Monday to Sunday."""
    return (
        _("Monday"),
        _("Tuesday"),
        _("Wednesday"),
        _("Thursday"),
        _("Friday"),
        _("Saturday"),
        _("Sunday"),
    )


def kpis() -> Mapping[Kpi, str]:
    """Return what is measured."""
    return {
        Kpi.CREATION: _("Time to log"),
        Kpi.REACTION: _("Time to react"),
        Kpi.RESTORATION: _("Time to restore"),
    }


def obligations() -> Mapping[Obligation, str]:
    """Return what is owed (SLA-5)."""
    return {
        Obligation.SLA: _("guaranteed, with credit (SLA)"),
        Obligation.SLO: _("best effort, no credit (SLO)"),
    }


def parties() -> Mapping[Party, str]:
    """Return who may end a contract (CON-2)."""
    return {Party.CUSTOMER: _("By the customer"), Party.PROVIDER: _("By the provider")}


def sections() -> Mapping[str, str]:
    """Return the headings, in the order of the page; keyed as in the file."""
    return {
        "general": _("Service"),
        "support_window": _("Support window"),
        "priorities": _("Priorities"),
        "kpis": _("Targets, in support time"),
        "components": _("What is sold"),
        "fees": _("Fees"),
        "implementation": _("Implementation"),
        "notice": _("Notice"),
        "inactivity": _("Inactivity"),
        "retention": _("How long data are kept"),
    }
