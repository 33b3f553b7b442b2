"""Announcing, extending and cancelling planned works (MNT-1, MNT-2, MNT-3), over clock changes."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from ops_portal.core import outbox
from ops_portal.core.audit import AuditEntry
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError, RefusedError
from ops_portal.maintenance import queries
from ops_portal.maintenance.models import WorkExtension
from ops_portal.maintenance.operations import (
    Announcement,
    announce_works,
    cancel_works,
    extend_works,
    is_in_window,
)
from ops_portal.tickets.clocks import read_clocks
from sla.policy import Kpi, Priority
from tests.factories import MONDAY, make_world, ticket
from tests.portal import acting

BRUSSELS = ZoneInfo("Europe/Brussels")
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def local(text_):
    return datetime.fromisoformat(text_).replace(tzinfo=BRUSSELS).astimezone(UTC)


@pytest.fixture
def world(app):
    with acting(app):
        yield make_world()


def announce(world, start, end, *, now=NOW, **changes):
    values = {
        "title": "New storage",
        "starts_at": start,
        "ends_at": end,
        "element_ids": [world.home.element_id],
        "is_outside_confirmed": True,
    }
    announcement = Announcement(**(values | changes))
    return announce_works(world.operator.actor, announcement, zone=BRUSSELS, now=now)


def extend(world, work, end, *, now, **changes):
    confirmed = changes.get("is_outside_confirmed", True)
    return extend_works(
        world.operator.actor, work, end, is_outside_confirmed=confirmed, zone=BRUSSELS, now=now
    )


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [("2026-03-28T23:00", "2026-03-29T06:00", 6), ("2026-10-24T23:00", "2026-10-25T06:00", 8)],
)
def test_t24_works_over_a_clock_change_last_as_long_as_time_passes(world, start, end, hours):
    work = announce(world, local(start), local(end), is_outside_confirmed=False)
    assert work.ends_at - work.starts_at == timedelta(hours=hours)
    (cut,) = queries.works_by_element([world.home.element_id])[world.home.element_id]
    assert cut.seconds == hours * 3600


@pytest.mark.parametrize(
    ("day", "has_notice"), [("2026-03-29", False), ("2026-10-25", True), ("2026-06-07", False)]
)
def test_t25_mnt_2_an_interruption_of_more_than_two_hours_has_a_public_notice(
    world, day, has_notice
):
    work = announce(world, local(f"{day}T01:30"), local(f"{day}T03:30"))
    assert queries.needs_notice(work) is has_notice
    assert (work in queries.public_notices(NOW)) is has_notice


def test_mnt_2_exactly_two_hours_or_no_interruption_have_none(world):
    start = local("2026-06-10T01:00")
    two = announce(world, start, start + timedelta(hours=2))
    over = announce(world, start, start + timedelta(hours=2, seconds=1))
    quiet = announce(world, start, start + timedelta(hours=5), is_interrupting=False)
    assert [queries.needs_notice(w) for w in (two, over, quiet)] == [False, True, False]


def test_mnt_2_notices_end_with_the_works(world):
    work = announce(world, local("2026-06-10T00:00"), local("2026-06-10T05:00"))
    assert queries.public_notices(work.ends_at - timedelta(seconds=1)) == [work]
    assert queries.public_notices(work.ends_at) == []
    cancel_works(world.operator.actor, work, "Postponed", now=NOW)
    assert queries.public_notices(NOW) == []


@pytest.mark.parametrize(
    ("start", "end", "is_inside"),
    [
        ("2026-06-10T23:00", "2026-06-11T06:00", True),
        ("2026-06-10T00:30", "2026-06-10T05:00", True),
        ("2026-06-10T22:59", "2026-06-11T02:00", False),
        ("2026-06-10T23:00", "2026-06-11T06:01", False),
        ("2026-06-10T06:00", "2026-06-10T07:00", False),
        ("2026-06-10T12:00", "2026-06-10T13:00", False),
        ("2026-06-10T23:00", "2026-06-12T02:00", False),
        ("2026-03-28T23:00", "2026-03-29T06:00", True),
    ],
)
def test_mnt_1_the_window_is_23_to_6(start, end, is_inside):
    assert is_in_window(local(start), local(end), BRUSSELS) is is_inside


def test_mnt_1_outside_the_window_needs_a_confirmation_that_is_recorded(world):
    noon = local("2026-06-10T12:00")
    with pytest.raises(RefusedError) as refusal:
        announce(world, noon, noon + timedelta(hours=1), is_outside_confirmed=False)
    assert "is_outside_confirmed" in refusal.value.fields
    work = announce(world, noon, noon + timedelta(hours=1))
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "works.announce")
    ).one()
    assert work.is_outside_confirmed
    assert entry.after["outside_window"] is True


def test_mnt_1_a_confirmation_nobody_needed_is_not_recorded(world):
    work = announce(world, local("2026-06-10T23:00"), local("2026-06-11T01:00"))
    assert not work.is_outside_confirmed


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": "  "}, "title"),
        ({"starts_at": NOW - timedelta(minutes=1)}, "starts_at"),
        ({"ends_at": NOW}, "ends_at"),
        ({"element_ids": []}, "elements"),
    ],
)
def test_mnt_1_incomplete_or_late_announcements_are_refused(world, changes, field):
    start = NOW + timedelta(days=1)
    with pytest.raises(RefusedError) as refusal:
        announce(world, start, start + timedelta(hours=1), **changes)
    assert field in refusal.value.fields


def test_an_element_that_does_not_exist_is_not_found(world):
    start = NOW + timedelta(days=1)
    with pytest.raises(NotFoundError):
        announce(world, start, start + timedelta(hours=1), element_ids=[999_999])


def restoration(found, at):
    clocks = read_clocks([found], as_of=at)[found.id].clocks
    return next(c for c in clocks if c.kpi is Kpi.RESTORATION)


def test_mnt_3_sla_7_works_stop_the_clocks_of_the_elements_they_touch(world):
    touched = ticket(world, priority=Priority.P1)
    other = ticket(world, priority=Priority.P1, of=world.foreign)
    noon = MONDAY + timedelta(hours=3)
    announce(world, noon, noon + timedelta(hours=2), now=MONDAY)
    evening = MONDAY + timedelta(hours=9)
    assert restoration(touched, evening).elapsed_s == 7 * 3600
    assert restoration(other, evening).elapsed_s == 9 * 3600


def test_mnt_3_works_that_overrun_count_again_from_the_announced_end(world):
    touched = ticket(world, priority=Priority.P1)
    work = announce(world, MONDAY, MONDAY + timedelta(hours=2), now=MONDAY)
    after = work.ends_at
    with pytest.raises(RefusedError):
        extend(world, work, MONDAY + timedelta(hours=4), now=after)
    assert restoration(touched, MONDAY + timedelta(hours=4)).elapsed_s == 2 * 3600


def test_mnt_3_an_extension_before_the_end_stops_the_clocks_longer(world):
    touched = ticket(world, priority=Priority.P1)
    work = announce(world, MONDAY, MONDAY + timedelta(hours=2), now=MONDAY)
    announced = work.ends_at
    extend(world, work, MONDAY + timedelta(hours=4), now=announced - timedelta(seconds=1))
    assert restoration(touched, MONDAY + timedelta(hours=5)).elapsed_s == 3600
    (kept,) = db.session.scalars(select(WorkExtension)).all()
    assert (kept.from_end, kept.to_end) == (announced, MONDAY + timedelta(hours=4))
    with pytest.raises(RefusedError):
        extend(world, work, work.ends_at, now=MONDAY)


def test_mnt_3_an_extension_out_of_the_window_needs_its_own_confirmation(world):
    night = local("2026-06-10T23:00")
    work = announce(world, night, night + timedelta(hours=5), is_outside_confirmed=False)
    with pytest.raises(RefusedError):
        extend(world, work, night + timedelta(hours=9), now=NOW, is_outside_confirmed=False)
    extend(world, work, night + timedelta(hours=9), now=NOW)
    assert work.is_outside_confirmed


def test_mnt_3_works_cancelled_while_they_ran_stop_the_clocks_until_then(world):
    touched = ticket(world, priority=Priority.P1)
    work = announce(world, MONDAY, MONDAY + timedelta(hours=4), now=MONDAY)
    cancel_works(world.operator.actor, work, "Done early", now=MONDAY + timedelta(hours=1))
    assert restoration(touched, MONDAY + timedelta(hours=4)).elapsed_s == 3 * 3600
    with pytest.raises(RefusedError):
        cancel_works(world.operator.actor, work, "Again", now=MONDAY + timedelta(hours=2))


def test_mnt_3_works_cancelled_before_they_began_never_stopped_anything(world):
    start = NOW + timedelta(days=1)
    work = announce(world, start, start + timedelta(hours=1))
    cancel_works(world.operator.actor, work, "Postponed", now=NOW)
    assert queries.works_by_element([world.home.element_id])[world.home.element_id] == []


def test_every_change_of_works_is_audited_and_the_extensions_cannot_be_rewritten(world):
    start = NOW + timedelta(days=1)
    work = announce(world, start, start + timedelta(hours=1))
    extend(world, work, start + timedelta(hours=2), now=NOW)
    cancel_works(world.operator.actor, work, "Postponed", now=NOW)
    actions = db.session.scalars(
        select(AuditEntry.action).where(AuditEntry.object_type == "works").order_by(AuditEntry.seq)
    ).all()
    assert actions == ["works.announce", "works.extend", "works.cancel"]
    with pytest.raises(ProgrammingError), db.session.begin_nested():
        db.session.execute(text("UPDATE work_extensions SET to_end = now()"))
    with pytest.raises(ProgrammingError), db.session.begin_nested():
        db.session.execute(text("DELETE FROM planned_works"))


def test_mnt_2_the_representatives_of_the_affected_customers_get_one_mail_each(app, world):
    work = announce(world, local("2026-06-10T00:00"), local("2026-06-10T05:00"))
    work_id = work.id
    db.session.commit()
    for _ in range(2):
        outbox.registered()["maintenance.tell"].run(work_id=work_id, now=NOW)
    mails = db.session.scalars(
        select(outbox.OutboxJob).where(outbox.OutboxJob.name == "mail.send")
    ).all()
    receivers = {mail.payload["to"] for mail in mails}
    assert receivers == {world.representative.email, world.broker.email}
    assert len(mails) == 2
    assert "Maintenance announced: New storage" in {mail.payload["subject"] for mail in mails}
