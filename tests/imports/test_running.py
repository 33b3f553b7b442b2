"""Running an import: written once, judged and pinned, resumable, told to the last row."""

import gzip

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from ops_portal.core.audit import AuditEntry, verify_chain
from ops_portal.core.db import db
from ops_portal.core.errors import RefusedError
from ops_portal.core.outbox import OutboxJob
from ops_portal.core.tenancy import Scope
from ops_portal.imports import operations, running
from ops_portal.imports.models import ImportEntry, ImportFinding, ImportRun
from ops_portal.tickets.models import Alarm, Fact, Ticket, Verdict
from ops_portal.tickets.rebuild import rebuild_all
from tests.factories import World
from tests.imports.logs import (
    NOW,
    arranged,
    as_csv,
    begun,
    data_of,
    done,
    imported,
    looking,
    story,
)
from tests.portal import acting

THREE = as_csv([*story("A"), *story("B", sys_created_at="?"), *story("C", priority="9 - Odd")])


@pytest.fixture
def world(app: Flask) -> World:
    return arranged(app)


def sums(run: ImportRun) -> tuple[int, ...]:
    return (
        run.rows_read,
        run.rows_imported,
        run.rows_repaired,
        run.rows_unchanged,
        run.rows_refused,
    )


def number_of(session, table: type) -> int:
    return session.scalar(select(func.count()).select_from(table))


def snapshot(session) -> list[tuple[object, ...]]:
    """Return everything that tells of tickets, to see that nothing moved."""
    found = []
    for name in ("tickets", "facts", "verdicts"):
        table = Ticket.metadata.tables[name]
        found += [tuple(row) for row in session.execute(select(table).order_by(table.c.id))]
    return found


def test_every_row_read_is_accounted_for(app: Flask, world: World) -> None:
    run = imported(app, world, THREE)
    assert run.state == "done"
    assert sums(run) == (18, 11, 1, 0, 6)
    assert (run.incidents_imported, run.incidents_refused) == (2, 1)
    with looking(app, world) as session:
        entries = session.scalars(select(ImportEntry).order_by(ImportEntry.id)).all()
        told = [(e.reference, e.first_line, e.last_line, e.outcome) for e in entries]
        findings = session.execute(select(ImportFinding.line, ImportFinding.code)).all()
    assert told == [("A", 2, 7, "imported"), ("B", 8, 13, "imported"), ("C", 14, 19, "refused")]
    assert [tuple(row) for row in findings] == [(8, "created_missing"), (14, "priority_unknown")]


def test_an_imported_ticket_is_judged_pinned_and_silent_t64(app: Flask, world: World) -> None:
    imported(app, world, as_csv(story("A")))
    with looking(app, world) as session:
        ticket = session.scalars(select(Ticket)).one()
        verdicts = session.scalars(select(Verdict).order_by(Verdict.id)).all()
        assert (ticket.channel, ticket.state, ticket.priority) == ("import", "closed", "P1")
        assert ticket.next_alarm_at is None
        assert ticket.judged_calendar_id == verdicts[0].calendar_id
        assert ticket.judged_description_id == verdicts[0].description_id
        assert number_of(session, Alarm) == 0
        told = [(v.kpi, v.elapsed_s, v.state) for v in verdicts]
    assert told == [
        ("creation", 600, "met"),
        ("reaction", 1800, "met"),
        ("restoration", 17_400, "met"),
    ]
    with acting(app) as session:
        assert not session.scalars(select(OutboxJob).where(OutboxJob.name != "imports.run")).all()


def test_an_open_imported_ticket_is_watched_by_nobody_t64(app: Flask, world: World) -> None:
    imported(app, world, as_csv(story("A", resolved_at="?", closed_at="?")[:2]))
    with looking(app, world) as session:
        ticket = session.scalars(select(Ticket)).one()
        assert (ticket.state, ticket.next_alarm_at) == ("in_progress", None)
        assert ticket.breached_from is not None
        assert number_of(session, Verdict) == 0


def test_an_incident_from_before_the_activation_gets_no_verdict_t64(
    app: Flask, world: World
) -> None:
    # IMP-2: service levels apply from the activation on
    early = [row | {"opened_at": "7/12/2015 09:00"} for row in story("A")]
    early = [row | {"sys_created_at": "7/12/2015 09:10"} for row in early]
    imported(app, world, as_csv(early))
    with looking(app, world) as session:
        states = {(v.state, v.reason) for v in session.scalars(select(Verdict))}
    assert states == {("not_applicable", "before_activation")}


def test_the_copies_are_what_the_facts_say(app: Flask, world: World) -> None:
    open_ones = [story(f"O{n}", resolved_at="?", closed_at="?")[:n] for n in (1, 2, 3, 4)]
    imported(app, world, as_csv([*story("A"), *(row for rows in open_ones for row in rows)]))
    with acting(app):
        assert list(rebuild_all(now=NOW, is_fix=False)) == []


