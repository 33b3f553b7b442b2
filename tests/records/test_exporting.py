"""An archive is complete, says so, holds nobody else's rows, and survives what happens (INV-11)."""

import csv
import io
import json
import zipfile
from hashlib import sha256

import pytest
from sqlalchemy import text

from ops_portal import jobs
from ops_portal.core.db import db
from ops_portal.core.tenancy import Scope, scoped
from ops_portal.records import archive as archive_module
from ops_portal.records import exporting, notices, queries
from ops_portal.records.archive import exported_tables
from ops_portal.records.export_operations import request_export, stop_export
from ops_portal.records.models import DataExport, ExportState
from ops_portal.records.register import register
from ops_portal.records.selection import number_of, seen_by
from ops_portal.tickets import operations
from ops_portal.tickets.queries import lock_ticket
from tests.factories import MONDAY, ticket
from tests.portal import acting
from tests.records.ending import archive_of, ended_world, exported, now, superuser

INTERNAL = "the certificate of the front end has expired"


@pytest.fixture
def world(app):
    return ended_world(app)


def opened(app, export_id):
    return zipfile.ZipFile(io.BytesIO(archive_of(app, export_id)))


def rows_of(archive, name):
    content = archive.read(name).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


def test_the_counts_are_those_of_the_database(app, world):
    """INV-11: everything is in it; the manifest, the files and the database agree."""
    export_id = exported(app, world)
    with opened(app, export_id) as archive, acting(app):
        manifest = json.loads(archive.read("manifest.json"))
        members = {member["name"]: member for member in manifest["members"]}
        for table in exported_tables():
            there = number_of(table, seen_by(table, world.home.customer_id))
            assert len(rows_of(archive, f"{table.file}.csv")) == there, table.name
            assert members[f"{table.file}.csv"]["records"] == there
        assert set(archive.namelist()) == members.keys() | {"manifest.json"}
        for name, member in members.items():
            content = archive.read(name)
            assert member["sha256"] == sha256(content).hexdigest()
            assert member["number_of_bytes"] == len(content)
        export = db.session.get_one(DataExport, export_id)
        assert manifest["records"] == export.records_total
        assert export.sha256 == sha256(archive_of(app, export_id)).hexdigest()


def test_no_row_of_another_customer_and_no_internal_note_is_in_it(app, world):
    """INC-11, GDP-2: internal facts are not the customer's."""
    with acting(app):
        row = ticket(world, of=world.foreign, title="Of the stranger")
        own = queries.services_of(world.home.customer_id)[0]
        assert row.id
        assert own.id
    with superuser(app) as connection:
        connection.execute(
            text("UPDATE contracts SET ended_at = NULL WHERE customer_id = :id"),
            {"id": world.home.customer_id},
        )
    with acting(app):
        mine = ticket(world, title="Ours")
        locked = lock_ticket(world.agent.actor, mine.reference)
        operations.note(world.agent.actor, locked, INTERNAL, now=MONDAY)
    with opened(app, exported(app, world)) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
        assert b"Ours" in content
        for absent in (INTERNAL, "Of the stranger", world.foreign.code, world.stranger.email):
            assert absent.encode() not in content


def test_the_readme_speaks_the_language_of_the_customer(app, world):
    """TEC-3."""
    with opened(app, exported(app, world)) as archive:
        assert "Cette archive contient" in archive.read("README.txt").decode()


def made(app, world, export_id):
    with app.app_context(), scoped(Scope.customers(world.home.customer_id), db.session):
        readme = notices.readme_of(queries.latest_export_of(world.home.customer_id), now=now())
        exporting.make_export(export_id, readme, clock=now)
        db.session.commit()


def asked(app, world):
    with acting(app):
        actor = world.representative.actor
        export, is_new = request_export(actor, world.home.customer_id, language="en", now=now())
        assert is_new
        return export.id


def test_asked_for_twice_it_is_made_once(app, world):
    export_id = asked(app, world)
    with acting(app):
        again, is_new = request_export(
            world.representative.actor, world.home.customer_id, language="en", now=now()
        )
        assert (again.id, is_new) == (export_id, False)


def test_a_killed_worker_leaves_nothing_and_the_next_one_finishes(app, world, monkeypatch):
    export_id = asked(app, world)

    def dying(_file):
        message = "killed"
        raise KeyboardInterrupt(message)

    monkeypatch.setattr(archive_module, "_content", dying)
    with pytest.raises(KeyboardInterrupt):
        made(app, world, export_id)
    monkeypatch.undo()
    made(app, world, export_id)
    with acting(app):
        export = db.session.get_one(DataExport, export_id)
        assert (export.state, export.attempt) == (ExportState.DONE, 2)
    with opened(app, export_id) as archive:
        assert archive.testzip() is None


def test_a_running_export_stops_when_asked(app, world, monkeypatch):
    export_id = asked(app, world)
    monkeypatch.setattr(exporting, "STEP", exporting.STEP * 0)

    def stopping(connection, customer_id):
        with scoped(Scope.system("tests"), db.session):
            export = db.session.get_one(DataExport, export_id)
            stop_export(world.representative.actor, export, now=now())
            db.session.commit()
        return 1

    monkeypatch.setattr(exporting, "number_of_records", stopping)
    made(app, world, export_id)
    with acting(app):
        assert db.session.get_one(DataExport, export_id).state == ExportState.STOPPED


@pytest.mark.parametrize(
    ("retention", "kept"),
    [
        ("seven_days_done", jobs.KEEP_DONE),
        ("three_days", jobs.KEEP_KEYS),
        ("one_day", jobs.KEEP_COUNTERS),
        ("thirty_days_unseen", jobs.KEEP_SESSIONS),
        ("fourteen_days", exporting.KEEP),
    ],
)
def test_the_nightly_jobs_keep_to_the_register(retention, kept):
    """GDP-1: the days of the register are those of the jobs."""
    assert register().retentions[retention]["days"] == kept.days
