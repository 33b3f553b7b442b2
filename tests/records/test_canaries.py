"""What was deleted is nowhere any more, and nothing else was touched (CON-4, GDP-2)."""

import io
import zipfile
from hashlib import sha256

import pytest
import redis
from sqlalchemy import make_url, select, text

from ops_portal.accounts.models import Customer, Membership
from ops_portal.core import anchors, files, private
from ops_portal.core.config import Config
from ops_portal.core.db import Base, db
from ops_portal.core.files import NewFile
from ops_portal.core.mail import put_mail, send_mail
from ops_portal.core.outbox import OutboxJob
from ops_portal.core.tenancy import Scope, scoped
from ops_portal.imports.models import ImportRun
from ops_portal.imports.storage import path_of
from ops_portal.records import erasing
from ops_portal.records.certificates import fingerprint
from ops_portal.records.erasing import erase
from ops_portal.records.models import Deletion, DeletionCertificate
from ops_portal.records.register import Owner, register
from ops_portal.records.selection import concerned, number_of
from ops_portal.ticker import drain
from tests.factories import MONDAY
from tests.portal import acting
from tests.records.canaries import Canaries, dump_of, left_in, plant
from tests.records.ending import (
    archive_of,
    due,
    ended_world,
    exported,
    now,
    superuser,
    work_of,
)

OF_THE_PROVIDER = {"audit_entries", "audit_heads", "outbox_jobs"}
"""The provider's own tables in which the deletion itself is written down."""


class Stage:
    """An ended customer full of canaries, its export taken, its deletion due."""

    def __init__(self, app):
        self.app, self.canaries = app, Canaries()
        self.config: Config = app.extensions["portal.config"]
        self.world = ended_world(app)
        self.customer_id = self.world.home.customer_id
        home = self.world.home
        self.people = [home.representative.user_id, home.access_owner.user_id]
        self._plant_outside()
        with superuser(app) as connection:
            user_id = self.world.home.access_owner.user_id
            plant(connection, self.canaries, self.customer_id, user_id)
        with acting(app):
            anchors.write_anchors(self.config.data, now=now())
        self.export_id = exported(app, self.world)
        self.archive = archive_of(app, self.export_id)
        self._close_what_was_planted()
        self.deletion_id = due(app, self.world, self.elsewhere())

    def _plant_outside(self):
        with acting(self.app):
            actor = self.world.representative.actor
            for name in ("one.pdf", "two.pdf"):
                words = self.elsewhere()
                file = NewFile("notice", name, "application/pdf", words.encode())
                files.keep(file, customer_id=self.customer_id, actor=actor, now=MONDAY)
            put_mail(
                self.world.representative.email,
                self.elsewhere(),
                self.elsewhere(),
                customer_id=self.customer_id,
                now=now(),
                key=self.elsewhere(),
            )
            send_mail(
                to="somebody@else.example",
                subject=self.elsewhere(),
                body=self.elsewhere(),
                message_id=self.elsewhere(),
                now=now(),
                about=self.customer_id,
            )
            send_mail(
                to=self.world.representative.email,
                subject=self.elsewhere(),
                body="to a person who is deleted",
                message_id="letter",
                now=now(),
            )
            content = self.elsewhere().encode()
            digest = sha256(content).hexdigest()
            path = path_of(self.config.data, digest)
            private.folder(path.parent)
            private.write(path, content)
            db.session.add(_import_run(self.world.home, digest))
        self.canaries.elsewhere.append(self.world.representative.email)
        with self.app.app_context(), scoped(Scope.system("tests"), db.session):
            drain(self.config.redis_url, now())

    def elsewhere(self):
        value = self.canaries.new()
        self.canaries.elsewhere.append(value)
        return value

    def _close_what_was_planted(self):
        """Settle what would stand in the way: it was only planted."""
        for column in ("tickets.state", "import_runs.state", "data_exports.sha256"):
            self.canaries.of_columns.pop(column)
        with superuser(self.app) as connection:
            for sql in (
                "UPDATE tickets SET state = 'closed' WHERE customer_id = :id",
                "UPDATE import_runs SET state = 'done' WHERE customer_id = :id",
                "UPDATE data_exports SET state = 'stopped' WHERE customer_id = :id AND id <> :made",
                "UPDATE contracts SET ended_at = now() - interval '1 hour' WHERE customer_id = :id",
                "DELETE FROM charges WHERE customer_id = :id AND invoice_id IS NULL",
                "DELETE FROM deletions WHERE customer_id = :id",
                "DELETE FROM deletion_certificates WHERE customer_id = :id",
            ):
                values = {"id": self.customer_id, "made": self.export_id}
                connection.execute(text(sql), {k: values[k] for k in values if f":{k}" in sql})

    def erase(self):
        with self.app.app_context(), scoped(Scope.system("tests"), db.session):
            erase(self.deletion_id, work_of(self.app))

    def everything(self):
        """Return what could hold a value: the dump, the files, each key of the queue."""
        database = make_url(self.config.database_url).database
        parts = {"dump": dump_of(database)}
        for path in sorted(self.config.data.rglob("*")):
            if path.is_file():
                parts[str(path)] = str(path.name).encode() + path.read_bytes()
        with redis.Redis.from_url(self.config.redis_url) as valkey:
            for key in valkey.keys("*"):
                parts[f"valkey {key}"] = key + (valkey.dump(key) or b"")
        return parts

    def found(self):
        return {
            place: values
            for place, content in self.everything().items()
            if (values := left_in(self.canaries, content))
        }

    def counts(self):
        """Return what a deletion would delete, by table, counted by its own conditions."""
        with acting(self.app):
            return {
                table.name: number
                for table in register().tables.values()
                if table.owner is not Owner.NONE
                and (table.is_deleted or table.is_held)
                and (number := number_of(table, concerned(table, self.customer_id)))
            }

    def others(self):
        """Return a hash of each row that is not the customer's, by table."""
        values = {"id": self.customer_id, "people": self.people}
        with superuser(self.app) as connection:
            return {
                table.name: set(connection.scalars(text(_hashes(table)), values))
                for table in Base.metadata.sorted_tables
            }


