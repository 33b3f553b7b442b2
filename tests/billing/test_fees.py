"""The recurring fee of a month, by hand and by chance (BIL-2, BIL-3, BIL-4, ORD-4, CON-3)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_portal.billing.fees import (
    Days,
    Facts,
    Held,
    cents,
    days_of,
    lines_of,
    share_of,
    spans_of,
    split,
)
from ops_portal.billing.months import Month, last_local_day, local_day

BRUSSELS = ZoneInfo("Europe/Brussels")
MARCH, FEBRUARY, LEAP = Month(2026, 3), Month(2026, 2), Month(2028, 2)
EVER = Days(date(2020, 1, 1), date.max)


def day(text):
    return date.fromisoformat(text)


def held(contract_id=1, first="2020-01-01", last="9999-12-31", **changes):
    prices = {"access_owner": Decimal("45.00"), "customer_id": Decimal("12.50")}
    return Held(contract_id, Days(day(first), day(last)), **(prices | changes))


def facts(activated_on="2025-01-01", *, contracts=None, accounts=1, off=()):
    spans = accounts if isinstance(accounts, tuple) else (EVER,) * accounts
    return Facts(day(activated_on), (held(),) if contracts is None else contracts, spans, off)


def told(lines):
    return [
        (line.span.item, line.span.days.number, line.span.quantity, str(line.amount))
        for line in lines
    ]


def test_bil_3_a_whole_month_costs_the_access_owner_and_each_customer_id():
    assert told(lines_of(facts(accounts=4), MARCH)) == [
        ("access_owner", 31, 1, "45.00"),
        ("customer_id", 31, 4, "50.00"),
    ]


@pytest.mark.parametrize(
    ("activated_on", "month", "days", "amount"),
    [
        ("2026-03-01", MARCH, 31, "45.00"),
        ("2026-03-31", MARCH, 1, "1.45"),  # 45 / 31 = 1.4516
        ("2026-03-20", MARCH, 12, "17.42"),  # 12 days, the 20th included: 17.4194
        ("2026-02-15", FEBRUARY, 14, "22.50"),
        ("2028-02-29", LEAP, 1, "1.55"),  # 45 / 29 = 1.5517
        ("2028-02-01", LEAP, 29, "45.00"),
    ],
)
def test_bil_2_a_started_month_is_pro_rata_with_the_day_of_activation(
    activated_on, month, days, amount
):
    first = lines_of(facts(activated_on), month)[0]
    assert (first.span.days.number, str(first.amount)) == (days, amount)


@pytest.mark.parametrize(
    ("last", "days", "amount"),
    [("2026-03-01", 1, "1.45"), ("2026-03-16", 16, "23.23"), ("2026-03-31", 31, "45.00")],
)
def test_bil_2_the_last_day_is_included(last, days, amount):
    first = lines_of(facts(contracts=(held(last=last),)), MARCH)[0]
    assert (first.span.days.number, str(first.amount)) == (days, amount)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-14T23:30+00:00", "2026-03-15"),  # winter time: after midnight in Brussels
        ("2026-06-14T22:00+00:00", "2026-06-15"),  # summer time: midnight
        ("2026-06-14T21:59+00:00", "2026-06-14"),
        ("2026-03-29T01:00+00:00", "2026-03-29"),  # the clock goes forward
        ("2026-10-25T00:30+00:00", "2026-10-25"),  # and back
        ("2026-10-25T23:30+00:00", "2026-10-26"),
    ],
)
def test_imp_2_the_activation_counts_from_its_local_day(at, expected):
    assert local_day(datetime.fromisoformat(at), BRUSSELS) == day(expected)


@pytest.mark.parametrize(
    ("ended_at", "expected"),
    [
        ("2026-03-14T23:00+00:00", "2026-03-14"),  # midnight: the day before is the last
        ("2026-03-14T23:00:01+00:00", "2026-03-15"),
        ("2026-03-14T10:00+00:00", "2026-03-14"),
        ("2026-03-29T22:00+00:00", "2026-03-29"),  # midnight after the clock went forward
        ("2026-10-25T23:00+00:00", "2026-10-25"),
    ],
)
def test_con_2_the_last_day_of_what_ends_at_an_instant(ended_at, expected):
    assert last_local_day(datetime.fromisoformat(ended_at), BRUSSELS) == day(expected)


def test_ord_4_each_day_is_charged_by_the_contract_of_its_own_date():
    contracts = (held(1, last="2026-03-10"), held(2, "2026-03-11", access_owner=Decimal(95)))
    lines = lines_of(facts(contracts=contracts, accounts=0), MARCH)
    assert [(line.span.contract_id, line.span.days.number) for line in lines] == [(1, 10), (2, 21)]
    assert told(lines) == [("access_owner", 10, 1, "14.52"), ("access_owner", 21, 1, "64.35")]


def test_ord_4_a_day_shared_by_two_contracts_is_charged_once_by_the_later():
    contracts = (held(1, last="2026-03-11"), held(2, "2026-03-11"))
    lines = lines_of(facts(contracts=contracts, accounts=0), MARCH)
    assert [(line.span.contract_id, line.span.days.number) for line in lines] == [(1, 10), (2, 21)]


def test_bil_3_a_customer_id_counts_from_its_first_day_to_its_last():
    accounts = (EVER, Days(day("2026-03-11"), day("2026-03-20")))
    assert told(lines_of(facts(accounts=accounts), MARCH)) == [
        ("access_owner", 31, 1, "45.00"),
        ("customer_id", 10, 1, "4.03"),
        ("customer_id", 10, 2, "8.06"),
        ("customer_id", 11, 1, "4.44"),
    ]


def test_con_3_a_deactivated_service_costs_nothing_unless_the_catalogue_says_so():
    off = (Days(day("2026-03-06"), day("2026-03-25")),)
    quiet = lines_of(facts(accounts=0, off=off), MARCH)
    assert told(quiet) == [("access_owner", 5, 1, "7.26"), ("access_owner", 6, 1, "8.71")]
    runs_on = facts(contracts=(held(is_charged_when_off=True),), accounts=0, off=off)
    assert told(lines_of(runs_on, MARCH)) == [("access_owner", 31, 1, "45.00")]


def test_con_3_a_service_that_is_still_off_costs_nothing_from_the_day_after():
    off = (Days(day("2026-03-06"), date.max),)
    assert told(lines_of(facts(accounts=0, off=off), MARCH)) == [("access_owner", 5, 1, "7.26")]
    assert lines_of(facts(off=off), Month(2026, 4)) == []


def test_monthly_options_are_lines_of_their_own():
    contracts = (held(options=(("raw_data", Decimal(30)),)),)
    assert told(lines_of(facts("2026-03-17", contracts=contracts, accounts=0), MARCH)) == [
        ("access_owner", 15, 1, "21.77"),
        ("option:raw_data", 15, 1, "14.52"),
    ]


def test_imp_2_nothing_is_charged_before_the_activation():
    assert lines_of(facts("2026-04-01"), MARCH) == []
    assert lines_of(Facts(None, (held(),)), MARCH) == []


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        ("0.005", "0.01"),
        ("0.0049999", "0.00"),
        ("2.675", "2.68"),
        ("-2.675", "-2.68"),
        ("-0.004", "0.00"),
        ("1234567890.125", "1234567890.13"),
    ],
)
def test_bil_4_a_half_cent_goes_up(exact, rounded):
    assert str(cents(Decimal(exact))) == rounded


def test_vat_is_rounded_half_up_once():
    assert share_of(Decimal("0.50"), Decimal(21)) == Decimal("0.11")
    assert share_of(Decimal("21.50"), Decimal(21)) == Decimal("4.52")


prices = st.decimals(0, 5000, places=2, allow_nan=False, allow_infinity=False)
months = st.builds(Month, st.integers(2024, 2032), st.integers(1, 12))


@st.composite
def lives(draw):
    """Return a service with a successor, accounts and a deactivation around a month."""
    month = draw(months)
    days = st.dates(month.first - timedelta(40), month.last + timedelta(40))

    def some_days():
        first, last = sorted((draw(days), draw(days)))
        return Days(first, last)

    cut = draw(days)
    contracts = tuple(
        Held(number, part, draw(prices), draw(prices), (("extra", draw(prices)),))
        for number, part in enumerate(
            (Days(EVER.first, cut - timedelta(1)), Days(cut, date.max)), start=1
        )
    )
    accounts = tuple(some_days() for _ in range(draw(st.integers(0, 4))))
    off = tuple(some_days() for _ in range(draw(st.integers(0, 2))))
    return month, Facts(draw(days), contracts, accounts, off)


@given(prices, prices, st.integers(0, 50), months)
def test_a_month_in_which_nothing_changes_costs_the_whole_price(owner, each, number, month):
    one = Held(1, EVER, owner, each)
    lines = lines_of(Facts(date(2021, 1, 1), (one,), (EVER,) * number), month)
    assert sum(line.amount for line in lines) == owner + number * each
    assert len(lines) == (2 if number else 1)


@given(lives())
def test_no_line_is_negative_or_off_by_more_than_half_a_cent(life):
    month, service = life
    for line in lines_of(service, month):
        assert line.amount >= 0
        assert abs(Fraction(line.amount) - line.exact) <= Fraction(1, 200)


@given(lives())
def test_spans_of_one_item_never_share_a_day(life):
    month, service = life
    seen = set()
    for line in lines_of(service, month):
        span = line.span
        for offset in range(span.days.number):
            at = (span.item, span.days.first + timedelta(offset))
            assert at not in seen
            seen.add(at)


@given(lives(), st.data())
def test_a_cut_anywhere_in_the_month_changes_nothing_before_rounding(life, data):
    month, service = life
    cut = data.draw(st.dates(month.first, month.last))
    whole = sum(line.exact for line in lines_of(service, month))
    halves = (Days(month.first, cut), Days(cut + timedelta(1), month.last))
    parts = [line for half in halves for line in split(spans_of(service, half), [month])[month]]
    assert sum(line.exact for line in parts) == whole


@given(lives())
def test_the_order_of_the_facts_does_not_matter(life):
    month, service = life
    turned = Facts(
        service.activated_on,
        service.contracts[::-1],
        service.accounts[::-1],
        service.switched_off[::-1],
    )
    assert lines_of(turned, month) == lines_of(service, month)


@given(lives())
def test_day_by_day_gives_the_same_as_span_by_span(life):
    month, service = life
    total = Fraction(0)
    for number in range(month.days):
        at = month.first + timedelta(number)
        total += Fraction(_of_one_day(service, at)) / month.days
    assert sum(line.exact for line in lines_of(service, month)) == total


def _of_one_day(service, at):
    """Return a month's price as it holds on one day: the plain reading of the rules."""
    inside = Days(at, at)
    is_off = any(off.within(inside).number for off in service.switched_off)
    if at < service.activated_on or is_off:
        return Decimal(0)
    one = next(c for c in service.contracts if c.days.within(inside).number)
    number = sum(account.within(inside).number for account in service.accounts)
    return one.access_owner + number * one.customer_id + sum(price for _key, price in one.options)


@given(lives())
def test_lines_of_several_months_are_those_of_each(life):
    month, service = life
    around = [month, month.next, month.next.next]
    whole = Days(month.first, around[-1].last)
    parted = split(spans_of(service, whole), around)
    assert parted == {each: lines_of(service, each) for each in around}


def test_a_month_is_read_and_written():
    assert Month.read("2026-03") == MARCH
    assert [Month.read(text) for text in ("2026-13", "26-3", "", "0000-01")] == [None] * 4
    assert (str(MARCH), MARCH.next, MARCH.plus(-3)) == ("2026-03", Month(2026, 4), Month(2025, 12))
    assert days_of(LEAP).number == 29
    assert local_day(datetime(2026, 3, 1, tzinfo=UTC), BRUSSELS) == MARCH.first
