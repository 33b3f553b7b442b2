"""The invented orders: a draft with gaps, two that wait for a signature, one being implemented."""

from datetime import datetime, timedelta

from ops_portal.accounts.models import Customer
from ops_portal.accounts.queries import actor_for, user_by_email
from ops_portal.contracts import implementation_queries
from ops_portal.contracts.implementation_operations import Doing, do_step
from ops_portal.contracts.models import Contract, Service
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.demo.people import People
from ops_portal.orders import documents, operations, queries, signing
from ops_portal.orders.completeness import Account
from ops_portal.orders.drafts import Draft
from ops_portal.orders.models import Order
from ops_portal.orders.signing import Paper
from sla.spans import add_months

DRAFTED, OFFERED, WAITING, RUNNING = "K-21560", "K-20417", "K-20933", "K-22078"
"""Whose orders these are: with gaps, offered as a change, offered, and under implementation."""
SIGNED_BEFORE = timedelta(days=6)
MINUTE = timedelta(minutes=1)

SECOND_SITE = Draft(
    subscription="plus",
    options=("raw_data",),
    access_owner_name="Mieke Claessens",
    access_owner_email="mieke@kallo.example",
    access_owner_phone="+32 3 555 04 18",
    access_owner_language="nl",
    accounts=(
        Account("6104 2207", name="Kaai 1225"),
        Account("7104 2207-01", "6104 2207", "Wagenpark"),
        Account("7104 2207-02", "6104 2207", "Magazijn"),
        Account("6104 2319", name="Kaai 1987"),
    ),
    has_portal_account=True,
    language="nl",
)
NORTHGATE = Draft(
    subscription="advanced",
    access_owner_name="Owen Marsh",
    access_owner_email="owen@northgate.example",
    access_owner_phone="+32 2 555 07 70",
    access_owner_language="en",
    accounts=(Account("6207 8810", name="Head office"), Account("7207 8810-01", "6207 8810")),
    has_portal_account=True,
    needs_credentials=True,
    language="en",
)


def add_orders(people: People, *, now: datetime) -> None:
    """Add the orders; each is made by the operations that a person would use."""
    manager, operator = _staff("sofie@desk.example"), _staff("olivier@desk.example")
    _draft_with_gaps(manager, people, now - timedelta(days=1))
    _offered_change(manager, people, now - timedelta(days=2))
    _offered(manager, people, now - timedelta(hours=20))
    _implemented(manager, operator, people, now)


def _draft_with_gaps(manager: Actor, people: People, at: datetime) -> None:
    order = _opened(manager, people, DRAFTED, at)
    half = Draft(
        subscription="plus",
        access_owner_name="Léa Lambert",
        accounts=(Account("6156 0044", name="Atelier"),),
        note="Le deuxième atelier suit en automne.",
    )
    operations.change_order(manager, order, half, now=at)


def _offered_change(manager: Actor, people: People, at: datetime) -> None:
    contract = people.contracts[OFFERED]
    service = db.session.get_one(Service, contract.service_id)
    order = operations.open_change(manager, service, now=at)
    wanted = Draft(
        subscription=contract.subscription,
        options=("raw_data", "custom_training"),
        takes_effect_on=add_months(at.date(), 1).replace(day=1),
        access_owner_name="Hugo Renard",
        access_owner_email="hugo@tilleuls.example",
        access_owner_phone="+32 2 555 01 31",
        accounts=(
            Account("6041 7000", name="Clinique"),
            Account("7041 7000-01", "6041 7000", "Soins"),
            Account("7041 7000-02", "6041 7000", "Administration"),
            Account("6041 7055", name="Polyclinique"),
        ),
        has_portal_account=True,
        language="fr",
    )
    operations.change_order(manager, order, wanted, now=at)
    operations.offer_order(manager, order, now=at)


def _offered(manager: Actor, people: People, at: datetime) -> None:
    order = _opened(manager, people, WAITING, at)
    operations.change_order(manager, order, SECOND_SITE, now=at)
    operations.offer_order(manager, order, now=at + MINUTE)


def _implemented(manager: Actor, operator: Actor, people: People, now: datetime) -> None:
    signed = now - SIGNED_BEFORE
    order = _opened(manager, people, RUNNING, signed - timedelta(days=2))
    operations.change_order(manager, order, NORTHGATE, now=signed)
    paper = Paper(
        name="Grace Hill",
        signed_on=signed.date(),
        content=documents.order_form(order, now=signed),
        file_name=f"{order.reference}-signed.pdf",
    )
    contract = signing.take_in_paper(manager, order, paper, now=signed)
    at = implementation_queries.next_office_hours(contract, signed + timedelta(hours=3)) + MINUTE
    if at <= now:
        service = db.session.get_one(Service, contract.service_id)
        do_step(operator, service, _first_step(service), Doing(at), now=at)


def _first_step(service: Service) -> str:
    return implementation_queries.checklist(service)[0].step.key


def _opened(manager: Actor, people: People, code: str, at: datetime) -> Order:
    contract: Contract = people.contracts[code]
    customer = db.session.get_one(Customer, contract.customer_id)
    description = queries.descriptions_for_sale(at)[0]
    return operations.open_order(manager, customer, description, now=at)


def _staff(email: str) -> Actor:
    user = user_by_email(email)
    actor = actor_for(user, 0) if user else None
    if actor is None:
        message = f"{email} belongs to nobody"
        raise LookupError(message)
    return actor
