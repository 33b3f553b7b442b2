"""Mappings: files that say how the rows of another tool's log become the facts of tickets.

A mapping is TOML; docs/imports.md explains each field. A faulty one is refused with the line and
the path of every fault.
"""

import codecs
import re
import tomllib
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from ops_portal.core.errors import RefusedError
from ops_portal.imports.codes import Repair
from sla.policy import Priority, StopReason

FOLDER = Path(__file__).parent / "mappings"
MAX_BYTES = 64 * 1024
STOP = "stop:"
Column = Annotated[str, Field(min_length=1, max_length=200)]


class StateKind(StrEnum):
    """What a state of the other tool means for the clock; `waiting` is a wait that counts."""

    NEW = "new"
    WORKING = "working"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


class MappingError(RefusedError):
    """A mapping that cannot be used; the message has one line per fault."""


def _encoding(name: str) -> str:
    try:
        found = codecs.lookup(name)
    except LookupError:
        found = None
    if found is None or not found._is_text_encoding:  # noqa: SLF001 (no public way to ask)
        message = f"{name!r} is no text encoding, such as utf-8 or cp1252"
        raise ValueError(message)
    return found.name


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"{name!r} is no time zone, such as Europe/Brussels"
        raise ValueError(message) from None
    return name


def _time_format(text: str) -> str:
    if text != "iso" and "%" not in text:
        message = 'must be "iso", or a pattern such as "%d/%m/%Y %H:%M"'
        raise ValueError(message)
    return text


def _state(text: str) -> str:
    stops = [f"{STOP}{reason}" for reason in StopReason]
    if text not in {*StateKind, *stops}:
        message = f"{text!r} is none of {', '.join([*StateKind, *stops])}"
        raise ValueError(message)
    return text


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class FileShape(_Part):
    """How the file is written, and how the rows of one incident lie in it."""

    encoding: Annotated[str, AfterValidator(_encoding)] = "utf-8"
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    missing: tuple[str, ...] = ("",)
    incidents: Literal["together", "scattered", "single"]


class TimeShape(_Part):
    """How times are written, and in which zone those without an offset are."""

    format: Annotated[str, AfterValidator(_time_format)]
    zone: Annotated[str, AfterValidator(_zone)]


class Columns(_Part):
    """Which column says what; one that the log does not have is left out."""

    incident: Column
    row_at: Column | None = None
    state: Column | None = None
    priority: Column
    notified: Column | None = None
    created: Column | None = None
    started: Column | None = None
    resolved: Column | None = None
    closed: Column | None = None
    group: Column | None = None
    person: Column | None = None
    contact: Column | None = None


class Priorities(_Part):
    """The portal's priority for each of the other tool's, and what a later one means (INC-5)."""

    values: Annotated[dict[str, Priority], Field(min_length=1)]
    later: Literal["change", "correction"] = "change"


class StopColumns(_Part):
    """The columns of one stop, in a log with one row per incident."""

    since: Column
    until: Column
    reason: Column | None = None


class Texts(_Part):
    """Which columns make the words of a ticket."""

    title: Annotated[tuple[Column, ...], Field(min_length=1)]
    description: dict[str, Column] = {}
    resolution: Column | None = None


