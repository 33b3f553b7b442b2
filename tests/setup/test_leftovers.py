"""What a killed start leaves behind does not stop the next one."""

import os
import signal
import subprocess
import sys

import psycopg
import redis

from ops_portal.core.embedded import leftovers, postgres, processes, roles, servers, valkey
from ops_portal.core.embedded.environment import Installation
from ops_portal.core.embedded.supervisor import Supervisor
from tests.servers import plain


def answer(installation: Installation) -> object:
    password = installation.keys["superuser"]
    url = plain(postgres.url(installation.place, postgres.SUPERUSER, password, "postgres"))
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT 1").fetchone()


def start(installation: Installation) -> subprocess.Popen[bytes]:
    return postgres.start(installation.place, installation.keys["superuser"])


def test_a_killed_postmaster_and_its_orphans_are_got_past(installation: Installation) -> None:
    first = start(installation)
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = start(installation)
    assert answer(installation) == (1,)
    assert leftovers.running(postgres.cluster(installation.place))
    postgres.stop(second)
    assert leftovers.running(postgres.cluster(installation.place)) == []


def test_a_lock_file_with_the_number_of_a_living_stranger_is_stale(
    installation: Installation,
) -> None:
    postgres.stop(start(installation))
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    lock = postgres.cluster(installation.place) / "postmaster.pid"
    lock.write_text(f"{stranger.pid}\n{postgres.cluster(installation.place)}\n1700000000\n5432\n")
    if installation.place.account:
        os.chown(lock, installation.place.account.uid, installation.place.account.gid)
    process = start(installation)
    assert answer(installation) == (1,)
    assert stranger.poll() is None
    postgres.stop(process)
    stranger.communicate(b"\n")


def test_an_empty_lock_file_is_removed(installation: Installation) -> None:
    postgres.stop(start(installation))
    lock = postgres.cluster(installation.place) / "postmaster.pid"
    lock.write_text("")
    process = start(installation)
    assert answer(installation) == (1,)
    postgres.stop(process)


def test_a_server_whose_supervisor_died_gives_way(installation: Installation) -> None:
    orphan = start(installation)  # still running, as if nobody had ended it
    process = start(installation)
    assert orphan.wait(5) == 0
    assert answer(installation) == (1,)
    postgres.stop(process)


def test_an_orphaned_valkey_gives_way_and_keeps_its_jobs(installation: Installation) -> None:
    orphan = valkey.start(installation.place)
    with redis.Redis.from_url(valkey.url(installation.place)) as client:
        client.set("job", "waiting")
    process = valkey.start(installation.place)
    assert orphan.wait(5) == 0
    with redis.Redis.from_url(valkey.url(installation.place)) as client:
        assert client.get("job") == b"waiting"
    valkey.stop(process)


def test_both_servers_end_with_the_supervisor(
    installation: Installation, supervisor: Supervisor
) -> None:
    servers.start_servers(installation, supervisor)
    pids = [service.process.pid for service in supervisor.services if service.process]
    supervisor.close()
    assert len(pids) == 2
    assert not any(processes.is_alive(pid) for pid in pids)
    assert roles.DATABASE not in " ".join(map(str, leftovers.pid_lines(installation.place.data)))
