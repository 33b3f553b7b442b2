"""Reading one ticket for the desk's page, in as few statements as it has kinds of rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from ops_portal.accounts.models import Customer, Membership, User
from ops_portal.contracts.models import Contract, SolutionElement
from ops_portal.contracts.queries import newest_calendar_of
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError
from ops_portal.core.permissions import Role
from ops_portal.tickets.models import Fact, Presence, Ticket, Verdict

HERE = timedelta(seconds=45)
"""How long after the last sign of life somebody still counts as looking at a ticket."""


@dataclass(frozen=True, slots=True)
class Head:
    """A ticket with the names around it."""

    ticket: Ticket
    customer: str
    customer_code: str
    contract: Contract
    calendar_id: int
    """The newest version of the calendar of its contract."""
    element: str | None
    owner: str | None
    reporter: str | None

    @property
    def active_from(self) -> datetime | None:
        """The activation of the contract."""
        return self.contract.active_from

    @property
    def description_id(self) -> int:
        """The service description the contract points at."""
        return self.contract.description_id


@dataclass(frozen=True, slots=True)
class Authored:
    """A fact and who wrote it."""

    fact: Fact
    author: str | None


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of the provider: whether tickets can be given to them, whether they look at this."""

    user_id: int
    name: str
    is_agent: bool
    is_here: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict and who judged."""

    verdict: Verdict
    judge: str | None


def head_for(actor: Actor, reference: str) -> Head:
    """Return a ticket the actor may see, with the names around it.

    Raises:
        NotFoundError: it does not exist, or belongs to another tenant; the answer is the same.

    """
    owner, reporter = aliased(User), aliased(User)
    row = db.session.execute(
        select(
            Ticket,
            Customer.name,
            Customer.code,
            Contract,
            newest_calendar_of(Contract.calendar),
            SolutionElement.name,
            owner.name,
            reporter.name,
        )
        .join(Customer, Customer.id == Ticket.customer_id)
        .join(Contract, Contract.id == Ticket.contract_id)
        .outerjoin(SolutionElement, SolutionElement.id == Ticket.element_id)
        .outerjoin(owner, owner.id == Ticket.owner_id)
        .outerjoin(reporter, reporter.id == Ticket.reported_by)
        .where(Ticket.reference == reference.upper()),
    ).one_or_none()
    if row is None or (not actor.is_staff and row[0].customer_id != actor.customer_id):
        raise NotFoundError
    return Head(*row)


def authored_facts(ticket: Ticket) -> list[Authored]:
    """Return a ticket's whole history in order, with the authors' names."""
    rows = db.session.execute(
        select(Fact, User.name)
        .outerjoin(User, User.id == Fact.author_id)
        .where(Fact.ticket_id == ticket.id)
        .order_by(Fact.seq),
    )
    return [Authored(fact, name) for fact, name in rows]


def judgements_of(ticket: Ticket) -> list[Judged]:
    """Return all verdicts of a ticket, the newest judgement first."""
    rows = db.session.execute(
        select(Verdict, User.name)
        .outerjoin(User, User.id == Verdict.judged_by)
        .where(Verdict.ticket_id == ticket.id)
        .order_by(Verdict.judgement.desc(), Verdict.period, Verdict.id),
    )
    return [Judged(verdict, name) for verdict, name in rows]


def colleagues(actor: Actor, ticket: Ticket, *, now: datetime) -> Sequence[Colleague]:
    """Return the provider's people by name, and note that the actor looks at the ticket now."""
    me = (
        insert(Presence)
        .values(
            ticket_id=ticket.id, user_id=actor.user_id, customer_id=ticket.customer_id, seen_at=now
        )
        .on_conflict_do_update(
            index_elements=[Presence.ticket_id, Presence.user_id], set_={"seen_at": now}
        )
        .cte("me")
    )
    here = (Presence.ticket_id == ticket.id) & (Presence.user_id == User.id)
    rows = db.session.execute(
        select(
            User.id,
            User.name,
            func.bool_or(Membership.role == Role.AGENT),
            func.coalesce(func.max(Presence.seen_at) > now - HERE, False),
        )
        .join(Membership, Membership.user_id == User.id)
        .join(Customer, Customer.id == Membership.customer_id)
        .outerjoin(Presence, here)
        .where(Customer.is_provider, Membership.ended_at.is_(None), User.is_active)
        .group_by(User.id, User.name)
        .order_by(User.name, User.id)
        .add_cte(me),
    )
    return [Colleague(*row) for row in rows]
