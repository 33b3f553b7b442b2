"""Imports without a worker: what the commands do, told by a callback."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from ops_portal.contracts.models import Contract
from ops_portal.contracts.queries import named
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import N_, RefusedError, filled
from ops_portal.core.tenancy import Scope, scoped
from ops_portal.imports.assembling import Assembler, Refused
from ops_portal.imports.codes import Finding, FindingKind
from ops_portal.imports.lines import line_of
from ops_portal.imports.mapping import MappingError, parse_mapping, shipped
from ops_portal.imports.models import ImportRun, RunState
from ops_portal.imports.operations import start_import, take_over
from ops_portal.imports.periods import Periods
from ops_portal.imports.queries import code_counts, contract_choices, run_for
from ops_portal.imports.reading import first_line, open_log
from ops_portal.imports.running import Watch, interrupt, run_import
from ops_portal.imports.storage import store
from ops_portal.tickets.history import read_history
from sla.errors import FactsError
from sla.reading import facts_from_json

MAX_BYTES = 1024 * 1024 * 1024
COLUMNS_SHOWN = 12
LONGEST = 400


def mapping_text(path: Path, asked: str) -> str:
    """Return the text of the mapping to read a file with.

    Args:
        path: the log.
        asked: the name of a shipped mapping, the path of another, or "" for the shipped one whose
            columns the file has.

    Raises:
        MappingError: there is none of that name, or none that fits.

    """
    known = shipped()
    if asked in known:
        return known[asked]
    if asked:
        file = Path(asked)
        if not file.is_file():
            message = "There is no mapping {name}: choose one of {known}, or name a file."
            raise MappingError(message, params={"name": asked, "known": ", ".join(known)})
        return file.read_text(encoding="utf-8")
    return fitting_mapping(path)


def fitting_mapping(path: Path) -> str:
    """Return the first shipped mapping whose columns a file has.

    Raises:
        MappingError: none fits, or the file is no text.

    """
    header = first_line(path)
    for text in shipped().values():
        try:
            with open_log(path, parse_mapping(text)):
                return text
        except MappingError:
            continue
    if not header:
        message = N_("This is not a text file. A log is a CSV file, packed with gzip or not.")
        raise MappingError(message, fields={"file": message})
    message = N_(
        "No mapping fits the columns of this file: describe them in a mapping of your own."
        " Its first line has: {columns}."
    )
    columns = ", ".join(header[:COLUMNS_SHOWN]) + (" …" if len(header) > COLUMNS_SHOWN else "")
    raise MappingError(message, fields={"mapping": message}, params={"columns": columns[:LONGEST]})


def contract_named(reference: str, now: datetime) -> Contract:
    """Return the contract of that number, or the one that superseded it; the only one without.

    Raises:
        RefusedError: there is none, or the number is needed; the message lists what there is.

    """
    offered = contract_choices(now)
    found = [contract for contract, _name in offered]
    found = named(found, reference) if reference else found
    if len(found) == 1:
        return found[0]
    known = "; ".join(f"{c.reference} {name}" for c, name in offered) or "none"
    message = "Name an active contract. There are: {known}."
    raise RefusedError(message, params={"known": known})


def import_file(
    actor: Actor,
    contract: Contract,
    path: Path,
    mapping: str,
    *,
    data: Path,
    clock: Callable[[], datetime],
    watch: Watch,
    is_again: bool = False,
) -> tuple[ImportRun, bool]:
    """Import a file here and now; return the run, and whether there was anything to do.

    A run of the same file that was stopped, or whose worker went away, is taken up where it stood.
    Interrupted, the same call goes on.

    Raises:
        RefusedError: see `operations.start_import`; or another process is at this very run.

    """
    with path.open("rb") as stream:
        stored = store(stream, path.name, data, limit=MAX_BYTES)
    run, is_new = start_import(actor, contract, stored, mapping, now=clock(), is_again=is_again)
    if not is_new:
        if run.state == RunState.DONE:
            return run, False
        run = take_over(actor, run.id, now=clock())
    run_id, attempt, customer_id = run.id, run.attempt, run.customer_id
    db.session.commit()
    with scoped(Scope.customers(customer_id), db.session):
        try:
            run_import(run_id, attempt, data, clock=clock, watch=watch)
        except BaseException as error:
            interrupt(run_id, attempt, type(error).__name__, now=clock())
            raise
    return run_for(run_id), True


def summary(run: ImportRun, *, is_new: bool) -> Iterator[str]:
    """Yield what became of a file, in lines for a terminal."""
    if not is_new:
        yield f"this very file was imported before, as import {run.id}: nothing was changed"
    yield f"import {run.id} is {run.state}" + (
        f": {filled(run.error, run.error_params)}" if run.error else ""
    )
    yield (
        f"rows: {run.rows_read} read = {run.rows_imported} imported + {run.rows_repaired} repaired"
        f" + {run.rows_unchanged} unchanged + {run.rows_refused} refused"
    )
    yield (
        f"incidents: {run.incidents_read} read = {run.incidents_imported} imported"
        f" + {run.incidents_extended} added to + {run.incidents_unchanged} unchanged"
        f" + {run.incidents_refused} refused"
    )
    for count in code_counts(run.id):
        yield f"  {count.kind} {count.code}: {count.number} (first on line {count.first_line})"


def lines_of_file(
    path: Path, mapping: str, periods: Periods, *, as_of: datetime
) -> Iterator[tuple[str, dict[str, object]] | Finding]:
    """Yield the JSON object of each incident with its reference, or why there is none.

    Source: SLA-6; sla.md, Command line.
    """
    described = parse_mapping(mapping)
    with open_log(path, described) as log:
        assembler = Assembler(described, log, now=as_of)
        for block in log.blocks():
            found = assembler.assemble(block)
            if isinstance(found, Refused):
                yield from found.findings
                continue
            history = read_history(found.drafts)
            line = line_of(history, periods.at(history.created_at).context, as_of=as_of)
            try:
                facts_from_json(line)
            except FactsError as error:
                yield Finding(
                    found.lines[0], found.reference, FindingKind.REFUSAL, "clock", str(error)
                )
            else:
                yield found.reference, line
