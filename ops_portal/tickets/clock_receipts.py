"""The receipt of a clock: every span with its cause and seconds, the sum, the verdict."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from flask_babel import gettext as _

from ops_portal.tickets import words
from ops_portal.tickets.ahead import ahead_words
from ops_portal.tickets.chips import chip, overrun_s
from ops_portal.tickets.clocks import Reading
from ops_portal.web.filters import duration_exact, moment_short, moment_span
from ops_portal.web.receipts import Receipt, ReceiptLine
from sla.clock import Clock, ClockState
from sla.explanation import HOLIDAY, OUTSIDE, Segment
from sla.periods import PLANNED_WORKS, STOP
from sla.policy import Obligation

MOST_LINES = 16
CLOSED = frozenset({OUTSIDE, HOLIDAY})
RULES = {OUTSIDE: "SLA-1", HOLIDAY: "SLA-1", PLANNED_WORKS: "SLA-7"}


def receipt_of(
    clock: Clock, reading: Reading, *, notes: Mapping[int, str] | None = None
) -> Receipt:
    """Return how a clock's figure came about.

    Args:
        clock: one of the reading's clocks, read with its segments.
        reading: the ticket's history and terms.
        notes: what was waited for, by the `seq` of the fact that began a stop.

    Returns:
        the lines in the order of time; the counted ones add up to the total, which is the elapsed
        counted time.

    Source: SLA-6; design.md, The clock drawing.

    """
    return Receipt(
        title=f"{words.KPI[clock.kpi]} · {clock.priority} · {words.OBLIGATION[clock.obligation]}",
        lines=tuple(_lines(clock.segments, _stop_notes(clock, reading, notes or {}))),
        total_label=_("Counted"),
        total=duration_exact(clock.elapsed_s or 0),
        target_label=_("Target"),
        target=duration_exact(clock.target_s),
        verdict_kind=chip(clock, reading, reading.as_of).kind,
        verdict=_verdict(clock, reading),
        ahead=ahead_words(clock, reading.as_of),
        rules=_rules(clock),
    )


def _stop_notes(clock: Clock, reading: Reading, notes: Mapping[int, str]) -> dict[Segment, str]:
    """Return what was waited for in each span that a stop cut out (SLA-2)."""
    found: dict[Segment, str] = {}
    for segment in clock.segments:
        said = (
            notes.get(stop.seq, "")
            for stop in reading.history.stops
            if segment.cause == f"{STOP}{stop.reason}"
            and stop.start < segment.end
            and (stop.end is None or stop.end > segment.start)
        )
        found[segment] = " ".join(filter(None, said))
    return found


def _lines(segments: Sequence[Segment], notes: Mapping[Segment, str]) -> Iterator[ReceiptLine]:
    if len(segments) <= MOST_LINES:
        yield from (replace(_line(s), note=notes[s]) for s in segments)
        return
    # a ticket of months: nights, weekends and closed days are summed up below what lies between
    closed = [segment for segment in segments if segment.cause in CLOSED]
    between = [segment for segment in segments if segment.cause not in CLOSED]
    for _cause, pieces in groupby(between, key=lambda segment: segment.cause):
        yield _summed(list(pieces), notes)
    for _cause, pieces in groupby(sorted(closed, key=_cause_of), key=_cause_of):
        yield _summed(list(pieces), notes)


def _line(segment: Segment) -> ReceiptLine:
    return _of_span(words.cause_of(segment), segment, segment, segment.seconds)


def _summed(pieces: Sequence[Segment], notes: Mapping[Segment, str]) -> ReceiptLine:
    label = words.cause_of(pieces[0])
    if pieces[0].cause == HOLIDAY:
        label = ", ".join(dict.fromkeys(words.cause_of(piece) for piece in pieces))
    line = _of_span(label, pieces[0], pieces[-1], sum(piece.seconds for piece in pieces))
    said = list(dict.fromkeys(filter(None, (notes[piece] for piece in pieces))))
    if len(pieces) > 1:
        said.insert(0, _("%(number)s spans", number=len(pieces)))
    return replace(line, note=" · ".join(said))


def _of_span(label: str, first: Segment, last: Segment, seconds: int) -> ReceiptLine:
    return ReceiptLine(
        label=label,
        detail=moment_span(first.start, last.end),
        value=duration_exact(seconds),
        is_counted=first.counted,
    )


def _cause_of(segment: Segment) -> str:
    return segment.cause or ""


def _verdict(clock: Clock, reading: Reading) -> str:
    if clock.state is ClockState.PAUSED:
        return _paused_verdict(clock, reading)
    if clock.state is ClockState.BREACHED:
        over = duration_exact(overrun_s(clock))
        return _("Breached on %(at)s, by %(over)s", at=moment_short(clock.breached_at), over=over)
    if clock.state is ClockState.MET:
        left = duration_exact(clock.remaining_s)
        return _("Met on %(at)s, %(left)s left", at=moment_short(clock.end), left=left)
    if clock.state is ClockState.RUNNING:
        left = duration_exact(clock.remaining_s)
        return _("%(left)s left, due %(at)s", left=left, at=moment_short(clock.due_at))
    return chip(clock, reading, reading.as_of).words


def _paused_verdict(clock: Clock, reading: Reading) -> str:
    left = duration_exact(clock.remaining_s)
    due = clock.due_if_resumed(reading.as_of)
    return _("Paused, %(left)s left; if resumed now: due %(at)s", left=left, at=moment_short(due))


def _rules(clock: Clock) -> tuple[str, ...]:
    causes = [segment.cause for segment in clock.segments if segment.cause is not None]
    found = ["SLA-4", "SLA-5" if clock.obligation is Obligation.SLO else "CRD-1"]
    found += [RULES.get(cause, "SLA-2") for cause in causes]
    return tuple(dict.fromkeys([clock.clause, *found]))
