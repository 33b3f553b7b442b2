"""`run.py serve` from an empty folder to the end, told as one story per start."""

import json
import os
import signal
import socket
import stat
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ops_portal.core.embedded.processes import wait_until
from tests.setup.starting import Portal, processes_naming, run

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("serve"),  # one portal for all of them
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc"),
]


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """Return a running portal without demonstration data."""
    made = Portal(tmp_path_factory.mktemp("installation") / "data")
    made.start()
    yield made
    if made.process and made.process.poll() is None:
        made.end(signal.SIGTERM)


def is_ready(portal: Portal) -> bool:
    url = f"http://127.0.0.1:{portal.port}/readyz"
    with urllib.request.urlopen(url, timeout=20) as answer:
        return bool(json.load(answer)["status"] == "ready")


def test_it_says_where_it_is_and_answers_there(portal: Portal) -> None:
    assert f"http://127.0.0.1:{portal.port}" in portal.said()
    assert is_ready(portal)


def test_it_runs_two_web_processes_two_workers_and_a_ticker(portal: Portal) -> None:
    for words in (["web"], ["worker", "mail", "default"], ["worker", "imports"], ["ticker"]):
        assert portal.program(*words)


def test_the_data_folder_is_closed_to_others(portal: Portal) -> None:
    open_to_others = [
        path
        for path in (portal.data, *portal.data.glob("*"), *portal.data.glob("logs/*"))
        if not path.is_symlink() and stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    assert open_to_others == []


def test_a_second_instance_on_the_folder_is_one_line(portal: Portal) -> None:
    second = run("serve", "--data", portal.data, "--port", 0)
    assert second.returncode == 1
    assert "is in use by process" in second.stderr
    assert second.stderr.count("\n") == 1


def test_a_taken_port_is_one_line_and_leaves_nothing(portal: Portal, tmp_path: Path) -> None:
    other = run("serve", "--data", tmp_path / "other", "--port", portal.port)
    assert other.returncode == 1
    assert other.stderr == (
        f"portal: port {portal.port} is in use by another program: choose another with --port\n"
    )
    assert processes_naming(tmp_path / "other") == []


def test_hundreds_of_half_open_requests_hold_nobody_up(portal: Portal) -> None:
    """The fault case of slow clients: 400 requests that never end, and one that is in a hurry."""
    with ExitStack() as stack:
        for _ in range(400):
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", portal.port)))
            slow.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        began = time.monotonic()
        assert is_ready(portal)
        assert time.monotonic() - began < 1


def test_a_body_that_is_too_large_is_refused_before_it_is_sent(portal: Portal) -> None:
    with socket.create_connection(("127.0.0.1", portal.port)) as client:
        head = b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n"
        client.sendall(head)
        client.settimeout(5)
        answer = client.recv(2000)
    assert b" 413 " in answer
    assert b"Content-Security-Policy" in answer


def test_headers_too_large_are_refused_with_the_headers_of_every_answer(portal: Portal) -> None:
    """Waitress answers by itself here, before the portal sees the request."""
    with socket.create_connection(("127.0.0.1", portal.port)) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 70_000)
        client.settimeout(5)
        answer = client.recv(2000)
    assert b" 431 " in answer
    assert b"X-Content-Type-Options: nosniff" in answer
    assert b"Cache-Control: no-store" in answer


def test_commands_use_the_servers_that_run(portal: Portal) -> None:
    told = run("portal", "--data", portal.data, "status")
    assert json.loads(told.stdout)["status"] == "ready"
    assert is_ready(portal)


@pytest.mark.parametrize("words", ["worker mail", "worker imports", "web", "ticker"])
def test_a_killed_program_comes_back(portal: Portal, words: str) -> None:
    killed = portal.program(*words.split())
    os.kill(killed, signal.SIGKILL)
    assert wait_until(lambda: portal.program(*words.split()) not in (0, killed), 30)
    assert is_ready(portal)
    assert "starts again in" in portal.said()


def test_a_killed_database_comes_back(portal: Portal) -> None:
    assert portal.process
    lines = (portal.data / "pg" / "postmaster.pid").read_text().splitlines()
    os.kill(int(lines[0]), signal.SIGKILL)
    assert wait_until(lambda: "PostgreSQL ended (signal 9)" in portal.said(), 10)
    assert wait_until(lambda: _answers(portal), 60)


def _answers(portal: Portal) -> bool:
    try:
        return is_ready(portal)
    except OSError:
        return False


def test_a_killed_supervisor_leaves_nothing_that_blocks(portal: Portal) -> None:
    portal.end(signal.SIGKILL)
    portal.start()
    assert is_ready(portal)


def test_ctrl_c_ends_everything(portal: Portal) -> None:
    if not (portal.process and portal.process.poll() is None):
        portal.start()
    assert portal.end(signal.SIGINT) == 0
    assert portal.said().endswith("stopping …\nstopped\n")
    assert processes_naming(portal.data) == []
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", portal.port))


def test_a_folder_without_a_portal_has_no_commands(tmp_path: Path) -> None:
    told = run("portal", "--data", tmp_path, "status")
    assert told.returncode == 1
    assert "holds no portal" in told.stderr
    assert list(tmp_path.iterdir()) == []


def test_only_demonstration_data_are_thrown_away(portal: Portal) -> None:
    told = run("demo", "--reset", "--data", portal.data)
    assert told.returncode == 1
    assert "holds no demonstration data: nothing was changed" in told.stderr
