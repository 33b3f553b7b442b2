"""Lists as files, CSV and XLSX, under the reader's headings; written while they are read."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import IO, Any, Protocol
from zoneinfo import ZoneInfo

import xlsxwriter
from flask import Response, send_file, stream_with_context
from flask_babel import get_timezone

from ops_portal.core.clock import now
from ops_portal.core.db import db
from ops_portal.core.errors import N_, RefusedError
from ops_portal.core.tenancy import Scope, current_scope, scoped

BATCH = 200
BOM = "\ufeff"
FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
XLSX_ROWS = 1_048_575
XLSX_TEXT = 32_767
DAY_S = 86_400
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {
    "moment": "ddd d mmm yyyy hh:mm",
    "duration": "[h]:mm:ss",
    "money": "#,##0.00",
    "number": "General",
}


class Column(Protocol):
    """What an export needs to know of a column."""

    @property
    def label(self) -> str:
        """Its head, in the reader's language."""

    @property
    def kind(self) -> str:
        """How its value is written."""

    def value(self, row: Any, /) -> object:  # noqa: ANN401 (a row of any list)
        """Return its value in a row."""


def csv_of(name: str, columns: Sequence[Column], rows: Iterable[Any]) -> Response:
    """Return rows as CSV: UTF-8 with a mark, instants in ISO 8601, durations in seconds."""
    chunks = _in_scope(current_scope(), _csv_chunks(columns, rows))
    response = Response(stream_with_context(chunks), content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=_file_name(name, "csv"))
    return response


def xlsx_of(name: str, columns: Sequence[Column], rows: Iterable[Any]) -> Response:
    """Return rows as an XLSX workbook, instants in the reader's zone.

    Raises:
        RefusedError: a sheet cannot hold so many rows.

    """
    file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the response)
    try:
        _write_book(file, columns, rows)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return send_file(
        file, mimetype=XLSX, as_attachment=True, download_name=_file_name(name, "xlsx")
    )


def safe_text(text: str) -> str:
    """Return text that no spreadsheet takes for a formula."""
    starts = text.lstrip().startswith(FORMULA_STARTS) or text.startswith(("\t", "\r", "\n"))
    return f"'{text}" if starts else text


def _write_book(file: IO[bytes], columns: Sequence[Column], rows: Iterable[Any]) -> None:
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    try:
        _write_sheet(book, columns, rows)
    finally:
        book.close()  # also when it failed: the rows lie in a temporary file of the book's own


def _write_sheet(book: xlsxwriter.Workbook, columns: Sequence[Column], rows: Iterable[Any]) -> None:
    sheet = book.add_worksheet()
    head = book.add_format({"bold": True})
    formats = {kind: book.add_format({"num_format": text}) for kind, text in FORMATS.items()}
    for place, column in enumerate(columns):
        sheet.write_string(0, place, str(column.label), head)
        sheet.set_column(place, place, 22 if column.kind in {"text", "moment"} else 14)
    zone = ZoneInfo(str(get_timezone()))
    for number, row in enumerate(rows, start=1):
        if number > XLSX_ROWS:
            message = N_("The list is too long for a sheet. Narrow it, or export it as CSV.")
            raise RefusedError(message)
        for place, column in enumerate(columns):
            _write(sheet, (number, place), column.value(row), formats.get(column.kind), zone)
    sheet.freeze_panes(1, 0)


def _in_scope(scope: Scope, chunks: Iterator[str]) -> Iterator[str]:
    """Read on in the request's scope: the guard has left it when the answer is sent."""
    with scoped(scope, db.session):
        yield from chunks
        db.session.rollback()


def _csv_chunks(columns: Sequence[Column], rows: Iterable[Any]) -> Iterator[str]:
    found = iter(rows)
    yield BOM + _lines([[safe_text(_head(column)) for column in columns]])
    while batch := list(islice(found, BATCH)):
        yield _lines([_plain(c.value(row)) for c in columns] for row in batch)


def _head(column: Column) -> str:
    """Return the head of a column in CSV, where a duration is a number of seconds."""
    return f"{column.label} (s)" if column.kind == "duration" else str(column.label)


def _lines(table: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(table)
    return text.getvalue()


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(str(get_timezone()))).isoformat(timespec="seconds")
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return str(value)
    return safe_text(str(value))


def _write(
    sheet: Any,  # noqa: ANN401 (xlsxwriter has no types)
    cell: tuple[int, int],
    value: object,
    look: Any,  # noqa: ANN401
    zone: ZoneInfo,
) -> None:
    if value is None or value == "":
        return
    if isinstance(value, datetime):
        sheet.write_datetime(*cell, value.astimezone(zone).replace(tzinfo=None), look)
    elif isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        is_time = look is not None and look.num_format == FORMATS["duration"]
        sheet.write_number(*cell, float(value) / DAY_S if is_time else value, look)
    else:
        text = str(value)
        sheet.write_string(*cell, text if len(text) <= XLSX_TEXT else f"{text[: XLSX_TEXT - 1]}…")


def _file_name(name: str, ending: str) -> str:
    return f"{name}-{now():%Y-%m-%d}.{ending}"