def test_a_fact_says_when_it_was_recorded_and_why(app: Flask, world: World) -> None:
    imported(app, world, as_csv(story("A")))
    with looking(app, world) as session:
        facts = session.scalars(select(Fact)).all()
    assert {f.recorded_at for f in facts} == {NOW}
    assert {f.reason for f in facts} == {"imported from servicenow-uci-498"}
    assert {(f.author_kind, f.author_id) for f in facts} == {("system", None)}
    assert {f.kind for f in facts if not f.is_public} == {"assigned"}


def test_the_same_file_is_recognised_and_changes_nothing(app: Flask, world: World) -> None:
    first = imported(app, world, THREE)
    with looking(app, world) as session:
        before = snapshot(session)
    again, is_new = begun(app, world, THREE, name="renamed.csv")
    assert (again, is_new) == (first.id, False)
    with looking(app, world) as session:
        assert snapshot(session) == before


@pytest.mark.parametrize("is_again", [True, False])
def test_the_same_incidents_in_another_file_change_nothing(
    app: Flask, world: World, *, is_again: bool
) -> None:
    imported(app, world, THREE)
    with looking(app, world) as session:
        before = snapshot(session)
    content = THREE if is_again else gzip.compress(THREE.encode())
    run = imported(app, world, content, is_again=is_again)
    assert sums(run) == (18, 0, 0, 12, 6)
    with looking(app, world) as session:
        assert snapshot(session) == before


def test_a_longer_log_adds_what_is_new_and_judges(app: Flask, world: World) -> None:
    imported(app, world, as_csv(story("A", resolved_at="?", closed_at="?")[:3]))
    run = imported(app, world, as_csv(story("A")))
    assert (run.incidents_extended, run.incidents_imported) == (1, 0)
    with looking(app, world) as session:
        ticket = session.scalars(select(Ticket)).one()
        facts = session.scalars(select(Fact).order_by(Fact.seq)).all()
        told = [(v.kpi, v.elapsed_s) for v in session.scalars(select(Verdict))]
    assert ticket.state == "closed"
    assert [f.seq for f in facts] == list(range(1, len(facts) + 1))
    stop = next(f for f in facts if f.kind == "clock_stopped")
    assert [f.refers_to for f in facts if f.kind == "clock_resumed"] == [stop.seq]
    assert told == [("creation", 600), ("reaction", 1800), ("restoration", 17_400)]


def test_a_log_that_contradicts_the_earlier_one_is_reported_and_changes_nothing(
    app: Flask, world: World
) -> None:
    imported(app, world, as_csv(story("A")))
    with looking(app, world) as session:
        before = snapshot(session)
    run = imported(app, world, as_csv(story("A", resolved_at="7/3/2016 15:00")))
    assert (run.incidents_refused, run.rows_refused) == (1, 6)
    with looking(app, world) as session:
        assert snapshot(session) == before
        finding = session.scalars(select(ImportFinding).filter_by(run_id=run.id)).one()
    assert finding.code == "differs"
    assert finding.detail.startswith("resolved 2016-03-07T15:00")


def test_new_words_of_a_known_incident_become_an_internal_note(app: Flask, world: World) -> None:
    imported(app, world, as_csv(story("A")))
    run = imported(app, world, as_csv(story("A", location="Ghent")))
    assert run.incidents_extended == 1
    with looking(app, world) as session:
        note = session.scalars(select(Fact).filter_by(kind="noted")).one()
        assert (note.is_public, "Ghent" in note.text) == (False, True)
    assert imported(app, world, as_csv(story("A", location="Ghent")) + "\n").incidents_unchanged


class KilledError(BaseException):
    """The worker's process ends."""


def test_a_killed_worker_goes_on_after_the_last_chunk(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "CHUNK", 2)
    content = as_csv([row for n in range(7) for row in story(f"I{n}")])
    run_id, _ = begun(app, world, content)
    seen = []

    def watch(run: ImportRun) -> None:
        seen.append(run.blocks_done)
        if len(seen) == 2:
            raise KilledError

    with pytest.raises(KilledError):
        done(app, run_id, watch=watch)
    with looking(app, world) as session:
        assert session.get_one(ImportRun, run_id).blocks_done == 4
        assert number_of(session, Ticket) == 4
    run = done(app, run_id)
    assert (run.state, run.incidents_imported, run.rows_read) == ("done", 7, 42)
    with looking(app, world) as session:
        references = session.scalars(select(Ticket.external_reference).order_by(Ticket.id)).all()
    assert references == [f"I{n}" for n in range(7)]


