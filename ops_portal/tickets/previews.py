"""What a change would move: each clock before and after it, with its verdict and its credit."""

from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _

from ops_portal.tickets import words
from ops_portal.tickets.chips import chip
from ops_portal.tickets.clocks import Reading
from ops_portal.tickets.recording import Preview
from ops_portal.web.filters import duration
from sla.clock import Clock, ClockState
from sla.policy import Kpi


@dataclass(frozen=True, slots=True)
class Side:
    """A clock as it stands before the change, or would stand after it."""

    priority: str
    kind: str
    words: str
    used: str
    due_at: datetime | None
    credit: str
    """What could be claimed for it; empty where nothing can."""


@dataclass(frozen=True, slots=True)
class ClockChange:
    """One clock on both sides; None where there is no such clock."""

    label: str
    before: Side | None
    after: Side | None

    @property
    def is_moved(self) -> bool:
        """Whether the change makes a difference to it."""
        return self.before != self.after


def changes(preview: Preview) -> list[ClockChange]:
    """Return every clock of a ticket on both sides of a change, in the order of reports.

    Source: SLA-6; people-and-pages, Ticket; sla-cases T39, T45.
    """
    before, after = _by_clock(preview.before), _by_clock(preview.after)
    return [
        ClockChange(
            label=_label(period, kpi),
            before=_side(before.get((period, kpi)), preview.before),
            after=_side(after.get((period, kpi)), preview.after),
        )
        for period, kpi in dict.fromkeys([*before, *after])
    ]


def _by_clock(reading: Reading) -> dict[tuple[int, Kpi], Clock]:
    return {(clock.period, clock.kpi): clock for clock in reading.clocks}


def _label(period: int, kpi: Kpi) -> str:
    name = str(words.KPI[kpi])
    if period == 1:
        return name
    return _("%(clock)s, after change %(number)s", clock=name, number=period - 1)


def _side(clock: Clock | None, reading: Reading) -> Side | None:
    if clock is None:
        return None
    shown = chip(clock, reading, reading.as_of)
    used = _(
        "%(used)s of %(target)s",
        used=words.used_of(clock),
        target=duration(clock.target_s),
    )
    return Side(
        priority=clock.priority,
        kind=shown.kind,
        words=shown.words,
        used=used,
        due_at=clock.due_at,
        credit=_credit(clock, reading),
    )


def _credit(clock: Clock, reading: Reading) -> str:
    """Return what a breach could give, in percent of the monthly fee (CRD-1)."""
    target = reading.context.terms.description.kpis.get((clock.kpi, clock.priority))
    if clock.state is not ClockState.BREACHED or target is None or target.credit is None:
        return ""
    return _("%(share)s %% of the monthly fee", share=f"{target.credit.percentage:f}")
