"""The audit log: one entry per action, chained per tenant; tampering is found (CFG-2, GDP-2)."""

import threading

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, make_url, text

from ops_portal import cli
from ops_portal.core import anchors, audit
from ops_portal.core.actor import system_actor
from ops_portal.core.db import db
from ops_portal.core.tenancy import Scope, scoped
from tests.factories import MONDAY, make_world
from tests.portal import acting
from tests.servers import servers

TAMPERING = {
    "an entry changed": "UPDATE audit_entries SET action = 'x' WHERE seq = 2 AND customer_id = :id",
    "an entry removed": "DELETE FROM audit_entries WHERE seq = 2 AND customer_id = :id",
    "the tail cut off": "DELETE FROM audit_entries WHERE seq >= 3 AND customer_id = :id",
    "the tail and the head": (
        "WITH gone AS (DELETE FROM audit_entries WHERE seq >= 3 AND customer_id = :id)"
        " UPDATE audit_heads h SET seq = 2, mac = (SELECT mac FROM audit_entries e"
        " WHERE e.customer_id = :id AND e.seq = 2) WHERE h.customer_id = :id"
    ),
    "two entries swapped": (
        "UPDATE audit_entries SET action = CASE seq WHEN 2 THEN 'tests.3' ELSE 'tests.2' END"
        " WHERE seq IN (2, 3) AND customer_id = :id"
    ),
    "an entry moved in time": (
        "UPDATE audit_entries SET at = at + interval '1 hour' WHERE seq = 2 AND customer_id = :id"
    ),
}


@pytest.fixture
def tenant(app):
    """Return a tenant whose chain has at least four entries, anchored."""
    with acting(app):
        world = make_world()
        for number in range(1, 5):
            note(world.home.customer_id, number)
        anchors.write_anchors(app.extensions["portal.config"].data, now=MONDAY)
    return world.home.customer_id


def note(customer_id, number):
    actor = system_actor("tests", customer_id)
    return audit.record(
        actor, f"tests.{number}", ("thing", number), now=MONDAY, after={"n": number}
    )


def faults(app, customer_id):
    kept = anchors.read_anchors(app.extensions["portal.config"].data)
    with acting(app):
        return list(audit.verify_chain(customer_id, kept.get(customer_id)))


def as_superuser(app, statement, **values):
    database = make_url(app.config["SQLALCHEMY_DATABASE_URI"]).database
    engine = create_engine(servers().superuser_url(database))
    with engine.begin() as connection:
        connection.execute(text(statement), values)
    engine.dispose()


def test_an_untouched_chain_is_whole(app, tenant):
    assert faults(app, tenant) == []


@pytest.mark.parametrize("how", TAMPERING)
def test_tampering_is_found(app, tenant, how):
    as_superuser(app, TAMPERING[how], id=tenant)
    assert faults(app, tenant) != []


@pytest.mark.parametrize("how", ["the tail and the head", "the tail cut off"])
def test_a_cut_tail_is_found_without_the_anchors(app, tenant, how):
    as_superuser(app, TAMPERING[how], id=tenant)
    (app.extensions["portal.config"].data / anchors.FILE).unlink()
    assert faults(app, tenant) != []


def test_a_head_that_lost_its_seal_does_not_get_it_back_with_the_next_entry(app, tenant):
    as_superuser(app, TAMPERING["the tail and the head"], id=tenant)
    (app.extensions["portal.config"].data / anchors.FILE).unlink()
    with acting(app):
        note(tenant, 9)
    assert [f.what for f in faults(app, tenant)] == [
        "the head of the chain does not bear the portal's seal"
    ]


def test_a_seal_belongs_to_one_tenant(app, tenant):
    as_superuser(app, "UPDATE audit_heads SET seal = 'x' WHERE customer_id = :id", id=tenant)
    assert faults(app, tenant) != []
    assert audit.seal_of(1, 2, "m") != audit.seal_of(2, 2, "m")


def test_another_key_does_not_fit(app, tenant):
    key = app.extensions["portal.config"].audit_key
    audit.use_key("another-key-another-key-another-key!")
    try:
        assert faults(app, tenant) != []
    finally:
        audit.use_key(key)


def test_an_entry_goes_with_its_change(app, tenant):
    with acting(app) as session:
        note(tenant, 9)
        session.rollback()
    assert faults(app, tenant) == []


def test_entries_of_many_at_once_make_one_chain(app, tenant):
    start = threading.Barrier(6)

    def write(number):
        with app.app_context(), scoped(Scope.system("tests"), db.session):
            start.wait()
            note(tenant, number)
            db.session.commit()

    threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults(app, tenant) == []


def test_anchors_are_appended_only_when_a_chain_grew(app, tenant):
    folder = app.extensions["portal.config"].data
    with acting(app):
        assert anchors.write_anchors(folder, now=MONDAY) == 0
        note(tenant, 9)
        assert anchors.write_anchors(folder, now=MONDAY) == 1
    assert (folder / anchors.FILE).stat().st_mode & 0o077 == 0


def test_the_command_says_what_it_found(app, tenant, monkeypatch):

    monkeypatch.setattr(cli, "_app", lambda: (app, app.extensions["portal.config"]))
    assert CliRunner().invoke(cli.main, ["audit", "verify"]).exit_code == 0
    as_superuser(app, TAMPERING["an entry changed"], id=tenant)
    result = CliRunner().invoke(cli.main, ["audit", "verify"])
    assert result.exit_code == 1
    assert f"customer {tenant}, entry 2" in result.output
