"""The tables behind the charts of the results, in the reader's words."""

from collections.abc import Sequence

from flask_babel import gettext as _

from ops_portal.imports.results import ClockResult, PriorityResult, Results
from ops_portal.tickets import words
from ops_portal.web.filters import duration, number
from sla.clock import ClockState

NONE = "\N{EN DASH}"


def result_tables(results: Results) -> dict[str, Sequence[object]]:
    """Return the heads and rows of both tables, by the names the page gives them."""
    states = [s for s in ClockState if any(clock.numbers.get(s) for clock in results.clocks)]
    return {
        "verdict_head": [
            _("Clock"),
            _("Target"),
            *(str(words.CLOCK_STATE[state]) for state in states),
            _("In time"),
        ],
        "verdict_rows": [_verdicts(clock, states) for clock in results.clocks],
        "time_head": [
            _("Priority"),
            _("Incidents"),
            _("Reaction: half"),
            _("Reaction: nine of ten"),
            _("Restoration: half"),
            _("Restoration: nine of ten"),
            _("Target"),
        ],
        "time_rows": [_times(result) for result in results.priorities],
    }


def _verdicts(clock: ClockResult, states: Sequence[ClockState]) -> list[str]:
    met = clock.numbers.get(ClockState.MET, 0)
    share = f"{met * 100 // clock.judged}\u202f%" if clock.judged else NONE
    counts = [number(clock.numbers.get(state, 0)) for state in states]
    label = f"{words.KPI[clock.kpi]} · {clock.priority}"
    return [label, duration(clock.target_s), *counts, share]


def _times(result: PriorityResult) -> list[str]:
    spans = (
        result.reaction.median_s,
        result.reaction.p90_s,
        result.restoration.median_s,
        result.restoration.p90_s,
        result.restoration_target_s,
    )
    return [result.priority, number(result.number), *(duration(s) or NONE for s in spans)]
