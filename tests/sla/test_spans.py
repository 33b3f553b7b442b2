"""Calendar days and months, with the ends of months and the changes of the clock (CON-2, CON-3)."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sla.catalogue import Span
from sla.spans import add_months, day_end, last_day, months_after

BRUSSELS = ZoneInfo("Europe/Brussels")
DAYS, MONTHS = Span(days=30), Span(months=3)


@pytest.mark.parametrize(
    ("received", "span", "expected"),
    [
        # 30 calendar days, the day of receipt left out
        ("2026-06-01", DAYS, "2026-07-01"),
        ("2026-06-08", DAYS, "2026-07-08"),
        ("2026-01-30", DAYS, "2026-03-01"),
        ("2028-01-30", DAYS, "2028-02-29"),  # a leap year has one day more
        ("2026-12-02", DAYS, "2027-01-01"),
        # 3 months: the day of the same number
        ("2026-06-08", MONTHS, "2026-09-08"),
        ("2026-11-15", MONTHS, "2027-02-15"),
        ("2026-02-28", MONTHS, "2026-05-28"),
        ("2028-02-29", MONTHS, "2028-05-29"),
        # or the last day of a month that has it not
        ("2026-11-30", MONTHS, "2027-02-28"),
        ("2027-11-30", MONTHS, "2028-02-29"),
        ("2026-11-29", MONTHS, "2027-02-28"),
        ("2026-01-31", MONTHS, "2026-04-30"),
        ("2026-03-31", MONTHS, "2026-06-30"),
        ("2026-08-31", MONTHS, "2026-11-30"),
        ("2026-10-31", MONTHS, "2027-01-31"),
    ],
)
def test_the_last_day_of_a_notice_con_2(received: str, span: Span, expected: str) -> None:
    assert last_day(date.fromisoformat(received), span) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("used", "months", "expected"),
    [
        ("2026-01-15T10:00+01:00", 6, "2026-07-15T10:00+02:00"),  # the same local time
        ("2026-08-31T23:30+02:00", 6, "2027-02-28T23:30+01:00"),
        ("2027-08-31T23:30+02:00", 6, "2028-02-29T23:30+01:00"),
        ("2025-09-29T02:30+02:00", 6, "2026-03-29T03:30+02:00"),  # left out by the clock
        ("2026-04-25T02:30+02:00", 6, "2026-10-25T02:30+02:00"),  # comes twice: the first
        ("2026-06-30T22:30+00:00", 5, "2026-12-01T00:30+01:00"),  # 1 July in Brussels
    ],
)
def test_months_after_a_use_con_3(used: str, months: int, expected: str) -> None:
    found = months_after(datetime.fromisoformat(used), months, BRUSSELS)
    assert found == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-07-08", "2026-07-08T22:00+00:00"),
        ("2026-12-31", "2026-12-31T23:00+00:00"),
        ("2026-03-28", "2026-03-28T23:00+00:00"),  # the night the clock is put forward
        ("2026-03-29", "2026-03-29T22:00+00:00"),
    ],
)
def test_a_day_ends_at_the_next_local_midnight_con_2(day: str, expected: str) -> None:
    assert day_end(date.fromisoformat(day), BRUSSELS) == datetime.fromisoformat(expected)


DATES = st.dates(date(2000, 1, 1), date(2100, 1, 1))


@given(DATES, st.integers(0, 60))
def test_months_never_leave_the_month_they_lead_to(day: date, months: int) -> None:
    found = add_months(day, months)
    assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == months
    assert found.day <= day.day
    assert add_months(found, -months) <= day


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1)), st.integers(1, 24))  # noqa: DTZ001
def test_later_uses_are_never_over_earlier(moment: datetime, months: int) -> None:
    used = moment.replace(tzinfo=UTC)
    later = used.replace(microsecond=999_999)
    assert months_after(used, months, BRUSSELS) <= months_after(later, months, BRUSSELS)
