"""Writing facts: the one way history grows, and what is kept in step with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from ops_portal.core import audit, outbox
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import RefusedError
from ops_portal.core.texts import cleaned
from ops_portal.tickets.clocks import (
    CLOCK_KINDS,
    Reading,
    contexts_of,
    facts_by_ticket,
    keep_copies,
    read,
    read_clocks,
    thresholds,
)
from ops_portal.tickets.judging import judge_if_ended, must_unpin
from ops_portal.tickets.models import Alarm, Channel, Fact, FactKind, Ticket

JUST_NOW = timedelta(minutes=1)
BACKDATED_NEEDS = "Say why this is recorded later than it happened."
NEWS = frozenset(
    {
        FactKind.CREATED,
        FactKind.REPLIED,
        FactKind.PRIORITY_CORRECTED,
        FactKind.PRIORITY_CHANGED,
        FactKind.CLOCK_STOPPED,
        FactKind.CLOCK_RESUMED,
        FactKind.RESOLVED,
        FactKind.REOPENED,
        FactKind.VOIDED,
        FactKind.OUT_OF_SCOPE,
    }
)
"""What the customer is told by mail; `notices` decides in which words, and whether at all."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A fact about to be written, or only tried out; `seq` is given when it is placed."""

    kind: FactKind
    at: datetime
    is_public: bool
    text: str = ""
    reason: str = ""
    refers_to: int | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Preview:
    """What drafts would do to a ticket's clocks, before they are saved."""

    before: Reading
    after: Reading


def write_facts(
    ticket: Ticket, actor: Actor, drafts: Sequence[Draft], *, now: datetime, action: str
) -> Reading:
    """Append facts to a locked ticket, keep its copies in step, judge it and audit, in one go.

    Args:
        ticket: the row, locked by `queries.lock_ticket` or just made.
        actor: the author.
        drafts: what to add, in order.
        now: the instant of recording.
        action: the name of the audit entry.

    Returns:
        the clocks after the change.

    Raises:
        RefusedError: a draft lies in the future, or in the past without a reason.

    Source: INC-11, CFG-2, SLA-6.

    """
    before = {"state": ticket.state, "priority": ticket.priority, "version": ticket.version}
    for place, draft in enumerate(drafts, start=1):
        _check_time(draft, now)
        db.session.add(_fact(ticket, actor, draft, ticket.version + place, now))
    db.session.flush()
    reading = project(ticket, now=now)
    ticket.updated_at = now
    judge_if_ended(ticket, reading, actor, now=now)
    db.session.flush()
    audit.record(
        actor,
        action,
        ("ticket", ticket.reference),
        now=now,
        customer_id=ticket.customer_id,
        before=before,
        after={
            "state": ticket.state,
            "priority": ticket.priority,
            "version": ticket.version,
            "facts": ",".join(d.kind for d in drafts),
        },
    )
    _announce(ticket, drafts, now=now)
    return reading


def _announce(ticket: Ticket, drafts: Sequence[Draft], *, now: datetime) -> None:
    """Ask for the mails about these facts, in this transaction; a job above writes them.

    Recording knows neither words nor receivers: it leaves a row, and `jobs` hands it to `notices`.
    One row for what was done in one go, so that nobody gets two mails for one action.
    """
    is_news = any(d.is_public and d.kind in NEWS for d in drafts)
    if not is_news or ticket.channel == Channel.IMPORT:
        return
    last = ticket.version
    outbox.put(
        "tickets.notify",
        {"ticket_id": ticket.id, "first": last - len(drafts) + 1, "last": last, "_narrow": True},
        customer_id=ticket.customer_id,
        now=now,
        key=f"tickets.notify:{ticket.id}:{last}",
    )


def project(ticket: Ticket, *, now: datetime) -> Reading:
    """Rebuild the ticket's copies from its facts and return its clocks."""
    if must_unpin(ticket):
        ticket.judged_description_id = ticket.judged_calendar_id = None
    newest = select(func.max(Fact.seq)).where(Fact.ticket_id == ticket.id)
    ticket.version = db.session.scalar(newest) or 0
    reading = read_clocks([ticket], as_of=now)[ticket.id]
    keep_copies(ticket, reading, known_alarms(ticket))
    last = db.session.scalar(
        select(Fact.at)
        .where(Fact.ticket_id == ticket.id, Fact.kind.in_(PROGRESS), Fact.is_public)
        .where(Fact.author_kind == "provider")
        .order_by(Fact.seq.desc())
        .limit(1),
    )
    ticket.update_due_at = update_due(ticket, reading, last)
    return reading


