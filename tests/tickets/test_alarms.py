"""Warnings and breaches: found at their counted instant, once each (SLA-4; T65 to T68)."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from ops_portal.core.db import db
from ops_portal.tickets.chips import chip
from ops_portal.tickets.clocks import read_clocks, thresholds
from ops_portal.tickets.jobs import watch_clocks
from ops_portal.tickets.models import Alarm
from ops_portal.tickets.recording import raise_alarms
from tests.portal import acting
from tests.tickets.desk import a_desk, at


def crossings(opened, when):
    """Return when each running clock crosses each of its thresholds."""
    reading = read_clocks([opened], as_of=at(when))[opened.id]
    return {(t.clock.kpi, t.kind): t.at for t in thresholds(reading)}


def test_a_warning_comes_at_three_quarters_of_support_time_t65(app):
    with a_desk(app) as desk:
        long, short = desk.open("2026-06-08 09:00"), desk.open("2026-06-12 17:30")
        found = crossings(long, "2026-06-08 09:00")
        assert found["restoration", "warning"] == at("2026-06-09 17:00")
        assert crossings(short, "2026-06-12 17:30")["reaction", "warning"] == at("2026-06-15 08:15")


def test_a_warning_never_falls_into_the_night_t66(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 17:00", "P2")
        assert crossings(opened, "2026-06-08 17:00")["reaction", "warning"] == at(
            "2026-06-09 08:30"
        )


def test_the_watch_finds_each_alarm_once_t67(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        found = [watch_clocks(now=at("2026-06-08 12:00")) for _run in range(3)]
        assert found == [2, 0, 0]
        kinds = db.session.execute(select(Alarm.kpi, Alarm.kind).order_by(Alarm.at)).all()
        assert [tuple(k) for k in kinds] == [("reaction", "warning"), ("reaction", "breach")]
        assert opened.next_alarm_at == at("2026-06-09 17:00")


def test_two_watches_at_once_find_each_alarm_once_t67(app):
    with a_desk(app) as desk:
        for minute in range(6):
            desk.open(f"2026-06-08 09:{minute:02d}")

    def watch(_number):
        with acting(app):
            return watch_clocks(now=at("2026-06-08 12:00"))

    with ThreadPoolExecutor(2) as pool:
        found = sum(pool.map(watch, range(4)))
    with acting(app):
        assert found == len(db.session.scalars(select(Alarm)).all()) == 12


def test_what_is_read_needs_no_worker_t68(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        for second, state in (("10:00:00", "running"), ("10:00:01", "breached")):
            assert desk.clock(opened, f"2026-06-08 {second}", "reaction").state == state
        now = at("2026-06-08 10:00:01")
        reading = read_clocks([opened], as_of=now)[opened.id]
        assert chip(reading.clocks[1], reading, now).kind == "breached"
        assert opened.breached_from == at("2026-06-08 10:00")


def test_an_alarm_that_was_missed_is_found_by_the_next_run_t67(app):
    with a_desk(app) as desk:
        opened = desk.open("2026-06-08 09:00")
        assert raise_alarms(opened, now=at("2026-06-22 09:00")) == 4
        assert not any(a.is_retroactive for a in db.session.scalars(select(Alarm)))
