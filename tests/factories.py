"""The cast and the props of the tests: two customers, the personas, contracts, tickets.

`make_world(now)` builds everything in the open system scope; names are unique, so that several
worlds can stand in one database. `sign_in(client, person)` opens a session the way the login does.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace

from flask.testing import FlaskClient
from sqlalchemy import select

from ops_portal.accounts import operations as accounts
from ops_portal.accounts.models import ApiToken, Customer, User
from ops_portal.accounts.queries import actor_for
from ops_portal.accounts.secrets import hash_password, hash_token, new_token
from ops_portal.contracts.models import Contract, ServiceDescription
from ops_portal.contracts.operations import sign_contract
from ops_portal.contracts.queries import elements_of
from ops_portal.core.actor import Actor, system_actor
from ops_portal.core.db import db
from ops_portal.core.permissions import Permission, Role
from ops_portal.core.tenancy import Scope, scoped
from ops_portal.foundation import lay_foundation
from ops_portal.tickets.models import Channel, Ticket
from ops_portal.tickets.operations import Report, open_ticket
from sla.policy import Priority

PASSWORD = "correct horse battery staple"  # noqa: S105 (of invented people)
MONDAY = datetime(2026, 6, 8, 7, 0, tzinfo=UTC)
"""Monday 8 June 2026, 09:00 in Brussels: in the support window, no holiday near."""
ACTIVE_FROM = datetime(2025, 1, 1, tzinfo=UTC)

_numbers = count(1)
_hash: list[str] = []


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in: the login, and the actor acting for the active organisation."""

    user_id: int
    email: str
    actor: Actor
    customer_id: int


@dataclass(frozen=True, slots=True)
class Tenant:
    """One customer with its contract, its element and its people."""

    customer_id: int
    code: str
    contract_id: int
    element_id: int
    representative: Person
    access_owner: Person


@dataclass(frozen=True, slots=True)
class World:
    """The provider's people and two customers that must never see each other."""

    provider_id: int
    agent: Person
    other_agent: Person
    manager: Person
    operator: Person
    clerk: Person
    home: Tenant
    foreign: Tenant
    """The other customer; its representative is the stranger."""
    broker: Person
    """Representative of both customers with one login; `home` is active."""

    @property
    def representative(self) -> Person:
        """The representative of `home`."""
        return self.home.representative

    @property
    def access_owner(self) -> Person:
        """The Access Owner of `home`."""
        return self.home.access_owner

    @property
    def stranger(self) -> Person:
        """The representative of `foreign`."""
        return self.foreign.representative

    def personas(self) -> dict[str, Person]:
        """Return everybody by the name the specification uses."""
        return {
            "agent": self.agent,
            "manager": self.manager,
            "operator": self.operator,
            "clerk": self.clerk,
            "representative": self.representative,
            "access_owner": self.access_owner,
            "stranger": self.stranger,
        }


def make_world(now: datetime = MONDAY) -> World:
    """Build a world; needs an open system scope, flushes, leaves the commit to the caller."""
    lay_foundation("Test operator", now=now)
    provider = db.session.execute(select(Customer).where(Customer.is_provider)).scalar_one()

    def staff(name: str, role: Role) -> Person:
        return person(name, (provider, role), now=now)

    home, foreign = tenant("Home", now=now), tenant("Foreign", now=now)
    both = [db.session.get_one(Customer, t.customer_id) for t in (home, foreign)]
    broker = person("Broker", *((c, Role.REPRESENTATIVE) for c in both), now=now)
    return World(
        provider_id=provider.id,
        agent=staff("Agent", Role.AGENT),
        other_agent=staff("Other agent", Role.AGENT),
        manager=staff("Manager", Role.ACCOUNT_MANAGER),
        operator=staff("Operator", Role.OPERATOR),
        clerk=staff("Clerk", Role.FINANCE_CLERK),
        home=home,
        foreign=foreign,
        broker=broker,
    )


def tenant(name: str, *, now: datetime = MONDAY, language: str = "fr", **signed: object) -> Tenant:
    """Build a customer with an active contract, one element, a representative, an Access Owner."""
    number = next(_numbers)
    customer = accounts.add_customer(
        f"T-{number:05d}", f"{name} {number}", now=now, language=language
    )
    row = contract(customer, now=now, **signed)
    element = elements_of(row)[0]
    return Tenant(
        customer_id=customer.id,
        code=customer.code,
        contract_id=row.id,
        element_id=element.id,
        representative=person(f"{name} representative", (customer, Role.REPRESENTATIVE), now=now),
        access_owner=person(f"{name} access owner", (customer, Role.ACCESS_OWNER), now=now),
    )


