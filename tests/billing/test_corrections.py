"""Counter-lines: a closed month is put right in the next open one, never changed (ORD-4, BIL-2)."""

from datetime import timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ops_portal.billing.corrections import Posted, correction_of
from ops_portal.billing.fees import Facts, lines_of
from tests.billing.test_fees import MARCH, facts, held, lives


def posted(lines):
    return [Posted(number, line.month, line, line.amount) for number, line in enumerate(lines, 1)]


def test_what_was_charged_rightly_stays():
    lines = lines_of(facts(), MARCH)
    assert not correction_of(posted(lines), {MARCH: lines})


def test_a_back_dated_activation_takes_the_line_back_and_adds_the_right_one():
    before, after = lines_of(facts("2026-03-20"), MARCH), lines_of(facts("2026-03-16"), MARCH)
    found = correction_of(posted(before), {MARCH: after})
    assert [p.charge_id for p in found.taken_back] == [1, 2]
    assert found.added == tuple(after)
    assert found.amount == Decimal("29.68") - Decimal("22.26")


def test_an_ended_contract_gives_back_only_what_changed():
    before = lines_of(facts(accounts=2), MARCH)
    after = lines_of(facts(contracts=(held(last="2026-03-10"),), accounts=2), MARCH)
    found = correction_of(posted(before), {MARCH: after})
    assert found.amount == Decimal("14.52") + Decimal("8.06") - Decimal(70)


def test_a_service_that_never_was_is_taken_back_whole():
    found = correction_of(posted(lines_of(facts(), MARCH)), {MARCH: []})
    assert (len(found.taken_back), found.added, found.amount) == (2, (), Decimal("-57.50"))


@given(lives(), st.integers(-60, 60))
def test_a_correction_always_arrives_at_what_is_due(life, days):
    month, service = life
    before = lines_of(service, month)
    moved = Facts(
        service.activated_on + timedelta(days),
        service.contracts,
        service.accounts,
        service.switched_off,
    )
    after = lines_of(moved, month)
    found = correction_of(posted(before), {month: after})
    kept = [
        line for p, line in zip(posted(before), before, strict=True) if p not in found.taken_back
    ]
    total = sum((line.amount for line in (*kept, *found.added)), Decimal(0))
    assert total == sum((line.amount for line in after), Decimal(0))
    assert found.amount == total - sum((line.amount for line in before), Decimal(0))
