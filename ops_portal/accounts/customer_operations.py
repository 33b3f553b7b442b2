"""Adding and changing customers, and the own profile."""

from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select

from ops_portal.accounts import queries
from ops_portal.accounts.models import Customer
from ops_portal.core import audit
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import N_, RefusedError
from ops_portal.core.mail import one_line


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """What is known of a customer besides its contracts and people."""

    code: str
    name: str
    language: str
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a person chooses for the own pages and mails."""

    name: str
    language: str
    has_shortcuts: bool


def register_customer(actor: Actor, facts: CustomerFacts, *, now: datetime) -> Customer:
    """Add a customer; its audit chain begins with this.

    Raises:
        RefusedError: another customer has this number.

    Source: CFG-2, §5.1.3.1.

    """
    facts = _tidy(facts)
    _refuse_taken(facts.code, but=None)
    customer = Customer(**asdict(facts), created_at=now)
    db.session.add(customer)
    db.session.flush()
    audit.record(
        actor,
        "customer.add",
        ("customer", customer.id),
        now=now,
        customer_id=customer.id,
        after=asdict(facts),
    )
    return customer


def change_customer(
    actor: Actor, customer: Customer, facts: CustomerFacts, *, now: datetime
) -> None:
    """Change what is known of a customer; nothing is written when nothing differs.

    Raises:
        RefusedError: another customer has this number.

    Source: CFG-2, §5.1.3.1.

    """
    facts = _tidy(facts)
    _refuse_taken(facts.code, but=customer.id)
    after = asdict(facts)
    changed = {key: value for key, value in after.items() if getattr(customer, key) != value}
    if not changed:
        return
    before = {key: getattr(customer, key) for key in changed}
    for key, value in changed.items():
        setattr(customer, key, value)
    audit.record(
        actor,
        "customer.change",
        ("customer", customer.id),
        now=now,
        customer_id=customer.id,
        before=before,
        after=changed,
    )


def change_profile(actor: Actor, profile: Profile, *, now: datetime) -> None:
    """Change one's own name, language and keys."""
    user = queries.user_for(actor)
    after = {**asdict(profile), "name": one_line(profile.name)}
    before = {key: getattr(user, key) for key in after}
    if before == after:
        return
    for key, value in after.items():
        setattr(user, key, value)
    audit.record(actor, "profile.change", ("user", user.id), now=now, before=before, after=after)


def _tidy(facts: CustomerFacts) -> CustomerFacts:
    return CustomerFacts(**{key: one_line(value) for key, value in asdict(facts).items()})


def _refuse_taken(code: str, *, but: int | None) -> None:
    holder = db.session.execute(select(Customer.id).where(Customer.code == code)).scalar()
    if holder is not None and holder != but:
        message = N_("Another customer has this number.")
        raise RefusedError(message, fields={"code": message})
