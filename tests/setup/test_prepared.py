"""A start prepares again when something changed that matters, and only then."""

import stat
from datetime import date, timedelta

import pytest

from ops_portal.core.embedded import prepared, preparing
from ops_portal.core.embedded.environment import Installation
from ops_portal.core.embedded.errors import StartError
from ops_portal.core.embedded.prepared import Prepared

TODAY = date(2026, 6, 8)
CLUSTER = b"number of the cluster"


@pytest.fixture
def cluster(installation: Installation) -> Installation:
    control = installation.place.data / "pg" / "global"
    control.mkdir(parents=True)
    (control / "pg_control").write_bytes(CLUSTER)
    return installation


def test_the_memory_is_private_and_survives(installation: Installation) -> None:
    made = Prepared("digest", has_demo=True, logins="ines@desk.example")
    prepared.write(installation.place.data, made)
    assert prepared.read(installation.place.data) == made
    mode = (installation.place.data / prepared.FILE).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


@pytest.mark.parametrize("text", ["", "{", '{"unknown": 1}', "[]"])
def test_a_damaged_memory_is_an_empty_one(installation: Installation, text: str) -> None:
    (installation.place.data / prepared.FILE).write_text(text)
    assert prepared.read(installation.place.data) == Prepared()


def test_nothing_changed_means_the_same_fingerprint(cluster: Installation) -> None:
    assert prepared.fingerprint(cluster, TODAY) == prepared.fingerprint(cluster, TODAY)


def test_another_day_name_or_cluster_means_another(cluster: Installation) -> None:
    place, keys = cluster.place, cluster.keys
    before = prepared.fingerprint(cluster, TODAY)
    renamed = Installation(place, keys, {"PORTAL_OPERATOR_NAME": "Other"})
    assert prepared.fingerprint(cluster, TODAY + timedelta(days=1)) != before
    assert prepared.fingerprint(renamed, TODAY) != before
    (place.data / "pg" / "global" / "pg_control").write_bytes(b"another cluster")
    assert prepared.fingerprint(cluster, TODAY) != before


def test_a_database_of_somebody_else_is_always_asked(cluster: Installation) -> None:
    settings = {"DATABASE_URL": "postgresql://db.example/portal"}
    theirs = Installation(cluster.place, cluster.keys, settings)
    prepared.write(cluster.place.data, Prepared("digest"))
    assert not preparing.is_prepared(theirs)


def test_a_missing_cluster_is_not_prepared(installation: Installation) -> None:
    prepared.write(installation.place.data, Prepared("digest"))
    assert not preparing.is_prepared(installation)


def test_a_failed_step_is_one_line_with_its_log(installation: Installation) -> None:
    settings = {"DATABASE_URL": "postgresql://127.0.0.1:1/portal", "REDIS_URL": "redis://x"}
    theirs = Installation(installation.place, installation.keys, settings)
    with pytest.raises(StartError, match=r"prepare failed: .*prepare\.log") as failed:
        preparing.prepare(theirs, wants_demo=False, pause=lambda _: None, say=lambda _: None)
    assert "\n" not in str(failed.value)
    assert prepared.read(installation.place.data) == Prepared()
