"""Public holidays as dated data."""

from collections.abc import Iterable
from datetime import date

import holidays

from sla.errors import ScheduleError

NOT_STATUTORY = {"BE": frozenset({"Easter Sunday", "Pentecost"})}
"""Days the library lists that the law does not: they matter where Sunday is a support day."""


def public_holidays(country: str, years: Iterable[int]) -> list[tuple[date, str]]:
    """Return the statutory public holidays of a country, in order of date.

    Args:
        country: ISO 3166 code, e.g. `BE`.
        years: calendar years.

    Returns:
        `(date, English name)`; in Belgium ten a year. Days that some calendars list but no law
        makes free, such as King's Feast, are not among them (T15).

    Raises:
        ScheduleError: the country is not known.

    Source: SLA-1, §6.3.

    """
    try:
        found = holidays.country_holidays(country, years=list(years), language="en_US")
    except NotImplementedError as error:
        message = f"no public holidays are known for {country}"
        raise ScheduleError(message) from error
    left_out = NOT_STATUTORY.get(country, frozenset())
    return [(day, name) for day, name in sorted(found.items()) if name not in left_out]
