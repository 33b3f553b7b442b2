"""A clock as it stands, and what it will show."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sla.explanation import Segment
from sla.interval import from_epoch, to_epoch
from sla.terms import Kpi, Obligation, Priority
from sla.timeline import Timeline


class ClockState(StrEnum):
    """How a clock stands; see sla.md."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    SUPERSEDED = "superseded"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Clock:
    """One KPI of one period. Instants are UTC; a clock that does not apply has no figures.

    `start` is the start of the period, or the notification for `creation`. `remaining_s` is never
    below 0: an overrun is `elapsed_s - target_s`.
    """

    kpi: Kpi
    obligation: Obligation
    priority: Priority
    clause: str
    target_s: int
    period: int
    start: datetime
    state: ClockState
    reason: str | None = None
    end: datetime | None = None
    elapsed_s: int | None = None
    remaining_s: int | None = None
    due_at: datetime | None = None
    breached_at: datetime | None = None
    segments: tuple[Segment, ...] = ()
    as_of: datetime | None = field(default=None, compare=False, repr=False)
    timeline: Timeline | None = field(default=None, compare=False, repr=False)

    def used_at(self, seconds: int) -> datetime | None:
        """Return the earliest instant by which `seconds` of this clock are used.

        None when an open stop begins before that, or the clock does not apply. Source: SLA-4.
        """
        if self.timeline is None:
            return None
        return instant(self.timeline.used_at(to_epoch(self.start), seconds))

    def due_if_resumed(self, at: datetime) -> datetime | None:
        """Return when the target is used up if every open stop ended at an instant (T34)."""
        if self.timeline is None:
            return None
        timeline = self.timeline.resumed(to_epoch(at))
        return instant(timeline.used_at(to_epoch(self.start), self.target_s))

    @property
    def next_counting_at(self) -> datetime | None:
        """The first instant from the reading on that counts; the reading itself if it does (T70).

        None when the clock has ended, does not apply, or an open stop has no end yet.
        """
        if self.timeline is None or self.as_of is None or self.end is not None:
            return None
        at = max(to_epoch(self.as_of), to_epoch(self.start))
        return instant(self.timeline.counts_from(at, 0))


def instant(seconds: int | None) -> datetime | None:
    """Return whole seconds since 1970 as an aware UTC instant; None stays None."""
    return None if seconds is None else from_epoch(seconds)
