"""From the rows of an incident to its times and steps, with the repairs that took."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ops_portal.imports.codes import (
    Finding,
    FindingKind,
    IncidentRefusedError,
    Refusal,
    Repair,
)
from ops_portal.imports.mapping import STOP, Mapping, StateKind
from ops_portal.imports.reading import Row
from ops_portal.imports.times import Read
from sla.policy import Priority, StopReason

SHOWN = 80


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a state means: its kind, and the reason where it stops the clock."""

    kind: StateKind
    stop: StopReason | None = None


NEW = Meaning(StateKind.NEW)


@dataclass(frozen=True, slots=True)
class Step:
    """One row: since when the incident is in this state, with this priority and assignment."""

    line: int
    at: datetime
    meaning: Meaning
    words: str
    priority: Priority | None
    group: str
    person: str


@dataclass(frozen=True, slots=True)
class Times:
    """The instants that hold for the whole incident."""

    created: datetime
    notified: datetime | None
    started: datetime | None
    resolved: datetime | None
    closed: datetime | None


class Notes:
    """The findings of one incident; a repair the mapping does not allow refuses it."""

    def __init__(self, reference: str, allowed: frozenset[Repair]) -> None:
        """Begin without findings."""
        self.reference = reference
        self.allowed = allowed
        self.found: list[Finding] = []
        self.written: dict[datetime, str] = {}

    def repair(self, code: Repair, line: int, detail: str = "") -> None:
        """Note a repair.

        Raises:
            IncidentRefusedError: the mapping does not allow it.

        """
        if code not in self.allowed:
            raise IncidentRefusedError(line, code, detail)
        finding = Finding(line, self.reference, FindingKind.REPAIR, code, detail[:SHOWN])
        if finding not in self.found:
            self.found.append(finding)

    def as_written(self, *instants: datetime | None) -> str:
        """Return times as they stand in the file, which says them in its own way and zone."""
        return " → ".join(self.written.get(at, f"{at}") for at in instants if at is not None)


