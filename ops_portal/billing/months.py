"""Calendar months, by which the recurring fee is counted (BIL-2)."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

WRITTEN = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
MONTHS = 12
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A calendar month; written `2026-03`."""

    year: int
    month: int

    @classmethod
    def of(cls, day: date) -> "Month":
        """Return the month a local day lies in."""
        return cls(day.year, day.month)

    @classmethod
    def read(cls, text: str) -> "Month | None":
        """Return the month that `2026-03` names; None when the text names none."""
        found = WRITTEN.fullmatch(text)
        year, month = (int(found[1]), int(found[2])) if found else (0, 0)
        return cls(year, month) if year else None

    def __str__(self) -> str:
        """Return it as it is written in addresses and keys."""
        return f"{self.year:04d}-{self.month:02d}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return date(self.year, self.month, self.days)

    @property
    def days(self) -> int:
        """How many days it has."""
        return monthrange(self.year, self.month)[1]

    @property
    def next(self) -> "Month":
        """The month after it."""
        return self.plus(1)

    def plus(self, months: int) -> "Month":
        """Return the month so many later."""
        number = self.year * MONTHS + self.month - 1 + months
        return Month(number // MONTHS, number % MONTHS + 1)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """Return the day an instant lies in, in a zone."""
    return at.astimezone(zone).date()


def last_local_day(end: datetime, zone: ZoneInfo) -> date:
    """Return the last day of what ends at an instant, excluded: at midnight it is the day before.

    Source: BIL-2 (the last day is included).

    """
    return (end - timedelta(microseconds=1)).astimezone(zone).date()
