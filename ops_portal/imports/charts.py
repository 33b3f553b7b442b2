"""The charts of the results as figures for SVG: places in percent of the width, heights in pixels.

Percentages let a chart narrow without its words shrinking; the template only writes them down.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ops_portal.imports.results import ClockResult, PriorityResult
from sla.clock import ClockState

LINE, BAR = 24, 20
ROW = LINE + BAR + 16
SHOWN_FROM = 9.0
"""A number is written into its piece where this much of the width leaves room for it."""
PIECES = (ClockState.MET, ClockState.BREACHED, ClockState.SUPERSEDED)
REACH = 96.0
FAR = 60.0


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a bar."""

    state: ClockState
    number: int
    x: float
    width: float

    @property
    def middle(self) -> float:
        """Where its number stands."""
        return self.x + self.width / 2

    @property
    def is_labelled(self) -> bool:
        """Whether its number fits into it."""
        return self.width >= SHOWN_FROM


@dataclass(frozen=True, slots=True)
class VerdictBar:
    """The verdicts of one KPI and priority as one bar."""

    clock: ClockResult
    y: int
    percent_met: int
    pieces: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class TimeBar:
    """How long one priority took: up to the median, on to nine of ten, and where the target is."""

    result: PriorityResult
    y: int
    median: float
    p90: float
    target: float | None

    @property
    def is_target_far(self) -> bool:
        """Whether the words of the target stand before its mark, for want of room after it."""
        return self.target is not None and self.target > FAR


def verdict_bars(clocks: Sequence[ClockResult]) -> list[VerdictBar]:
    """Return one bar for each KPI and priority with a verdict that counts."""
    found = []
    for place, clock in enumerate(c for c in clocks if c.judged):
        percent = clock.numbers.get(ClockState.MET, 0) * 100 // clock.judged
        found.append(VerdictBar(clock, place * ROW, percent, _pieces(clock)))
    return found


def _pieces(clock: ClockResult) -> list[Piece]:
    total = sum(clock.numbers.get(state, 0) for state in PIECES)
    found, x = [], 0.0
    for state in PIECES:
        number = clock.numbers.get(state, 0)
        width = number * 100 / total
        if number:
            found.append(Piece(state, number, round(x, 2), round(width, 2)))
        x += width
    return found


def time_bars(priorities: Sequence[PriorityResult]) -> list[TimeBar]:
    """Return one bar for each priority with restored incidents, all on one axis from zero."""
    shown = [p for p in priorities if p.restoration.p90_s is not None]
    ends = [p.restoration.p90_s or 0 for p in shown]
    ends += [p.restoration_target_s or 0 for p in shown]
    longest = max(ends, default=0) or 1
    return [
        TimeBar(
            p,
            place * ROW,
            _place(p.restoration.median_s or 0, longest),
            _place(p.restoration.p90_s or 0, longest),
            _place(p.restoration_target_s, longest) if p.restoration_target_s else None,
        )
        for place, p in enumerate(shown)
    ]


def _place(seconds: int, longest: int) -> float:
    return round(seconds * REACH / longest, 2)


def height_of(bars: Sequence[VerdictBar] | Sequence[TimeBar]) -> int:
    """Return the height of a chart in pixels."""
    return len(bars) * ROW