class RowReader:
    """Reads the cells of a log by what its mapping says they mean."""

    def __init__(self, mapping: Mapping, places: dict[str, int], read_time: Read) -> None:
        """Keep the mapping and where its columns lie."""
        self.mapping = mapping
        self.places = places
        self._read_time = read_time
        self._missing = frozenset(mapping.file.missing)
        self._states = {words: _meaning(state) for words, state in mapping.states.items()}

    def text(self, row: Row, column: str | None) -> str:
        """Return a cell, "" where the log says nothing."""
        if column is None:
            return ""
        value = row.cells[self.places[column]].strip()
        return "" if value in self._missing else value

    def last_text(self, rows: Sequence[Row], column: str | None) -> str:
        """Return the last thing the rows say in a column: what is known with hindsight."""
        if column is None:
            return ""
        return next((value for row in reversed(rows) if (value := self.text(row, column))), "")

    def time(self, row: Row, column: str | None, notes: Notes) -> datetime | None:
        """Return a cell as an instant.

        Raises:
            IncidentRefusedError: it cannot be read.

        """
        text = self.text(row, column)
        return self._instant(text, row.line, notes) if text else None

    def _instant(self, text: str, line: int, notes: Notes) -> datetime:
        try:
            instant, repair = self._read_time(text)
        except (ValueError, OverflowError):
            raise IncidentRefusedError(line, Refusal.TIME_UNREADABLE, text[:SHOWN]) from None
        notes.written[instant] = text
        if repair is not None:
            notes.repair(repair, line, text)
        return instant

    def times(self, rows: Sequence[Row], notes: Notes) -> Times:
        """Return the times of the whole incident.

        Raises:
            IncidentRefusedError: one cannot be read, or the incident has no beginning.

        """
        columns = self.mapping.columns
        found: dict[str, datetime | None] = {}
        for name in ("notified", "created", "started", "resolved", "closed"):
            column = getattr(columns, name)
            row = next((r for r in reversed(rows) if self.text(r, column)), rows[-1])
            found[name] = self.time(row, column, notes)
        created, notified, line = found["created"], found["notified"], rows[0].line
        if created is None:
            created = self._missing_creation(rows, notified, notes)
        if notified is not None and notified > created:
            notes.repair(Repair.NOTIFIED_AFTER_CREATED, line, notes.as_written(notified, created))
            notified = created
        return Times(created, notified, found["started"], found["resolved"], found["closed"])

    def _missing_creation(
        self, rows: Sequence[Row], notified: datetime | None, notes: Notes
    ) -> datetime:
        line = rows[0].line
        if notified is not None:
            if self.mapping.columns.created is not None:
                notes.repair(Repair.CREATED_MISSING, line)
            return notified
        first = self.time(rows[0], self.mapping.columns.row_at, notes)
        if first is None:
            raise IncidentRefusedError(line, Refusal.TIME_MISSING, self._name_of_creation())
        notes.repair(Repair.CREATED_FROM_FIRST_ROW, line)
        return first

    def _name_of_creation(self) -> str:
        return self.mapping.columns.created or self.mapping.columns.notified or ""

    def steps(self, rows: Sequence[Row], created: datetime, notes: Notes) -> list[Step]:
        """Return one step per row, in order of time.

        Raises:
            IncidentRefusedError: a time or a priority cannot be read.

        """
        found: list[Step] = []
        for row in rows:
            last = found[-1] if found else None
            found.append(self._step(row, last, created, notes))
        return list(_in_order(found, created, notes))

    def _step(self, row: Row, last: Step | None, created: datetime, notes: Notes) -> Step:
        columns = self.mapping.columns
        at = self.time(row, columns.row_at, notes)
        if at is None and columns.row_at is not None:
            raise IncidentRefusedError(row.line, Refusal.TIME_MISSING, columns.row_at)
        words = self.text(row, columns.state)
        meaning = self._states.get(words)
        if meaning is None and columns.state is not None:
            notes.repair(Repair.STATE_UNKNOWN, row.line, words)
            meaning, words = (last.meaning, last.words) if last else (NEW, "")
        return Step(
            row.line,
            at or created,
            meaning or NEW,
            words,
            self._priority(row, last, notes),
            self.text(row, columns.group),
            self.text(row, columns.person),
        )

    def _priority(self, row: Row, last: Step | None, notes: Notes) -> Priority | None:
        text = self.text(row, self.mapping.columns.priority)
        if not text:
            notes.repair(Repair.PRIORITY_MISSING, row.line)
            return last.priority if last else None
        priority = self.mapping.priority.values.get(text)
        if priority is None:
            raise IncidentRefusedError(row.line, Refusal.PRIORITY_UNKNOWN, text[:SHOWN])
        return priority


def _meaning(state: str) -> Meaning:
    if state.startswith(STOP):
        return Meaning(StateKind.WAITING, StopReason(state.removeprefix(STOP)))
    return Meaning(StateKind(state))


def _in_order(steps: Sequence[Step], created: datetime, notes: Notes) -> Iterator[Step]:
    """Yield the steps in the order of the file, none later than the one after it.

    The file knows in which order things happened; a row whose time runs ahead of the next one's is
    taken at that one's. Sorting by time instead would invent a reopening.
    """
    latest: datetime | None = None
    ordered: list[Step] = []
    for step in reversed(steps):
        at = step.at if latest is None else min(step.at, latest)
        if at != step.at:
            notes.repair(Repair.ROW_OUT_OF_ORDER, step.line, notes.as_written(step.at, at))
        latest = at
        ordered.append(replace(step, at=at) if at != step.at else step)
    for step in reversed(ordered):
        if step.at < created:
            notes.repair(Repair.ROW_BEFORE_CREATED, step.line, notes.as_written(step.at, created))
            yield replace(step, at=created)
        else:
            yield step
