"""Starting, stopping and resuming imports."""

from datetime import datetime

from ops_portal.contracts.models import Contract
from ops_portal.core import audit, outbox
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import RefusedError
from ops_portal.imports.mapping import Mapping, fingerprint, parse_mapping
from ops_portal.imports.models import ImportRun, RunState
from ops_portal.imports.queries import lock_run, same_run
from ops_portal.imports.reading import open_log
from ops_portal.imports.storage import Stored

JOB = "imports.run"


def start_import(
    actor: Actor,
    contract: Contract,
    stored: Stored,
    mapping_text: str,
    *,
    now: datetime,
    is_again: bool = False,
) -> tuple[ImportRun, bool]:
    """Begin to import a file into the tickets of a contract, or return the run that did it.

    Args:
        actor: the operator.
        contract: whose tickets they become; its terms judge them.
        stored: the file, taken in.
        mapping_text: the mapping, as TOML; kept with the run.
        now: the instant.
        is_again: read the same file once more all the same; known incidents stay as they are.

    Returns:
        the run, and whether it is new. The caller has it done: `put_job`, or `running.run_import`.

    Raises:
        RefusedError: the mapping is faulty or does not fit the file; the contract is not active,
            so that there are no terms to judge by (T64).

    Source: INC-1, INC-11; sla-cases T64.

    """
    mapping = parse_mapping(mapping_text)
    if contract.active_from is None:
        message = "This contract is not active yet: there is nothing to judge the incidents by."
        raise RefusedError(message, rule="IMP-2", fields={"contract": message})
    mapping_hash = fingerprint(mapping_text)
    known = same_run(contract, stored.hash, mapping_hash)
    if known is not None and (known.is_unfinished or known.is_resumable or not is_again):
        return known, False
    with open_log(stored.path, mapping):
        pass  # opening it compares its columns with the mapping
    run = _new_run(actor, contract, stored, (mapping, mapping_text), now)
    db.session.add(run)
    db.session.flush()
    _audit(actor, run, "import.start", now, file=run.file_name, mapping=mapping.name)
    return run, True


def _new_run(
    actor: Actor, contract: Contract, stored: Stored, mapping: tuple[Mapping, str], now: datetime
) -> ImportRun:
    read, text = mapping
    return ImportRun(
        customer_id=contract.customer_id,
        contract_id=contract.id,
        file_name=stored.name,
        file_hash=stored.hash,
        file_bytes=stored.number_of_bytes,
        mapping_name=read.name,
        mapping_text=text,
        mapping_hash=fingerprint(text),
        source=read.source,
        started_by=actor.user_id,
        started_by_name=actor.name,
        created_at=now,
        moved_at=now,
    )


def put_job(run: ImportRun, *, now: datetime) -> None:
    """Have the run done in the background, in the scope of its customer only."""
    outbox.put(
        JOB,
        {"run_id": run.id, "attempt": run.attempt, "_narrow": True},
        customer_id=run.customer_id,
        now=now,
        key=f"{JOB}:{run.id}:{run.attempt}",
    )


def cancel_import(actor: Actor, run_id: int, *, now: datetime) -> ImportRun:
    """Stop a run: at once while nobody is at it, else after the chunk that is being written.

    What was imported stays; the run can be resumed.

    Raises:
        RefusedError: it has ended.

    """
    run = lock_run(run_id)
    if not run.is_unfinished:
        message = "This import has ended already."
        raise RefusedError(message)
    if run.state == RunState.RUNNING and not run.is_stalled(now):
        run.cancel_asked_at = now
    else:
        run.state, run.ended_at = RunState.CANCELLED, now
    _audit(actor, run, "import.cancel", now, state=run.state)
    return run


def resume_import(actor: Actor, run_id: int, *, now: datetime) -> ImportRun:
    """Take a stopped run up where it stopped; the caller has it done.

    Raises:
        RefusedError: it is running, or done.

    """
    run = lock_run(run_id)
    if not (run.is_resumable or run.is_stalled(now)):
        message = "Only an import that was stopped can be resumed."
        raise RefusedError(message)
    _restart(run, now)
    _audit(actor, run, "import.resume", now, blocks_done=run.blocks_done)
    return run


def take_over(actor: Actor, run_id: int, *, now: datetime) -> ImportRun:
    """Make an unfinished or stopped run the caller's own; whoever was at it stops.

    Raises:
        RefusedError: it is done, or another process got on with it only moments ago.

    """
    run = lock_run(run_id)
    if run.state == RunState.DONE:
        message = "This import has ended already."
        raise RefusedError(message)
    if run.state == RunState.RUNNING and not run.is_stalled(now):
        message = "Import {number} of this file is running just now."
        raise RefusedError(message, params={"number": run.id})
    _restart(run, now)
    _audit(actor, run, "import.resume", now, blocks_done=run.blocks_done)
    return run


def _restart(run: ImportRun, now: datetime) -> None:
    run.state, run.attempt, run.moved_at = RunState.WAITING, run.attempt + 1, now
    run.cancel_asked_at = run.ended_at = None
    run.error, run.error_params = "", {}


def _audit(actor: Actor, run: ImportRun, action: str, now: datetime, **after: object) -> None:
    db.session.flush()
    audit.record(
        actor, action, ("import_run", run.id), now=now, customer_id=run.customer_id, after=after
    )
