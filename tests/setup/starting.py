"""Starting the whole portal as a person does, and reading what it says."""

import os
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from ops_portal.core.embedded.environment import ROOT
from ops_portal.core.embedded.processes import all_pids, wait_until

RUN = (sys.executable, str(ROOT / "run.py"))
LONG_S = 120


def free_port() -> int:
    """Return a port nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def run(*arguments: object, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run `run.py` to its end."""
    return subprocess.run(
        [*RUN, *map(str, arguments)],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG_S,
    )


@dataclass
class Portal:
    """A portal that was started with `serve`."""

    data: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def output(self) -> Path:
        """The file it speaks to."""
        return self.data.with_name(f"{self.data.name}.out")

    def start(self) -> str:
        """Start it and return what it said until it was ready."""
        options = ("serve", "--data", str(self.data), "--port", str(self.port), "--no-demo")
        with self.output.open("wb") as output:
            self.process = subprocess.Popen([*RUN, *options], stdout=output, stderr=output)
        process = self.process
        wait_until(lambda: "ready in" in self.said() or process.poll() is not None, LONG_S)
        assert "ready in" in self.said(), self.said()
        return self.said()

    def said(self) -> str:
        """Return what it said so far."""
        return self.output.read_text()

    def end(self, number: int) -> int:
        """Signal the supervisor and return its exit code."""
        assert self.process
        self.process.send_signal(number)
        return self.process.wait(LONG_S)

    def program(self, *words: str) -> int:
        """Return the process number of one of its programs; 0 when it does not run."""
        assert self.process
        wanted = "\0".join(["ops_portal", *words, ""]).encode()
        found = (pid for pid in all_pids() if _parent(pid) == self.process.pid)
        return next((pid for pid in found if wanted in _command(pid)), 0)


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def processes_naming(folder: Path) -> list[int]:
    """Return the processes whose environment or command line names a folder."""
    needle = str(folder).encode()
    return [pid for pid in all_pids() if needle in _command(pid) or needle in _environ(pid)]


def _environ(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""