PROGRESS = (FactKind.REPLIED, FactKind.CREATED, FactKind.INTERVENTION_STARTED)


def update_due(ticket: Ticket, reading: Reading, last_told: datetime | None) -> datetime | None:
    """Return when the customer is owed the next word about progress; None when none is owed.

    Counted in the support window, from the last public word of the provider or the creation.

    Source: INC-7, §5.1.2.2.
    """
    history, terms = reading.history, reading.context.terms
    every = terms.description.update_every_s.get(history.priority)
    if every is None or not history.is_open or ticket.paused_reason == "customer":
        return None
    return terms.schedule.advance(last_told or history.created_at, every)


def preview(ticket: Ticket, drafts: Sequence[Draft], *, now: datetime) -> Preview:
    """Return the clocks before and after drafts that are not written.

    Source: SLA-6; people-and-pages: Ticket.
    """
    facts: list[Any] = list(facts_by_ticket([ticket.id])[ticket.id])
    context = contexts_of([ticket])[ticket.id]
    tried = [
        Draft(d.kind, d.at, d.is_public, data=d.data, refers_to=d.refers_to, seq=ticket.version + n)
        for n, d in enumerate(drafts, start=1)
    ]
    for draft in drafts:
        _check_time(draft, now)
    return Preview(
        before=read(facts, context, as_of=now, explain=True),
        after=read([*facts, *tried], context, as_of=now, explain=True),
    )


def known_alarms(ticket: Ticket) -> set[tuple[str, datetime, str]]:
    """Return `(kpi, period start, kind)` of the alarms a ticket has had."""
    rows = db.session.execute(
        select(Alarm.kpi, Alarm.period_start, Alarm.kind).where(Alarm.ticket_id == ticket.id)
    )
    return {(kpi, start, kind) for kpi, start, kind in rows}


def raise_alarms(ticket: Ticket, *, now: datetime) -> int:
    """Record the thresholds a locked ticket has crossed, each once, and return how many were new.

    A crossing that lies before the fact which caused it was written is marked retroactive (T45).

    Source: SLA-4; sla-cases T45, T65, T67.
    """
    reading = read_clocks([ticket], as_of=now)[ticket.id]
    late = [
        f.recorded_at
        for f in facts_by_ticket([ticket.id], CLOCK_KINDS)[ticket.id]
        if f.kind == FactKind.PRIORITY_CORRECTED or f.recorded_at - f.at > JUST_NOW
    ]
    rows = [
        {
            "customer_id": ticket.customer_id,
            "ticket_id": ticket.id,
            "kpi": t.clock.kpi,
            "priority": t.clock.priority,
            "period_start": t.clock.start,
            "kind": t.kind,
            "at": t.at,
            "found_at": now,
            "is_retroactive": any(recorded > t.at for recorded in late),
        }
        for t in thresholds(reading)
        if t.is_crossed(now)
    ]
    rows = [row for row in rows if not _is_overtaken(row, rows)]
    added = 0
    if rows:
        statement = insert(Alarm).on_conflict_do_nothing().returning(Alarm.id)
        added = len(db.session.execute(statement, rows).all())
    keep_copies(ticket, reading, known_alarms(ticket))
    return added


def _is_overtaken(row: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a warning comes with its breach by one correction: one notice is enough (T45)."""
    return row["kind"] == "warning" and any(
        other["kind"] == "breach"
        and other["is_retroactive"]
        and (other["kpi"], other["period_start"]) == (row["kpi"], row["period_start"])
        for other in rows
    )


def _fact(ticket: Ticket, actor: Actor, draft: Draft, seq: int, now: datetime) -> Fact:
    return Fact(
        customer_id=ticket.customer_id,
        ticket_id=ticket.id,
        seq=seq,
        kind=draft.kind,
        at=draft.at,
        recorded_at=now,
        author_id=actor.user_id,
        author_kind=actor.kind,
        is_public=draft.is_public,
        text=cleaned(draft.text),
        reason=cleaned(draft.reason),
        refers_to=draft.refers_to,
        data=dict(draft.data),
    )


def _check_time(draft: Draft, now: datetime) -> None:
    if draft.at > now:
        message = "The time lies in the future."
        raise RefusedError(message, fields={"at": message})
    is_late = now - draft.at > JUST_NOW and draft.kind not in {FactKind.NOTIFIED, FactKind.CREATED}
    if is_late and not cleaned(draft.reason):
        raise RefusedError(BACKDATED_NEEDS, fields={"reason": BACKDATED_NEEDS})
