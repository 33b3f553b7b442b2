"""The mails about a ticket: what its customer's people are told, each in the own language.

`recording` leaves one row in the outbox for what was done in one go; the job reads the facts again
and writes one mail per person. The outbox key of a mail names ticket, fact and person, so that a
job that runs twice sends nothing twice. Only public facts are read: no internal note gets here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app, render_template
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from ops_portal.accounts.models import Customer, Membership, User
from ops_portal.core.config import Config
from ops_portal.core.db import db
from ops_portal.core.mail import put_mail
from ops_portal.core.permissions import Role
from ops_portal.tickets.care_words import clock_line
from ops_portal.tickets.clocks import Reading, contexts_of, read
from ops_portal.tickets.models import Channel, Fact, FactKind, Ticket
from ops_portal.web.languages import speaking_to
from sla.policy import StopReason

K = FactKind
SUBJECTS = {
    K.RESOLVED: _l("resolved, please confirm"),
    K.REOPENED: _l("reopened"),
    K.VOIDED: _l("closed without service levels"),
    K.CREATED: _l("opened"),
    K.OUT_OF_SCOPE: _l("outside the service"),
    K.PRIORITY_CORRECTED: _l("priority corrected"),
    K.PRIORITY_CHANGED: _l("priority changed"),
    K.CLOCK_STOPPED: _l("we wait for you"),
    K.REPLIED: _l("new message"),
    K.CLOCK_RESUMED: _l("the clock runs again"),
}
"""What a mail can be about; where it is about several things, the first here gives the subject."""

ENDINGS = frozenset({K.RESOLVED, K.VOIDED})
WITH_TARGETS = frozenset(
    {
        K.CREATED,
        K.PRIORITY_CORRECTED,
        K.PRIORITY_CHANGED,
        K.CLOCK_STOPPED,
        K.CLOCK_RESUMED,
        K.REOPENED,
    }
)
"""After these the mail says until when what is promised."""
MANY_LINES = re.compile(r"\n[ \t]*\n\s*\n")
NEWS_FOR = timedelta(days=7)
"""What was recorded longer ago is not mailed any more: it is history by now."""


@dataclass(frozen=True, slots=True)
class News:
    """One thing to tell, with what it refers to and who did it."""

    fact: Fact
    author: str
    """The person's name on the customer's side; empty for the Service Desk."""
    stop: Fact | None = None
    end: Fact | None = None

    @property
    def template(self) -> str:
        """The part of the mail that tells it."""
        return f"emails/ticket_{self.fact.kind}.txt"


def tell(ticket_id: int, first: int, last: int, *, now: datetime) -> int:
    """Write the mails about a ticket's facts `first` to `last`; return the number of receivers.

    The reporter and the representatives of the customer are told, the author is not.

    Args:
        ticket_id: a ticket within the open scope.
        first: the `seq` of the first fact of one action.
        last: of its last.
        now: the instant of writing.

    Source: INC-1, INC-5, INC-7; SLA-2.

    """
    ticket = db.session.get_one(Ticket, ticket_id)
    facts = _public_facts(ticket, last)
    added = [f for f in facts if first <= f.seq <= last]
    told = _worth_telling(added, facts)
    if not told or ticket.channel == Channel.IMPORT or told[0].recorded_at < now - NEWS_FOR:
        return 0
    # as it stood then: a mail that is written late, or again, says the same
    reading = read(facts, contexts_of([ticket])[ticket.id], as_of=told[-1].recorded_at)
    receivers = receivers_of(ticket, authors={f.author_id for f in added})
    customer = db.session.get_one(Customer, ticket.customer_id)
    news = _with_names(told, facts)
    for person in receivers:
        with speaking_to(person.language, customer.zone):
            subject, body = compose(ticket, customer.name, news, reading)
        key = f"{ticket.reference}-{last}-{person.id}"
        put_mail(person.email, subject, body, customer_id=ticket.customer_id, now=now, key=key)
    return len(receivers)


def receivers_of(ticket: Ticket, *, authors: set[int | None]) -> Sequence[User]:
    """Return who is told about a ticket: its reporter and the representatives, without the authors.

    A reporter who has left the organisation is told nothing any more.
    """
    is_concerned = (Membership.role == Role.REPRESENTATIVE) | (User.id == ticket.reported_by)
    query = (
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.customer_id == ticket.customer_id,
            Membership.ended_at.is_(None),
            User.is_active,
            is_concerned,
        )
        .order_by(User.id)
        .distinct()
    )
    return [person for person in db.session.scalars(query) if person.id not in authors]


def compose(
    ticket: Ticket, customer: str, news: Sequence[News], reading: Reading
) -> tuple[str, str]:
    """Return subject and text of one mail, in the language being spoken."""
    config: Config = current_app.extensions["portal.config"]
    kinds = {n.fact.kind for n in news}
    is_due = bool(kinds & WITH_TARGETS)
    head = next(kind for kind in SUBJECTS if kind in kinds)
    body = render_template(
        "emails/ticket.txt",
        ticket=ticket,
        news=news,
        customer=customer,
        priority=reading.history.priority,
        lines=[clock_line(c, reading, reading.as_of) for c in reading.running] if is_due else (),
        address=_address(config, "care.ticket", reference=ticket.reference),
        config=config,
    )
    subject = f"{ticket.reference} · {SUBJECTS[head]} · {ticket.title}"
    return subject, MANY_LINES.sub("\n\n", body).strip() + "\n"


def _address(config: Config, endpoint: str, **values: str) -> str:
    return config.base_url + current_app.url_map.bind("").build(endpoint, values)


def _public_facts(ticket: Ticket, last: int) -> Sequence[Fact]:
    query = (
        select(Fact)
        .where(Fact.ticket_id == ticket.id, Fact.is_public, Fact.seq <= last)
        .order_by(Fact.seq)
    )
    return db.session.scalars(query).all()


def _worth_telling(added: Sequence[Fact], facts: Sequence[Fact]) -> list[Fact]:
    """Leave out stops that are not the customer's, and the end of a stop where more happened."""
    by_seq = {f.seq: f for f in facts}
    added_seqs = {f.seq for f in added}
    is_over = any(f.kind in ENDINGS for f in added)
    told = []
    for fact in added:
        stop = by_seq.get(fact.refers_to or 0) if fact.kind == K.CLOCK_RESUMED else fact
        if fact.kind in {K.CLOCK_STOPPED, K.CLOCK_RESUMED}:
            is_ours = stop is None or stop.data.get("reason") != StopReason.CUSTOMER
            is_part = fact.kind == K.CLOCK_RESUMED and (is_over or fact.refers_to in added_seqs)
            if is_ours or is_part:
                continue
        if fact.kind in SUBJECTS:
            told.append(fact)
    return told


def _with_names(told: Sequence[Fact], facts: Sequence[Fact]) -> list[News]:
    by_seq = {f.seq: f for f in facts}
    ends = {f.refers_to: f for f in facts if f.kind == K.CLOCK_RESUMED}
    people = {f.author_id for f in told if f.author_kind == "customer"}
    names = {
        row.id: row.name
        for row in db.session.execute(select(User.id, User.name).where(User.id.in_(people)))
    }
    return [
        News(
            fact=f,
            author=names.get(f.author_id or 0, ""),
            stop=by_seq.get(f.refers_to or 0),
            end=ends.get(f.seq),
        )
        for f in told
    ]