def _hashes(table):
    """Return SQL that hashes the rows of everybody else."""
    mine = ["false"]
    mine += ["customer_id = :id"] if "customer_id" in table.c else []
    mine += ["active_customer_id = :id"] if "active_customer_id" in table.c else []
    mine += ["id = :id"] if table.name == "customers" else []
    if register().tables[table.name].owner in {Owner.PEOPLE, Owner.SESSIONS}:
        mine.append(f"{'user_id' if 'user_id' in table.c else 'id'} = ANY (:people)")
    condition = " OR ".join(mine)
    given = ":id > 0 AND cast(:people AS bigint[]) IS NOT NULL"
    return f"SELECT md5(t::text) FROM {table.name} t WHERE NOT ({condition}) AND {given}"  # noqa: S608


def _import_run(tenant, digest):
    return ImportRun(
        customer_id=tenant.customer_id,
        contract_id=tenant.contract_id,
        file_name="log.csv",
        file_hash=digest,
        file_bytes=1,
        mapping_name="x",
        mapping_text="",
        mapping_hash="0" * 64,
        source="tests",
        started_by_name="",
        created_at=MONDAY,
        moved_at=MONDAY,
        state="done",
    )


@pytest.fixture
def stage(app):
    return Stage(app)


def test_no_canary_is_left_anywhere(stage):
    """CON-4: 200 values, none of them in the dump, the files, the data folder or the queue."""
    assert len(stage.canaries.all()) >= 200
    planted = stage.found()
    there = set().union(*planted.values())
    assert [name for name, v in stage.canaries.of_columns.items() if not there >= set(v)] == []
    assert there == set(stage.canaries.all()), "all were really there"
    before, others = stage.counts(), stage.others()
    stage.erase()
    assert stage.found() == {}
    _nothing_else_moved(others, stage.others())
    with acting(stage.app):
        certificate = db.session.scalars(select(DeletionCertificate)).one()
        deleted = {name: n["rows"] for name, n in certificate.document["deleted"].items()}
        assert {name: n for name, n in deleted.items() if n} == before
        assert certificate.sha256 == fingerprint(certificate.document)


