"""The course of an incident through its states: stops, resolutions, reopenings, assignments."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ops_portal.imports.codes import Repair
from ops_portal.imports.mapping import StateKind
from ops_portal.imports.steps import Notes, Step, Times
from sla.policy import StopReason

ENDED = frozenset({StateKind.RESOLVED, StateKind.CLOSED})


@dataclass(slots=True)
class Wait:
    """A stop of the clock; `end` None = still open."""

    start: datetime
    end: datetime | None
    reason: StopReason
    words: str
    line: int


@dataclass(slots=True)
class End:
    """A resolution, when the ticket was closed after it, and when it was reopened."""

    at: datetime
    line: int
    is_closing: bool
    """Whether the log closed the incident without resolving it first."""
    closed_at: datetime | None = None
    reopened_at: datetime | None = None
    reopened_words: str = ""


@dataclass(slots=True)
class Course:
    """What the states say, in order of time."""

    waits: list[Wait] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)
    assignments: list[Step] = field(default_factory=list)
    """The steps with which a group or a person changed."""
    worked_from: datetime | None = None

    @property
    def taken(self) -> Step | None:
        """The step with which somebody first took the incident."""
        return next((step for step in self.assignments if step.person), None)

    @property
    def open_end(self) -> End | None:
        """The last resolution, unless it was reopened."""
        last = self.ends[-1] if self.ends else None
        return last if last and last.reopened_at is None else None


def follow(steps: Sequence[Step], notes: Notes) -> Course:
    """Walk through the steps of an incident.

    Raises:
        IncidentRefusedError: a repair is needed that the mapping does not allow.

    Source: SLA-2 (stops), SLA-4 (start, resolution), INC-1 (assignment).
    """
    course = Course()
    for step in steps:
        _end_wait(course, step, notes)
        _begin_wait(course, step)
        _note_end(course, step)
        if step.meaning.kind is StateKind.WORKING and course.worked_from is None:
            course.worked_from = step.at
        known = course.assignments[-1] if course.assignments else None
        is_other = known is None or (step.group, step.person) != (known.group, known.person)
        if is_other and (step.group or step.person):
            course.assignments.append(step)
    return course


def _end_wait(course: Course, step: Step, notes: Notes) -> None:
    wait = course.waits[-1] if course.waits else None
    if wait is None or wait.end is not None or wait.reason is step.meaning.stop:
        return
    if step.at <= wait.start:
        notes.repair(Repair.STOP_WITHOUT_LENGTH, wait.line, wait.words)
        course.waits.pop()
    else:
        wait.end = step.at


def _begin_wait(course: Course, step: Step) -> None:
    reason = step.meaning.stop
    is_open = bool(course.waits) and course.waits[-1].end is None
    if reason is not None and not is_open:
        course.waits.append(Wait(step.at, None, reason, step.words, step.line))


def _note_end(course: Course, step: Step) -> None:
    last = course.open_end
    if step.meaning.kind not in ENDED:
        if last is not None:
            last.reopened_at, last.reopened_words = step.at, step.words
        return
    is_closed = step.meaning.kind is StateKind.CLOSED
    if last is None:
        last = End(step.at, step.line, is_closing=is_closed)
        course.ends.append(last)
    if is_closed and last.closed_at is None:
        last.closed_at = step.at


def finish(course: Course, times: Times, notes: Notes, *, line: int, has_states: bool) -> None:
    """Bring the end that the states show together with the times the log gives for it.

    The time of the resolution is known with hindsight and belongs to the last one. Where the states
    say that the incident is open, an older time of resolution is stale.

    Raises:
        IncidentRefusedError: a repair is needed that the mapping does not allow.

    """
    if times.resolved is None and times.closed is None and course.open_end is None:
        return
    if not has_states:
        _end_by_times(course, times, notes, line)
    last = course.open_end
    if last is None:
        notes.repair(
            Repair.RESOLVED_IS_STALE, line, notes.as_written(times.resolved or times.closed)
        )
        return
    if has_states:
        _set_end(course, last, times.resolved, notes)
    last.closed_at = times.closed or last.closed_at
    if last.closed_at is not None and last.closed_at < last.at:
        notes.repair(Repair.CLOSED_BEFORE_RESOLVED, line, notes.as_written(last.closed_at, last.at))
        last.closed_at = last.at


def _end_by_times(course: Course, times: Times, notes: Notes, line: int) -> None:
    at = times.resolved or times.closed
    if at is None:
        return
    if times.resolved is None:
        notes.repair(Repair.RESOLVED_FROM_CLOSING, line, notes.as_written(at))
    course.ends.append(End(at, line, is_closing=times.resolved is None))


def _set_end(course: Course, last: End, resolved: datetime | None, notes: Notes) -> None:
    reopened = [end.reopened_at for end in course.ends if end.reopened_at is not None]
    if resolved is None:
        code = Repair.RESOLVED_FROM_CLOSING if last.is_closing else Repair.RESOLVED_FROM_STATE
        notes.repair(code, last.line, notes.as_written(last.at))
    elif reopened and resolved < reopened[-1]:
        notes.repair(Repair.RESOLVED_IS_STALE, last.line, notes.as_written(resolved, last.at))
    else:
        last.at = resolved
