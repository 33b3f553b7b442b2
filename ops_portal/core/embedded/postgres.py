"""PostgreSQL from its wheel: the programs only, started by us.

No TCP port, passwords on the socket, checksums, UTC, and one collation on every system.
As root the server runs under another account, which need not be able to reach the data folder:
it is handed the opened folder instead of a path.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from ops_portal.core.embedded import leftovers, processes, roles
from ops_portal.core.embedded.binaries import major_version, program, reachable_programs
from ops_portal.core.embedded.errors import StartError
from ops_portal.core.embedded.place import Place
from ops_portal.core.embedded.processes import IS_LINUX, Launch, Pause

SUPERUSER = "postgres"
INIT_S = 120
RECOVERY_S = 600
RETRY_S = 15
LEAVE_S = 20
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "100",
    "jit": "off",
}
FOR_TESTS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def cluster(place: Place) -> Path:
    """Return the folder of the data files."""
    return place.data / "pg"


def url(place: Place, user: str, password: str, database: str = roles.DATABASE) -> str:
    """Return an address as SQLAlchemy reads it."""
    host = quote(str(_sockets(place)))
    return f"postgresql+psycopg://{user}:{quote(password, safe='')}@/{database}?host={host}"


def start(
    place: Place,
    password: str,
    settings: Mapping[str, str] | None = None,
    pause: Pause = time.sleep,
) -> subprocess.Popen[bytes]:
    """Start the server, made on first use, and return when it takes connections.

    Args:
        place: the folders; the caller holds them alone.
        password: of the superuser, used when the cluster is made.
        settings: further server settings.
        pause: how to wait; may raise to give up.

    Raises:
        StartError: another version's data, or the server says why not.

    """
    _check_version(place)
    if not cluster(place).exists():
        _make_cluster(place, password, pause)
    _claim(place)
    leftovers.clear(cluster(place), _sockets(place), pause)
    end = time.monotonic() + RETRY_S
    while True:
        said_before = _log_size(place)
        process = _spawn(place, settings or {})
        if _is_ready(place, process, pause):
            return process
        reason = _reason(place, said_before)
        if "still in use" not in reason or time.monotonic() > end:
            message = f"PostgreSQL does not start: {reason} (see {_log(place)})"
            raise StartError(message)
        pause(0.2)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Shut the server down: quickly and cleanly, else at once (it recovers on the next start)."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        processes.wait_until(lambda: process.poll() is not None, LEAVE_S)
    processes.stop([process], signal.SIGQUIT, seconds=5)


def run_sql(place: Place, password: str, sql: str) -> None:
    """Run a psql script as the superuser; the text goes in by standard input, never as argument.

    Raises:
        StartError: psql reports an error.

    """
    result = subprocess.run(  # noqa: S603 (our own program)
        [program("psql"), "-X", "-q", "-h", _sockets(place), "-U", SUPERUSER, "-d", "postgres"],
        input=sql,
        env={"PGPASSWORD": password, "PGOPTIONS": "-c client_min_messages=warning"},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        message = f"the database roles could not be made: {result.stderr.strip()}"
        raise StartError(message)


def _check_version(place: Place) -> None:
    version = cluster(place) / "PG_VERSION"
    if not version.exists():
        if cluster(place).exists():
            message = f"{cluster(place)} is not a PostgreSQL folder: move it away"
            raise StartError(message)
        return
    ours = major_version(place)
    theirs = version.read_text().strip()
    if theirs != ours:
        message = (
            f"{place.data} holds data of PostgreSQL {theirs}, this portal brings PostgreSQL {ours}:"
            " dump it with the version that wrote it, then load it here (docs/installation.md)"
        )
        raise StartError(message)


def _make_cluster(place: Place, password: str, pause: Pause) -> None:
    """Make the cluster beside its final name, so that an interrupted start leaves none."""
    fresh = place.data / "pg.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    password_file = place.run / "pw"
    password_file.unlink(missing_ok=True)
    descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(descriptor, password.encode())
    os.close(descriptor)
    _give(place, fresh)
    _give(place, password_file)
    try:
        _run_initdb(place, fresh, password_file, pause)
    finally:
        password_file.unlink()
    fresh.rename(cluster(place))


def _run_initdb(place: Place, fresh: Path, password_file: Path, pause: Pause) -> None:
    said_before = _log_size(place)
    with _handed(place, fresh) as (folder, keep):
        command: list[str | Path] = [
            *(reachable_programs(place) / "initdb", "-D", folder, "-U", SUPERUSER, "-E", "UTF8"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
            *("--auth=scram-sha-256", f"--pwfile={password_file}", "--no-instructions"),
        ]
        process = _launch(place, command, keep)
    try:
        processes.wait_until(lambda: process.poll() is not None, INIT_S, pause)
    finally:
        processes.stop([process])
    if process.returncode:
        message = f"the database could not be made: {_reason(place, said_before)}"
        raise StartError(message)


def _spawn(place: Place, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    sockets = _sockets(place)
    sockets.mkdir(exist_ok=True)
    sockets.chmod(0o700)
    _give(place, sockets)
    chosen = {**SETTINGS, "unix_socket_directories": _setting(sockets), **settings}
    options = [f"--{name}={value}" for name, value in chosen.items()]
    with _handed(place, cluster(place)) as (folder, keep):
        return _launch(
            place, [reachable_programs(place) / "postgres", "-D", folder, *options], keep
        )


def _launch(
    place: Place, command: list[str | Path], keep: tuple[int, ...]
) -> subprocess.Popen[bytes]:
    return processes.spawn(
        Launch(
            command,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            log=_log(place),
            account=place.account,
            keep=keep,
            on_parent_death=signal.SIGINT,
        )
    )


@contextmanager
def _handed(place: Place, folder: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name a folder so that the server's account reaches it although its parents are private."""
    if place.account is None or not IS_LINUX:
        yield str(folder), ()
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}", (descriptor,)
    finally:
        os.close(descriptor)


