"""The contracts of a service one after another, and what incidents of each time are judged by."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from ops_portal.contracts.models import Contract
from ops_portal.contracts.queries import newest_calendar_of, terms
from ops_portal.core.db import db
from ops_portal.tickets.clocks import Context


@dataclass(frozen=True, slots=True)
class Period:
    """One contract, from when on it holds, and what it judges by."""

    contract_id: int
    valid_from: datetime
    context: Context


@dataclass(frozen=True, slots=True)
class Periods:
    """The contracts of one service, oldest first; there is always one."""

    periods: tuple[Period, ...]

    def at(self, instant: datetime) -> Period:
        """Return the period an incident of this instant belongs to.

        One before the first contract belongs to the first, which says that no level applied yet.

        Source: ORD-4, §2.
        """
        begun = [period for period in self.periods if period.valid_from <= instant]
        return begun[-1] if begun else self.periods[0]

    def of(self, contract_id: int) -> Context:
        """Return what incidents of one of the contracts are judged by."""
        return next(p.context for p in self.periods if p.contract_id == contract_id)


def periods_of(contract_id: int) -> Periods:
    """Return the contracts of a service, given one of them, with what each judges by.

    No planned works: a log knows no solution element of ours. Source: ORD-4.
    """
    service_id = select(Contract.service_id).where(Contract.id == contract_id).scalar_subquery()
    rows = db.session.execute(
        select(
            Contract.id,
            Contract.valid_from,
            Contract.active_from,
            Contract.description_id,
            newest_calendar_of(Contract.calendar),
        )
        .where(Contract.service_id == service_id)
        .order_by(Contract.valid_from),
    )
    return Periods(
        tuple(
            Period(contract, begin, Context(active_from, terms(description, calendar), ()))
            for contract, begin, active_from, description, calendar in rows
        )
    )
