"""The page of the calendar."""

from flask import render_template

from ops_portal.contracts.blueprint import blueprint
from ops_portal.contracts.queries import calendar_versions, dated
from ops_portal.core.clock import now
from ops_portal.core.permissions import Permission
from ops_portal.web.guard import requires
from ops_portal.web.holidays import reason_words

CALENDAR = "BE"


@blueprint.get("/terms/calendar")
@requires(Permission.CONTRACTS_READ)
def calendar() -> str:
    """Show the closed days in force and every version before. Source: SLA-1."""
    versions = calendar_versions(CALENDAR)
    days = dated(versions[0])
    this_year = now().year

    def nearest(year: int) -> tuple[bool, int]:
        """Sort this year and those to come first, then those past from the last one back."""
        return year < this_year, abs(year - this_year)

    return render_template(
        "contracts/calendar.html",
        newest=versions[0],
        versions=versions,
        closures=sorted(days.closures, reverse=True),
        years=[
            (year, [found for found in days.holidays if found[0].year == year])
            for year in sorted({day.year for day, _name in days.holidays}, key=nearest)
        ],
        open_years=(this_year, this_year + 1),
        reason_words=reason_words,
    )
