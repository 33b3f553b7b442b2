"""Unique values in everything the register says is deleted, and looking for them afterwards."""

import re
import secrets
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    Integer,
    Numeric,
    String,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError

from ops_portal.core.db import Base, Instant
from ops_portal.core.embedded.binaries import program
from ops_portal.records.register import Owner, Rule, register
from tests.servers import plain, servers

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
SHORTEST = 12
ON_ROWS_THAT_EXIST = {"contracts", "customers", "services", "users"}
"""Tables that a second row would not fit into: values go into the row that is there."""
PLANTED_BY_HAND = {"audit_heads", "deletions"}
"""The certificate names the last hash of the audit log; a decision is made by its operation."""


@dataclass
class Canaries:
    """The planted values, by `table.column`, and how to make another."""

    of_columns: dict[str, list[str]] = field(default_factory=dict)
    elsewhere: list[str] = field(default_factory=list)
    numbers: object = field(default_factory=lambda: count(1))

    def new(self, longest: int = 40) -> str:
        """Return a value that is nowhere else, so long at most."""
        number = f"{next(self.numbers):03d}"
        return f"cnry{number}{secrets.token_hex(8)}"[:longest]

    def note(self, place: str, value: str) -> None:
        """Remember a planted value."""
        self.of_columns.setdefault(place, []).append(value)

    def all(self) -> list[str]:
        """Return every value that has to be gone."""
        return [v for found in self.of_columns.values() for v in found] + self.elsewhere


def plant(connection, canaries, customer_id, user_id, *, rounds=2):
    """Plant values in every text and JSON column that is deleted, driven by the register."""
    tables = register().tables
    for table in Base.metadata.sorted_tables:
        entry = tables[table.name]
        is_left_out = entry.owner is Owner.NONE or table.name in PLANTED_BY_HAND
        if is_left_out or not planted_columns(table):
            continue
        whose = {"customer": customer_id, "user": user_id}
        number = 1 if table.name in ON_ROWS_THAT_EXIST else rounds
        rows = [_plant_row(connection, canaries, table, whose) for _ in range(number)]
        if not rows[0]:
            message = f"no row of {table.name} could be made: say how in tests/records/canaries.py"
            raise AssertionError(message)


def planted_columns(table):
    """Return the columns of a table that can hold a value and are deleted."""
    entry = register().tables[table.name]
    rules = {Rule.DELETE, Rule.TOMBSTONE} | ({Rule.KEEP} if entry.is_held else set())
    gone = {column.name for column in entry.columns if column.rule in rules}
    return [
        c
        for c in table.columns
        if c.name in gone
        and c.computed is None
        and not c.foreign_keys
        and (
            isinstance(c.type, JSONB)
            or (isinstance(c.type, String) and (c.type.length or 99) >= SHORTEST)
        )
    ]


def _plant_row(connection, canaries, table, whose):
    columns = [c for c in planted_columns(table) if not _choices(table, c)]
    values, notes = {}, []
    for column in columns:
        canary = canaries.new(min(column.type.length or 40, 40) if _is_text(column) else 40)
        values[column.name] = canary if _is_text(column) else _json(table, column, canary)
        notes.append((f"{table.name}.{column.name}", canary))
    if not _is_stored(connection, table, values, whose):
        return False
    for place, canary in notes:
        canaries.note(place, canary)
    return True


def _is_stored(connection, table, values, whose):
    if table.name in ON_ROWS_THAT_EXIST:
        key = {"customers": table.c.id, "users": table.c.id}.get(table.name)
        condition = (
            table.c.customer_id == whose["customer"]
            if key is None
            else key == whose["user" if table.name == "users" else "customer"]
        )
        if values:
            connection.execute(update(table).where(condition).values(values))
        return True
    for attempt in range(4):
        row = {c.name: _filler(connection, table, c, whose, attempt) for c in table.columns}
        row = {name: v for name, v in row.items() if v is not ...} | values
        try:
            with connection.begin_nested():
                connection.execute(insert(table).values(row))
        except IntegrityError:
            continue
        return True
    return False


def _filler(connection, table, column, whose, attempt):
    """Return a value for a column that carries none; `...` leaves it to the database."""
    target = next((key.column for key in column.foreign_keys), None)
    choices = _choices(table, column)
    if column.computed is not None or column.identity is not None:
        found = ...
    elif column.name in {"customer_id", "active_customer_id"}:
        found = whose["customer"]
    elif target is not None:
        found = _existing(connection, column, target, whose)
    elif choices:
        found = choices[attempt % len(choices)]
    elif column.name == "user_id":
        found = whose["user"]
    else:
        found = None if column.nullable else _plain(column)
    return found


def _existing(connection, column, target, whose):
    if target.table.name == "users":
        return whose["user"]
    if target.table.name == "customers":
        return whose["customer"]
    rows = select(target)
    if "customer_id" in target.table.c and target.name != "customer_id":
        rows = rows.where(target.table.c.customer_id == whose["customer"])
    found = connection.scalar(rows.order_by(target.desc()).limit(1))
    return found if found is not None or column.nullable else 1


def _plain(column):
    kinds = (
        (Boolean, True),
        (JSONB, {}),
        (Numeric, 0),
        (Date, date(2026, 3, 2)),
        (Instant, AT),
        (DateTime, AT),
        (BigInteger, secrets.randbelow(10**9) + 1000),
        (Integer, secrets.randbelow(10**6) + 1000),
        (String, "x"),
    )
    return next(value for kind, value in kinds if isinstance(column.type, kind))


def _choices(table, column):
    """Return the words a check lets a column hold, the first ones first."""
    for constraint in table.constraints:
        if isinstance(constraint, CheckConstraint):
            sql = str(constraint.sqltext)
            match = re.match(rf"{column.name} IN \((.*)\)$", sql)
            if match:
                return re.findall(r"'([^']*)'", match.group(1))
    return []


def _is_text(column):
    return isinstance(column.type, String)


def _json(table, column, canary):
    model = next(m.class_ for m in Base.registry.mappers if m.local_table is table)
    wants_list = "list" in str(model.__annotations__.get(column.name, ""))
    return [canary] if wants_list else {"words": canary}


def dump_of(database):
    """Return a whole database as plain SQL, as `pg_dump` writes it."""
    url = plain(servers().superuser_url(database))
    told = subprocess.run(  # noqa: S603 (PostgreSQL's own program, of the wheel)
        [program("pg_dump"), "--format=plain", "--inserts", f"--dbname={url}"],
        capture_output=True,
        check=True,
    )
    return told.stdout


def left_in(canaries, content):
    """Return the values that are found in some bytes."""
    return [value for value in canaries.all() if value.encode() in content]
