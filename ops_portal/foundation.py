"""What every installation begins with: the provider, the description, the calendar."""

from datetime import date, datetime

from sqlalchemy import select

from ops_portal.accounts.models import Customer
from ops_portal.accounts.operations import add_customer
from ops_portal.contracts.description_operations import register_description
from ops_portal.contracts.models import CalendarVersion
from ops_portal.contracts.operations import publish_calendar
from ops_portal.core.actor import system_actor
from ops_portal.core.db import db
from sla.holidays import public_holidays
from sla.policy import DEFAULT_DESCRIPTION

FIRST_YEAR = 2015
YEARS_AHEAD = 6
CALENDAR = "BE"


def lay_foundation(operator_name: str, *, now: datetime) -> None:
    """Make what is missing; running it again changes nothing.

    The holidays are dated data: each new year is published as a new version of the calendar, with
    what people edited into the last version kept.
    """
    provider = db.session.execute(select(Customer).where(Customer.is_provider)).scalar_one_or_none()
    if provider is None:
        provider = add_customer("PROVIDER", operator_name, now=now, is_provider=True)
    register_description(DEFAULT_DESCRIPTION, now=now)
    _extend_calendar(provider.id, now)


def _extend_calendar(provider_id: int, now: datetime) -> None:
    last = db.session.execute(
        select(CalendarVersion)
        .filter_by(calendar=CALENDAR)
        .order_by(CalendarVersion.number.desc())
        .limit(1),
    ).scalar_one_or_none()
    known = [(date.fromisoformat(day), name) for day, name in last.holidays] if last else []
    first = max((day.year for day, _ in known), default=FIRST_YEAR - 1) + 1
    until = now.year + YEARS_AHEAD
    if first > until:
        return
    publish_calendar(
        CALENDAR,
        holidays=[*known, *public_holidays(CALENDAR, range(first, until + 1))],
        closures=[
            (date.fromisoformat(a), date.fromisoformat(b), name)
            for a, b, name in (last.closures if last else [])
        ],
        reason=f"public holidays {first}–{until}",
        actor=system_actor("calendar", provider_id),
        now=now,
    )
