"""Facts from JSON, clocks to JSON."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sla.document import Node
from sla.entries import READERS
from sla.errors import FactsError, Fault
from sla.explanation import HOLIDAY, Segment
from sla.facts import Facts
from sla.figures import Clock
from sla.interval import to_epoch

REQUIRED = frozenset({"created_at", "priorities", "as_of"})
BEFORE = frozenset({"notified_at", "active_from"})
CAUSES = frozenset({"out_of_scope", "void"})
LATER = frozenset({"intervention_started_at", "resolutions", "stops", "planned_works"})
OPTIONAL = BEFORE | CAUSES | LATER


def facts_from_json(document: object) -> Facts:
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
        "from": _edge(segment.begin, zone),
        "to": _edge(segment.finish, zone),
        "seconds": segment.seconds,
        "counted": segment.counted,
        "cause": segment.cause,
    }
    if segment.cause == HOLIDAY:
        found["name"] = segment.name
    return found


def _local(instant: datetime | None, zone: ZoneInfo) -> str | None:
    return None if instant is None else instant.astimezone(zone).isoformat()


@lru_cache(maxsize=8_192)
def _edge(seconds: int, zone: ZoneInfo) -> str:
    """Return an edge of a segment as text; most are edges of windows and come again and again."""
    return datetime.fromtimestamp(seconds, zone).isoformat()
