"""The years of a calendar that have been asked for so far."""

from sla.document import FIRST_YEAR, LAST_YEAR
from sla.errors import ScheduleError
from sla.table import Closure, Line, Table, build, joined
from sla.terms import Description

MEAN_YEAR_S = 31_556_952


class Years:
    """A table that grows in both directions; what it counts never moves when it does.

    A longer table is put in place whole, so that readers in other threads see the old or the new.
    """

    __slots__ = ("_closures", "_week", "_zone", "table")

    def __init__(self, description: Description, closures: list[Closure]) -> None:
        """Begin with the year of the effective date."""
        self._zone = description.zone
        self._week = description.week
        self._closures = closures
        year = min(max(description.effective_from.year, FIRST_YEAR), LAST_YEAR)
        self.table = self._build(year, year)

    def covering(self, start: int, end: int) -> Table:
        """Return the table, with the years of both instants in it.

        Raises:
            ScheduleError: an instant lies outside the years that can be asked for.

        """
        table = self.table
        if table.line.start <= start and end < table.line.end:
            return table
        first = max(min(_year(start) - 1, table.first_year), FIRST_YEAR)
        last = min(max(_year(end) + 1, table.last_year), LAST_YEAR)
        if first < table.first_year:
            table = joined(self._build(first, table.first_year - 1), table, keep=table)
        if last > table.last_year:
            table = joined(table, self._build(table.last_year + 1, last), keep=table)
        if start < table.line.start or end >= table.line.end:
            message = f"an instant lies outside the years {FIRST_YEAR} to {LAST_YEAR}"
            raise ScheduleError(message)
        self.table = table
        return table

    def reaching(self, count: int) -> Line:
        """Return the line, with the instant in it before which `count` seconds have counted.

        Raises:
            ScheduleError: there is none in the years that can be asked for (T12).

        """
        table = self.table
        while count > table.line.after[-1]:
            years = table.last_year - table.first_year + 1
            last = min(table.last_year + years, LAST_YEAR)
            if last == table.last_year:
                message = f"the support window is not open long enough before {LAST_YEAR + 1}"
                raise ScheduleError(message)
            table = joined(table, self._build(table.last_year + 1, last), keep=table)
            self.table = table
        return table.line

    def _build(self, first: int, last: int) -> Table:
        return build(self._zone, self._week, self._closures, first, last)


def _year(seconds: int) -> int:
    """Return the year of an instant, at most one off."""
    return 1970 + seconds // MEAN_YEAR_S
