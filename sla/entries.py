"""Reading the events of a ticket from its JSON object, each checked against the creation."""

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from sla.document import Node
from sla.facts import PriorityEntry, Resolution, Stop
from sla.interval import Interval, to_epoch
from sla.terms import Basis, Priority, StopReason

LAST = datetime.max.replace(tzinfo=UTC)


def _event(node: Node, created: datetime | None) -> datetime | None:
    at = node.instant()
    if at and created and to_epoch(at) < to_epoch(created):
        node.fault("lies before the creation")
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
    found.sort(key=lambda entry: (entry[1].at, entry[1].reopened_at or LAST))
    for (_, earlier), (item, later) in pairwise(found):
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
