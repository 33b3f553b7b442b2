"""How dates, durations and money are written for people."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ops_portal.web import filters

MONDAY = datetime(2026, 3, 9, 7, 30, tzinfo=UTC)


@pytest.fixture
def speaking(edge):
    def speak(language):
        return edge.test_request_context("/login", headers={"Accept-Language": language})

    return speak


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (45, "45 s"),
        (60, "1 min"),
        (1800, "30 min"),  # T69: a month later it is still 30 min
        (3599, "59 min"),
        (3600, "1 h"),
        (12_000, "3 h 20"),
        (86_396, "23 h 59"),  # T11: 23:59:56 is not yet 24 h
        (86_400, "24 h"),
        (-1920, "\u221232 min"),
        (-0.4, "0 s"),
        (None, ""),
    ],
)
def test_durations_are_cut_and_never_rounded_up(seconds, words):
    assert filters.duration(seconds).replace(filters.THIN, " ") == words


def test_a_receipt_shows_every_second():
    assert filters.duration_exact(86_396).replace(filters.THIN, " ") == "23 h 59 min 56 s"
    assert filters.duration_exact(-3_661).replace(filters.THIN, " ") == "\u22121 h 01 min 01 s"
    assert filters.duration_exact(None) == ""


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Mon 9 Mar 2026, 08:30"),
        ("fr", "lun. 9 mars 2026, 08:30"),
        ("nl", "ma 9 mrt 2026, 08:30"),
    ],
)
def test_an_instant_has_its_weekday_in_the_readers_zone(speaking, language, words):
    with speaking(language):
        assert filters.moment(MONDAY) == words


def test_an_instant_is_brief_when_it_is_near(speaking):
    with speaking("en"):
        saturday = datetime(2026, 3, 7, 11, 0, tzinfo=UTC)
        assert filters.moment_near(MONDAY, saturday) == "Mon 08:30"  # T70
        assert filters.moment_near(MONDAY, MONDAY) == "08:30"
        assert filters.moment_near(MONDAY, datetime(2026, 1, 1, tzinfo=UTC)) == "Mon 9 Mar, 08:30"


def test_the_exact_instant_has_its_offset(speaking):
    with speaking("en"):
        assert filters.moment_exact(MONDAY) == "Mon 9 Mar 2026, 08:30:00 +01:00"
        assert filters.moment(None) == filters.iso(None) == filters.local_input(None) == ""


def test_machines_read_utc_and_fields_local_time(speaking):
    with speaking("en"):
        assert filters.iso(MONDAY) == "2026-03-09T07:30:00Z"
        assert filters.local_input(MONDAY) == "2026-03-09T08:30"


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "\u2212€1,234.50"), ("fr", "\u22121 234,50 €"), ("nl", "€ \u22121.234,50")],
)
def test_money_has_its_currency_and_a_true_minus(speaking, language, words):
    with speaking(language):
        written = filters.money(Decimal("-1234.5"))
    assert written.replace("\u202f", " ").replace("\xa0", " ") == words


def test_numbers_are_grouped_as_the_reader_does(speaking):
    with speaking("nl"):
        assert filters.number(24918) == "24.918"
