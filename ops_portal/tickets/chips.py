"""The clock chip: one clock at a glance, in counted time, with what happens to it next."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ops_portal.tickets import words
from ops_portal.tickets.clocks import WARN_AT, Reading
from ops_portal.web.filters import duration, moment_near
from ops_portal.web.languages import gettext as _
from sla.clock import Clock, ClockState
from sla.policy import Kpi, Priority, StopReason

WHOLE = 100


class Kind(StrEnum):
    """How a clock stands: icon, word and colour of design.md."""

    ON_TRACK = "on_track"
    ATTENTION = "attention"
    BREACHED = "breached"
    PAUSED = "paused"
    CLOSED = "closed"
    MET = "met"
    NONE = "none"


KIND_OF_STATE = {
    ClockState.PAUSED: Kind.PAUSED,
    ClockState.MET: Kind.MET,
    ClockState.BREACHED: Kind.BREACHED,
    ClockState.SUPERSEDED: Kind.NONE,
    ClockState.NOT_APPLICABLE: Kind.NONE,
}


@dataclass(frozen=True, slots=True)
class Chip:
    """What a chip shows; every text is in the reader's language and zone."""

    kpi: Kpi
    priority: Priority
    period: int
    label: str
    """One short word, for a column."""
    title: str
    """The KPI in full, with the priority."""
    kind: Kind
    words: str
    progress: int
    """Percent of the target used, 0 to 100; 100 only when all of it is (T11)."""
    tint: str
    """`attention` from 75 %, `breached` past the target, else empty; also while paused."""
    due_at: datetime | None
    next_event: str
    next_at: datetime | None
    lines: tuple[tuple[str, str], ...]
    """The small receipt: label and value."""


def chip(clock: Clock, reading: Reading, now: datetime) -> Chip:
    """Return the chip of a clock.

    Args:
        clock: one of the reading's clocks.
        reading: the ticket's history and terms.
        now: the instant of the reading, aware.

    Returns:
        the chip; durations are counted time, instants are local to the reader.

    Source: SLA-6; sla-cases T11, T34, T65, T69, T70, T71.

    """
    resumes = _resumes(clock, now)
    event, at = _next_event(clock, resumes, now)
    return Chip(
        kpi=clock.kpi,
        priority=clock.priority,
        period=clock.period,
        label=str(words.KPI_SHORT[clock.kpi]),
        title=f"{words.KPI[clock.kpi]} · {clock.priority}",
        kind=_kind(clock, resumes),
        words=_words(clock, reading, resumes, now),
        progress=progress(clock),
        tint=tint(clock),
        due_at=clock.due_at,
        next_event=event,
        next_at=at,
        lines=_lines(clock, event, at, now),
    )


def chips(reading: Reading, now: datetime) -> list[Chip]:
    """Return the chips of a ticket's running clocks."""
    return [chip(clock, reading, now) for clock in reading.running]


def progress(clock: Clock) -> int:
    """Return the percentage of the target used, cut off, so that 100 means all of it (T11)."""
    return min(WHOLE, (clock.elapsed_s or 0) * WHOLE // clock.target_s)


def tint(clock: Clock) -> str:
    """Return `attention` from 75 % of an open clock's target, `breached` past it, else nothing."""
    if clock.state is ClockState.BREACHED:
        return "breached"
    is_open = clock.state in {ClockState.RUNNING, ClockState.PAUSED}
    is_warned = is_open and (clock.elapsed_s or 0) >= clock.target_s * WARN_AT
    return "attention" if is_warned else ""


def _resumes(clock: Clock, now: datetime) -> datetime | None:
    """Return when a clock counts again; None while it does, and when nobody knows."""
    at = clock.next_counting_at
    return at if at is not None and at > now else None


def _kind(clock: Clock, resumes: datetime | None) -> Kind:
    if clock.state in KIND_OF_STATE:
        return KIND_OF_STATE[clock.state]
    if resumes is not None:
        return Kind.CLOSED
    return Kind.ATTENTION if tint(clock) else Kind.ON_TRACK


def stop_words(reading: Reading) -> str:
    """Return the reasons of the open stops, in words."""
    reasons = dict.fromkeys(StopReason(stop.reason) for stop in reading.history.open_stops)
    return ", ".join(str(words.STOP_REASON[reason]) for reason in reasons)


def overrun_s(clock: Clock) -> int:
    """Return the counted seconds past the target: never the wall-clock time since (T69)."""
    return max(0, (clock.elapsed_s or 0) - clock.target_s)


def _words(clock: Clock, reading: Reading, resumes: datetime | None, now: datetime) -> str:
    if clock.state is ClockState.RUNNING:
        return _left_words(clock, resumes, now)
    if clock.state is ClockState.BREACHED:
        return _breached_words(clock, reading)
    if clock.state is ClockState.PAUSED:
        return _("paused: %(reason)s", reason=stop_words(reading))
    if clock.state is ClockState.NOT_APPLICABLE and clock.reason:
        return str(words.NOT_APPLICABLE[clock.reason])
    return str(words.CLOCK_STATE[clock.state])


def _left_words(clock: Clock, resumes: datetime | None, now: datetime) -> str:
    left = duration(clock.remaining_s)
    if resumes is not None:
        return _("%(left)s left, resumes %(at)s", left=left, at=moment_near(resumes, now))
    return _("%(left)s left", left=left)


def _breached_words(clock: Clock, reading: Reading) -> str:
    over = duration(overrun_s(clock))
    if clock.end is not None:
        return _("breached by %(over)s", over=over)
    if reading.history.open_stops:
        return _("breached, paused: %(reason)s", reason=stop_words(reading))
    return _("breached %(over)s ago", over=over)


def _next_event(
    clock: Clock, resumes: datetime | None, now: datetime
) -> tuple[str, datetime | None]:
    if resumes is not None:
        return _("Resumes"), resumes
    if clock.state is not ClockState.RUNNING:
        return "", None
    warning = clock.used_at(int(clock.target_s * WARN_AT))
    if warning is not None and warning > now:
        return _("Three quarters used"), warning
    return _("Due"), clock.due_at


def _lines(
    clock: Clock, event: str, at: datetime | None, now: datetime
) -> tuple[tuple[str, str], ...]:
    lines = [(_("Target"), duration(clock.target_s))]
    if clock.elapsed_s is not None:
        lines.append((_("Counted"), duration(clock.elapsed_s)))
    if at is not None and at != clock.due_at:
        lines.append((event, moment_near(at, now)))
    if clock.due_at is not None:
        lines.append((_("Due"), moment_near(clock.due_at, now)))
    return tuple(lines)
