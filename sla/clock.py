"""Evaluating the clocks of a ticket."""

from datetime import datetime

from sla.explanation import explain as explained
from sla.facts import Facts, PriorityEntry, Resolution, Stop
from sla.figures import Clock, ClockState, instant
from sla.interval import from_epoch, to_epoch
from sla.periods import Run, cuts_of, reopened_cuts, runs
from sla.schedule import Schedule
from sla.terms import Description, Kpi
from sla.timeline import Timeline

__all__ = ["Clock", "ClockState", "Facts", "PriorityEntry", "Resolution", "Stop", "evaluate"]


def evaluate(
    facts: Facts, description: Description, schedule: Schedule, *, explain: bool = False
) -> tuple[Clock, ...]:
    """Return the clocks of a ticket as they stand at `facts.as_of`.

    Args:
        facts: consistent facts; `reading.facts_from_json` refuses others.
        description: targets and terms.
        schedule: the support window; `Schedule.of(description, …)`.
        explain: whether the clocks carry their segments.

    Returns:
        creation, then reaction and restoration of each period; figures in whole counted seconds.

    Raises:
        ScheduleError: an instant lies outside 1970 to 2099.
        ValueError: an instant has no offset.

    Source: SLA-1 to SLA-7, INC-5, MNT-3; exact semantics in sla.md.

    """
    reason = _inapplicable(facts)
    if reason is not None:
        return tuple(_silent(run, reason) for run in runs(facts, description.kpis))
    cuts = cuts_of(facts)
    timeline = Timeline(schedule, cuts)
    reopened = reopened_cuts(facts, description.reopen)
    restoring = Timeline(schedule, [*cuts, *reopened]) if reopened else timeline
    is_paused = any(stop.end is None and stop.start <= facts.as_of for stop in facts.stops)
    return tuple(
        _read(
            run,
            restoring if run.target.kpi is Kpi.RESTORATION else timeline,
            facts.as_of,
            is_paused=is_paused,
            explain=explain,
        )
        for run in runs(facts, description.kpis)
    )


def _inapplicable(facts: Facts) -> str | None:
    """Return why no service level applies. Source: SLA-3, INC-9."""
    if facts.active_from is not None and facts.created_at < facts.active_from:
        return "before_activation"
    if facts.out_of_scope is not None:
        return "out_of_scope"
    return None if facts.void is None else "void"


def _silent(run: Run, reason: str) -> Clock:
    target = run.target
    return Clock(
        target.kpi,
        target.obligation,
        target.priority,
        target.clause,
        target.target_s,
        run.period.number,
        from_epoch(run.start),
        ClockState.NOT_APPLICABLE,
        reason,
    )


def _read(
    run: Run, timeline: Timeline, as_of: datetime, *, is_paused: bool, explain: bool
) -> Clock:
    target, until = run.target, run.period.until
    is_cut_short = until is not None and (run.end is None or run.end > until)
    end = until if is_cut_short else run.end
    measured_to = max(to_epoch(as_of), run.start) if end is None else end
    elapsed, due = timeline.measure(run.start, measured_to, target.target_s)
    is_late = elapsed > target.target_s
    in_time = _in_time(end, is_cut_short=is_cut_short, is_paused=is_paused)
    return Clock(
        target.kpi,
        target.obligation,
        target.priority,
        target.clause,
        target.target_s,
        run.period.number,
        from_epoch(run.start),
        ClockState.BREACHED if is_late else in_time,
        None,
        instant(end),
        elapsed,
        max(target.target_s - elapsed, 0),
        instant(due),
        instant(timeline.counts_from(run.start, target.target_s)) if is_late else None,
        explained(timeline, run.start, measured_to) if explain else (),
        as_of,
        timeline,
    )


def _in_time(end: int | None, *, is_cut_short: bool, is_paused: bool) -> ClockState:
    if is_cut_short:
        return ClockState.SUPERSEDED
    if end is not None:
        return ClockState.MET
    return ClockState.PAUSED if is_paused else ClockState.RUNNING
