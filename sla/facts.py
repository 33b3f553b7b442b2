"""What the clock is told about a ticket."""

from dataclasses import dataclass, field
from datetime import datetime

from sla.interval import Interval
from sla.terms import Basis, Priority, StopReason


@dataclass(frozen=True, slots=True)
class PriorityEntry:
    """A priority from an instant; what it means for the clocks depends on its basis (INC-5)."""

    at: datetime
    priority: Priority
    basis: Basis


@dataclass(frozen=True, slots=True)
class Resolution:
    """A resolution, and when it was reopened; None = it holds."""

    at: datetime
    reopened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """[start, end) that is not the provider's time; `end` None = still open (SLA-2)."""

    start: datetime
    end: datetime | None
    reason: StopReason


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one ticket; instants are aware, fractions of seconds are cut off.

    The order within the lists does not matter. `as_of` is the instant of the reading: what has no
    end yet is measured until then.
    """

    created_at: datetime
    priorities: tuple[PriorityEntry, ...]
    as_of: datetime
    notified_at: datetime | None = None
    active_from: datetime | None = None
    intervention_started_at: datetime | None = None
    resolutions: tuple[Resolution, ...] = field(default=())
    stops: tuple[Stop, ...] = field(default=())
    planned_works: tuple[Interval, ...] = field(default=())
    out_of_scope: str | None = None
    void: str | None = None