def _nothing_else_moved(before, after):
    for name, rows in before.items():
        if name in OF_THE_PROVIDER:
            assert len(rows - after[name]) <= 1, f"{name}: only its head and its job move"
        elif name not in {"schedule_runs", "rate_counters"}:
            assert after[name] == rows, name


@pytest.mark.parametrize("calls", [1, 9, 40])
def test_killed_in_the_middle_and_run_again_it_comes_to_the_same(stage, monkeypatch, calls):
    """CON-4: the counts of the certificate are of what was there, however often it was killed."""
    before, real, left = stage.counts(), erasing._erase_batch, [calls]
    monkeypatch.setattr(erasing, "BATCH", 1)

    def dying(*arguments):
        left[0] -= 1
        if left[0] == 0:
            db.session.rollback()
            message = "killed"
            raise KeyboardInterrupt(message)
        return real(*arguments)

    monkeypatch.setattr(erasing, "_erase_batch", dying)
    with pytest.raises(KeyboardInterrupt):
        stage.erase()
    monkeypatch.setattr(erasing, "_erase_batch", real)
    stage.erase()
    stage.erase()
    assert stage.found() == {}
    with acting(stage.app):
        document = db.session.scalars(select(DeletionCertificate)).one().document
    assert {n: c["rows"] for n, c in document["deleted"].items() if c["rows"]} == before


def test_the_archive_has_what_the_register_says_and_no_more(stage):
    """INV-11, GDP-1: every value of an exported column is in it, no other one."""
    with zipfile.ZipFile(io.BytesIO(stage.archive)) as archive:
        assert archive.testzip() is None
        content = b"".join(archive.read(name) for name in archive.namelist())
    exported_columns = {
        f"{column.table}.{column.name}" for column in register().columns() if column.is_exported
    }
    for place, values in stage.canaries.of_columns.items():
        found = [value for value in values if value.encode() in content]
        if place in exported_columns:
            assert found == values, place
        else:
            assert found == [], place


def test_the_customer_is_a_number_that_says_nothing(stage):
    stage.erase()
    with acting(stage.app):
        customer = db.session.get_one(Customer, stage.customer_id)
        assert (customer.code, customer.name) == (f"deleted-{customer.id}",) * 2
        deletion = db.session.get_one(Deletion, stage.deletion_id)
        assert (deletion.copy_to, deletion.reason, deletion.people) == ("", "", [])
        assert anchors.read_anchors(stage.config.data).get(stage.customer_id, (0, ""))[0] == 0


def test_who_belongs_to_somebody_else_too_stays(stage):
    stage.erase()
    with acting(stage.app):
        found = db.session.scalars(
            select(Membership.customer_id).filter_by(user_id=stage.world.broker.user_id)
        ).all()
        assert found == [stage.world.foreign.customer_id]


def test_jobs_of_the_customer_leave_the_queue(stage):
    def theirs():
        with acting(stage.app):
            found = db.session.scalars(
                select(OutboxJob.id).filter_by(customer_id=stage.customer_id)
            )
            names = {f"rq:job:outbox-{job_id}-0".encode() for job_id in found}
        with redis.Redis.from_url(stage.config.redis_url) as valkey:
            return names & set(valkey.keys("rq:job:outbox-*"))

    before = theirs()
    assert before
    stage.erase()
    with redis.Redis.from_url(stage.config.redis_url) as valkey:
        assert before & set(valkey.keys("rq:job:outbox-*")) == set()
