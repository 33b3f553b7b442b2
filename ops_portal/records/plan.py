"""The dry run of a deletion: what would go, what stays and why, and what stands in the way."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, literal, select

from ops_portal.billing.models import Charge, Invoice
from ops_portal.billing.months import Month, last_local_day
from ops_portal.billing.run_models import EntryState, RunEntry
from ops_portal.billing.run_queries import next_month, runs
from ops_portal.contracts.models import Contract, Service
from ops_portal.contracts.queries import described
from ops_portal.core.db import db
from ops_portal.imports.models import UNFINISHED as UNFINISHED_IMPORTS
from ops_portal.imports.models import ImportRun
from ops_portal.records import queries
from ops_portal.records.register import Table, register
from ops_portal.records.selection import concerned, in_order, is_held, number_of, sql_of
from ops_portal.tickets.models import OPEN_STATES, Ticket


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of the rows of one table."""

    table: Table
    deleted: int
    cleared: int
    kept: int
    ground: str = ""
    until: date | None = None
    """The last day the kept rows are kept."""

    @property
    def is_anything(self) -> bool:
        """Whether there are rows at all."""
        return bool(self.deleted or self.cleared or self.kept)


class Fault(StrEnum):
    """What can stand in the way of a deletion, or is good to know before it."""

    CONTRACTS = "contracts"
    TICKETS = "tickets"
    IMPORTS = "imports"
    EXPORTS = "exports"
    CHARGES = "charges"
    FEES = "fees"
    INVOICES = "invoices"
    NO_EXPORT = "no_export"


ADVICE = frozenset({Fault.INVOICES, Fault.NO_EXPORT})


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that stands in the way, and how many of it."""

    fault: Fault
    number: int

    @property
    def is_blocking(self) -> bool:
        """Whether it has to be settled first."""
        return self.fault not in ADVICE


def lines_of(customer_id: int) -> list[Line]:
    """Return what a deletion would do, by table, in the order of the deletion. Source: CON-4."""
    found = [_line(table, customer_id) for table in in_order()]
    return [line for line in found if line.is_anything]


def _line(table: Table, customer_id: int) -> Line:
    theirs = concerned(table, customer_id)
    number = number_of(table, theirs)
    if table.is_deleted or not number:
        return Line(table, number, 0, 0)
    kept = number_of(table, theirs & is_held(table)) if table.is_held else number
    ground = next((column.ground for column in table.columns if column.ground), "")
    cleared = kept if table.cleared else 0
    return Line(
        table, number - kept, cleared, kept, ground, _until(table, customer_id) if kept else None
    )


def _until(table: Table, customer_id: int) -> date | None:
    """Return the last day on which the newest kept row is kept: years from the next January."""
    years = next((register().grounds[c.ground]["years"] for c in table.columns if c.ground), None)
    if not table.dated_by or years is None:
        return None
    column = sql_of(table).c[table.dated_by]
    stays = is_held(table) if table.is_held else literal(value=True)
    newest = db.session.scalar(select(func.max(column)).where(concerned(table, customer_id), stays))
    return date(newest.year + years, 12, 31) if newest else None


def obstacles(customer_id: int, *, now: datetime) -> list[Obstacle]:
    """Return what keeps a deletion from being requested, approved or begun. Source: CON-4."""
    of_tickets = (Ticket.customer_id == customer_id, Ticket.state.in_(OPEN_STATES))
    of_imports = (ImportRun.customer_id == customer_id, ImportRun.state.in_(UNFINISHED_IMPORTS))
    of_charges = (Charge.customer_id == customer_id, Charge.invoice_id.is_(None))
    of_invoices = (Invoice.customer_id == customer_id, Invoice.settled_on.is_(None))
    running = queries.unfinished_export_of(customer_id)
    latest = queries.latest_export_of(customer_id)
    is_untouched = latest is None or not latest.downloads
    found = [
        Obstacle(Fault.CONTRACTS, _running_contracts(customer_id, now)),
        Obstacle(Fault.TICKETS, _count(Ticket, *of_tickets)),
        Obstacle(Fault.IMPORTS, _count(ImportRun, *of_imports)),
        Obstacle(Fault.EXPORTS, int(running is not None)),
        Obstacle(Fault.CHARGES, _count(Charge, *of_charges)),
        Obstacle(Fault.FEES, _fees_to_come(customer_id, now)),
        Obstacle(Fault.INVOICES, _count(Invoice, *of_invoices)),
        Obstacle(Fault.NO_EXPORT, int(is_untouched)),
    ]
    return [obstacle for obstacle in found if obstacle.number]


def _running_contracts(customer_id: int, now: datetime) -> int:
    runs = (Contract.ended_at.is_(None)) | (Contract.ended_at > now)
    return _count(Contract, Contract.customer_id == customer_id, runs)


def _fees_to_come(customer_id: int, now: datetime) -> int:
    """Return how many fees no closed month holds yet: the last days are invoiced too (BIL-2)."""
    waiting = (RunEntry.customer_id == customer_id, RunEntry.state == EntryState.WAITING)
    number = _count(RunEntry, *waiting)
    expected = next_month(now) if runs() else None
    if expected is None:
        return number
    query = (
        select(Contract)
        .join(Service, Service.id == Contract.service_id)
        .where(Contract.customer_id == customer_id, Contract.ended_at > Service.activated_at)
    )
    ends = [
        last_local_day(contract.ended_at, described(contract.description_id).zone)
        for contract in db.session.scalars(query)
        if contract.ended_at is not None
    ]
    return number + sum(Month.of(day) >= expected for day in ends)


def _count(model: Any, *conditions: Any) -> int:  # noqa: ANN401 (a table, parts of a query)
    query = select(func.count()).select_from(model).where(*conditions)
    return db.session.execute(query).scalar_one()
