"""An invented service from its file to its invoice: no code knows the shipped one. Rule CAT-1."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from ops_portal.accounts.models import Customer
from ops_portal.billing.months import Month
from ops_portal.billing.preview import draft_of
from ops_portal.contracts import implementation_operations as implementation
from ops_portal.contracts.description_operations import register_file
from ops_portal.contracts.entitlements import entitlement, holdings_of
from ops_portal.contracts.implementation_operations import Doing
from ops_portal.contracts.models import Contract, Service, SolutionElement
from ops_portal.core.db import db
from ops_portal.orders import operations, queries, signing
from ops_portal.orders.completeness import Account
from ops_portal.orders.drafts import Draft
from ops_portal.orders.signing import Paper
from ops_portal.tickets.clocks import read_clocks
from sla.policy import Kpi
from sla.terms import Priority
from tests.factories import make_world, sign_in, ticket
from tests.orders import papers
from tests.portal import acting
from tests.sla.invented import night_watch, toml_of

SATURDAY = datetime(2026, 6, 13, 9, 0, tzinfo=UTC)
"""In the window of the night watch (10:00 in Lisbon), and never in that of the shipped service."""
ORDER = Draft(
    subscription="dusk",
    options=("whistle",),
    access_owner_name="Rosa Lume",
    access_owner_email="rosa@watch.example",
    access_owner_phone="+351 21 555 01 23",
    access_owner_language="en",
    accounts=(Account("L-1"), Account("L-2"), Account("L-3")),
    has_portal_account=True,
    language="en",
)


@pytest.fixture
def world(app):
    with acting(app):
        found = make_world()
        register_file(toml_of(night_watch()), now=SATURDAY)
        yield found


def ordered(world):
    """Order the night watch for `home`, on paper, and return its service."""
    customer = db.session.get_one(Customer, world.home.customer_id)
    offered = queries.descriptions_for_sale(SATURDAY)
    description = next(row for row in offered if row.name == "Night Watch")
    manager = world.manager.actor
    order = operations.open_order(manager, customer, description, now=SATURDAY)
    operations.change_order(manager, order, ORDER, now=SATURDAY)
    assert queries.gaps_of(order, now=SATURDAY) == []
    paper = Paper("Rosa", SATURDAY.date(), papers.scan(), "scan.pdf")
    signing.take_in_paper(manager, order, paper, now=SATURDAY)
    return db.session.get_one(Service, order.service_id)


def activated(world):
    service = ordered(world)
    implementation.do_step(world.operator.actor, service, "light", Doing(SATURDAY), now=SATURDAY)
    return service


def contract_of(service):
    return db.session.scalars(select(Contract).filter_by(service_id=service.id)).one()


def answers(world, service, at=SATURDAY):
    held = next(h for h in holdings_of(world.home.customer_id) if h.service_id == service.id)
    return {key: str(entitlement(held, key, at).standing) for key in held.catalogue.components}


def test_it_is_ordered_by_its_own_matrix_and_waits_for_its_own_step(world):
    """CAT-2, IMP-2."""
    service = ordered(world)
    waiting = answers(world, service)
    assert waiting == dict.fromkeys(("lantern", "whistle", "incident_management"), "not_active")
    signed = contract_of(service)
    assert (signed.subscription, signed.options) == ("dusk", ["whistle"])


def test_its_activation_opens_what_it_includes(world):
    service = activated(world)
    assert service.activated_at == SATURDAY
    assert answers(world, service) == {
        "lantern": "included", "whistle": "ordered", "incident_management": "included",
    }  # fmt: skip


def test_its_clocks_run_in_its_own_window(world):
    """SLA-1, SLA-4: half an hour to react, on Saturdays, in Lisbon."""
    service = activated(world)
    signed = contract_of(service)
    element = SolutionElement(
        customer_id=signed.customer_id, contract_id=signed.id, name="Tower", created_at=SATURDAY
    )
    db.session.add(element)
    db.session.flush()
    of = replace(world.home, contract_id=signed.id, element_id=element.id)
    row = ticket(world, of=of, at=SATURDAY, priority=Priority.P1)
    at = SATURDAY + timedelta(minutes=20)
    (clock,) = read_clocks([row], as_of=at)[row.id].clocks
    assert (clock.kpi, clock.target_s, clock.elapsed_s) == (Kpi.REACTION, 1_800, 1_200)


def test_its_fees_are_its_own(world):
    """BIL-2, BIL-3: an Access Owner, three Customer IDs, an option; from the 13th of 30 days."""
    service = activated(world)
    draft = draft_of(Month(2026, 6), service.id)
    found = {line.item: line.amount for line in draft.lines}
    share = Decimal(18) / 30
    exact = [Decimal("10.01") * share, 3 * Decimal("0.99") * share, Decimal("4.44") * share]
    expected = sorted(amount.quantize(Decimal("0.01"), "ROUND_HALF_UP") for amount in exact)
    assert sorted(found.values()) == expected
    assert {line.vat_percentage for line in draft.lines} == {Decimal(6)}


def test_its_pages_speak_of_it(app, client, world):
    service = activated(world)
    shown = contract_of(service).description_id
    db.session.commit()
    sign_in(client, world.manager)
    page = client.get(f"/terms/versions/{shown}").text
    for words in ("Night Watch", "Lantern", "Dusk", "Oil, a can", "Art. 2", "nobody watches"):
        assert words in page
    for words in ("Invoice Insights", "Advanced"):
        assert words not in page.partition("<main")[2]
