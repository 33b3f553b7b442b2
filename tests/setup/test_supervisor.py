"""The supervisor: what dies starts again, ever more slowly; all end together."""

import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from ops_portal.core.embedded import processes
from ops_portal.core.embedded.errors import StartError
from ops_portal.core.embedded.processes import Launch
from ops_portal.core.embedded.supervisor import LONGEST_DELAY_S, Process, Service, Supervisor

WAITS = "import time; time.sleep(600)"


class HandClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def watched(tmp_path: Path, said: list[str], clock: HandClock) -> Supervisor:
    return Supervisor(tmp_path, said.append, clock)


def launch(folder: Path, code: str) -> Process:
    return processes.spawn(Launch([sys.executable, "-c", code], {}, folder / "program.log"))


def kill(service: Service) -> None:
    assert service.process
    service.process.kill()
    service.process.wait()


def test_a_program_that_dies_starts_again(
    tmp_path: Path, watched: Supervisor, clock: HandClock, said: list[str]
) -> None:
    service = Service("worker", partial(launch, tmp_path, WAITS))
    watched.run(service)
    first = service.process
    kill(service)
    watched.watch()
    assert said == ["worker ended (signal 9); it starts again in 0.5 s"]
    assert service.is_down
    clock.now = 0.5
    watched.watch()
    assert not service.is_down
    assert service.process is not first
    watched.close()


def test_each_failure_waits_twice_as_long_up_to_a_limit(
    tmp_path: Path, watched: Supervisor, clock: HandClock
) -> None:
    service = Service("worker", partial(launch, tmp_path, "raise SystemExit(3)"))
    watched.run(service)
    delays = []
    for _ in range(9):
        assert service.process
        service.process.wait()
        watched.watch()
        delays.append(service.due - clock.now)
        clock.now = service.due
        watched.watch()
    assert delays == [0.5, 1, 2, 4, 8, 16, LONGEST_DELAY_S, LONGEST_DELAY_S, LONGEST_DELAY_S]
    watched.close()


def test_a_program_that_ran_for_long_is_forgiven(
    tmp_path: Path, watched: Supervisor, clock: HandClock
) -> None:
    service = Service("worker", partial(launch, tmp_path, WAITS), failures=5)
    watched.run(service)
    clock.now = 100
    kill(service)
    watched.watch()
    assert service.due == 100.5
    watched.close()


def test_a_server_that_cannot_start_is_tried_again_and_said(
    watched: Supervisor, clock: HandClock, said: list[str]
) -> None:
    def refuse() -> Process:
        message = "the disk is full"
        raise StartError(message)

    watched.services.append(Service("PostgreSQL", refuse, lambda _process: None))
    watched.watch()
    assert said == ["PostgreSQL: the disk is full; next try in 0.5 s"]
    watched.watch()
    clock.now = 0.5
    watched.watch()
    assert said[1:] == ["PostgreSQL: the disk is full; next try in 1 s"]


def test_programs_end_before_the_servers_they_use(tmp_path: Path, watched: Supervisor) -> None:
    ended: list[str] = []
    programs: list[Process] = []

    def stop(name: str, process: Process) -> None:
        ended.append(f"{name} after program: {programs[0].poll() is not None}")
        processes.stop([process])

    start = partial(launch, tmp_path, WAITS)
    for name in ("PostgreSQL", "Valkey"):
        watched.run(Service(name, start, partial(stop, name)))
    program = Service("web1", start)
    watched.run(program)
    assert program.process
    programs.append(program.process)
    watched.close()
    assert ended == ["Valkey after program: True", "PostgreSQL after program: True"]


def test_the_children_of_a_dead_program_die_with_it(tmp_path: Path, watched: Supervisor) -> None:
    code = (
        "import subprocess, sys\n"
        f"child = subprocess.Popen([sys.executable, '-c', {WAITS!r}])\n"
        "print(child.pid, flush=True)\n"
        "child.wait()"
    )
    service = Service("worker", partial(launch, tmp_path, code))
    watched.run(service)
    log = tmp_path / "program.log"
    assert processes.wait_until(lambda: log.read_text().strip() != "", 5)
    kill(service)
    watched.watch()
    child = int(log.read_text())
    assert processes.wait_until(lambda: not processes.is_alive(child), 5)
    watched.close()


def test_a_child_is_told_when_its_parent_is_killed(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; import sys, time\n"
        "from ops_portal.core.embedded.processes import Launch, spawn\n"
        f"waits = [sys.executable, '-c', {WAITS!r}]\n"
        f"child = spawn(Launch(waits, {{}}, Path({str(tmp_path)!r}, 'log')))\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    assert processes.wait_until(lambda: not processes.is_alive(child), 5)


def test_a_log_that_grew_too_long_is_set_aside(tmp_path: Path, watched: Supervisor) -> None:
    log = tmp_path / "web1.log"
    with log.open("wb") as file:
        file.truncate(processes.LOG_LIMIT_BYTES)
    watched.keep_logs_short()
    assert log.stat().st_size == 0
    assert (tmp_path / "web1.log.1").stat().st_size == processes.LOG_LIMIT_BYTES


def test_waiting_ends_when_time_is_up() -> None:
    began = time.monotonic()
    assert not processes.wait_until(lambda: False, 0.05)
    assert time.monotonic() - began < 1
