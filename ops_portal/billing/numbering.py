"""Numbers of invoices: one series a year, without gaps; taken in the transaction that uses them."""

from datetime import date

from sqlalchemy import literal
from sqlalchemy.dialects.postgresql import insert

from ops_portal.billing.models import NumberSeries
from ops_portal.core.check_digits import structured_reference
from ops_portal.core.db import db

CENTURY = 100
SEQUENCE = 10**8


def take_numbers(day: date, number: int) -> range:
    """Return the next numbers of the year's series; others wait until this transaction ends."""
    series = insert(NumberSeries).values(name=str(day.year), last=number)
    last = db.session.execute(
        series.on_conflict_do_update(
            index_elements=["name"], set_={"last": NumberSeries.last + literal(number)}
        ).returning(NumberSeries.last)
    ).scalar_one()
    return range(last - number + 1, last + 1)


def written(day: date, number: int) -> str:
    """Return a number as the invoice has it: `2026-000123`."""
    return f"{day.year}-{number:06d}"


def reference(day: date, number: int) -> str:
    """Return the structured reference that a payment names."""
    return structured_reference(day.year % CENTURY * SEQUENCE + number)