def test_a_run_stops_between_two_chunks_and_can_be_resumed(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "CHUNK", 1)
    run_id, _ = begun(app, world, as_csv([row for n in range(4) for row in story(f"I{n}")]))

    def cancel_once(run: ImportRun) -> None:
        if run.blocks_done == 2:
            operations.cancel_import(world.operator.actor, run.id, now=NOW)

    stopped = done(app, run_id, watch=cancel_once)
    assert (stopped.state, stopped.incidents_imported) == ("cancelled", 2)
    with acting(app):
        operations.resume_import(world.operator.actor, run_id, now=NOW)
    resumed = done(app, run_id)
    assert (resumed.state, resumed.incidents_imported, resumed.rows_read) == ("done", 4, 24)


def test_a_run_that_waits_is_cancelled_at_once_and_stays_so(app: Flask, world: World) -> None:
    run_id, _ = begun(app, world, THREE)
    with acting(app):
        operations.cancel_import(world.operator.actor, run_id, now=NOW)
    assert done(app, run_id).rows_read == 0
    with acting(app), pytest.raises(RefusedError):
        operations.cancel_import(world.operator.actor, run_id, now=NOW)


def test_an_attempt_that_was_taken_over_writes_nothing_more(app: Flask, world: World) -> None:
    run_id, _ = begun(app, world, THREE)
    with acting(app, Scope.customers(world.home.customer_id)):
        operations.take_over(world.operator.actor, run_id, now=NOW)
        db.session.commit()
        running.run_import(run_id, 1, data_of(app), clock=lambda: NOW)
        assert db.session.get_one(ImportRun, run_id).rows_read == 0
    assert done(app, run_id).state == "done"


def test_a_file_that_breaks_keeps_what_came_before_and_says_where(app: Flask, world: World) -> None:
    run = imported(app, world, as_csv([*story("A"), *story("B")]) + '"C,\n')
    assert (run.state, run.error_params["line"]) == ("failed", 14)
    # the last incident may go on after the break, so it is not taken
    assert run.incidents_imported == 1


def test_a_lost_file_is_told(app: Flask, world: World) -> None:
    run_id, _ = begun(app, world, THREE)
    for file in (data_of(app) / "imports").iterdir():
        file.unlink()
    run = done(app, run_id)
    assert (run.state, "send it again" in run.error) == ("failed", True)


def test_a_fault_of_ours_leaves_the_run_to_be_tried_again(app: Flask, world: World) -> None:
    run_id, _ = begun(app, world, THREE)
    with acting(app) as session:
        session.get_one(ImportRun, run_id).state = "running"
    with acting(app):
        running.interrupt(run_id, 1, "OperationalError", now=NOW)
    with acting(app) as session:
        assert session.get_one(ImportRun, run_id).state == "interrupted"
    assert done(app, run_id).state == "done"


def test_a_contract_that_is_not_active_has_no_terms_to_judge_by_t64(
    app: Flask, world: World
) -> None:
    with acting(app) as session:
        session.execute(text("UPDATE contracts SET active_from = NULL"))
    with pytest.raises(RefusedError, match="not active"):
        begun(app, world, THREE)


def test_starting_stopping_and_ending_are_audited_once_each(app: Flask, world: World) -> None:
    run_id, _ = begun(app, world, THREE)
    done(app, run_id)
    with looking(app, world) as session:
        found = session.scalars(
            select(AuditEntry).filter_by(object_type="import_run").order_by(AuditEntry.seq)
        ).all()
        assert [e.action for e in found] == ["import.start", "import.done"]
        assert {e.actor_id for e in found} == {world.operator.user_id}
        assert found[-1].after["rows_read"] == 18
        assert list(verify_chain(world.home.customer_id)) == []


def test_a_run_reaches_its_own_customer_only(app: Flask, world: World) -> None:
    imported(app, world, as_csv(story("A")))
    with acting(app, Scope.customers(world.foreign.customer_id)) as session:
        for table in (Ticket, Fact, ImportRun, ImportEntry, ImportFinding):
            assert number_of(session, table) == 0


def test_priorities_that_change_are_judged_by_period(app: Flask, world: World) -> None:
    rows = story("A")
    for row in rows[:2]:
        row["priority"] = "2 - High"
    imported(app, world, as_csv(rows))
    with looking(app, world) as session:
        told = [
            (v.period, v.kpi, v.priority, v.state)
            for v in session.scalars(select(Verdict).order_by(Verdict.id))
        ]
    assert told == [
        (1, "creation", "P2", "met"),
        (1, "reaction", "P2", "met"),
        (1, "restoration", "P2", "superseded"),
        (2, "reaction", "P1", "met"),
        (2, "restoration", "P1", "met"),
    ]
