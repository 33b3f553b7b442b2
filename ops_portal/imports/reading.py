"""Reading a log: rows one after another, and the rows of each incident together.

Only the rows of one incident are held at a time, unless the mapping says that they lie scattered.
"""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, cast

from ops_portal.core.errors import RefusedError
from ops_portal.imports.codes import Finding, FindingKind, Refusal
from ops_portal.imports.mapping import Mapping, MappingError

GZIP = b"\x1f\x8b"
MAX_UNPACKED = 1024 * 1024 * 1024
BUFFER = 256 * 1024
SHOWN = 60
LONGEST_REFERENCE = 100
LONGEST_HEADER = 8_192
ODD = 4
"""So many signs of the first line that are no text make the file one that is none."""


class LogBrokenError(RefusedError):
    """A file that cannot be read on; the message names the last good line."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the log, `line` being the line of the file it begins on."""

    line: int
    cells: list[str]


@dataclass(slots=True)
class Block:
    """The rows of one incident, in the order of the file, and what stands against any of them.

    A block without a reference holds one row that cannot be given to an incident.
    """

    reference: str
    rows: list[Row] = field(default_factory=list)
    faults: list[Finding] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    """The lines of all rows, faulty ones included."""

    @property
    def last_line(self) -> int:
        """The last line read for it."""
        return self.lines[-1]


class _Meter(io.RawIOBase):
    """Counts what is unpacked, so that a small file cannot become an endless one."""

    def __init__(self, source: IO[bytes]) -> None:
        super().__init__()
        self.source = source
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 (any writable buffer)
        chunk = self.source.read(len(buffer))
        buffer[: len(chunk)] = chunk
        self.count += len(chunk)
        if self.count > MAX_UNPACKED:
            raise _LimitError
        return len(chunk)


class _LimitError(Exception):
    """More was unpacked than is taken in."""


BROKEN = (EOFError, OSError, UnicodeError, zlib.error, csv.Error, _LimitError)


class Log:
    """An opened log: its header, its blocks, and how far into the file it has come."""

    def __init__(self, raw: IO[bytes], mapping: Mapping) -> None:
        """Read the header; `raw` is the file as it lies on the disk, packed or not."""
        self._raw = raw
        self._mapping = mapping
        self._rows = csv.reader(_text(raw, mapping), delimiter=mapping.file.delimiter, strict=True)
        self.header = self._header()
        self.places = {name: place for place, name in enumerate(self.header)}

    @property
    def bytes_read(self) -> int:
        """How many bytes of the file were read."""
        return self._raw.tell()

    def blocks(self) -> Iterator[Block]:
        """Yield the rows of each incident.

        Raises:
            LogBrokenError: the file ends in the middle, or is no CSV from some line on.

        """
        shape = self._mapping.file.incidents
        if shape == "scattered":
            yield from self._scattered()
        else:
            yield from self._together(is_single=shape == "single")

    def _together(self, *, is_single: bool) -> Iterator[Block]:
        seen: set[str] = set()
        spoiled: set[str] = set()
        current: Block | None = None
        for row in self._read():
            reference, fault = self._look_at(row)
            is_same = current is not None and reference == current.reference and not is_single
            if fault is not None and not is_same:
                # a damaged row does not cut the incident around it in two
                spoiled.add(reference)
                yield _added(Block(reference), row, fault)
            elif is_same and current is not None:
                _added(current, row, fault)
            else:
                if current is not None:
                    yield current
                current = _added(
                    _begun(row, reference, seen=seen, spoiled=spoiled, is_single=is_single),
                    row,
                    fault,
                )
        if current is not None:
            yield current

    def _scattered(self) -> Iterator[Block]:
        found: dict[str, Block] = {}
        for row in self._read():
            reference, fault = self._look_at(row)
            key = reference or f"\n{row.line}"
            _added(found.setdefault(key, Block(reference)), row, fault)
        yield from found.values()

    def _look_at(self, row: Row) -> tuple[str, Finding | None]:
        place = self.places[self._mapping.columns.incident]
        reference = row.cells[place].strip() if place < len(row.cells) else ""
        is_usable = reference.isprintable() and reference not in self._mapping.file.missing
        reference = reference[:LONGEST_REFERENCE] if is_usable else ""
        if len(row.cells) != len(self.header):
            detail = f"{len(row.cells)} / {len(self.header)}"
            return reference, _fault(row, reference, Refusal.ROW_SHAPE, detail)
        if any("\udc80" <= c <= "\udcff" or c == "\0" for cell in row.cells for c in _odd(cell)):
            return reference, _fault(row, reference, Refusal.ROW_ENCODING)
        if not reference:
            return "", _fault(row, "", Refusal.INCIDENT_MISSING)
        return reference, None

    def _read(self) -> Iterator[Row]:
        while True:
            first = self._rows.line_num + 1
            try:
                cells = next(self._rows)
            except StopIteration:
                return
            except BROKEN as error:
                raise _broken(first, error) from None
            if cells:
                yield Row(first, cells)

    def _header(self) -> list[str]:
        row = next(self._read(), None)
        header = [name.strip() for name in row.cells] if row else []
        missing = [
            f"{path} = {column!r}"
            for column, path in self._mapping.column_paths().items()
            if column not in header
        ]
        if missing:
            message = "The file has no such columns: {missing}. It has: {header}."
            raise MappingError(
                message,
                fields={"file": message},
                params={"missing": ", ".join(missing), "header": ", ".join(header)[:600]},
            )
        return header


