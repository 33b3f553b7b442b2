"""Check digits on invoices: wrong ones never leave the house."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_portal.core.check_digits import (
    is_endpoint,
    is_enterprise_number,
    is_iban,
    is_structured_reference,
    is_vat_number,
    plain,
    structured_reference,
)


@pytest.mark.parametrize("number", ["0100000070", "0100000169", "0202239951", "0403170701"])
def test_enterprise_numbers_that_hold(number):
    assert is_enterprise_number(number)
    assert is_vat_number(f"BE{number}")
    assert is_endpoint(f"0208:{number}")


@pytest.mark.parametrize("number", ["0100000071", "100000070", "2100000070", "", "01000000700"])
def test_enterprise_numbers_that_do_not(number):
    assert not is_enterprise_number(number)
    assert not is_endpoint(f"0208:{number}")


def test_accounts_hold_by_their_remainder():
    assert is_iban("BE68539007547034")
    assert not is_iban("BE68539007547035")
    assert not is_iban("BE68")


def test_people_write_dots_and_spaces():
    assert plain("be 0100.000.070") == "BE0100000070"


def test_other_schemes_and_countries_are_taken_as_they_are():
    assert is_endpoint("0088:5412345000013")
    assert is_vat_number("NL123456789B01")
    assert not is_endpoint("0208")


def test_the_known_reference_holds():
    assert structured_reference(909337554) == "+++090/9337/55493+++"


@given(st.integers(1, 10**10 - 1))
def test_every_reference_holds_and_one_wrong_digit_does_not(number):
    written = structured_reference(number)
    assert is_structured_reference(written)
    digit = str((int(written[3]) + 1) % 10)
    assert not is_structured_reference(f"+++{digit}{written[4:]}")
