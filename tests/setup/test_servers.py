"""PostgreSQL and Valkey from their wheels: how they start, and what they refuse."""

import stat

import psycopg
import pytest
import redis

from ops_portal.core.embedded import environment, postgres, roles, valkey
from ops_portal.core.embedded.environment import Installation
from ops_portal.core.embedded.errors import StartError
from ops_portal.core.embedded.supervisor import Supervisor
from tests.servers import plain


def connect(installation: Installation, role: str, key: str) -> psycopg.Connection:
    return psycopg.connect(plain(postgres.url(installation.place, role, installation.keys[key])))


def test_the_servers_listen_on_sockets_for_their_owner_only(
    installation: Installation, running: Supervisor
) -> None:
    run = installation.place.run
    assert [service.name for service in running.services] == ["PostgreSQL", "Valkey"]
    assert stat.S_IMODE((run / "valkey.sock").stat().st_mode) == 0o600
    assert stat.S_IMODE((run / "pg").stat().st_mode) == 0o700
    with connect(installation, roles.RUNTIME, "runtime") as connection:
        told = connection.execute("SHOW listen_addresses").fetchone()
    assert told == ("",)


def test_a_wrong_password_is_refused_on_the_socket_too(
    installation: Installation, running: Supervisor
) -> None:
    assert running.services
    url = plain(postgres.url(installation.place, roles.RUNTIME, "guessed"))
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url)


def test_what_was_written_is_there_after_a_restart(
    installation: Installation, supervisor: Supervisor
) -> None:
    process = postgres.start(installation.place, installation.keys["superuser"])
    script = roles.script(installation.keys)
    postgres.run_sql(installation.place, installation.keys["superuser"], script)
    with connect(installation, roles.OWNER, "owner") as connection:
        connection.execute("CREATE TABLE kept (word text)")
        connection.execute("INSERT INTO kept VALUES ('here')")
    postgres.stop(process)
    process = postgres.start(installation.place, installation.keys["superuser"])
    with connect(installation, roles.OWNER, "owner") as connection:
        assert connection.execute("SELECT word FROM kept").fetchone() == ("here",)
    postgres.stop(process)
    assert not supervisor.services


def test_data_of_another_version_are_refused_in_one_line(installation: Installation) -> None:
    cluster = postgres.cluster(installation.place)
    cluster.mkdir()
    (cluster / "PG_VERSION").write_text("15\n")
    with pytest.raises(
        StartError, match="holds data of PostgreSQL 15, this portal brings"
    ) as found:
        postgres.start(installation.place, "unused")
    assert "\n" not in str(found.value)


def test_a_folder_that_is_no_database_is_left_alone(installation: Installation) -> None:
    cluster = postgres.cluster(installation.place)
    cluster.mkdir()
    (cluster / "thesis.odt").write_text("precious")
    with pytest.raises(StartError, match="is not a PostgreSQL folder"):
        postgres.start(installation.place, "unused")
    assert (cluster / "thesis.odt").read_text() == "precious"


def test_an_unreadable_queue_is_set_aside_and_replaced(installation: Installation) -> None:
    append_only = installation.place.data / "valkey" / "appendonlydir"
    append_only.mkdir(parents=True)
    (append_only / "appendonly.aof.manifest").write_text("file nonsense\n")
    process = valkey.start(installation.place)
    with redis.Redis.from_url(valkey.url(installation.place)) as client:
        assert client.ping()
    valkey.stop(process)
    assert list(installation.place.data.glob("valkey.unusable-*"))


def test_given_addresses_replace_the_servers(installation: Installation, said: list[str]) -> None:
    settings = {"DATABASE_URL": "postgresql://db.example/x", "REDIS_URL": "redis://queue.example"}
    given = Installation(installation.place, installation.keys, settings)
    assert not given.has_own_database
    assert not given.has_own_queue
    env = environment.of_web(given, 8081)
    assert env["DATABASE_URL"] == "postgresql://db.example/x"
    assert env["REDIS_URL"] == "redis://queue.example"
    assert env["PORTAL_BASE_URL"] == "http://127.0.0.1:8081"
    assert said == []


def test_the_programs_never_learn_the_owners_password(installation: Installation) -> None:
    env = environment.of_web(installation)
    assert installation.keys["owner"] not in " ".join(env.values())
    assert installation.keys["superuser"] not in " ".join(env.values())
    assert installation.keys["owner"] in environment.of_commands(installation)["DATABASE_OWNER_URL"]
