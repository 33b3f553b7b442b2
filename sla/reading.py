"""Facts from JSON, clocks to JSON."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sla.clock import Clock
from sla.document import Node
from sla.errors import FactsError, Fault
from sla.explanation import HOLIDAY, Segment
from sla.facts import Facts, PriorityEntry, Resolution, Stop
from sla.interval import Interval, to_epoch
from sla.terms import Basis, Priority, StopReason

REQUIRED = frozenset({"created_at", "priorities", "as_of"})
BEFORE = frozenset({"notified_at", "active_from"})
CAUSES = frozenset({"out_of_scope", "void"})
LATER = frozenset({"intervention_started_at", "resolutions", "stops", "planned_works"})
OPTIONAL = BEFORE | CAUSES | LATER
TOO_EARLY = "lies before the creation"


def facts_from_json(document: Mapping[str, Any]) -> Facts:
    """Return the facts of one ticket from its JSON object (sla.md, Command line).

    Raises:
        FactsError: unknown or missing fields, instants without offset, unknown words, ends before
            starts, events before the creation; `faults` lists all as (path, message).

    Source: SLA-2, SLA-6.

    """
    faults: list[Fault] = []
    fields = Node(document, "", faults).fields(REQUIRED, OPTIONAL)
    created = fields["created_at"].instant() if "created_at" in fields else None
    values: dict[str, Any] = {"created_at": created}
    for name, node in fields.items():
        if name in READERS:
            values[name] = READERS[name](node, created)
        elif name in BEFORE:
            values[name] = node.instant()
    notified = values.get("notified_at")
    if created and notified and to_epoch(created) < to_epoch(notified):
        fields["notified_at"].fault("lies after the creation")
    if faults:
        raise FactsError(faults)
    return Facts(**values)


def _event(node: Node, created: datetime | None) -> datetime | None:
    at = node.instant()
    if at and created and to_epoch(at) < to_epoch(created):
        node.fault(TOO_EARLY)
    return at


def _cause(node: Node, _: datetime | None) -> str | None:
    if isinstance(node.value, bool):
        return node.path if node.value else None
    return node.text()


def _priorities(node: Node, created: datetime | None) -> tuple[PriorityEntry, ...]:
    found: list[tuple[Node, PriorityEntry]] = []
    for item in node.items():
        fields = item.fields(frozenset({"at", "priority", "basis"}), frozenset())
        at = _event(fields["at"], created) if "at" in fields else None
        priority = fields["priority"].choice(Priority) if "priority" in fields else None
        basis = fields["basis"].choice(Basis) if "basis" in fields else None
        if at and priority and basis:
            found.append((item, PriorityEntry(at, priority, basis)))
    if found or node.value == []:
        _check_initial(node, found)
    return tuple(entry for _, entry in found)


def _check_initial(node: Node, found: list[tuple[Node, PriorityEntry]]) -> None:
    initial = [(item, entry) for item, entry in found if entry.basis is Basis.INITIAL]
    if not initial:
        node.fault("has no initial priority")
        return
    for item, _ in initial[1:]:
        item.fault("is a second initial priority")
    for item, entry in found:
        if entry.at < initial[0][1].at:
            item.fault("lies before the initial priority")


def _resolutions(node: Node, created: datetime | None) -> tuple[Resolution, ...]:
    found: list[tuple[Node, Resolution]] = []
    for item in node.items():
        fields = item.fields(frozenset({"at"}), frozenset({"reopened_at"}))
        at = _event(fields["at"], created) if "at" in fields else None
        again = fields["reopened_at"].instant() if "reopened_at" in fields else None
        if at and again and again < at:
            fields["reopened_at"].fault("lies before the resolution")
        elif at:
            found.append((item, Resolution(at, again)))
    found.sort(key=lambda entry: (entry[1].at, entry[1].reopened_at is None))
    for (_, earlier), (item, later) in zip(found, found[1:], strict=False):
        if earlier.reopened_at is None or later.at < earlier.reopened_at:
            item.fault("lies within a resolution that was not reopened by then")
    return tuple(entry for _, entry in found)


def _stops(node: Node, created: datetime | None) -> tuple[Stop, ...]:
    found = []
    for item in node.items():
        fields = item.fields(frozenset({"from", "reason"}), frozenset({"to"}))
        start = _event(fields["from"], created) if "from" in fields else None
        reason = fields["reason"].choice(StopReason) if "reason" in fields else None
        end = fields["to"].instant() if "to" in fields else None
        if start and end and end <= start:
            fields["to"].fault("must lie after the start")
        if start and reason:
            found.append(Stop(start, end, reason))
    return tuple(found)


def _works(node: Node, _: datetime | None) -> tuple[Interval, ...]:
    found = []
    for item in node.items():
        fields = item.fields(frozenset({"from", "to"}), frozenset())
        instants = [fields[name].instant() for name in ("from", "to") if name in fields]
        start, end = instants if len(instants) == 2 else (None, None)  # noqa: PLR2004
        if start and end and end < start:
            fields["to"].fault("lies before the start")
        elif start and end:
            found.append(Interval(start, end))
    return tuple(found)


READERS: dict[str, Any] = {
    "as_of": _event,
    "intervention_started_at": _event,
    "priorities": _priorities,
    "resolutions": _resolutions,
    "stops": _stops,
    "planned_works": _works,
    "out_of_scope": _cause,
    "void": _cause,
}


def clock_to_json(clock: Clock, zone: ZoneInfo) -> dict[str, Any]:
    """Return a clock as a JSON object; instants in `zone` with offset. Source: SLA-6."""
    return {
        "kpi": clock.kpi,
        "obligation": clock.obligation,
        "priority": clock.priority,
        "clause": clock.clause,
        "target_s": clock.target_s,
        "start": _local(clock.start, zone),
        "end": _local(clock.end, zone),
        "elapsed_s": clock.elapsed_s,
        "remaining_s": clock.remaining_s,
        "state": clock.state,
        "reason": clock.reason,
        "due_at": _local(clock.due_at, zone),
        "breached_at": _local(clock.breached_at, zone),
        "segments": [_segment(segment, zone) for segment in clock.segments],
    }


def _segment(segment: Segment, zone: ZoneInfo) -> dict[str, Any]:
    found = {
        "from": _local(segment.start, zone),
        "to": _local(segment.end, zone),
        "seconds": segment.seconds,
        "counted": segment.counted,
        "cause": segment.cause,
    }
    if segment.cause == HOLIDAY:
        found["name"] = segment.name
    return found


def _local(instant: datetime | None, zone: ZoneInfo) -> str | None:
    return None if instant is None else instant.astimezone(zone).isoformat()
