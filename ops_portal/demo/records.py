"""A service of the demonstration that has ended: its deletion waits for a second person."""

from datetime import datetime, timedelta

from sqlalchemy import select

from ops_portal.accounts.models import Customer, User
from ops_portal.accounts.operations import add_customer, add_membership, add_user
from ops_portal.accounts.queries import actor_for
from ops_portal.contracts.models import ServiceDescription
from ops_portal.contracts.operations import sign_contract
from ops_portal.core.actor import Actor, system_actor
from ops_portal.core.db import db
from ops_portal.core.permissions import Role
from ops_portal.core.tenancy import Scope, scoped
from ops_portal.records.deletion_operations import request_deletion

CODE, NAME = "K-18220", "Atelier Meunier"
ANOTHER_CODE, ANOTHER_NAME = "K-17904", "Transports Verhulst"
EMAIL, REPRESENTATIVE = "paul@meunier.example", "Paul Meunier"
MANAGER = "sofie@desk.example"
RAN_FOR = timedelta(days=900)
ENDED = timedelta(days=40)
"""Before this month, so that the last days are invoiced."""


def add_endings(password: str, *, now: datetime) -> None:
    """Add two services that have ended, one with a deletion that is requested. Source: CON-4."""
    meunier = _ended(CODE, NAME, now)
    _ended(ANOTHER_CODE, ANOTHER_NAME, now)
    paul = add_user(EMAIL, REPRESENTATIVE, password, now=now - RAN_FOR, language="fr")
    add_membership(paul, meunier, Role.REPRESENTATIVE, now=now - RAN_FOR)
    customer_id = meunier.id
    manager = _manager()
    # the database takes a decision from the person who is signed in only
    with scoped(Scope.staff(manager), db.session):
        reason = "Contrat résilié par le client, plus rien à garder."
        request_deletion(manager, customer_id, reason, now=now)


def _ended(code: str, name: str, now: datetime) -> Customer:
    since = now - RAN_FOR
    customer = add_customer(code, name, now=since, language="fr")
    description = db.session.scalars(
        select(ServiceDescription)
        .where(ServiceDescription.effective_from <= now.date())
        .order_by(ServiceDescription.effective_from.desc())
        .limit(1)
    ).one()
    contract = sign_contract(
        customer,
        f"C-{code[2:]}",
        description,
        active_from=since,
        elements=("Factures mobiles",),
        actor=system_actor("demo", customer.id),
        now=since,
    )
    contract.ended_at = now - ENDED
    db.session.flush()
    return customer


def _manager() -> Actor:
    provider = db.session.scalars(select(Customer).where(Customer.is_provider)).one()
    user = db.session.scalars(select(User).where(User.email == MANAGER)).one()
    actor = actor_for(user, provider.id)
    if actor is None:
        message = f"{MANAGER} belongs to nobody"
        raise LookupError(message)
    return actor
