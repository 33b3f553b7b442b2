"""The preview: what a change would move is exactly what saving it moves (SLA-6)."""

import pytest

from ops_portal.core.db import db
from ops_portal.core.errors import RefusedError
from ops_portal.tickets import clock_operations, desk_operations
from ops_portal.tickets.clocks import read_clocks
from ops_portal.tickets.drafts import resolve_drafts
from ops_portal.tickets.models import Fact, OutOfScopeCause
from ops_portal.tickets.previews import changes
from ops_portal.tickets.recording import preview, write_facts
from sla.policy import Priority, StopReason
from tests.tickets.desk import a_desk, at
from tests.tickets.told import a_reader

NOW = at("2026-06-10 12:00")
WHY = "told later"


def a_stop(ticket):
    return clock_operations.stop_drafts(
        ticket,
        StopReason.THIRD_PARTY,
        start=at("2026-06-08 13:00"),
        end=at("2026-06-09 11:00"),
        note="the carrier",
        why_late=WHY,
    )


def an_open_stop(ticket):
    return clock_operations.stop_drafts(
        ticket, StopReason.CUSTOMER, start=NOW, end=None, note="the logs"
    )


def a_correction(ticket):
    return clock_operations.priority_drafts(
        ticket, Priority.P2, is_correction=True, reason=WHY, now=NOW
    )


def a_change(ticket):
    return clock_operations.priority_drafts(
        ticket, Priority.P2, is_correction=False, reason=WHY, now=NOW
    )


def a_start(ticket):
    return clock_operations.start_draft(ticket, at=at("2026-06-08 09:30"), reason=WHY)


def a_resolution(ticket):
    return resolve_drafts(
        ticket, "Done.", is_temporary=False, at=at("2026-06-09 17:00"), reason=WHY
    )


def an_annulment(ticket):
    stop = db.session.scalars(
        db.select(Fact).filter_by(ticket_id=ticket.id, kind="clock_stopped")
    ).first()
    return clock_operations.annul_drafts(ticket, stop.seq, reason=WHY, now=NOW)


def a_void(ticket):
    return desk_operations.void_drafts(ticket, WHY, now=NOW)


def a_scope(ticket):
    return desk_operations.scope_drafts(ticket, OutOfScopeCause.BREACH, WHY, now=NOW)


@pytest.mark.parametrize(
    "drafted",
    [
        a_stop,
        an_open_stop,
        a_correction,
        a_change,
        a_start,
        a_resolution,
        an_annulment,
        a_void,
        a_scope,
    ],
)
def test_what_is_shown_is_what_saving_gives(app, drafted):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        desk.stop(opened, "2026-06-08 10:00", "2026-06-08 12:00")
        drafts = drafted(opened)
        shown = preview(opened, drafts, now=NOW)
        assert shown.before == read_clocks([opened], as_of=NOW, explain=True)[opened.id]
        write_facts(opened, desk.world.agent.actor, drafts, now=NOW, action="ticket.test")
        assert shown.after == read_clocks([opened], as_of=NOW, explain=True)[opened.id]


def test_a_preview_writes_nothing(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        version = opened.version
        preview(opened, a_void(opened), now=NOW)
        db.session.flush()
        db.session.refresh(opened)
        assert (opened.version, opened.state) == (version, "new")


def test_a_preview_refuses_what_saving_would_refuse(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        drafts = clock_operations.start_draft(opened, at=at("2026-06-08 09:30"))
        with pytest.raises(RefusedError):
            preview(opened, drafts, now=NOW)


def test_a_preview_names_the_credit_that_would_come_or_go(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00", "P2")
        drafts = clock_operations.priority_drafts(
            opened, Priority.P1, is_correction=True, reason=WHY, now=NOW
        )
        moved = preview(opened, drafts, now=NOW)
    with a_reader():
        found = {c.label: c for c in changes(moved)}
    reaction = found["Time to react"]
    assert (reaction.before.priority, reaction.before.credit) == ("P2", "")
    assert reaction.after.priority == "P1"
    assert (reaction.after.kind, reaction.after.credit) == ("breached", "10 % of the monthly fee")
    assert all(change.is_moved for change in found.values())


def test_a_change_of_priority_shows_the_clocks_of_the_new_period(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-10 10:00")
        moved = preview(opened, a_change(opened), now=NOW)
    with a_reader():
        found = {c.label: c for c in changes(moved)}
    assert found["Time to restore"].after.words == "superseded"
    new = found["Time to restore, after change 1"]
    assert (new.before, new.after.priority) == (None, "P2")


def test_a_clock_that_stays_is_shown_as_unchanged(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        desk.start(opened, "2026-06-08 09:30")
        moved = preview(opened, an_open_stop(opened), now=NOW)
    with a_reader():
        found = {c.label: c.is_moved for c in changes(moved)}
    assert found["Time to react"] is False
    assert found["Time to restore"] is True