def contract(
    customer: Customer,
    *,
    now: datetime = MONDAY,
    active_from: datetime | None = ACTIVE_FROM,
    elements: tuple[str, ...] = ("Invoice viewer",),
    subscription: str = "",
    options: tuple[str, ...] = (),
) -> Contract:
    """Sign a contract on the newest service description."""
    description = db.session.scalars(
        select(ServiceDescription).order_by(ServiceDescription.effective_from.desc()).limit(1),
    ).one()
    clerk = system_actor("tests", customer.id)
    signed = sign_contract(
        customer,
        f"C-{next(_numbers):05d}",
        description,
        active_from=active_from,
        elements=elements,
        subscription=subscription,
        actor=clerk,
        now=now,
    )
    signed.options = list(options)
    return signed


def person(
    name: str, *roles: tuple[Customer, Role], now: datetime = MONDAY, language: str = "en"
) -> Person:
    """Build somebody with roles; the first organisation is the active one; password `PASSWORD`."""
    email = f"{name.lower().replace(' ', '.')}.{next(_numbers)}@example.org"
    user = accounts.add_user(email, name, None, now=now, language=language)
    user.password_hash = _password_hash()
    for customer, role in roles:
        accounts.add_membership(user, customer, role, now=now)
    db.session.flush()
    actor = actor_for(user, roles[0][0].id)
    assert actor is not None
    return Person(user.id, email, actor, actor.customer_id)


def ticket(
    world: World,
    *,
    by: Person | None = None,
    of: Tenant | None = None,
    at: datetime = MONDAY,
    **changes: object,
) -> Ticket:
    """Open a ticket: a P2 of `home`, logged by telephone by the agent, unless said otherwise."""
    by = by or world.agent
    of = of or world.home
    is_phone = by.actor.is_staff
    report = Report(
        title="The invoices do not open",
        description="Nobody can open an invoice.",
        priority=Priority.P2,
        channel=Channel.PHONE if is_phone else Channel.PORTAL,
        notified_at=at if is_phone else None,
        is_own_side_checked=True,
        element_id=of.element_id,
    )
    signed = db.session.get_one(Contract, of.contract_id)
    return open_ticket(by.actor, signed, replace(report, **changes), now=at)


def sign_in(client: FlaskClient, who: Person, *, at: datetime | None = None) -> str:
    """Open a session for a person in this client's cookies and return its token."""
    with client.application.app_context(), scoped(Scope.system("tests"), db.session):
        user = db.session.get_one(User, who.user_id)
        token = accounts.open_session(
            user, who.actor, now=at or datetime.now(UTC), ip="127.0.0.1", user_agent="tests"
        )
        db.session.commit()
    with client.session_transaction() as cookies:
        cookies["_user_id"] = token
        cookies["_fresh"] = True
    return token


class Clock(SimpleNamespace):
    """A clock the tests move: `clock = Clock(MONDAY); clock(hours=2)` goes on and returns it."""

    def __init__(self, start: datetime = MONDAY) -> None:
        super().__init__(now=start)

    def __call__(self, **step: float) -> datetime:
        self.now += timedelta(**step)
        return self.now


def in_system(work: Callable[[], object], name: str = "tests") -> object:
    """Run work in the system scope and commit; for arranging what a test needs."""
    with scoped(Scope.system(name), db.session):
        result = work()
        db.session.commit()
        return result


def _password_hash() -> str:
    if not _hash:
        _hash.append(hash_password(PASSWORD))
    return _hash[0]


def api_token(who: Person, *scopes: Permission, days: int = 30) -> str:
    """Make an API token for a person, with all own permissions unless scopes are named."""
    token = new_token()
    made = datetime.now(UTC)
    db.session.add(
        ApiToken(
            customer_id=who.customer_id,
            user_id=who.user_id,
            name="tests",
            prefix=token[:8],
            token_hash=hash_token(token),
            scopes=sorted(scopes or who.actor.permissions),
            created_at=made,
            expires_at=made + timedelta(days=days),
        )
    )
    db.session.flush()
    return token
