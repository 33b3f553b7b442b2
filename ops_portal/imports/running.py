"""Doing an import, chunk by chunk: each is one transaction that also says how far it came.

A worker that is killed loses the chunk it was writing; the next attempt goes on after the last one
that was written.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

from ops_portal.core import audit
from ops_portal.core.actor import Actor, ActorKind, system_actor
from ops_portal.core.db import db
from ops_portal.core.errors import PortalError
from ops_portal.imports.assembling import Assembler, Incident, Refused
from ops_portal.imports.bulk import add_rows
from ops_portal.imports.chunks import Tally, settle
from ops_portal.imports.mapping import MappingError, parse_mapping
from ops_portal.imports.models import ImportEntry, ImportFinding, ImportRun, RunState
from ops_portal.imports.periods import periods_of
from ops_portal.imports.queries import lock_run
from ops_portal.imports.reading import Log, LogBrokenError, open_log
from ops_portal.imports.storage import path_of
from ops_portal.imports.writing import Target

CHUNK = 500
Clock = Callable[[], datetime]
Watch = Callable[[ImportRun], None]
T = TypeVar("T")


class StoppedError(Exception):
    """The run was cancelled, or belongs to another process by now."""


def run_import(
    run_id: int, attempt: int, data: Path, *, clock: Clock, watch: Watch | None = None
) -> None:
    """Do a run from where it stands to its end; commits after each chunk.

    Args:
        run_id: which.
        attempt: the attempt this call stands for; another one has taken over when it differs.
        data: the data folder with the file.
        clock: gives the instant; asked after each chunk.
        watch: called with the run after each chunk, for showing progress.

    Source: INC-11; people-and-pages, Habits: long work.

    """
    try:
        _work(run_id, attempt, data, clock, watch)
    except StoppedError:
        db.session.rollback()
    except (MappingError, LogBrokenError) as error:
        db.session.rollback()
        _end(run_id, attempt, RunState.FAILED, clock(), error)
    except FileNotFoundError:
        db.session.rollback()
        lost = LogBrokenError("The file is no longer in the data folder: send it again.")
        _end(run_id, attempt, RunState.FAILED, clock(), lost)
    else:
        _end(run_id, attempt, RunState.DONE, clock())


def interrupt(run_id: int, attempt: int, error: str, *, now: datetime) -> None:
    """Note that a fault of ours stopped the run; it will be tried again from where it stood."""
    db.session.rollback()
    run = lock_run(run_id)
    if run.attempt == attempt and run.state == RunState.RUNNING:
        run.state, run.moved_at = RunState.INTERRUPTED, now
        run.error, run.error_params = "It was interrupted: {error}", {"error": error}
    db.session.commit()


def _work(run_id: int, attempt: int, data: Path, clock: Clock, watch: Watch | None) -> None:
    run = _taken(run_id, attempt, clock())
    if run.started_at is None:
        run.started_at = clock()
    run.state, run.moved_at = RunState.RUNNING, clock()
    run.error, run.error_params = "", {}
    mapping = parse_mapping(run.mapping_text)
    target = _target(run)
    path, done = path_of(data, run.file_hash), run.blocks_done
    db.session.commit()
    with open_log(path, mapping) as log:
        assembler = Assembler(mapping, log, now=clock())
        found = (assembler.assemble(block) for block in islice(log.blocks(), done, None))
        for chunk in _chunks(found):
            _write(run_id, attempt, chunk, target, log, clock())
            if watch is not None:
                watch(lock_run(run_id))
                db.session.commit()


def _taken(run_id: int, attempt: int, now: datetime) -> ImportRun:
    """Return the run, locked, if it is still this attempt's to do.

    Raises:
        StoppedError: it is not; a wish to cancel is fulfilled here.

    """
    run = lock_run(run_id)
    if run.attempt != attempt or not run.is_unfinished:
        raise StoppedError
    if run.cancel_asked_at is not None:
        run.state, run.ended_at = RunState.CANCELLED, now
        db.session.commit()
        raise StoppedError
    return run


def _target(run: ImportRun) -> Target:
    return Target(
        customer_id=run.customer_id,
        source=run.source,
        periods=periods_of(run.contract_id),
        actor=system_actor(f"import {run.id}", run.customer_id),
    )


def _write(
    run_id: int,
    attempt: int,
    chunk: list[Incident | Refused],
    target: Target,
    log: Log,
    now: datetime,
) -> None:
    run = _taken(run_id, attempt, now)
    settled, tally = settle(chunk, target, now=now)
    keys = {"customer_id": run.customer_id, "run_id": run.id}
    entries = [{**keys, **row} for row in settled.entries]
    findings = [{**keys, **asdict(finding)} for finding in settled.findings]
    add_rows(ImportEntry, entries)
    add_rows(ImportFinding, findings)
    _add(run, tally)
    run.blocks_done += len(chunk)
    run.bytes_done, run.moved_at = log.bytes_read, now
    db.session.commit()


def _add(run: ImportRun, tally: Tally) -> None:
    for name, number in tally.items():
        setattr(run, name, getattr(run, name) + number)


def _end(
    run_id: int, attempt: int, state: RunState, now: datetime, error: PortalError | None = None
) -> None:
    run = lock_run(run_id)
    if run.attempt != attempt:
        db.session.rollback()
        return
    run.state, run.ended_at, run.moved_at = state, now, now
    if state is RunState.DONE:
        run.bytes_done = run.file_bytes
    if error is not None:
        run.error, run.error_params = error.msgid, error.params
    db.session.flush()
    audit.record(
        _author(run),
        f"import.{state}",
        ("import_run", run.id),
        now=now,
        customer_id=run.customer_id,
        after={
            name: getattr(run, name)
            for name in (
                "rows_read",
                "rows_refused",
                "incidents_imported",
                "incidents_extended",
                "incidents_unchanged",
                "incidents_refused",
            )
        },
    )
    db.session.commit()


def _author(run: ImportRun) -> Actor:
    """Return who answers for the run: the operator who started it."""
    return Actor(
        kind=ActorKind.PROVIDER if run.started_by else ActorKind.SYSTEM,
        name=run.started_by_name,
        customer_id=run.customer_id,
        user_id=run.started_by,
    )


def _chunks(found: Iterator[T]) -> Iterator[list[T]]:
    """Yield the finds in chunks; what was read before a fault of the file is not lost."""
    chunk: list[T] = []
    try:
        for item in found:
            chunk.append(item)
            if len(chunk) == CHUNK:
                yield chunk
                chunk = []
    except LogBrokenError:
        if chunk:
            yield chunk
        raise
    if chunk:
        yield chunk
