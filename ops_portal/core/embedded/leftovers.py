"""What a killed PostgreSQL leaves behind, and how the next start gets past it safely.

The server itself tells a stale lock file by its process number. That number may since belong to
another program (after a reboot, or in a container), and parts of a killed server may still run.
"""

import os
import signal
import time
from pathlib import Path

from ops_portal.core.embedded import processes
from ops_portal.core.embedded.errors import StartError
from ops_portal.core.embedded.processes import Pause

STATUS = 7  # the line of postmaster.pid that says "ready"
NOBODYS_PID = 2**31 - 2  # above every system's highest process number
POLITE_S = 25
LAST_S = 5


def pid_lines(cluster: Path) -> list[str]:
    """Return the lines of the server's lock file; none where there is no such file."""
    try:
        return (cluster / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def clear(cluster: Path, sockets: Path, pause: Pause = time.sleep) -> None:
    """End what is left of an earlier server and make its lock files tell the truth.

    The caller holds the data folder alone, so no server of it has a living owner.

    Raises:
        StartError: a process of the old server cannot be ended.

    """
    _end_all(cluster, pause)
    lines = pid_lines(cluster)
    if not lines or not lines[0].strip().isdigit():
        (cluster / "postmaster.pid").unlink(missing_ok=True)
    elif processes.is_alive(int(lines[0])):
        # The rest of the file stays: with it the server checks that no old process is attached.
        (cluster / "postmaster.pid").write_text("\n".join([str(NOBODYS_PID), *lines[1:], ""]))
    if sockets.exists():
        for path in sockets.glob(".s.PGSQL.*"):
            path.unlink()


def _end_all(cluster: Path, pause: Pause) -> None:
    for number, seconds in ((signal.SIGINT, POLITE_S), (signal.SIGQUIT, LAST_S)):
        found = running(cluster)
        if not found:
            return
        _signal(found if number == signal.SIGQUIT else _leaders(cluster, found), number)
        if processes.wait_until(lambda: not running(cluster), seconds, pause):
            return
    message = f"an earlier PostgreSQL still runs on {cluster}: processes {running(cluster)}"
    raise StartError(message)


def _leaders(cluster: Path, found: list[int]) -> list[int]:
    """Return the server's first process; where that is dead, its orphans."""
    lines = pid_lines(cluster)
    leader = int(lines[0]) if lines and lines[0].strip().isdigit() else 0
    return [leader] if leader in found else found


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def running(cluster: Path) -> list[int]:
    """Return the processes whose working folder is the cluster: servers stand there (Linux)."""
    return [pid for pid in processes.all_pids() if _stands_in(pid, cluster)]


def _stands_in(pid: int, cluster: Path) -> bool:
    try:
        is_there = Path(f"/proc/{pid}/cwd").readlink() == cluster
        return is_there and Path(f"/proc/{pid}/exe").readlink().name.startswith("postgres")
    except OSError:
        return False
