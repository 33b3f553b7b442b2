"""The timetable: in UTC, last runs in the database, missed runs made up for once."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from ops_portal.accounts.queries import provider_id
from ops_portal.core import outbox
from ops_portal.core.db import db
from ops_portal.core.outbox import OutboxJob
from ops_portal.core.timetable import BEAT_EVERY, Entry, last_beat, note_beat, run_due, slot_at
from ops_portal.home import operations_words
from ops_portal.jobs import TIMETABLE
from tests.core.test_outbox import note_run  # noqa: F401 (registers the handler)
from tests.factories import MONDAY
from tests.portal import acting

HOURLY = Entry("tests.note", timedelta(hours=1))
NIGHTLY = Entry("tests.note", timedelta(days=1), timedelta(hours=2))
HALF_A_MONTH = Entry("tests.note", timedelta(days=15), timedelta(hours=2, minutes=30))


def run(at, entry=HOURLY):
    return run_due([entry], provider_id=provider_id(), now=at)


def written():
    return db.session.scalars(select(OutboxJob.key).where(OutboxJob.name == "tests.note")).all()


def test_an_entry_runs_once_in_its_slot(app):
    with acting(app):
        assert run(MONDAY) == ["tests.note"]
        assert run(MONDAY) == []
        assert run(MONDAY + timedelta(minutes=59)) == []
        assert run(MONDAY + timedelta(hours=1)) == ["tests.note"]
        assert len(written()) == 2


def test_missed_runs_are_made_up_for_once(app):
    with acting(app):
        run(MONDAY)
        assert run(MONDAY + timedelta(days=3)) == ["tests.note"]
        assert len(written()) == 2
        assert run(MONDAY + timedelta(days=3, minutes=59)) == []


def test_a_clock_that_goes_back_runs_nothing_twice(app):
    with acting(app):
        run(MONDAY)
        assert run(MONDAY - timedelta(hours=5)) == []
        assert len(written()) == 1


def test_slots_do_not_move_with_daylight_saving():
    """T28: every 15 days at the same UTC instant, once each over both nights."""
    start = datetime(2026, 3, 1, tzinfo=UTC)
    slots = {slot_at(HALF_A_MONTH, start + timedelta(hours=h)) for h in range(24 * 270)}
    gaps = {b - a for a, b in zip(sorted(slots), sorted(slots)[1:], strict=False)}
    assert gaps == {timedelta(days=15)}
    assert slot_at(NIGHTLY, start + timedelta(hours=1)) == start - timedelta(hours=22)


def test_every_entry_has_a_handler(app):

    assert {entry.name for entry in TIMETABLE} <= outbox.registered().keys()


def test_the_beat_is_noted_now_and_then(app):
    with acting(app):
        note_beat(MONDAY)
        note_beat(MONDAY + timedelta(seconds=1))
        assert last_beat() == MONDAY
        note_beat(MONDAY + BEAT_EVERY)
        assert last_beat() == MONDAY + BEAT_EVERY


def test_every_job_of_the_timetable_has_words_for_the_page_of_operations():
    assert {entry.name for entry in TIMETABLE} <= set(operations_words.TIMETABLE)
