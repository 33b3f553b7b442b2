"""What an order lacks is one pure function; every gap names its field and its rule (ORD-1)."""

from dataclasses import replace
from datetime import date

import pytest

from ops_portal.orders.completeness import Account, Running, Sheet, missing
from ops_portal.orders.models import OrderKind
from ops_portal.orders.monthly import monthly_lines
from sla.monthly import total_of
from sla.policy import DEFAULT_DESCRIPTION, load_description

TODAY = date(2026, 6, 8)
WHOLE = Sheet(
    kind=OrderKind.NEW,
    catalogue=load_description(DEFAULT_DESCRIPTION).catalogue,
    is_description_in_force=True,
    today=TODAY,
    subscription="plus",
    options=frozenset({"raw_data"}),
    access_owner_name="Hugo Renard",
    access_owner_email="hugo@owner.example",
    access_owner_phone="+32 2 555 01 23",
    accounts=(Account("6001"), Account("7001", "6001")),
    has_portal_account=True,
)
RUNNING = Running("plus", frozenset(), frozenset(), frozenset({("6001", "", "")}))
CHANGE = replace(WHOLE, kind=OrderKind.CHANGE, running=RUNNING, accounts=(Account("6001"),))


def named(sheet):
    return [(gap.field, gap.rule) for gap in missing(sheet)]


def test_ord_1_a_whole_order_lacks_nothing():
    assert missing(WHOLE) == []
    assert missing(CHANGE) == []


@pytest.mark.parametrize(
    ("change", "gap"),
    [
        ({"subscription": ""}, ("subscription", "ORD-1")),
        ({"subscription": "gold"}, ("subscription", "ORD-1")),
        ({"options": frozenset({"advanced_reports"})}, ("options", "CAT-2")),
        ({"extras": frozenset({"moon"})}, ("extras", "IMP-3")),
        ({"access_owner_name": ""}, ("access_owner_name", "ORD-1")),
        ({"access_owner_email": ""}, ("access_owner_email", "ORD-1")),
        ({"access_owner_email": "a@b.example, c@d.example"}, ("access_owner_email", "ORD-2")),
        ({"access_owner_email": "hugo@owner"}, ("access_owner_email", "ORD-2")),
        ({"access_owner_phone": "12"}, ("access_owner_phone", "ORD-1")),
        ({"accounts": ()}, ("accounts", "ORD-1")),
        ({"accounts": (Account("6001"), Account("7001", "6009"))}, ("accounts", "ORD-1")),
        ({"has_portal_account": False}, ("has_portal_account", "ORD-5")),
        ({"is_description_in_force": False}, ("subscription", "CAT-1")),
    ],
)
def test_ord_1_each_gap_names_its_field_and_its_rule(change, gap):
    assert named(replace(WHOLE, **change)) == [gap]


@pytest.mark.parametrize(
    ("change", "gap"),
    [
        ({"takes_effect_on": date(2026, 6, 7)}, ("takes_effect_on", "ORD-4")),
        ({"takes_effect_on": TODAY}, None),
        ({"options": frozenset()}, ("subscription", "ORD-4")),
        ({"running": None}, ("subscription", "ORD-4")),
        (
            {"running": replace(RUNNING, obstacle="It ends.", obstacle_rule="CON-2")},
            ("takes_effect_on", "CON-2"),
        ),
        ({"running": replace(RUNNING, is_newer=True)}, ("subscription", "ORD-4")),
    ],
)
def test_ord_4_a_change_needs_something_to_change_and_a_day_to_come(change, gap):
    assert named(replace(CHANGE, **change)) == ([gap] if gap else [])


def test_bil_3_the_month_is_the_access_owner_the_customer_accounts_and_the_options():
    lines = monthly_lines(WHOLE)
    assert [(line.key, line.quantity) for line in lines] == [
        ("access_owner", 1),
        ("customer_id", 1),
        ("raw_data", 1),
    ]
    fees = WHOLE.catalogue.fees
    plus = fees.recurring["plus"]
    assert total_of(lines) == plus.access_owner + plus.customer_id + fees.options["raw_data"]
    assert monthly_lines(replace(WHOLE, subscription="")) == []
