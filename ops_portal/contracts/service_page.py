"""What the pages of one service show, for the provider and for the customer."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask_babel import gettext as _
from sqlalchemy import func, select

from ops_portal.accounts.models import Customer
from ops_portal.contracts import service_queries as queries
from ops_portal.contracts import service_words as words
from ops_portal.contracts.fee_receipt import Fee, holds_on, monthly_fee
from ops_portal.contracts.inactivity import Idle, idle_of, unused_since
from ops_portal.contracts.life import Deactivation, ServiceAccount, ServiceUse, TerminationNotice
from ops_portal.contracts.models import Contract, Service
from ops_portal.contracts.queries import catalogue, described
from ops_portal.contracts.service_queries import Run
from ops_portal.contracts.termination import End, end_of_notice
from ops_portal.contracts.timeline import events_of
from ops_portal.core.db import db
from ops_portal.core.errors import RefusedError
from ops_portal.web.filters import day
from sla.catalogue import Catalogue, Component, Party
from sla.policy import Description


@dataclass(frozen=True, slots=True)
class Part:
    """A component, and what the contract makes of it (CAT-2)."""

    name: str
    clause: str
    kind: str
    word: str


@dataclass(frozen=True, slots=True)
class Period:
    """One contract of a service, as a line of its own."""

    contract: Contract
    description: Description
    subscription: str
    options: str
    state: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the timeline."""

    at: datetime
    recorded_at: datetime
    heading: str
    text: str
    by: str
    order: str
    """The reference of the order behind it, if any."""


@dataclass(frozen=True, slots=True)
class ServicePicture:
    """A service with everything its pages say."""

    run: Run
    customer: Customer
    contract: Contract
    """In force, else the last that was, else the first to come."""
    state: str
    fee: Fee | None
    parts: Sequence[Part]
    periods: Sequence[Period]
    accounts: Sequence[ServiceAccount]
    notice: TerminationNotice | None
    end_if_today: End | None
    """Where a notice of the customer received today would lead."""
    deactivation: Deactivation | None
    use: ServiceUse | None
    idle: Idle | None
    timeline: Sequence[Told]
    today: date

    @property
    def service(self) -> Service:
        """The service."""
        return self.run.service

    @property
    def description(self) -> Description:
        """The description the contract points at."""
        return described(self.contract.description_id)

    @property
    def badge(self) -> tuple[str, str]:
        """The kind and the word of the service's state."""
        if self.state == "notice" and self.notice:
            last = day(self.notice.ends_on)
            return words.STATES["notice"], _("ends after %(day)s", day=last)
        return words.STATES[self.state], words.state_word(self.state)

    @property
    def subscription(self) -> str:
        """The name of the subscription."""
        return words.subscription_word(self.description.catalogue, self.contract.subscription)

    @property
    def coming(self) -> Period | None:
        """The contract that takes the place of this one, if one will."""
        later = [p for p in self.periods if p.contract.valid_from > self.contract.valid_from]
        return next((p for p in reversed(later) if not queries.is_void(p.contract)), None)


def picture_of(run: Run, *, now: datetime) -> ServicePicture:
    """Return everything the pages of a service say at an instant."""
    contract = run.shown_at(now)
    description = described(contract.description_id)
    today = now.astimezone(description.zone).date()
    accounts = [a for a in queries.accounts_of(run.service) if holds_on(a, today)]
    notice, off = queries.open_notice(run.service), queries.open_deactivation(run.service)
    title = _("%(reference)s, the fee of a month", reference=contract.reference)
    return ServicePicture(
        run=run,
        customer=db.session.get_one(Customer, run.service.customer_id),
        contract=contract,
        state=state_of(run, notice, off, now),
        fee=monthly_fee(contract, accounts, today, title),
        parts=parts_of(contract, description.catalogue),
        periods=[_period(c, now) for c in reversed(run.contracts)],
        accounts=accounts,
        notice=notice,
        end_if_today=None if notice or run.has_ended(now) else _end_if(run, today),
        deactivation=off,
        use=queries.last_use(run.service),
        idle=None if off or run.has_ended(now) else _idle(run, contract, now),
        timeline=_timeline(run.service, description.catalogue),
        today=today,
    )


def state_of(
    run: Run, notice: TerminationNotice | None, off: Deactivation | None, now: datetime
) -> str:
    """Return how a service stands: a key of `service_words.STATES`."""
    if run.has_ended(now):
        return "ended"
    if notice is not None:
        return "notice"
    if off is not None:
        return "off"
    return "active" if run.service.activated_at else "implementing"


def parts_of(contract: Contract, sold: Catalogue | None) -> list[Part]:
    """Return every component of the description with what the contract makes of it (CAT-2)."""
    found = []
    for component in by_clause(sold) if sold else ():
        given = component.subscriptions.get(contract.subscription)
        is_ordered = component.key in contract.options
        kind, word = words.availability_word(given, is_ordered=is_ordered)
        name = words.component_word(sold, component.key)
        found.append(Part(name, component.clause, kind, word))
    return found


def by_clause(sold: Catalogue) -> list[Component]:
    """Return the components in the order of the clauses that describe them."""
    return sorted(sold.components.values(), key=lambda c: _numbers(c.clause))


def _numbers(clause: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", clause)]


def _period(contract: Contract, now: datetime) -> Period:
    sold = catalogue(contract.description_id)
    if queries.is_void(contract):
        state = "none", _("never held: the service ended before")
    elif contract.valid_from > now:
        state = "coming", _("coming")
    elif contract.ended_at is None or contract.ended_at > now:
        state = "met", _("in force")
    else:
        state = "none", _("past")
    return Period(
        contract,
        described(contract.description_id),
        words.subscription_word(sold, contract.subscription),
        words.component_words(sold, contract.options),
        state,
    )


def _end_if(run: Run, today: date) -> End | None:
    try:
        return end_of_notice(run, Party.CUSTOMER, today)
    except RefusedError:
        return None


def _idle(run: Run, contract: Contract, now: datetime) -> Idle | None:
    """Return what comes of the service not being used, once that is near."""
    query = select(func.coalesce(unused_since(), None)).where(Service.id == run.service.id)
    since = db.session.scalars(query).one()
    idle = idle_of(run.service, contract, since) if since else None
    return idle if idle and idle.warns_at <= now else None


def _timeline(service: Service, sold: Catalogue | None) -> list[Told]:
    found = []
    for event in events_of(service):
        heading, text = words.event_words(event, sold)
        by = event.user_name if event.user_id else _("the portal")
        order = str(event.params.get("order", ""))
        found.append(Told(event.occurred_at, event.recorded_at, heading, text, by, order))
    return found
