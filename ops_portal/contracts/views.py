"""Pages of what was agreed: the service description in force, and the calendar."""

from flask import render_template
from flask_babel import get_locale
from flask_babel import gettext as _

from ops_portal.contracts.blueprint import blueprint
from ops_portal.contracts.queries import calendar_versions, dated, newest_terms
from ops_portal.core.clock import now
from ops_portal.core.permissions import Permission
from ops_portal.web.guard import requires
from sla.policy import Description, Kpi, Obligation, Priority

CALENDAR = "BE"


@blueprint.get("/terms")
@requires(Permission.CONTRACTS_READ)
def terms() -> str:
    """Show the service description in force: window, priorities, targets. Source: CAT-1, SLA-4."""
    description = newest_terms(CALENDAR).description
    return render_template(
        "contracts/description.html",
        description=description,
        hours=[(day, _hours(description, number)) for number, day in enumerate(_weekdays())],
        targets=[(_kpi_words()[t.kpi], t) for t in description.kpis.values()],
        priorities=[
            (p, description.priorities.get(p, {}).get(get_locale().language, "")) for p in Priority
        ],
        obligations={
            Obligation.SLA: _("guaranteed, with credit (SLA)"),
            Obligation.SLO: _("best effort, no credit (SLO)"),
        },
    )


@blueprint.get("/terms/calendar")
@requires(Permission.CONTRACTS_READ)
def calendar() -> str:
    """Show the closed days in force and every version before. Source: SLA-1."""
    versions = calendar_versions(CALENDAR)
    days = dated(versions[0])
    this_year = now().year
    return render_template(
        "contracts/calendar.html",
        newest=versions[0],
        versions=versions,
        closures=sorted(days.closures, reverse=True),
        years=[
            (year, [found for found in days.holidays if found[0].year == year])
            for year in sorted({day.year for day, _name in days.holidays}, reverse=True)
        ],
        this_year=this_year,
    )


def _hours(description: Description, weekday: int) -> str:
    spans = description.week[weekday]
    return ", ".join(f"{_time(start)}\u2013{_time(end)}" for start, end in spans)


def _time(seconds: int) -> str:
    return f"{seconds // 3600:02d}:{seconds % 3600 // 60:02d}"


def _weekdays() -> tuple[str, ...]:
    return (
        _("Monday"),
        _("Tuesday"),
        _("Wednesday"),
        _("Thursday"),
        _("Friday"),
        _("Saturday"),
        _("Sunday"),
    )


def _kpi_words() -> dict[Kpi, str]:
    return {
        Kpi.CREATION: _("Time to log"),
        Kpi.REACTION: _("Time to react"),
        Kpi.RESTORATION: _("Time to restore"),
    }
