"""The data register: what each column of each table is for, and what becomes of it (GDP-1).

The files of `register/` name every column once. What stands at a table holds for its `columns`; a
group of other columns says what differs. Exports, deletions and the page are driven by it.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "register"
WORDS = "words.toml"
Words = Mapping[str, str]


class DataClass(StrEnum):
    """In which capacity the provider holds data (GDP-1)."""

    PROCESSOR = "processor"
    """For the customer: reference data and personal reporting."""
    CONTROLLER = "controller"
    """For itself: the use of mobile services and of the service."""
    TECHNICAL = "technical"
    """Says nothing about a customer or a person."""


class Rule(StrEnum):
    """What becomes of a column when the data of an ended service are deleted (CON-4)."""

    DELETE = "delete"
    KEEP = "keep"
    TOMBSTONE = "tombstone"
    NOT_PERSONAL = "not_personal"


class Owner(StrEnum):
    """How the rows of a customer are found in a table."""

    TENANT = "customer_id"
    ITSELF = "id"
    PEOPLE = "people"
    """By the people who belong to nobody else."""
    SESSIONS = "sessions"
    """Sign-ins of these people, and those that act for the customer."""
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the register."""

    table: str
    name: str
    data_class: DataClass
    purpose: str
    retention: str
    rule: Rule
    ground: str
    """The legal ground of what is kept."""
    is_exported: bool


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the register."""

    name: str
    words: Words
    """What people call it, by language."""
    file: str
    """Its name in an export; empty when it is not exported."""
    owner: Owner
    links: tuple[str, ...]
    """`table.column` of the customer's rows that lead to rows of a table that is nobody's."""
    only: str
    """The column that has to be true for a row to be the customer's to see; empty = every row."""
    dated_by: str
    """The column from which the time is counted for which rows are kept."""
    is_held: bool
    """Whether only those rows are kept that other kept rows refer to; the others are deleted."""
    columns: tuple[Column, ...]

    @property
    def is_deleted(self) -> bool:
        """Whether whole rows go at the end: nothing in them is kept."""
        rules = {column.rule for column in self.columns}
        return self.owner is not Owner.NONE and rules <= {Rule.DELETE}

    @property
    def is_kept(self) -> bool:
        """Whether rows stay under a legal ground."""
        return any(column.rule is Rule.KEEP for column in self.columns)

    @property
    def cleared(self) -> tuple[str, ...]:
        """The columns that are emptied or replaced in rows that stay."""
        if self.is_deleted:
            return ()
        gone = {Rule.DELETE, Rule.TOMBSTONE}
        return tuple(column.name for column in self.columns if column.rule in gone)

    @property
    def exported(self) -> tuple[str, ...]:
        """The columns that belong into the customer's export."""
        return tuple(column.name for column in self.columns if column.is_exported)


@dataclass(frozen=True, slots=True)
class Register:
    """The whole register, tables by name."""

    tables: Mapping[str, Table]
    purposes: Mapping[str, Words]
    retentions: Mapping[str, Mapping[str, Any]]
    rules: Mapping[str, Words]
    grounds: Mapping[str, Mapping[str, Any]]

    def columns(self) -> Iterator[Column]:
        """Yield every column, by table."""
        for table in self.tables.values():
            yield from table.columns


class RegisterError(ValueError):
    """The register contradicts itself; says where."""


@cache
def register() -> Register:
    """Return the register, read once per process."""
    words = tomllib.loads((FOLDER / WORDS).read_text(encoding="utf-8"))
    tables: dict[str, Table] = {}
    for path in sorted(FOLDER.glob("*.toml")):
        if path.name != WORDS:
            found = tomllib.loads(path.read_text(encoding="utf-8")).get("tables", {})
            tables |= {name: _table(name, fields) for name, fields in found.items()}
    read = Register(
        tables=dict(sorted(tables.items())),
        purposes=words["purposes"],
        retentions=words["retentions"],
        rules=words["rules"],
        grounds=words["grounds"],
    )
    _check(read)
    return read


def _table(name: str, fields: Mapping[str, Any]) -> Table:
    groups = [fields, *fields.get("groups", ())]
    columns = [
        _column(name, column, {**fields, **group})
        for group in groups
        for column in group["columns"].split()
    ]
    return Table(
        name=name,
        words=fields["name"],
        file=fields.get("file", ""),
        owner=Owner(fields.get("owner", Owner.TENANT)),
        links=tuple(fields.get("links", ())),
        only=fields.get("only", ""),
        dated_by=fields.get("dated_by", ""),
        is_held=fields.get("held", False),
        columns=tuple(columns),
    )


def _column(table: str, name: str, fields: Mapping[str, Any]) -> Column:
    rule = Rule(fields["rule"])
    return Column(
        table=table,
        name=name,
        data_class=DataClass(fields["class"]),
        purpose=fields["purpose"],
        retention=fields["retention"],
        rule=rule,
        ground=fields.get("ground", "") if rule is Rule.KEEP else "",
        is_exported=fields.get("export", False),
    )


def _check(found: Register) -> None:
    for column in found.columns():
        place = f"{column.table}.{column.name}"
        if column.purpose not in found.purposes or column.retention not in found.retentions:
            message = f"{place}: the purpose or the retention is not in {WORDS}"
            raise RegisterError(message)
        if (column.rule is Rule.KEEP) != (column.ground in found.grounds):
            message = f"{place}: what is kept needs one of the legal grounds of {WORDS}"
            raise RegisterError(message)
        if column.is_exported and not found.tables[column.table].file:
            message = f"{place}: an exported table needs the name of its file"
            raise RegisterError(message)
