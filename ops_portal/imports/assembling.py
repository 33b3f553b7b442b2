"""Putting an incident together: from its rows to the facts of a ticket."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from ops_portal.imports.codes import (
    Finding,
    FindingKind,
    IncidentRefusedError,
    Refusal,
    Repair,
)
from ops_portal.imports.course import Course, Wait, finish, follow
from ops_portal.imports.mapping import Mapping
from ops_portal.imports.reading import Block, Log
from ops_portal.imports.steps import Notes, RowReader, Step, Times
from ops_portal.imports.times import time_reader
from ops_portal.tickets.models import FactKind
from ops_portal.tickets.recording import Draft
from sla.policy import StopReason

TITLE_LENGTH = 200
INTERNAL = frozenset({FactKind.ASSIGNED})


@dataclass(frozen=True, slots=True)
class Incident:
    """An incident ready to become a ticket: its words, and its facts in order of time."""

    reference: str
    lines: list[int]
    findings: list[Finding]
    title: str
    description: str
    contact: str
    drafts: list[Draft]

    @property
    def fingerprint(self) -> str:
        """What tells one content of an incident from another."""
        content: list[Any] = [self.title, self.description, self.contact]
        content += [[d.kind, d.at.isoformat(), d.text, d.refers_to, d.data] for d in self.drafts]
        return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Refused:
    """An incident, or a row without one, that is left out, and why."""

    reference: str
    lines: list[int]
    findings: list[Finding]


@dataclass(slots=True)
class _Mark:
    at: datetime
    kind: FactKind
    text: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    refers_to: "_Mark | None" = None
    seq: int = 0


class Assembler:
    """Makes incidents of the blocks of one log."""

    def __init__(self, mapping: Mapping, log: Log, *, now: datetime) -> None:
        """Keep the mapping; `now` is the instant nothing can be later than."""
        self.mapping = mapping
        self.now = now
        self.rows = RowReader(mapping, log.places, time_reader(mapping.time))

    def assemble(self, block: Block) -> Incident | Refused:
        """Return the incident of a block, or why there is none; one bad row refuses it whole."""
        if block.faults:
            return Refused(block.reference, block.lines, block.faults)
        notes = Notes(block.reference, self.mapping.repairs)
        try:
            return self._incident(block, notes)
        except IncidentRefusedError as error:
            finding = Finding(
                error.line, block.reference, FindingKind.REFUSAL, error.code, error.detail
            )
            return Refused(block.reference, block.lines, [finding])

    def _incident(self, block: Block, notes: Notes) -> Incident:
        times = self.rows.times(block.rows, notes)
        steps = self.rows.steps(block.rows, times.created, notes)
        course = follow(steps, notes)
        course.waits += self._waits(block, times.created, notes)
        finish(course, times, notes, line=steps[-1].line, has_states=bool(self.mapping.states))
        if course.ends and course.ends[0].at < times.created:
            raise IncidentRefusedError(steps[-1].line, Refusal.RESOLVED_BEFORE_CREATED)
        title, description, resolution = self._texts(block)
        marks = [
            *_beginning(times, steps, description, notes),
            *self._priorities(steps, times.created, notes),
            *_start(course, times, notes),
            *_marks(course, resolution),
        ]
        late = next((m for m in marks if m.at > self.now), None)
        if late is not None:
            raise IncidentRefusedError(
                block.last_line, Refusal.IN_FUTURE, notes.as_written(late.at)
            )
        contact = self.rows.last_text(block.rows, self.mapping.columns.contact)[:TITLE_LENGTH]
        drafts = _numbered(marks, f"imported from {self.mapping.source}")
        return Incident(
            block.reference,
            block.lines,
            notes.found,
            title or block.reference,
            description,
            contact,
            drafts,
        )

    def _texts(self, block: Block) -> tuple[str, str, str]:
        texts = self.mapping.texts
        title = ", ".join(
            filter(None, (self.rows.last_text(block.rows, name) for name in texts.title))
        )
        lines = [
            f"{label}: {value}"
            for label, column in texts.description.items()
            if (value := self.rows.last_text(block.rows, column))
        ]
        resolution = self.rows.last_text(block.rows, texts.resolution)
        return title[:TITLE_LENGTH], "\n".join(lines), resolution

    def _waits(self, block: Block, created: datetime, notes: Notes) -> list[Wait]:
        found = []
        row = block.rows[-1]
        for stop in self.mapping.stops:
            start = self.rows.time(row, stop.since, notes)
            end = self.rows.time(row, stop.until, notes)
            words = self.rows.text(row, stop.reason)
            if start is None:
                continue
            if start < created or (end is not None and end < start):
                detail = notes.as_written(start, end)
                raise IncidentRefusedError(row.line, Refusal.STOP_ORDER, detail)
            if end == start:
                notes.repair(Repair.STOP_WITHOUT_LENGTH, row.line, words)
                continue
            found.append(Wait(start, end, self._reason(words, row.line), words, row.line))
        return found

    def _reason(self, words: str, line: int) -> StopReason:
        reasons = self.mapping.reasons
        if words not in reasons and (words or reasons):
            raise IncidentRefusedError(line, Refusal.REASON_UNKNOWN, words)
        return reasons.get(words, StopReason.CUSTOMER)

    def _priorities(self, steps: Sequence[Step], created: datetime, notes: Notes) -> list[_Mark]:
        is_change = self.mapping.priority.later == "change"
        later = FactKind.PRIORITY_CHANGED if is_change else FactKind.PRIORITY_CORRECTED
        found: list[_Mark] = []
        for step in steps:
            if step.priority is None or (found and found[-1].data["priority"] == step.priority):
                continue
            if found and step.at <= found[-1].at and is_change:
                notes.repair(Repair.PRIORITY_AT_ONCE, step.line, found[-1].data["priority"])
                found[-1].data = {"priority": step.priority}
                continue
            kind, at = (later, step.at) if found else (FactKind.PRIORITY_SET, created)
            found.append(_Mark(at, kind, data={"priority": step.priority}))
        if not found:
            raise IncidentRefusedError(steps[0].line, Refusal.PRIORITY_UNKNOWN)
        return found


def _beginning(times: Times, steps: Sequence[Step], description: str, notes: Notes) -> list[_Mark]:
    if times.started is not None and times.started < times.created:
        notes.repair(Repair.START_BEFORE_CREATED, steps[0].line, notes.as_written(times.started))
    marks = [_Mark(times.created, FactKind.CREATED, description)]
    if times.notified is not None:
        marks.insert(0, _Mark(times.notified, FactKind.NOTIFIED))
    return marks


def _start(course: Course, times: Times, notes: Notes) -> list[_Mark]:
    """Return when the intervention started, if the log says so; a resolution alone is one (T61)."""
    at, taken = times.started or course.worked_from, course.taken
    is_before_end = taken is not None and (not course.ends or taken.at <= course.ends[0].at)
    if at is None and taken is not None and is_before_end:
        notes.repair(Repair.START_FROM_ASSIGNMENT, taken.line, taken.person)
        at = taken.at
    return [] if at is None else [_Mark(max(at, times.created), FactKind.INTERVENTION_STARTED)]


def _marks(course: Course, resolution: str) -> list[_Mark]:
    marks = [
        _Mark(
            step.at,
            FactKind.ASSIGNED,
            " · ".join(filter(None, (step.group, step.person))),
            {"user_id": None},
        )
        for step in course.assignments
    ]
    for wait in course.waits:
        stop = _Mark(wait.start, FactKind.CLOCK_STOPPED, wait.words, {"reason": wait.reason})
        marks.append(stop)
        if wait.end is not None:
            marks.append(_Mark(wait.end, FactKind.CLOCK_RESUMED, refers_to=stop))
    for end in course.ends:
        marks.append(_Mark(end.at, FactKind.RESOLVED, resolution, {"temporary": False}))
        if end.closed_at is not None:
            marks.append(_Mark(end.closed_at, FactKind.CONFIRMED))
        if end.reopened_at is not None:
            marks.append(_Mark(end.reopened_at, FactKind.REOPENED, end.reopened_words))
    return marks


def _numbered(marks: list[_Mark], reason: str) -> list[Draft]:
    """Return the facts in order of time; at one instant in the order in which they were made."""
    ordered = sorted(marks, key=lambda mark: mark.at)
    for seq, mark in enumerate(ordered, start=1):
        mark.seq = seq
    return [
        Draft(
            mark.kind,
            mark.at,
            is_public=mark.kind not in INTERNAL,
            text=mark.text,
            reason=reason,
            refers_to=mark.refers_to.seq if mark.refers_to else None,
            data=mark.data,
            seq=mark.seq,
        )
        for mark in ordered
    ]