def _is_ready(place: Place, process: subprocess.Popen[bytes], pause: Pause) -> bool:
    try:
        processes.wait_until(
            lambda: process.poll() is not None or is_up(place, process.pid), RECOVERY_S, pause
        )
    except BaseException:
        stop(process)
        raise
    return process.poll() is None


def is_up(place: Place, pid: int | None = None) -> bool:
    """Whether the server (of that process number, if given) says that it takes connections."""
    lines = leftovers.pid_lines(cluster(place))
    is_ready = len(lines) > leftovers.STATUS and lines[leftovers.STATUS].strip() == "ready"
    return is_ready and (pid is None or lines[0].strip() == str(pid))


def _claim(place: Place) -> None:
    """Give the cluster to the server's account (a copy made by root belongs to root)."""
    folder = cluster(place)
    if place.account is None:
        if folder.stat().st_uid != os.geteuid():
            message = f"{folder} belongs to another user: start as that user, or as root"
            raise StartError(message)
    elif folder.stat().st_uid != place.account.uid:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, place.account.uid, place.account.gid, follow_symlinks=False)


def _give(place: Place, path: Path) -> None:
    if place.account:
        os.chown(path, place.account.uid, place.account.gid)


def _sockets(place: Place) -> Path:
    return place.run / "pg"


def _setting(path: Path) -> str:
    """Quote a folder for a setting that is a list."""
    return '"' + str(path).replace('"', '""') + '"'


def _log(place: Place) -> Path:
    return place.logs / "postgres.log"


def _log_size(place: Place) -> int:
    return _log(place).stat().st_size if _log(place).exists() else 0


def _reason(place: Place, said_before: int) -> str:
    """Return the first complaint the server wrote since."""
    with _log(place).open("rb") as file:
        file.seek(min(said_before, _log_size(place)))
        lines = file.read().decode(errors="replace").splitlines()
    marks = ("FATAL:", "PANIC:", "error:")
    for line in lines:
        for mark in marks:
            if mark in line:
                return line.partition(mark)[2].strip()
    return lines[-1] if lines else "no reason given"
