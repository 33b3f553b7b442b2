"""The invented organisations and people of the demonstration."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from ops_portal.accounts.models import Customer, User
from ops_portal.accounts.operations import add_customer, add_membership, add_user
from ops_portal.accounts.queries import actor_for
from ops_portal.contracts.models import Contract, ServiceDescription
from ops_portal.contracts.operations import sign_contract
from ops_portal.core.actor import Actor, system_actor
from ops_portal.core.db import db
from ops_portal.core.permissions import Role

ACTIVE_FOR = timedelta(days=420)

STAFF = (
    ("ines@desk.example", "Inès Laurent", Role.AGENT, "fr"),
    ("wout@desk.example", "Wout Peeters", Role.AGENT, "nl"),
    ("amal@desk.example", "Amal Haddad", Role.AGENT, "en"),
    ("olivier@desk.example", "Olivier Maes", Role.OPERATOR, "fr"),
    ("sofie@desk.example", "Sofie De Wit", Role.ACCOUNT_MANAGER, "nl"),
    ("felix@desk.example", "Félix Aubry", Role.FINANCE_CLERK, "fr"),
)

CUSTOMERS = (
    (
        "K-20417",
        "Clinique des Tilleuls",
        "fr",
        ("Factures mobiles", "Rapports", "Centres de coûts"),
    ),
    ("K-20933", "Havenlogistiek Kallo", "nl", ("Mobiele facturen", "Rapporten")),
    ("K-21560", "Imprimerie Lambert", "fr", ("Factures mobiles",)),
    ("K-22078", "Northgate Consulting", "en", ("Invoice viewer", "Reports")),
    ("K-22841", "Brouwerij De Linde", "nl", ("Mobiele facturen",)),
    ("K-19016", "Archives 2016", "fr", ("Journal d'incidents",)),
)
ARCHIVE = "K-19016"
"""Has a contract old enough to judge an imported log of 2016 by."""
ARCHIVE_FROM = datetime(2016, 1, 1, tzinfo=UTC)

CONTACTS = (
    ("claire@tilleuls.example", "Claire Fontaine", "K-20417", Role.REPRESENTATIVE, "fr"),
    ("hugo@tilleuls.example", "Hugo Renard", "K-20417", Role.ACCESS_OWNER, "fr"),
    ("jef@kallo.example", "Jef Van Hove", "K-20933", Role.REPRESENTATIVE, "nl"),
    ("lea@lambert.example", "Léa Lambert", "K-21560", Role.REPRESENTATIVE, "fr"),
    ("grace@northgate.example", "Grace Hill", "K-22078", Role.REPRESENTATIVE, "en"),
    ("tom@delinde.example", "Tom Claes", "K-22841", Role.REPRESENTATIVE, "nl"),
    ("boris@broker.example", "Boris Noël", "K-21560", Role.REPRESENTATIVE, "fr"),
    ("boris@broker.example", "Boris Noël", "K-22841", Role.REPRESENTATIVE, "fr"),
)

LOGINS = (
    ("ines@desk.example", "Service Desk agent (French)"),
    ("wout@desk.example", "Service Desk agent (Dutch)"),
    ("amal@desk.example", "Service Desk agent (English)"),
    ("olivier@desk.example", "platform operator"),
    ("sofie@desk.example", "account manager"),
    ("felix@desk.example", "finance clerk"),
    ("claire@tilleuls.example", "authorised representative of Clinique des Tilleuls"),
    ("hugo@tilleuls.example", "Access Owner of Clinique des Tilleuls"),
    ("boris@broker.example", "broker: two customers with one login"),
)


@dataclass(frozen=True, slots=True)
class People:
    """Who acts in the stories."""

    agents: tuple[Actor, ...]
    representatives: dict[str, Actor]
    contracts: dict[str, Contract]


def add_people(password: str, *, now: datetime) -> People:
    """Add the organisations, their contracts, and everybody's login."""
    provider = db.session.execute(select(Customer).where(Customer.is_provider)).scalar_one()
    since = now - ACTIVE_FOR
    clerk = system_actor("demo", provider.id)
    staff = {}
    for email, name, role, language in STAFF:
        user = add_user(email, name, password, now=since, language=language)
        add_membership(user, provider, role, now=since)
        staff[email] = user
    customers = {
        code: add_customer(code, name, now=since, language=language)
        for code, name, language, _elements in CUSTOMERS
    }
    contracts = _sign(customers, clerk, since)
    contacts: dict[str, User] = {}
    for email, name, code, role, language in CONTACTS:
        user = add_user(email, name, password, now=since, language=language)
        add_membership(user, customers[code], role, now=since)
        if role is Role.REPRESENTATIVE:
            contacts.setdefault(code, user)
    agents = [staff[email] for email, _, role, _ in STAFF if role is Role.AGENT]
    return People(
        agents=tuple(_actor(user, provider) for user in agents),
        representatives={code: _actor(user, customers[code]) for code, user in contacts.items()},
        contracts=contracts,
    )


def _sign(customers: dict[str, Customer], clerk: Actor, since: datetime) -> dict[str, Contract]:
    description = db.session.scalars(
        select(ServiceDescription).order_by(ServiceDescription.effective_from.desc()).limit(1),
    ).one()
    return {
        code: sign_contract(
            customers[code],
            f"C-{code[2:]}",
            description,
            active_from=ARCHIVE_FROM if code == ARCHIVE else since,
            elements=elements,
            actor=clerk,
            now=since,
        )
        for code, _name, _language, elements in CUSTOMERS
    }


def _actor(user: User, customer: Customer) -> Actor:
    actor = actor_for(user, customer.id)
    if actor is None:
        message = f"{user.email} belongs to nobody"
        raise LookupError(message)
    return actor
