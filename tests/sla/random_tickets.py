"""Random but consistent facts of a ticket, as JSON."""

from datetime import timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from tests.sla.services import Service

REASONS = ("customer", "force_majeure", "third_party", "connectivity")
ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Brussels", "Asia/Kolkata", "America/New_York")]


class Draw:
    """Draws instants as steps of the service's walk, some tickets on full quarters of hours."""

    def __init__(self, service: Service, random: Random) -> None:
        self.random = random
        self.walk = service.walk
        self.zone = random.choice(ZONES)
        self.spread = service.spread_s // self.walk.step_s
        self.round_to = random.choice((1, 900 // self.walk.step_s, 3_600 // self.walk.step_s))

    def after(self, step: int, *, least: int = 0, share: float = 1.0) -> int:
        """Return a step at or after another, mostly near."""
        far = int(self.spread * share)
        chosen = step + int(far * self.random.random() ** self.random.choice((1, 2, 4)))
        chosen -= chosen % self.round_to
        return max(chosen, step + least)

    def text(self, step: int) -> str:
        instant = self.walk.first + timedelta(seconds=step * self.walk.step_s)
        return instant.astimezone(self.zone).isoformat()


def random_ticket(service: Service, random: Random) -> dict[str, Any]:
    """Return facts that `reading` accepts, in the middle part of the service's walk."""
    draw = Draw(service, random)
    total = len(service.walk.steps)
    created = draw.after(total // 5)
    facts: dict[str, Any] = {
        "created_at": draw.text(created),
        "priorities": _priorities(draw, created),
        "stops": _stops(draw, created),
        "planned_works": _works(draw, created),
        "resolutions": _resolutions(draw, created),
    }
    if random.random() < 0.6:
        facts["notified_at"] = draw.text(created - random.randrange(total // 20))
    if random.random() < 0.7:
        facts["intervention_started_at"] = draw.text(draw.after(created, share=0.4))
    if random.random() < 0.1:
        facts[random.choice(("void", "out_of_scope"))] = "a reason"
    if random.random() < 0.1:
        facts["active_from"] = draw.text(created + random.choice((-1, 0, 1)))
    latest = created + draw.spread * 9 // 5
    facts["as_of"] = draw.text(draw.after(latest, share=0.2))
    return facts


def _priorities(draw: Draw, created: int) -> list[dict[str, str]]:
    names = ("P1", "P1", "P2", "P2", "P3", "P4")
    entries = [(created, "initial")]
    for _ in range(draw.random.choice((0, 0, 0, 1, 1, 2, 3))):
        at = draw.after(entries[-1][0], least=1, share=0.4)
        entries.append((at, draw.random.choice(("correction", "change"))))
    found = [
        {"at": draw.text(at), "priority": draw.random.choice(names), "basis": basis}
        for at, basis in entries
    ]
    draw.random.shuffle(found)
    return found


def _stops(draw: Draw, created: int) -> list[dict[str, Any]]:
    found = []
    for _ in range(draw.random.choice((0, 0, 1, 2, 3, 4))):
        start = draw.after(created)
        end = draw.after(start, least=1, share=draw.random.choice((0.02, 0.1, 0.4)))
        is_open = draw.random.random() < 0.08
        reason = draw.random.choice(REASONS)
        text = None if is_open else draw.text(end)
        found.append({"from": draw.text(start), "to": text, "reason": reason})
    return found


def _works(draw: Draw, created: int) -> list[dict[str, str]]:
    found = []
    for _ in range(draw.random.choice((0, 0, 0, 1, 2))):
        start = draw.after(created - draw.spread // 10)
        end = draw.after(start, share=0.1)
        found.append({"from": draw.text(start), "to": draw.text(end)})
    return found


def _resolutions(draw: Draw, created: int) -> list[dict[str, str | None]]:
    found: list[dict[str, str | None]] = []
    at = created
    for _ in range(draw.random.choice((0, 1, 1, 2, 3))):
        at = draw.after(at, share=0.4)
        reopened = draw.after(at, share=0.15)
        found.append({"at": draw.text(at), "reopened_at": draw.text(reopened)})
        at = reopened
    if found and draw.random.random() < 0.75:
        found[-1]["reopened_at"] = None
    draw.random.shuffle(found)
    return found
