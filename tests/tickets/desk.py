"""A desk for tests: tickets, facts and clocks at Brussels times, through the real operations."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Flask

from ops_portal.tickets import clock_operations, operations
from ops_portal.tickets.clocks import Reading, read_clocks
from ops_portal.tickets.models import Ticket
from sla.clock import Clock
from sla.policy import Priority, StopReason
from tests.factories import World, make_world, ticket
from tests.portal import acting

BRUSSELS = ZoneInfo("Europe/Brussels")
LATE = "noted afterwards"


def at(text: str) -> datetime:
    """Return the instant of a local time such as `2026-06-08 09:00`."""
    return datetime.fromisoformat(text).replace(tzinfo=BRUSSELS).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Desk:
    """An agent at work."""

    world: World

    def open(self, when: str, priority: str = "P1", **changes: object) -> Ticket:
        """Log a call."""
        return ticket(self.world, at=at(when), priority=Priority(priority), **changes)

    def start(self, opened: Ticket, when: str) -> Reading:
        """Start the intervention."""
        return clock_operations.start_intervention(
            self.world.agent.actor, opened, at=at(when), now=at(when)
        )

    def stop(
        self,
        opened: Ticket,
        start: str,
        end: str | None = None,
        *,
        reason: StopReason = StopReason.CUSTOMER,
        now: str | None = None,
    ) -> Reading:
        """Stop the clock: from now on, or, with an end, for a span that has passed."""
        return clock_operations.stop_clock(
            self.world.agent.actor,
            opened,
            reason,
            start=at(start),
            end=at(end) if end else None,
            note="the log of the proxy",
            why_late=LATE,
            now=at(now or end or start),
        )

    def resume(self, opened: Ticket, when: str) -> Reading:
        """End the open stops."""
        return clock_operations.resume_clock(
            self.world.agent.actor, opened, at=at(when), now=at(when)
        )

    def prioritise(
        self, opened: Ticket, priority: str, when: str, *, is_correction: bool = True
    ) -> Reading:
        """Correct the priority, or change it."""
        return clock_operations.set_priority(
            self.world.agent.actor,
            opened,
            Priority(priority),
            is_correction=is_correction,
            reason="the diagnosis shows it",
            now=at(when),
        )

    def resolve(self, opened: Ticket, when: str) -> Reading:
        """Resolve it for good."""
        return operations.resolve(
            self.world.agent.actor,
            opened,
            "Restarted.",
            is_temporary=False,
            at=at(when),
            now=at(when),
        )

    def reopen(self, opened: Ticket, when: str) -> Reading:
        """Let the customer say that it does not work."""
        actor = self.world.representative.actor
        return operations.reopen(actor, opened, "Still broken.", now=at(when))

    def clock(self, opened: Ticket, when: str, kpi: str = "restoration") -> Clock:
        """Return the newest clock of a KPI as it stands at a time."""
        reading = read_clocks([opened], as_of=at(when), explain=True)[opened.id]
        return [clock for clock in reading.clocks if clock.kpi == kpi][-1]


@contextmanager
def a_desk(app: Flask) -> Iterator[Desk]:
    """Open a desk in the system's scope; what is done is committed at the end."""
    with acting(app):
        yield Desk(make_world(at("2026-01-05 09:00")))
