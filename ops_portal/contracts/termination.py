"""Ending a service: the notice, the end it leads to, its withdrawal, and the end itself (CON-2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, select

from ops_portal.contracts.life import LifeEvent, ServiceEvent, TerminationNotice
from ops_portal.contracts.models import Contract, Service
from ops_portal.contracts.queries import described
from ops_portal.contracts.service_queries import Run, open_notice, run_of
from ops_portal.contracts.timeline import note_event
from ops_portal.core import audit, outbox
from ops_portal.core.actor import Actor, ActorKind
from ops_portal.core.db import db
from ops_portal.core.errors import N_, ConflictError, RefusedError
from ops_portal.core.texts import cleaned
from sla.catalogue import Party, Span
from sla.spans import day_end, last_day

TELL = "contracts.tell"


@dataclass(frozen=True, slots=True)
class End:
    """The end that a notice leads to, with what it was counted from."""

    party: Party
    received_on: date
    span: Span
    ends_on: date
    """The last local day of the service."""
    ended_at: datetime
    """The instant after it: the next local midnight."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A written notice as it is recorded."""

    party: Party
    received_on: date
    reason: str = ""
    file_id: int | None = None
    shown_end: date | None = None
    """The last day that was shown before it was confirmed; another one now is not recorded."""


def end_of_notice(run: Run, party: Party, received_on: date) -> End:
    """Return the end that a notice received on a local day leads to.

    The notice period is that of the description of the contract in force on that day. Reading: the
    day of receipt does not count; so many days, or the same day number so many months later.

    Raises:
        RefusedError: the description knows no notice period for that side.

    Source: CON-2, §7.1.2.

    """
    zone = run.description.zone
    contract = run.shown_at(day_end(received_on, zone))
    catalogue = described(contract.description_id).catalogue
    if catalogue is None or party not in catalogue.notice:
        message = N_("The service description says nothing of a notice period for this side.")
        raise RefusedError(message, rule="CON-2")
    span = catalogue.notice[party]
    last = last_day(received_on, span)
    return End(party, received_on, span, last, day_end(last, zone))


def give_notice(actor: Actor, run: Run, notice: Notice, *, now: datetime) -> TerminationNotice:
    """Record a notice and lay the end of the service; no contract outlives it.

    Args:
        actor: the representative who gives it, or staff who record the letter of either side.
        run: the locked service.
        notice: what was received, when, and from which side.
        now: the instant.

    Raises:
        RefusedError: a notice runs already, the service has ended, or the day lies ahead or
            before the service.
        ConflictError: the end is another one than was shown.

    Source: CON-2, §7.1.2.

    """
    check_notice(run, notice, now=now)
    end = end_of_notice(run, notice.party, notice.received_on)
    if notice.shown_end not in {None, end.ends_on}:
        raise ConflictError(N_("The last day is another one than was shown. Look at it again."))
    service = run.service
    row = TerminationNotice(
        customer_id=service.customer_id,
        service_id=service.id,
        party=notice.party,
        received_on=end.received_on,
        ends_on=end.ends_on,
        reason=cleaned(notice.reason),
        file_id=notice.file_id,
        recorded_by=actor.user_id,
        recorded_by_name=actor.name,
        recorded_at=now,
    )
    db.session.add(row)
    lay_end(run.contracts, end.ended_at)
    note_event(service, LifeEvent.NOTICE_GIVEN, at=now, actor=actor, now=now, **_said(row))
    audit.record(
        actor,
        "contract.notice",
        ("service", service.id),
        now=now,
        customer_id=service.customer_id,
        after={**_said(row), "reason": row.reason, "file_id": row.file_id},
    )
    _tell("notice_given", service, row.id, now)
    return row


def check_notice(run: Run, notice: Notice, *, now: datetime) -> None:
    """Refuse a notice that cannot be given, before anything is recorded.

    Raises:
        RefusedError: a notice runs already, the service has ended, or the day lies ahead or
            before the service.

    Source: CON-2, §7.1.2.

    """
    if open_notice(run.service) is not None:
        message = N_("A notice is running already. Withdraw it before you give another.")
        raise RefusedError(message, rule="CON-2")
    if run.has_ended(now):
        raise RefusedError(N_("The service has ended already."), rule="CON-2")
    zone = run.description.zone
    begun = run.contracts[0].valid_from.astimezone(zone).date()
    if not begun <= notice.received_on <= now.astimezone(zone).date():
        message = N_("A notice is received on a day between the start of the service and today.")
        raise RefusedError(message, rule="CON-2", fields={"received_on": message})


