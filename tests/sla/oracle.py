"""A slow reading of the specification, made to disagree with the engine where the engine is wrong.

It walks the local clock second by second (or minute by minute), shares no code with the engine, and
follows the words of the specification alone. JSON in, JSON out, as the command line has it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

COUNTED, OUTSIDE, HOLIDAY, WORKS, REOPENED = 0, 1, 2, 3, 9
STOPS = {"customer": 4, "force_majeure": 5, "third_party": 6, "connectivity": 7}
CAUSES = {
    COUNTED: None,
    OUTSIDE: "outside_window",
    WORKS: "planned_works",
    REOPENED: "reopened",
    **{code: f"stop:{reason}" for reason, code in STOPS.items()},
}
FIRST_HOLIDAY = 100


@dataclass
class Rules:
    """A service as the oracle knows it: hours per weekday, closed days, targets in seconds."""

    zone: str
    hours: list[list[tuple[str, str]]]
    holidays: dict[str, str]
    targets: dict[tuple[str, str], tuple[str, int]]
    reopen: str = "counts"


@dataclass
class Walk:
    """Every step of a span of time with its cause, before any ticket is looked at."""

    rules: Rules
    first: datetime
    last: datetime
    step_s: int
    names: list[str] = field(default_factory=list)

    @cached_property
    def steps(self) -> bytes:
        """One byte a step: counted, outside the window, or the number of a holiday."""
        zone = ZoneInfo(self.rules.zone)
        begin = self.first.timestamp()
        count = int((self.last - self.first).total_seconds()) // self.step_s
        return bytes(
            self._cause(datetime.fromtimestamp(begin + n * self.step_s, zone)) for n in range(count)
        )

    def _cause(self, local: datetime) -> int:
        clock = f"{local:%H:%M:%S}"
        if not any(a <= clock < b for a, b in self.rules.hours[local.weekday()]):
            return OUTSIDE
        name = self.rules.holidays.get(f"{local:%Y-%m-%d}")
        if name is None:
            return COUNTED
        if name not in self.names:
            self.names.append(name)
        return FIRST_HOLIDAY + self.names.index(name)

    def at(self, text: str) -> int:
        """Return the step of an instant."""
        seconds = (datetime.fromisoformat(text) - self.first).total_seconds()
        return int(seconds) // self.step_s

    def text(self, step: int | None) -> str | None:
        """Return the instant of a step in the zone of the service."""
        if step is None:
            return None
        instant = self.first + timedelta(seconds=step * self.step_s)
        return instant.astimezone(ZoneInfo(self.rules.zone)).isoformat()


def evaluate(facts: dict[str, Any], walk: Walk) -> list[dict[str, Any]]:
    """Return the KPIs of a ticket, in the order of the specification."""
    found = []
    reason = _reason(facts)
    for period in _periods(facts):
        for kpi, start, end in _clocks(facts, period):
            rule = walk.rules.targets.get((kpi, period["priority"]))
            if rule is None:
                continue
            clock = {"kpi": kpi, "obligation": rule[0], "priority": period["priority"]}
            clock |= {"target_s": rule[1], "start": walk.text(walk.at(start)), "reason": reason}
            if reason is None:
                clock |= _read(facts, walk, kpi, (start, end, period["until"]), rule[1])
            else:
                clock |= {"state": "not_applicable", "segments": []}
                clock |= dict.fromkeys(("end", "elapsed_s", "remaining_s", "due_at", "breached_at"))
            found.append(clock)
    return found


def _reason(facts: dict[str, Any]) -> str | None:
    active = facts.get("active_from")
    if active and datetime.fromisoformat(facts["created_at"]) < datetime.fromisoformat(active):
        return "before_activation"
    return next((name for name in ("out_of_scope", "void") if facts.get(name)), None)


def _periods(facts: dict[str, Any]) -> list[dict[str, Any]]:
    first, *later = sorted(facts["priorities"], key=lambda p: datetime.fromisoformat(p["at"]))
    found = [{"priority": first["priority"], "start": facts["created_at"], "until": None}]
    for entry in later:
        if entry["basis"] == "change":
            found[-1]["until"] = entry["at"]
            found.append({"priority": entry["priority"], "start": entry["at"], "until": None})
        else:
            found[-1]["priority"] = entry["priority"]
    found[0]["first"] = True
    return found


def _clocks(facts: dict[str, Any], period: dict[str, Any]) -> Iterable[tuple[str, str, str | None]]:
    if period.get("first") and facts.get("notified_at"):
        yield "creation", facts["notified_at"], facts["created_at"]
    resolutions = facts.get("resolutions", [])
    reactions = [facts.get("intervention_started_at"), *(r["at"] for r in resolutions)]
    reacted = min((r for r in reactions if r), key=datetime.fromisoformat, default=None)
    yield "reaction", period["start"], reacted
    final = [r["at"] for r in resolutions if r["reopened_at"] is None]
    yield "restoration", period["start"], final[0] if final else None


def _read(
    facts: dict[str, Any],
    walk: Walk,
    kpi: str,
    times: tuple[str, str | None, str | None],
    target_s: int,
) -> dict[str, Any]:
    start, end, until = (None if t is None else walk.at(t) for t in times)
    steps = _steps_of(facts, walk, is_restoration=kpi == "restoration")
    if end is not None and end < start:
        end = start
    is_cut_short = until is not None and (end is None or end > until)
    stopped = until if is_cut_short else end
    shown_to = walk.at(facts["as_of"]) if stopped is None else stopped
    elapsed = steps.count(COUNTED, start, shown_to) * walk.step_s
    due, breach = _due(facts, walk, steps, start, target_s)
    return {
        "end": walk.text(stopped),
        "elapsed_s": elapsed,
        "remaining_s": max(target_s - elapsed, 0),
        "state": "breached" if elapsed > target_s else _in_time(facts, is_cut_short, stopped),
        "due_at": walk.text(due),
        "breached_at": walk.text(breach) if elapsed > target_s else None,
        "segments": _segments(walk, steps, start, shown_to),
    }


def _in_time(facts: dict[str, Any], is_cut_short: Any, stopped: int | None) -> str:
    if is_cut_short:
        return "superseded"
    if stopped is not None:
        return "met"
    return "paused" if any(s["to"] is None for s in facts.get("stops", [])) else "running"


def _steps_of(facts: dict[str, Any], walk: Walk, *, is_restoration: bool) -> bytearray:
    steps = bytearray(walk.steps)
    cuts = [(w["from"], w["to"], WORKS) for w in facts.get("planned_works", [])]
    stops = sorted(facts.get("stops", []), key=lambda s: _claim(s, walk))
    cuts += [(s["from"], s["to"], STOPS[s["reason"]]) for s in stops]
    if is_restoration and walk.rules.reopen == "pauses":
        for entry in facts.get("resolutions", []):
            if entry["reopened_at"] is not None:
                cuts.append((entry["at"], entry["reopened_at"], REOPENED))
    for begin, finish, code in cuts:
        until = len(steps) if finish is None else walk.at(finish)
        for step in range(walk.at(begin), until):
            if steps[step] == COUNTED:
                steps[step] = code
    return steps


def _claim(stop: dict[str, Any], walk: Walk) -> tuple[int, float, str]:
    """Of several stops the one that began first names a second, then the one that ended first."""
    end = float("inf") if stop["to"] is None else walk.at(stop["to"])
    return walk.at(stop["from"]), end, stop["reason"]


def _due(
    facts: dict[str, Any], walk: Walk, steps: bytearray, start: int, target_s: int
) -> tuple[int | None, int | None]:
    """Walk until the target is used up; then on to the next counted step."""
    left = target_s // walk.step_s
    due = None
    for step in range(start, len(steps)):
        if left == 0 and due is None:
            due = step
        if steps[step] == COUNTED:
            if left == 0:
                return due, step
            left -= 1
    if due is None and not any(s["to"] is None for s in facts.get("stops", [])):
        message = "the walk is too short for this ticket"
        raise ValueError(message)
    return due, None


def _segments(walk: Walk, steps: bytearray, start: int, end: int) -> list[dict[str, Any]]:
    found = []
    at = start
    for code, group in groupby(steps[start:end]):
        length = len(list(group))
        cause = "public_holiday" if code >= FIRST_HOLIDAY else CAUSES[code]
        segment = {"from": walk.text(at), "to": walk.text(at + length)}
        segment |= {"seconds": length * walk.step_s, "counted": code == COUNTED, "cause": cause}
        if code >= FIRST_HOLIDAY:
            segment["name"] = walk.names[code - FIRST_HOLIDAY]
        found.append(segment)
        at += length
    return found
