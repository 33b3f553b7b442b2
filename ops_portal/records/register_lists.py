"""The register as a list: one row for the columns of a table that share an entry."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from ops_portal.core.paging import PAGE, Page
from ops_portal.records.register import Column as Entry
from ops_portal.records.register import DataClass, Register, Rule, Table, Words, register
from ops_portal.web.languages import chosen_language
from ops_portal.web.listing import Choice, Column, Listing

CLASSES: dict[str, str] = {
    DataClass.PROCESSOR: _l("as processor, for the customer"),
    DataClass.CONTROLLER: _l("as controller"),
    DataClass.TECHNICAL: _l("technical"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """Columns of a table that share everything the register says."""

    table: Table
    entry: Entry
    names: tuple[str, ...]


def rows(table: str, data_class: str) -> list[Row]:
    """Return the rows of the register, all or of one table, of one class."""
    found = register().tables
    return [
        row
        for name in ([table] if table else found)
        for row in _rows_of(found[name])
        if data_class in {"", row.entry.data_class}
    ]


def _rows_of(table: Table) -> Iterator[Row]:
    def shared(column: Entry) -> Entry:
        return replace(column, name="")

    for entry, columns in groupby(table.columns, key=shared):
        yield Row(table, entry, tuple(column.name for column in columns))


def each_column(found: Sequence[Row]) -> Iterator[Row]:
    """Yield one row for each column: for exports."""
    for row in found:
        for name in row.names:
            yield replace(row, names=(name,))


def page_of(found: Sequence[Row], after: str, before: str) -> Page:
    """Return a page of rows that are all in memory; its key is the place of a row."""
    key = before or after
    place = int(key) if key.isascii() and key.isdigit() and len(key) < len("10000") else 0
    start = max(place - PAGE, 0) if before else place
    end = start + PAGE
    return Page(
        found[start:end],
        after=str(end) if end < len(found) else None,
        before=str(start) if start > 0 else None,
    )


def register_listing() -> Listing:
    """Return the list of the register as the address asks for it."""
    found = register()
    names = sorted((spoken(table.words), name) for name, table in found.tables.items())
    return Listing(
        "data-register",
        (
            Column("table", _("Data"), lambda row: spoken(row.table.words)),
            Column("columns", _("Columns"), lambda row: " ".join(row.names)),
            Column("class", _("Held"), lambda row: str(CLASSES[row.entry.data_class])),
            Column("purpose", _("What for"), lambda row: spoken(found.purposes[row.entry.purpose])),
            Column(
                "retention",
                _("How long"),
                lambda row: spoken(found.retentions[row.entry.retention]),
            ),
            Column("rule", _("At the end"), lambda row: rule_words(found, row)),
            Column(
                "export",
                _("In the export"),
                lambda row: _("yes") if row.entry.is_exported else _("no"),
            ),
        ),
        label=_("Data register"),
        choices=(
            Choice("table", _("Data"), [(name, words) for words, name in names]),
            Choice("class", _("Held"), [(key, str(words)) for key, words in CLASSES.items()]),
        ),
        empty_text=_("Nothing of this kind is kept yet."),
    )


def rule_words(found: Register, row: Row) -> str:
    """Return what becomes of the columns at the end of the service, with the legal ground."""
    entry = row.entry
    if row.table.is_held and entry.rule is Rule.KEEP:
        return _(
            "deleted; kept as far as an invoice refers to it: %(ground)s",
            ground=spoken(found.grounds[entry.ground]),
        )
    words = spoken(found.rules[entry.rule])
    return f"{words}: {spoken(found.grounds[entry.ground])}" if entry.ground else words


def spoken(words: Words) -> str:
    """Return words of the register in the reader's language."""
    return words[chosen_language()]
