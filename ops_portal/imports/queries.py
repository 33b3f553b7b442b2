"""Reading imports: runs, what they found, and which incidents are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select

from ops_portal.accounts.models import Customer
from ops_portal.contracts.models import Contract
from ops_portal.contracts.queries import is_in_force
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError
from ops_portal.core.paging import PAGE, Order, Page, keyset, whole
from ops_portal.imports.models import (
    RESUMABLE,
    UNFINISHED,
    ImportEntry,
    ImportFinding,
    ImportRun,
)
from ops_portal.tickets.models import Ticket

RUNS = Order((ImportRun.id,), is_descending=True, parsers=(whole,))
FINDINGS = Order((ImportFinding.line, ImportFinding.id), parsers=(whole, whole))


@dataclass(frozen=True, slots=True)
class RunRow:
    """A run in the list, with the names a row shows."""

    run: ImportRun
    customer: str
    customer_code: str
    contract: str


@dataclass(frozen=True, slots=True)
class Known:
    """A ticket that an earlier run made, and what its content was then."""

    ticket_id: int
    fingerprint: str | None


@dataclass(frozen=True, slots=True)
class CodeCount:
    """How often a run met one kind of fault."""

    kind: str
    code: str
    number: int
    first_line: int


def run_for(run_id: int) -> ImportRun:
    """Return a run.

    Raises:
        NotFoundError: it does not exist, or lies outside the scope.

    """
    run = db.session.scalars(select(ImportRun).where(ImportRun.id == run_id)).one_or_none()
    if run is None:
        raise NotFoundError
    return run


def lock_run(run_id: int) -> ImportRun:
    """Return a run for changing it; others wait until this transaction ends.

    Raises:
        NotFoundError: it does not exist, or lies outside the scope.

    """
    run = db.session.scalars(
        select(ImportRun)
        .where(ImportRun.id == run_id)
        .with_for_update()
        .execution_options(populate_existing=True),
    ).one_or_none()
    if run is None:
        raise NotFoundError
    return run


def run_row(run_id: int) -> RunRow:
    """Return a run with the names of its customer and contract.

    Raises:
        NotFoundError: it does not exist, or lies outside the scope.

    """
    row = db.session.execute(_rows().where(ImportRun.id == run_id)).one_or_none()
    if row is None:
        raise NotFoundError
    return RunRow(*row)


def runs_page(*, state: str = "", after: str = "", before: str = "", size: int = PAGE) -> Page:
    """Return one page of all runs, the newest first."""
    query = _rows().where(ImportRun.state == state) if state else _rows()
    page = keyset(query, RUNS, after=after, before=before, size=size)
    return Page([RunRow(*row) for row in page.rows], page.after, page.before)


def same_run(contract: Contract, file_hash: str, mapping_hash: str) -> ImportRun | None:
    """Return the newest run of the same file into the same contract by the same mapping."""
    return db.session.scalars(
        select(ImportRun)
        .where(
            ImportRun.customer_id == contract.customer_id,
            ImportRun.contract_id == contract.id,
            ImportRun.file_hash == file_hash,
            ImportRun.mapping_hash == mapping_hash,
        )
        .order_by(ImportRun.id.desc())
        .limit(1),
    ).one_or_none()


def is_file_used(file_hash: str) -> bool:
    """Whether any run reads the file with this hash."""
    found = select(ImportRun.id).where(ImportRun.file_hash == file_hash).limit(1)
    return db.session.scalar(found) is not None


def hashes_in_use(ended_since: datetime) -> set[str]:
    """Return the files of runs that go on, can be resumed, or ended lately."""
    query = select(ImportRun.file_hash).where(
        or_(ImportRun.state.in_([*UNFINISHED, *RESUMABLE]), ImportRun.ended_at >= ended_since)
    )
    return set(db.session.scalars(query))


def findings_page(
    run_id: int,
    *,
    code: str = "",
    kind: str = "",
    after: str = "",
    before: str = "",
    size: int = PAGE,
) -> Page:
    """Return one page of what a run found, by line."""
    query = select(ImportFinding).where(ImportFinding.run_id == run_id)
    if code:
        query = query.where(ImportFinding.code == code)
    if kind:
        query = query.where(ImportFinding.kind == kind)
    page = keyset(query, FINDINGS, after=after, before=before, size=size)
    return Page([row[0] for row in page.rows], page.after, page.before)


def code_counts(run_id: int) -> Sequence[CodeCount]:
    """Return how often each fault was met, refusals first, the most frequent first."""
    number = func.count()
    rows = db.session.execute(
        select(ImportFinding.kind, ImportFinding.code, number, func.min(ImportFinding.line))
        .where(ImportFinding.run_id == run_id)
        .group_by(ImportFinding.kind, ImportFinding.code)
        .order_by(ImportFinding.kind, number.desc(), ImportFinding.code),
    )
    return [CodeCount(*row) for row in rows]


def known_incidents(customer_id: int, source: str, references: Sequence[str]) -> dict[str, Known]:
    """Return the tickets of these incidents, by their reference in the other tool."""
    newest = (
        select(ImportEntry.fingerprint)
        .where(ImportEntry.ticket_id == Ticket.id, ImportEntry.fingerprint.is_not(None))
        .order_by(ImportEntry.run_id.desc())
        .limit(1)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Ticket.external_reference, Ticket.id, newest).where(
            Ticket.customer_id == customer_id,
            Ticket.external_source == source,
            Ticket.external_reference.in_(references),
        ),
    )
    return {reference: Known(ticket_id, content) for reference, ticket_id, content in rows}


def contract_choices(now: datetime) -> Sequence[tuple[Contract, str]]:
    """Return the active contracts in force with the names of their customers, by name."""
    rows = db.session.execute(
        select(Contract, Customer.name)
        .join(Customer, Customer.id == Contract.customer_id)
        .where(is_in_force(now), Contract.active_from.is_not(None))
        .order_by(Customer.name, Contract.reference),
    )
    return [(contract, name) for contract, name in rows]


def _rows() -> Any:  # noqa: ANN401 (a query of several columns)
    return (
        select(ImportRun, Customer.name, Customer.code, Contract.reference)
        .join(Customer, Customer.id == ImportRun.customer_id)
        .join(Contract, Contract.id == ImportRun.contract_id)
    )
