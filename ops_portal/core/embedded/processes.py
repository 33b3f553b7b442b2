"""Children that never outlive their parent, and their log files."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Pause = Callable[[float], None]

POLL_S = 0.02
LOG_LIMIT_BYTES = 10_000_000
PR_SET_PDEATHSIG = 1
IS_LINUX = sys.platform.startswith("linux")
_LIBC = ctypes.CDLL(None) if IS_LINUX else None


@dataclass(frozen=True, slots=True)
class Account:
    """The user and group a child runs as."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Launch:
    """How one child is started."""

    command: Sequence[str | Path]
    env: Mapping[str, str]
    log: Path
    cwd: Path = Path("/")
    account: Account | None = None
    keep: tuple[int, ...] = field(default=())
    on_parent_death: signal.Signals = signal.SIGTERM


def spawn(launch: Launch) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, its output appended to its log.

    On Linux the kernel signals the child when its parent dies, whatever the parent died of.
    """
    account: dict[str, Any] = {}
    if launch.account:
        account = {"user": launch.account.uid, "group": launch.account.gid, "extra_groups": []}
    log = open_log(launch.log)
    try:
        return subprocess.Popen(  # noqa: S603 (our own command lines, no shell)
            [str(part) for part in launch.command],
            cwd=launch.cwd,
            env=dict(launch.env),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=launch.keep,
            preexec_fn=_bind_to_parent(launch.on_parent_death),  # noqa: PLW1509 (no threads here)
            **account,
        )
    finally:
        os.close(log)


def _bind_to_parent(number: signal.Signals) -> Callable[[], None] | None:
    libc = _LIBC
    if libc is None:
        return None
    parent = os.getpid()

    def bind() -> None:
        libc.prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return bind


def open_log(path: Path) -> int:
    """Open a log for appending, readable by its owner only; an overlong one is set aside first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    rotate_log(path)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)


def rotate_log(path: Path) -> None:
    """Keep one older copy of a log that grew past the limit; its writers append on."""
    if not path.exists() or path.stat().st_size < LOG_LIMIT_BYTES:
        return
    older = path.with_suffix(".log.1")
    older.write_bytes(path.read_bytes())
    os.truncate(path, 0)


def wait_until(
    is_done: Callable[[], bool], seconds: float, pause: Pause = time.sleep, step: float = POLL_S
) -> bool:
    """Poll until done or out of time; say which."""
    end = time.monotonic() + seconds
    while not is_done():
        if time.monotonic() > end:
            return False
        pause(step)
    return True


def stop(
    processes: Sequence[subprocess.Popen[bytes]],
    number: signal.Signals = signal.SIGTERM,
    seconds: float = 10,
) -> None:
    """Ask the children to end, wait, then end their whole sessions."""
    running = [process for process in processes if process.poll() is None]
    for process in running:
        process.send_signal(number)
    wait_until(lambda: all(process.poll() is not None for process in running), seconds)
    for process in processes:
        end_session(process.pid)
        process.wait()


def end_session(leader: int) -> None:
    """Kill whatever is left of the session a child led (a worker's job process, for one)."""
    for pid in _session_members(leader):
        try:
            os.kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue


def _session_members(leader: int) -> list[int]:
    if not IS_LINUX:
        return [leader]
    return [pid for pid in all_pids() if pid != os.getpid() and _session_of(pid) == leader]


def _session_of(pid: int) -> int:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return 0


def all_pids() -> list[int]:
    """Return the processes of this machine (Linux; empty elsewhere)."""
    proc = Path("/proc")
    return [int(p.name) for p in proc.iterdir() if p.name.isdigit()] if IS_LINUX else []


def is_alive(pid: int) -> bool:
    """Whether a process of that number exists and is not a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return True
    return stat.rpartition(")")[2].split()[0] != "Z"