@contextmanager
def open_log(path: Path, mapping: Mapping) -> Iterator[Log]:
    """Open a log, packed with gzip or plain.

    Raises:
        MappingError: the file lacks columns that the mapping names.
        LogBrokenError: its first line cannot be read.

    """
    with path.open("rb") as raw:
        yield Log(raw, mapping)


def first_line(path: Path) -> list[str]:
    """Return the columns a file begins with, whatever divides them; nothing where it is no text."""
    with path.open("rb") as raw:
        try:
            start = _unpacked(raw).readline(LONGEST_HEADER)
        except BROKEN:
            return []
    if b"\0" in start:
        return []
    line = start.decode("utf-8-sig", "replace")
    cells = (cell.strip(' "') for cell in re.split(r"[,;\t]", line.strip()))
    return [cell for cell in cells if cell.isprintable()] if line.count("\ufffd") < ODD else []


def _unpacked(raw: IO[bytes]) -> IO[bytes]:
    is_packed = raw.read(2) == GZIP
    raw.seek(0)
    return cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if is_packed else raw


def _text(raw: IO[bytes], mapping: Mapping) -> IO[str]:
    source = _unpacked(raw)
    encoding = "utf-8-sig" if mapping.file.encoding == "utf-8" else mapping.file.encoding
    buffered = io.BufferedReader(_Meter(source), BUFFER)
    return io.TextIOWrapper(buffered, encoding, errors="surrogateescape", newline="")


def _odd(cell: str) -> str:
    """Return the cell if it may hold what is no text, else nothing: most cells are plain."""
    return "" if cell.isascii() and "\0" not in cell else cell


def _begun(
    row: Row, reference: str, *, seen: set[str], spoiled: set[str], is_single: bool
) -> Block:
    block = Block(reference)
    if reference in spoiled:
        block.faults.append(_fault(row, reference, Refusal.ROW_OF_REFUSED))
    elif reference in seen:
        code = Refusal.ROWS_TWICE if is_single else Refusal.ROWS_APART
        block.faults.append(_fault(row, reference, code))
    seen.add(reference)
    return block


def _added(block: Block, row: Row, fault: Finding | None) -> Block:
    block.lines.append(row.line)
    if fault is None:
        block.rows.append(row)
    else:
        block.faults.append(fault)
    return block


def _fault(row: Row, reference: str, code: Refusal, detail: str = "") -> Finding:
    return Finding(row.line, reference, FindingKind.REFUSAL, code, detail[:SHOWN])


def _broken(line: int, error: Exception) -> LogBrokenError:
    if isinstance(error, _LimitError):
        message = "The file is larger than 1 GiB when unpacked (line {line})."
    elif isinstance(error, csv.Error):
        message = "The file is no CSV from line {line} on: {error}."
    else:
        message = "The file is damaged or cut off after line {line}."
    return LogBrokenError(
        message, fields={"file": message}, params={"line": line, "error": str(error)}
    )