class Mapping(_Part):
    """One description of another tool's log."""

    format: Literal[1]
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,59}$")]
    title: Annotated[str, Field(min_length=1, max_length=120)]
    source: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,59}$")]
    file: FileShape
    time: TimeShape
    columns: Columns
    priority: Priorities
    texts: Texts
    states: dict[str, Annotated[str, AfterValidator(_state)]] = {}
    stops: tuple[StopColumns, ...] = ()
    reasons: dict[str, StopReason] = {}
    repairs: frozenset[Repair] = frozenset()

    @model_validator(mode="after")
    def _check_whole(self) -> Self:
        columns = self.columns
        if self.file.incidents == "single":
            if not (columns.created or columns.notified):
                raise ValueError(NO_BEGINNING)
        elif columns.row_at is None or columns.state is None:
            raise ValueError(NO_ROW_TIME)
        elif self.stops:
            raise ValueError(STOPS_NEED_SINGLE)
        if columns.state is not None and columns.row_at is None:
            raise ValueError(STATE_NEEDS_TIME)
        if (columns.state is None) != (not self.states):
            raise ValueError(STATES_AND_COLUMN)
        if any(stop.reason for stop in self.stops) and not self.reasons:
            raise ValueError(NO_REASONS)
        return self

    def column_paths(self) -> dict[str, str]:
        """Return every column the mapping names, by the path that names it."""
        found: dict[str, str] = {}
        for field, value in self.columns:
            if value:
                found.setdefault(value, f"columns.{field}")
        for place, stop in enumerate(self.stops):
            for field, column in stop:
                if column:
                    found.setdefault(column, f"stops[{place}].{field}")
        texts = [*self.texts.title, *self.texts.description.values(), self.texts.resolution]
        for column in texts:
            if column:
                found.setdefault(column, "texts")
        return found


NO_BEGINNING = "columns.created or columns.notified is needed: a ticket begins at some time"
NO_ROW_TIME = (
    "columns.row_at and columns.state are needed where several rows make an incident"
    ' (else say file.incidents = "single")'
)
STOPS_NEED_SINGLE = 'stops are columns of a log with file.incidents = "single"; else use states'
STATE_NEEDS_TIME = "columns.state needs columns.row_at: since when the row holds"
STATES_AND_COLUMN = "columns.state and the table states belong together: give both or none"
NO_REASONS = "reasons is needed: it says what the values of stops[].reason mean"


def parse_mapping(text: str) -> Mapping:
    """Return a mapping from its text.

    Raises:
        MappingError: it is not TOML, or faulty; each fault with its line and path.

    """
    if len(text.encode()) > MAX_BYTES:
        message = "The mapping is larger than 64 KiB."
        raise MappingError(message, fields={"mapping_file": message})
    try:
        return Mapping.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise _refusal([f"not TOML: {error}"]) from None
    except ValidationError as error:
        raise _refusal([_fault(text, e) for e in error.errors()]) from None


def shipped() -> dict[str, str]:
    """Return the mappings that come with the portal: their text by name."""
    files = sorted(FOLDER.glob("*.toml"))
    return {file.stem: file.read_text(encoding="utf-8") for file in files}


def fingerprint(text: str) -> str:
    """Return what tells one mapping from another."""
    return sha256(text.encode()).hexdigest()


def _refusal(faults: list[str]) -> MappingError:
    message = "The mapping cannot be used: {faults}"
    return MappingError(
        message, fields={"mapping_file": message}, params={"faults": "; ".join(faults)}
    )


def _fault(text: str, error: Any) -> str:  # noqa: ANN401 (the shape of pydantic's errors)
    path = ".".join(str(part) for part in error["loc"] if part != "[key]")
    words = error["msg"].removeprefix("Value error, ")
    words = "unknown field" if error["type"] == "extra_forbidden" else words
    line = _line_of(text, [str(part) for part in error["loc"]])
    place = f"line {line}, {path}" if line else path
    return f"{place}: {words}" if place else words


def _line_of(text: str, path: list[str]) -> int:
    """Return the line that sets the longest known part of a path, 0 when there is none."""
    table: list[str] = []
    best, found = 0, 0
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[+([^\]]+)\]+", line)
        key = re.match(r"""\s*("[^"]*"|'[^']*'|[\w.-]+)\s*=""", line)
        if header:
            table = [part.strip(" \"'") for part in header[1].split(".")]
        names = [*table, key[1].strip("\"'")] if key else table
        length = len(names) if header or key else 0
        if length > best and names == [p for p in path if not p.isdigit()][:length]:
            best, found = length, number
    return found
