"""Who invoices: all of it is set and right, or the demonstration's own stands in."""

import pytest

from ops_portal.core.seller import Seller, read_seller
from ops_portal.core.settings import ConfigError

WHOLE = {
    "PORTAL_SELLER_NAME": "Operator NV",
    "PORTAL_SELLER_STREET": "Kaai 3",
    "PORTAL_SELLER_POSTAL_CODE": "2000",
    "PORTAL_SELLER_CITY": "Antwerpen",
    "PORTAL_SELLER_ENTERPRISE_NUMBER": "0100.000.169",
    "PORTAL_SELLER_VAT_NUMBER": "BE 0100.000.169",
    "PORTAL_SELLER_IBAN": "BE68 5390 0754 7034",
    "PORTAL_SELLER_EMAIL": "invoices@operator.example",
}


def test_nothing_set_is_the_invented_seller():
    assert read_seller({}) == Seller()
    assert read_seller({}).is_invented


def test_numbers_are_read_as_people_write_them():
    seller = read_seller(WHOLE)
    assert (seller.enterprise_number, seller.vat_number) == ("0100000169", "BE0100000169")
    assert (seller.iban, seller.endpoint) == ("BE68539007547034", "0208:0100000169")
    assert (seller.country, seller.is_invented) == ("BE", False)


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_half_a_seller_is_refused_with_what_is_missing(name):
    with pytest.raises(ConfigError, match=name):
        read_seller(WHOLE | {name: ""})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORTAL_SELLER_ENTERPRISE_NUMBER", "0100000160"),
        ("PORTAL_SELLER_VAT_NUMBER", "BE0100000160"),
        ("PORTAL_SELLER_IBAN", "BE68539007547035"),
        ("PORTAL_SELLER_ENDPOINT", "nowhere"),
    ],
)
def test_a_number_that_does_not_hold_is_refused(name, value):
    with pytest.raises(ConfigError, match=name):
        read_seller(WHOLE | {name: value})
