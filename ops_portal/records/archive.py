"""The archive of an export: one CSV file a table, the files, what it is, and a manifest.

It is written straight into the store and never lies anywhere whole. Everything is read in one
snapshot of the database, in the scope of the one customer.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlalchemy import Connection, Row, func, select

from ops_portal.core.errors import NotFoundError
from ops_portal.core.files import StoredFile, plain_name, stream_of
from ops_portal.records.register import Table, register
from ops_portal.records.selection import seen_by, sql_of
from ops_portal.web.exports import BOM, safe_text

BATCH = 500
FORMAT = "assist-and-care/export/1"
Moved = Callable[[int], None]
"""Called with the number of records that were written since; may raise to stop."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the archive, as the manifest names it."""

    name: str
    records: int
    number_of_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Readme:
    """The words of the archive about itself."""

    name: str
    text: str


class Measured:
    """A writer that counts and hashes what goes through it."""

    def __init__(self, inner: IO[bytes]) -> None:
        """Write into another one."""
        self.inner, self.digest, self.number_of_bytes = inner, sha256(), 0

    def write(self, content: bytes) -> int:
        """Write on."""
        self.inner.write(content)
        self.digest.update(content)
        self.number_of_bytes += len(content)
        return len(content)

    def flush(self) -> None:
        """Nothing waits here."""


def exported_tables() -> list[Table]:
    """Return the tables of which something belongs into an export, by the name of their file."""
    found = [table for table in register().tables.values() if table.exported]
    return sorted(found, key=lambda table: table.file)


def number_of_records(connection: Connection, customer_id: int) -> int:
    """Return how many rows and files the archive will have."""
    rows = sum(
        connection.execute(
            select(func.count()).select_from(sql_of(table)).where(seen_by(table, customer_id))
        ).scalar_one()
        for table in exported_tables()
    )
    return rows + len(_files(connection, customer_id))


def write_archive(
    output: IO[bytes],
    connection: Connection,
    customer_id: int,
    *,
    readme: Readme,
    made_at: datetime,
    moved: Moved,
    papers: Iterable[tuple[str, bytes]] = (),
) -> tuple[int, str]:
    """Write an archive and return its bytes and its SHA-256, hex.

    Args:
        output: where to; need not be seekable.
        connection: in a transaction that sees one snapshot, with the scope of the customer.
        customer_id: whose data.
        readme: the words about it, in the customer's language.
        made_at: the instant it shows.
        moved: told after each part; may raise to stop.
        papers: names and contents of further files, read one by one.

    Source: INV-11, CON-4, §7.1.4; GDP-1.

    """
    measured = Measured(output)
    members: list[Member] = []
    with ZipFile(measured, "w", ZIP_DEFLATED, allowZip64=True) as archive:  # type: ignore[call-overload]
        members.append(_write(archive, readme.name, 0, iter([readme.text.encode()]), made_at))
        for table in exported_tables():
            counted = _Counted(_batches(connection, table, customer_id), moved)
            member = _write(archive, f"{table.file}.csv", 0, _csv(table, counted), made_at)
            members.append(_with_records(member, counted.number))
        for file in _files(connection, customer_id):
            member = _write(archive, _file_name(file), 1, _content(file), made_at)
            members.append(member)
            moved(1)
        for name, content in papers:
            members.append(_write(archive, name, 1, iter([content]), made_at))
            moved(1)
        manifest = _manifest(members, customer_id, made_at)
        _write(archive, "manifest.json", 0, iter([manifest]), made_at)
    return measured.number_of_bytes, measured.digest.hexdigest()


class _Counted:
    """Batches of rows that are counted while they pass."""

    def __init__(self, batches: Iterator[list[Row[Any]]], moved: Moved) -> None:
        self.batches, self.moved, self.number = batches, moved, 0

    def __iter__(self) -> Iterator[list[Row[Any]]]:
        for batch in self.batches:
            yield batch
            self.number += len(batch)
            self.moved(len(batch))


def _write(
    archive: ZipFile, name: str, records: int, content: Iterator[bytes], made_at: datetime
) -> Member:
    info = ZipInfo(name, made_at.timetuple()[:6])
    info.compress_type = ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    with archive.open(info, "w", force_zip64=True) as file:
        measured = Measured(file)
        for part in content:
            measured.write(part)
    return Member(name, records, measured.number_of_bytes, measured.digest.hexdigest())


def _with_records(member: Member, records: int) -> Member:
    return Member(member.name, records, member.number_of_bytes, member.sha256)


def _batches(connection: Connection, table: Table, customer_id: int) -> Iterator[list[Row[Any]]]:
    rows = sql_of(table)
    columns = [rows.c[name] for name in table.exported]
    query = select(*columns).where(seen_by(table, customer_id))
    query = query.order_by(*rows.primary_key.columns)
    with connection.execution_options(yield_per=BATCH).execute(query) as found:
        yield from (list(part) for part in found.partitions())


def _csv(table: Table, batches: _Counted) -> Iterator[bytes]:
    yield (BOM + _lines([table.exported])).encode()
    for batch in batches:
        yield _lines([[_plain(value) for value in row] for row in batch]).encode()


def _lines(rows: Any) -> str:  # noqa: ANN401 (rows of texts)
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return safe_text(value) if isinstance(value, str) else str(value)


def _files(connection: Connection, customer_id: int) -> list[Row[Any]]:
    rows = sql_of(register().tables[StoredFile.__tablename__]).c
    query = select(rows.id, rows.name, rows.sha256, rows.customer_id).where(
        rows.customer_id == customer_id, rows.deleted_at.is_(None)
    )
    return list(connection.execute(query.order_by(rows.id)))


def _file_name(file: Row[Any]) -> str:
    return f"files/{file.id}-{plain_name(file.name)}"


def _content(file: Row[Any]) -> Iterator[bytes]:
    try:
        yield from stream_of(f"{file.customer_id}/{file.sha256}")
    except NotFoundError:
        return


def _manifest(members: list[Member], customer_id: int, made_at: datetime) -> bytes:
    found = {
        "format": FORMAT,
        "customer": customer_id,
        "made_at": made_at.isoformat(),
        "members": [asdict(member) for member in members],
        "records": sum(member.records for member in members),
        "bytes": sum(member.number_of_bytes for member in members),
    }
    return json.dumps(found, ensure_ascii=False, indent=1).encode()
