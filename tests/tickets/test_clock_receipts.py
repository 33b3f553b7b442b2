"""The receipt of a clock: every second is on it, and the counted ones are the sum (SLA-6)."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_portal.tickets.clock_receipts import receipt_of
from ops_portal.tickets.models import FactKind
from ops_portal.web.receipts import Receipt
from tests.tickets.told import Tale, a_reader

SPAN = re.compile(r"(\d+)\D+h (\d+)\D+min (\d+)")


def seconds(text: str) -> int:
    """Return what `24 h 00 min 00 s` says."""
    hours, minutes, rest = map(int, SPAN.match(text).groups())
    return hours * 3600 + minutes * 60 + rest


def receipt(tale: Tale, when: str, works=()) -> tuple[Receipt, object]:
    """Return the receipt of the restoration, and its clock."""
    reading = tale.read(when, works)
    clock = next(c for c in reading.clocks if c.kpi == "restoration")
    return receipt_of(clock, reading), clock


def busy_tale() -> Tale:
    """Return a ticket with a stop, an overlap and a weekend."""
    tale = Tale("2026-06-11 16:10")
    tale.stop("2026-06-12 10:00", "2026-06-12 11:30")
    tale.stop("2026-06-12 11:00", "2026-06-15 09:00", "third_party")
    return tale


def test_the_lines_add_up_to_the_total():
    with a_reader():
        found, clock = receipt(
            busy_tale(), "2026-06-16 12:00", [("2026-06-15 14:00", "2026-06-15 15:00")]
        )
    counted = [line for line in found.lines if line.is_counted]
    assert sum(seconds(line.value) for line in counted) == seconds(found.total) == clock.elapsed_s
    assert [line.label for line in found.lines][-4:] == [
        "Planned works",
        "Counted",
        "Outside the support window",
        "Counted",
    ]


def test_a_receipt_of_months_stays_short_and_complete():
    tale = Tale("2026-02-02 09:00")
    tale.stop("2026-02-03 10:00", "2026-04-20 10:00", "third_party")
    with a_reader():
        found, clock = receipt(tale, "2026-06-09 12:00")
    assert len(found.lines) < 10
    every = sum(seconds(line.value) for line in found.lines)
    assert every == (clock.segments[-1].end - clock.start).total_seconds()
    assert sum(seconds(line.value) for line in found.lines if line.is_counted) == clock.elapsed_s
    assert any("Easter Monday" in line.label for line in found.lines)


@given(
    st.integers(0, 59),
    st.integers(1, 400),
    st.integers(0, 300),
    st.integers(1, 300),
)
def test_every_second_is_on_the_receipt(minute, after_h, stop_h, for_h):
    tale = Tale(f"2026-03-23 09:{minute:02d}:17")
    start, end = Moment(stop_h), Moment(stop_h + for_h)
    tale.stop(str(start), str(end))
    with a_reader():
        found, clock = receipt(tale, str(Moment(after_h)))
    counted = sum(seconds(line.value) for line in found.lines if line.is_counted)
    assert counted == clock.elapsed_s == seconds(found.total)


class Moment:
    """A local time so many hours after Monday 23 March 2026, 10:00; over the clock change."""

    def __init__(self, hours: int) -> None:
        days, hour = divmod(hours + 10, 24)
        month, day = divmod(22 + days, 31)
        self.text = f"2026-{3 + month:02d}-{day + 1:02d} {hour:02d}:30"

    def __str__(self) -> str:
        return self.text


@pytest.mark.parametrize(
    ("resolved", "kind", "verdict"),
    [
        ("2026-06-10 13:00:00", "met", "Met on Wed 10 Jun, 13:00, 0 h 00 min 00 s left"),
        ("2026-06-10 13:00:01", "breached", "Breached on Wed 10 Jun, 13:00, by 0 h 00 min 01 s"),
    ],
)
def test_the_verdict_is_exact_to_the_second_t10(resolved, kind, verdict):
    tale = Tale("2026-06-08 09:00")
    tale.tell(FactKind.RESOLVED, resolved)
    with a_reader():
        found, _clock = receipt(tale, "2026-06-11 09:00")
    assert (found.verdict_kind, found.verdict.replace("\u202f", " ")) == (kind, verdict)


def test_a_paused_receipt_says_when_it_would_be_due_t34():
    tale = Tale("2026-06-08 09:00")
    tale.stop("2026-06-08 15:00")
    with a_reader():
        found, _clock = receipt(tale, "2026-06-18 15:00")
    assert found.verdict.endswith("if resumed now: due Mon 22 Jun, 13:00")


def test_a_receipt_names_its_rules_sla_6():
    with a_reader():
        found, _clock = receipt(busy_tale(), "2026-06-16 12:00")
    assert found.rules == ("§6.5", "SLA-4", "CRD-1", "SLA-1", "SLA-2")


def test_works_and_closed_days_before_the_due_time_are_named():
    with a_reader():
        found, _clock = receipt(
            Tale("2026-07-20 09:00"), "2026-07-20 12:00", [("2026-07-20 14:00", "2026-07-20 16:00")]
        )
    assert found.ahead == (
        (
            "Until the due time: planned works Mon 20 Jul, 14:00 \u2013 16:00"
            " do not count (MNT-3, SLA-7)."
        ),
        "Until the due time: National Day, Tue 21 Jul, 08:00 \u2013 18:00, does not count (SLA-1).",
    )


def test_a_span_off_the_full_minute_shows_its_seconds():
    with a_reader():
        found, _clock = receipt(Tale("2026-06-08 09:00:07"), "2026-06-08 10:00")
    assert found.lines[0].detail == "Mon 8 Jun, 09:00:07 \u2013 10:00"