def withdraw_notice(actor: Actor, run: Run, reason: str, *, now: datetime) -> TerminationNotice:
    """Withdraw the running notice: the contracts go on as if it had not been given.

    Args:
        actor: who withdraws: the side that gave it; staff record the letter of either side.
        run: the locked service.
        reason: why, and how the withdrawal was received.
        now: the instant, before the end.

    Raises:
        RefusedError: no notice runs, it has led to the end, the other side gave it, or no reason.

    Source: CON-2, §7.1.2.

    """
    notice = open_notice(run.service)
    if notice is None:
        raise RefusedError(N_("No notice is running."), rule="CON-2")
    if actor.kind is ActorKind.CUSTOMER and notice.party != Party.CUSTOMER:
        message = N_("Only the side that gave a notice can withdraw it.")
        raise RefusedError(message, rule="CON-2")
    if run.has_ended(now):
        raise RefusedError(N_("The service has ended: order it anew."), rule="CON-2")
    if not cleaned(reason):
        message = N_("Say why the notice is withdrawn.")
        raise RefusedError(message, fields={"reason": message})
    notice.withdrawn_at, notice.withdrawn_by = now, actor.user_id
    notice.withdrawn_by_name, notice.withdrawal_reason = actor.name, cleaned(reason)
    lay_end(run.contracts, None)
    service = run.service
    note_event(service, LifeEvent.NOTICE_WITHDRAWN, at=now, actor=actor, now=now, **_said(notice))
    audit.record(
        actor,
        "contract.withdraw_notice",
        ("service", service.id),
        now=now,
        customer_id=service.customer_id,
        before=_said(notice),
        after={"reason": notice.withdrawal_reason},
    )
    _tell("notice_withdrawn", service, notice.id, now)
    return notice


def lay_end(contracts: Sequence[Contract], end: datetime | None) -> None:
    """Let each contract end where the next begins, and none later than the end of the service.

    One that would begin at the end or after it never holds: it ends where it begins.

    Args:
        contracts: all of one service, oldest first.
        end: of the service, excluded; None = without end (CON-1).

    Source: CON-1, CON-2, ORD-4.

    """
    following = [*(c.valid_from for c in contracts[1:]), None]
    for contract, begin in zip(contracts, following, strict=True):
        natural = min((at for at in (begin, end) if at is not None), default=None)
        contract.ended_at = natural and max(contract.valid_from, natural)
    db.session.flush()


def end_services(*, now: datetime) -> int:
    """Record the end of every service whose notice has run out; return how many were new.

    Run again, it records nothing twice; run late, it names the instant of the end all the same.

    Source: CON-2, §7.1.2.
    """
    ended = exists().where(
        ServiceEvent.customer_id == Service.customer_id,
        ServiceEvent.service_id == Service.id,
        ServiceEvent.kind == LifeEvent.ENDED,
    )
    query = (
        select(Service, TerminationNotice)
        .join(TerminationNotice, TerminationNotice.service_id == Service.id)
        .where(
            TerminationNotice.withdrawn_at.is_(None),
            TerminationNotice.ends_on <= now.date(),
            ~ended,
        )
        .order_by(Service.id)
        .with_for_update(of=Service, skip_locked=True)
    )
    over = [
        (service, notice)
        for service, notice in db.session.execute(query)
        if day_end(notice.ends_on, run_of(service).description.zone) <= now
    ]
    for service, notice in over:
        _end(service, notice, now)
    return len(over)


def _end(service: Service, notice: TerminationNotice, now: datetime) -> None:
    actor = Actor(ActorKind.SYSTEM, "contracts", service.customer_id)
    at = day_end(notice.ends_on, run_of(service).description.zone)
    note_event(service, LifeEvent.ENDED, at=at, actor=actor, now=now, **_said(notice))
    audit.record(
        actor,
        "contract.end",
        ("service", service.id),
        now=now,
        customer_id=service.customer_id,
        after={"ended_at": at, "reference": service.reference},
    )
    _tell("ended", service, notice.id, now)


def _said(notice: TerminationNotice) -> dict[str, str]:
    return {
        "party": str(notice.party),
        "received_on": notice.received_on.isoformat(),
        "ends_on": notice.ends_on.isoformat(),
    }


def _tell(what: str, service: Service, about: int, now: datetime) -> None:
    """Ask for the mails in this transaction; a job above knows words and receivers."""
    outbox.put(
        TELL,
        {"what": what, "service_id": service.id, "about": about},
        customer_id=service.customer_id,
        now=now,
        key=f"{TELL}:{what}:{about}",
    )
