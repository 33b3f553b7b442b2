"""Lists as files: whole, safe to open, and in the reader's zone."""

import csv
import io
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest

from ops_portal.core.db import db
from ops_portal.core.errors import RefusedError
from ops_portal.core.tenancy import Scope, scoped
from ops_portal.web import exports
from ops_portal.web.listing import Column

AT = datetime(2026, 3, 9, 7, 30, tzinfo=UTC)
COLUMNS = [
    Column("title", "Titre", lambda row: row["title"]),
    Column("at", "Ouvert", lambda row: row["at"], kind="moment"),
    Column("left", "Reste", lambda row: row["left"], kind="duration"),
    Column("fee", "Montant", lambda row: row["fee"], kind="money"),
]
ROW = {"title": "Accès é", "at": AT, "left": 5400, "fee": Decimal("-12.50")}
NOTHING = {"title": None, "at": None, "left": None, "fee": None}
ATTACKS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\uff1d1", "=HYPERLINK(1)"]
XML = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"

ENGLISH = {"Accept-Language": "en"}


@pytest.fixture(autouse=True)
def asked(edge):
    with (
        edge.test_request_context("/login", headers=ENGLISH),
        scoped(Scope.customers(1), db.session),
    ):
        yield


def csv_rows(rows):
    answer = exports.csv_of("tickets", COLUMNS, rows)
    text = answer.get_data().decode("utf-8")
    answer.close()
    assert text.startswith("\ufeff")
    return answer, list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def sheet(rows, columns=COLUMNS):
    answer = exports.xlsx_of("tickets", columns, rows)
    answer.direct_passthrough = False
    data = answer.get_data()
    answer.close()
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 (ours)


def test_csv_has_the_readers_headings_and_values_that_programs_read():
    answer, table = csv_rows([ROW, NOTHING])
    assert table == [
        ["Titre", "Ouvert", "Reste (s)", "Montant"],
        ["Accès é", "2026-03-09T08:30:00+01:00", "5400", "-12.50"],
        ["", "", "", ""],
    ]
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=tickets-")


@pytest.mark.parametrize("text", ATTACKS)
def test_no_text_becomes_a_formula(text):
    _answer, table = csv_rows([{**ROW, "title": text}])
    assert table[1][0] == f"'{text}"


@pytest.mark.parametrize("text", ATTACKS)
def test_no_text_becomes_a_formula_in_a_sheet(text):
    page = sheet([{**ROW, "title": text}])
    assert list(page.iter(f"{XML}f")) == []


def test_a_sheet_has_real_dates_durations_and_numbers():
    page = sheet([ROW, NOTHING])
    cells = {c.get("r"): c for c in page.iter(f"{XML}c")}
    assert float(cells["B2"].findtext(f"{XML}v")) == pytest.approx(46090 + 8.5 / 24)  # local time
    assert float(cells["C2"].findtext(f"{XML}v")) == pytest.approx(1.5 / 24)
    assert float(cells["D2"].findtext(f"{XML}v")) == -12.5
    assert "A3" not in cells


def test_a_text_too_long_for_a_cell_is_cut_and_not_lost():
    page = sheet([{**ROW, "title": "x" * 40_000}])
    text = "".join(page.itertext())
    assert "x" * 32_766 + "…" in text


def test_more_rows_than_a_sheet_holds_are_refused(monkeypatch):
    monkeypatch.setattr(exports, "XLSX_ROWS", 3)
    with pytest.raises(RefusedError, match="too long for a sheet"):
        exports.xlsx_of("tickets", COLUMNS, [ROW] * 4)


def test_rows_are_read_while_the_file_is_written():
    read = []

    def rows():
        for number in range(1000):
            read.append(number)
            yield ROW

    answer = exports.csv_of("tickets", COLUMNS, rows())
    chunks = iter(answer.response)
    next(chunks)
    assert read == []
    next(chunks)
    assert len(read) == exports.BATCH
    answer.close()
