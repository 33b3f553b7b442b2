"""Making an export: begun anew after a killed worker, stopped when asked, expired in the end."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from ops_portal.core import files
from ops_portal.core.actor import Actor, ActorKind
from ops_portal.core.db import db
from ops_portal.records.archive import Readme, number_of_records, write_archive
from ops_portal.records.models import DataExport, ExportState
from ops_portal.records.papers import FILES_PER_INVOICE, invoices_of, papers
from ops_portal.records.queries import expired_exports, export_for

KEEP = timedelta(days=14)
STEP = timedelta(seconds=1)
Clock = Callable[[], datetime]


class StoppedError(Exception):
    """The export was stopped, or is made by another process by now."""


def make_export(export_id: int, readme: Readme, *, clock: Clock) -> DataExport | None:
    """Make the archive of an export; None when it was stopped.

    A worker that was killed leaves the row running: the next call begins anew, under another name,
    and what the killed one wrote is deleted.

    Source: INV-11; people-and-pages, Habits: long work.
    """
    try:
        export = _begun(export_id, clock())
        path, attempt, customer_id = export.path, export.attempt, export.customer_id
        watch = _Watch(export_id, attempt, clock)
        invoices = invoices_of(customer_id)
        with snapshot(customer_id) as connection:
            records = number_of_records(connection, customer_id)
            watch.expect(records + FILES_PER_INVOICE * len(invoices))
            with closing(files.open_output(path)) as output:
                size, digest = write_archive(
                    output,
                    connection,
                    customer_id,
                    readme=readme,
                    made_at=clock(),
                    moved=watch.moved,
                    papers=papers(invoices),
                )
        return _end(export_id, attempt, size, digest, clock())
    except StoppedError:
        db.session.rollback()
        _drop(export_id)
        return None


@contextmanager
def snapshot(customer_id: int) -> Iterator[Connection]:
    """Open a connection that sees one instant of one customer's rows, and changes nothing."""
    with db.engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        connection.execute(
            text(
                "SELECT set_config('portal.scope', 'customers', true),"
                " set_config('portal.customers', :ids, true)"
            ),
            {"ids": str(customer_id)},
        )
        yield connection
        connection.rollback()


def expire_exports(*, now: datetime) -> int:
    """Delete the archives whose fourteen days are over; return their number. Source: GDP-1."""
    found = expired_exports(now)
    for export in found:
        files.delete_path(export.path)
        export.state = ExportState.EXPIRED
    db.session.flush()
    return len(found)


class _Watch:
    """Writes down how far an export is, about once a second, and sees whether it shall stop."""

    def __init__(self, export_id: int, attempt: int, clock: Clock) -> None:
        self.export_id, self.attempt, self.clock = export_id, attempt, clock
        self.done, self.told_at = 0, clock()

    def expect(self, total: int) -> None:
        """Write down how many records there are."""
        export = self._own()
        export.records_total, export.records_done = total, 0
        db.session.commit()

    def moved(self, number: int) -> None:
        """Count records; stop where somebody asked for it."""
        self.done += number
        if self.clock() - self.told_at >= STEP:
            export = self._own()
            export.records_done, export.moved_at = self.done, self.clock()
            db.session.commit()
            self.told_at = self.clock()

    def _own(self) -> DataExport:
        return _owned(self.export_id, self.attempt)


def _begun(export_id: int, now: datetime) -> DataExport:
    export = _locked(export_id)
    if not export.is_unfinished:
        raise StoppedError
    if export.attempt:
        files.delete_path(export.path)
    export.state, export.moved_at = ExportState.RUNNING, now
    export.attempt += 1
    db.session.commit()
    return export


def _owned(export_id: int, attempt: int) -> DataExport:
    export = _locked(export_id)
    if export.attempt != attempt or export.state != ExportState.RUNNING:
        raise StoppedError
    if export.stop_asked_at is not None:
        export.state, export.ended_at = ExportState.STOPPED, export.stop_asked_at
        db.session.commit()
        raise StoppedError
    return export


def _end(export_id: int, attempt: int, size: int, digest: str, now: datetime) -> DataExport:
    export = _owned(export_id, attempt)
    export.state, export.ended_at, export.moved_at = ExportState.DONE, now, now
    export.records_done, export.number_of_bytes = export.records_total, size
    export.sha256, export.expires_at = digest, now + KEEP
    db.session.flush()
    return export


def _drop(export_id: int) -> None:
    """Delete what a stopped export wrote; one that another process makes now is left alone."""
    export = _locked(export_id)
    if export.state == ExportState.STOPPED:
        files.delete_path(export.path)
    db.session.rollback()


def _locked(export_id: int) -> DataExport:
    system = Actor(ActorKind.PROVIDER, "export", 0)
    return export_for(system, export_id, is_locked=True)
