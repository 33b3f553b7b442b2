"""The clock chip: counted time in a few words (SLA-6)."""

import pytest

from ops_portal.tickets.chips import Chip, chip, chips
from ops_portal.tickets.models import FactKind
from tests.tickets.desk import at
from tests.tickets.told import Tale, a_reader

THIN = "\u202f"


def shown(tale: Tale, when: str, kpi: str = "restoration") -> Chip:
    """Return the chip of a KPI at a time."""
    reading = tale.read(when)
    clock = next(c for c in reading.clocks if c.kpi == kpi)
    return chip(clock, reading, at(when))


@pytest.mark.parametrize(
    ("when", "kind", "tint", "progress"),
    [
        ("2026-06-08 09:00:00", "on_track", "", 0),
        ("2026-06-09 16:59:59", "on_track", "", 74),
        ("2026-06-09 17:00:00", "attention", "attention", 75),
        ("2026-06-10 12:59:56", "attention", "attention", 99),
        ("2026-06-10 13:00:00", "attention", "attention", 100),
        ("2026-06-10 13:00:01", "breached", "breached", 100),
    ],
)
def test_a_chip_tints_at_its_thresholds_and_is_full_only_when_all_is_used_t11(
    when, kind, tint, progress
):
    with a_reader():
        found = shown(Tale("2026-06-08 09:00"), when)
    assert (found.kind, found.tint, found.progress) == (kind, tint, progress)


@pytest.mark.parametrize(
    ("created", "when", "words"),
    [
        ("2026-06-12 17:30", "2026-06-12 17:40", "50{t}min left"),
        ("2026-06-12 17:30", "2026-06-13 12:00", "30{t}min left, resumes Mon 08:00"),
        ("2026-06-12 17:30", "2026-06-15 07:59", "30{t}min left, resumes 08:00"),
        ("2026-06-12 17:30", "2026-06-15 08:00", "30{t}min left"),
        ("2026-12-24 17:30", "2026-12-25 12:00", "30{t}min left, resumes Mon 4 Jan, 08:00"),
    ],
)
def test_a_chip_says_what_is_left_and_when_it_goes_on_t70(created, when, words):
    with a_reader():
        assert shown(Tale(created), when, "reaction").words == words.format(t=THIN)


def test_a_chip_names_what_stops_it_t34():
    tale = Tale("2026-06-08 09:00")
    tale.stop("2026-06-08 15:00")
    tale.stop("2026-06-08 15:30", reason="third_party")
    with a_reader():
        found = shown(tale, "2026-06-18 15:00")
    assert (found.kind, found.words) == ("paused", "paused: customer, third party")
    assert (found.due_at, found.next_at) == (None, None)


def test_a_breach_is_told_in_counted_time_however_long_ago_t69():
    tale = Tale("2026-06-08 09:00")
    tale.tell(FactKind.INTERVENTION_STARTED, "2026-06-08 10:30")
    with a_reader():
        assert shown(tale, "2026-07-08 09:00", "reaction").words == f"breached by 30{THIN}min"


def test_an_open_breach_counts_on_in_support_time_t69():
    with a_reader():
        words = shown(Tale("2026-06-08 16:00"), "2026-06-09 09:30", "reaction").words
    assert words == f"breached 2{THIN}h{THIN}30 ago"


def test_a_priority_without_target_has_no_chip_t71():
    with a_reader():
        reading = Tale("2026-06-08 09:00", "P4").read("2026-06-30 09:00")
        assert chips(reading, at("2026-06-30 09:00")) == []


@pytest.mark.parametrize(
    ("when", "event", "next_at"),
    [
        ("2026-06-12 17:40", "Three quarters used", "2026-06-15 08:15"),
        ("2026-06-13 12:00", "Resumes", "2026-06-15 08:00"),
        ("2026-06-15 08:20", "Due", "2026-06-15 08:30"),
    ],
)
def test_a_chip_knows_what_happens_next_t65(when, event, next_at):
    with a_reader():
        found = shown(Tale("2026-06-12 17:30"), when, "reaction")
    assert (found.next_event, found.next_at) == (event, at(next_at))


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("Asia/Kolkata", "resumes Mon 11:30"),
        ("America/New_York", "resumes Mon 02:00"),
    ],
)
def test_a_reader_elsewhere_sees_the_same_instant_in_the_own_time_t27(zone, words):
    with a_reader(zone=zone):
        found = shown(Tale("2026-06-12 17:30"), "2026-06-13 12:00", "reaction")
    assert found.words.endswith(words)
    assert found.due_at == at("2026-06-15 08:30")


def test_a_ticket_out_of_scope_says_so():
    tale = Tale("2026-06-08 09:00")
    tale.tell(FactKind.OUT_OF_SCOPE, "2026-06-08 10:00", cause="f_negligence")
    with a_reader():
        found = shown(tale, "2026-06-09 09:00")
    assert (found.kind, found.words, found.progress) == ("none", "out of scope", 0)
