"""Keeping the processes of one installation running, and ending them in order."""

import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ops_portal.core.embedded import processes
from ops_portal.core.embedded.errors import StartError

Process = subprocess.Popen[bytes]
Say = Callable[[str], None]

FIRST_DELAY_S = 0.5
LONGEST_DELAY_S = 30.0
STEADY_S = 60.0
"""A process that ran this long is healthy again: its next restart comes at once."""


@dataclass(slots=True)
class Service:
    """One process that has to run, and what happened to it.

    A server has a way of its own to stop, and outlives the programs that use it.
    """

    name: str
    start: Callable[[], Process]
    stop_server: Callable[[Process], None] | None = None
    process: Process | None = None
    started: float = 0
    failures: int = 0
    due: float = 0

    @property
    def is_down(self) -> bool:
        """Whether the process has ended."""
        return self.process is None or self.process.poll() is not None


class Supervisor:
    """Starts services, restarts what dies, ends all: first the programs, then their servers."""

    def __init__(
        self, logs: Path, say: Say, read_clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin without services; `say` tells the operator what happened."""
        self.services: list[Service] = []
        self._logs = logs
        self._say = say
        self._read_clock = read_clock

    def run(self, service: Service) -> None:
        """Start a service and keep it running from now on."""
        service.process = service.start()
        service.started = self._read_clock()
        self.services.append(service)

    def watch(self) -> None:
        """Look once at every service: note what died, start again what is due."""
        now = self._read_clock()
        for service in self.services:
            if service.process and service.process.poll() is not None:
                self._note_death(service, now)
            if service.process is None and now >= service.due:
                self._restart(service)

    def keep_logs_short(self) -> None:
        """Set aside the logs that grew too long."""
        for log in self._logs.glob("*.log"):
            processes.rotate_log(log)

    def close(self) -> None:
        """End the programs together, then the servers, the last started first."""
        programs = [service for service in self.services if not service.stop_server]
        processes.stop([service.process for service in programs if service.process])
        for service in reversed(self.services):
            if service.stop_server and service.process:
                service.stop_server(service.process)
        self.services.clear()

    def _note_death(self, service: Service, now: float) -> None:
        process = service.process
        if process is None:
            return
        processes.end_session(process.pid)
        if now - service.started > STEADY_S:
            service.failures = 0
        delay = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2**service.failures)
        service.failures += 1
        service.process, service.due = None, now + delay
        self._say(f"{service.name} ended ({_cause(process)}); it starts again in {delay:g} s")

    def _restart(self, service: Service) -> None:
        try:
            service.process = service.start()
        except StartError as error:
            delay = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2**service.failures)
            service.failures += 1
            service.due = self._read_clock() + delay
            self._say(f"{service.name}: {error}; next try in {delay:g} s")
        else:
            service.started = self._read_clock()


def _cause(process: Process) -> str:
    code = process.returncode
    return f"signal {-code}" if code < 0 else f"exit code {code}"
