"""Orders for the tests: a complete draft, and what it takes to get one."""

import re
from dataclasses import replace

from ops_portal.accounts.models import Customer
from ops_portal.core.db import db
from ops_portal.orders import operations, queries
from ops_portal.orders.completeness import Account
from ops_portal.orders.drafts import Draft
from ops_portal.orders.models import Order
from sla.policy import DEFAULT_DESCRIPTION, load_description
from tests.factories import MONDAY, Tenant, World

COMPLETE = Draft(
    subscription="advanced",
    options=("raw_data",),
    access_owner_name="Hugo Renard",
    access_owner_email="hugo@owner.example",
    access_owner_phone="+32 2 555 01 23",
    access_owner_language="fr",
    accounts=(
        Account("6001", name="Siège"),
        Account("7001", "6001", "Mobile"),
        Account("6002"),
    ),
    has_portal_account=True,
    language="fr",
)


def draft(world: World, *, of: Tenant | None = None, at=MONDAY, **changes) -> Order:
    """Open a complete order for a service that is new, unless it is said what is missing."""
    order = empty(world, of=of, at=at)
    operations.change_order(world.manager.actor, order, replace(COMPLETE, **changes), now=at)
    return order


def empty(world: World, *, of: Tenant | None = None, at=MONDAY) -> Order:
    """Open an order about which nothing was said yet."""
    customer = db.session.get_one(Customer, (of or world.home).customer_id)
    name = load_description(DEFAULT_DESCRIPTION).name
    description = next(row for row in queries.descriptions_for_sale(at) if row.name == name)
    return operations.open_order(world.manager.actor, customer, description, now=at)


def offered(world: World, *, of: Tenant | None = None, at=MONDAY, **changes) -> Order:
    """Open a complete order and offer it to the customer."""
    order = draft(world, of=of, at=at, **changes)
    operations.offer_order(world.manager.actor, order, now=at)
    return order


def hidden(page) -> dict[str, str]:
    """Return the hidden fields of a page that a form sends along."""
    found = re.findall(
        r'<input type="hidden" name="(csrf_token|_once|version|shown_hash)" value="([^"]*)"',
        page.text,
    )
    return dict(found)


def fields(page, **changes) -> dict[str, object]:
    """Return what the complete form sends from a page of a draft."""
    return {
        **hidden(page),
        "subscription": "advanced",
        "options": ["raw_data"],
        "access_owner_name": "Hugo Renard",
        "access_owner_email": "hugo@owner.example",
        "access_owner_phone": "+32 2 555 01 23",
        "access_owner_language": "fr",
        "accounts-0-customer_account": "6001",
        "accounts-0-billing_account": "7001",
        "accounts-0-name": "Mobile",
        "has_portal_account": "y",
        "language": "fr",
        **changes,
    }
