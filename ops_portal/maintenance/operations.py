"""Announcing, extending and cancelling planned works; what was announced is never rewritten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import NoReturn
from zoneinfo import ZoneInfo

from sqlalchemy import select

from ops_portal.contracts.models import SolutionElement
from ops_portal.core import audit, outbox
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import N_, NotFoundError, RefusedError
from ops_portal.core.texts import cleaned, cleaned_line
from ops_portal.maintenance.models import AffectedElement, PlannedWork, WorkExtension
from ops_portal.maintenance.queries import needs_notice

WINDOW_FROM, WINDOW_TO = time(23), time(6)
OUTSIDE = N_("These times lie outside the planned-works window (23:00 to 06:00). Confirm them.")
TELL = "maintenance.tell"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Announcement:
    """Planned works as they are announced (MNT-1)."""

    title: str
    starts_at: datetime
    ends_at: datetime
    element_ids: Sequence[int]
    description: str = ""
    is_interrupting: bool = True
    is_outside_confirmed: bool = False


def announce_works(
    actor: Actor, announcement: Announcement, *, zone: ZoneInfo, now: datetime
) -> PlannedWork:
    """Announce planned works; from then on they cut the clocks of the affected elements' tickets.

    Args:
        actor: who announces.
        announcement: what, when (half-open, aware) and on which solution elements.
        zone: of the planned-works window.
        now: the instant.

    Raises:
        RefusedError: no title, no element, a start that has passed, an end at or before the start,
            or times outside the window that nobody confirmed.
        NotFoundError: an element does not exist.

    Source: MNT-1, MNT-3, SLA-7, §6.4.1.

    """
    _check(announcement, now)
    _check_window(announcement, zone)
    work = _add_work(actor, announcement, zone, now)
    db.session.add_all(
        AffectedElement(work_id=work.id, element_id=element_id, customer_id=customer_id)
        for element_id, customer_id in _owners(announcement.element_ids)
    )
    db.session.flush()
    audit.record(
        actor,
        "works.announce",
        ("works", work.id),
        now=now,
        after={
            "starts_at": work.starts_at,
            "ends_at": work.ends_at,
            "interrupting": work.is_interrupting,
            "outside_window": work.is_outside_confirmed,
            "elements": len(set(announcement.element_ids)),
        },
    )
    _ask_for_mails(actor, work, now)
    return work


def extend_works(
    actor: Actor,
    work: PlannedWork,
    ends_at: datetime,
    *,
    is_outside_confirmed: bool,
    zone: ZoneInfo,
    now: datetime,
) -> WorkExtension:
    """Announce a later end, before the earlier one has come; after it, time counts again.

    Args:
        actor: who announces.
        work: the locked works.
        ends_at: the new end.
        is_outside_confirmed: whether times outside the window were confirmed.
        zone: of the planned-works window.
        now: the instant.

    Raises:
        RefusedError: they have ended or were cancelled, or the end is not later.

    Source: MNT-3, SLA-7, §6.4.1.

    """
    _check_running(work, now)
    if ends_at <= work.ends_at:
        _refuse(N_("The new end must be later than the announced one."), "ends_at")
    is_outside = not is_in_window(work.starts_at, ends_at, zone)
    if is_outside and not is_outside_confirmed:
        _refuse(OUTSIDE, "is_outside_confirmed")
    before = work.ends_at
    extension = WorkExtension(
        work_id=work.id, from_end=before, to_end=ends_at, recorded_at=now, recorded_by=actor.user_id
    )
    db.session.add(extension)
    work.ends_at = ends_at
    work.revision += 1
    work.is_outside_confirmed = work.is_outside_confirmed or is_outside
    db.session.flush()
    audit.record(
        actor,
        "works.extend",
        ("works", work.id),
        now=now,
        before={"ends_at": before},
        after={"ends_at": ends_at, "outside_window": work.is_outside_confirmed},
    )
    _ask_for_mails(actor, work, now)
    return extension


def cancel_works(actor: Actor, work: PlannedWork, reason: str, *, now: datetime) -> None:
    """Cancel planned works, or end them early; what has passed of them stays uncounted.

    Raises:
        RefusedError: no reason, or they have ended or were cancelled.

    Source: MNT-1, MNT-3.

    """
    _check_running(work, now)
    if not cleaned(reason):
        _refuse(N_("Say why; the customers read it."), "reason")
    work.cancelled_at = now
    work.cancel_reason = cleaned(reason)
    work.revision += 1
    db.session.flush()
    audit.record(
        actor,
        "works.cancel",
        ("works", work.id),
        now=now,
        before={"ends_at": work.ends_at},
        after={"cancelled_at": now, "reason": work.cancel_reason},
    )
    _ask_for_mails(actor, work, now)


def is_in_window(start: datetime, end: datetime, zone: ZoneInfo) -> bool:
    """Whether [start, end) lies within one night's planned-works window, 23:00 to 06:00 local.

    Source: MNT-1, §6.4.1.
    """
    local = start.astimezone(zone)
    if WINDOW_TO <= local.time() < WINDOW_FROM:
        return False
    morning = local.date() if local.time() < WINDOW_TO else local.date() + DAY
    return end <= datetime.combine(morning, WINDOW_TO, zone)


def _add_work(
    actor: Actor, announcement: Announcement, zone: ZoneInfo, now: datetime
) -> PlannedWork:
    work = PlannedWork(
        title=cleaned_line(announcement.title)[:200],
        description=cleaned(announcement.description),
        starts_at=announcement.starts_at,
        ends_at=announcement.ends_at,
        is_interrupting=announcement.is_interrupting,
        is_outside_confirmed=announcement.is_outside_confirmed
        and not is_in_window(announcement.starts_at, announcement.ends_at, zone),
        announced_at=now,
        announced_by=actor.user_id,
        revision=1,
    )
    db.session.add(work)
    db.session.flush()
    return work


def _ask_for_mails(actor: Actor, work: PlannedWork, now: datetime) -> None:
    """Ask for the mails in this transaction; a job above knows words and receivers (MNT-2)."""
    if needs_notice(work):
        outbox.put(
            TELL,
            {"work_id": work.id},
            customer_id=actor.customer_id,
            now=now,
            key=f"{TELL}:{work.id}:{work.revision}",
        )


def _check(announcement: Announcement, now: datetime) -> None:
    fields = {}
    if not cleaned_line(announcement.title):
        fields["title"] = N_("Say in a few words what is done.")
    if announcement.starts_at < now:
        fields["starts_at"] = N_("Works are announced before they start.")
    if announcement.ends_at <= announcement.starts_at:
        fields["ends_at"] = N_("The works must end after they start.")
    if not announcement.element_ids:
        fields["elements"] = N_("Choose what the works touch.")
    if fields:
        message = N_("Some answers do not fit.")
        raise RefusedError(message, rule="MNT-1", fields=fields)


def _check_window(announcement: Announcement, zone: ZoneInfo) -> None:
    if announcement.is_outside_confirmed:
        return
    if not is_in_window(announcement.starts_at, announcement.ends_at, zone):
        _refuse(OUTSIDE, "is_outside_confirmed")


def _check_running(work: PlannedWork, now: datetime) -> None:
    if work.cancelled_at is not None:
        _refuse(N_("These works were cancelled."))
    if now >= work.ends_at:
        _refuse(N_("These works have ended; the time since then counts."))


def _owners(element_ids: Sequence[int]) -> list[tuple[int, int]]:
    wanted = set(element_ids)
    rows = db.session.execute(
        select(SolutionElement.id, SolutionElement.customer_id).where(
            SolutionElement.id.in_(wanted)
        )
    ).all()
    if len(rows) != len(wanted):
        raise NotFoundError
    return [(row.id, row.customer_id) for row in rows]


def _refuse(message: str, field: str = "") -> NoReturn:
    raise RefusedError(message, rule="MNT-3", fields={field: message} if field else {})
