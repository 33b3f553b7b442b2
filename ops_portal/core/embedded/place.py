"""Where the data lives, where the sockets live, and who may use them.

The data folder may be private, deep, or below /root. Sockets need a short path that PostgreSQL's
account can reach, so where the data folder will not do they live in a temporary folder, to which
`DATA/run` is a link.
"""

import fcntl
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ops_portal.core.embedded import keys
from ops_portal.core.embedded.errors import StartError
from ops_portal.core.embedded.processes import Account

SOCKET_PATH_LIMIT = 100  # sun_path holds 108 bytes on Linux, 104 on macOS
LONGEST_SOCKET = "/pg/.s.PGSQL.5432"
NOBODY = 65534


@dataclass(frozen=True, slots=True)
class Place:
    """The folders of one installation."""

    data: Path
    run: Path
    account: Account | None = None

    @property
    def logs(self) -> Path:
        """The folder of log files."""
        return self.data / "logs"


def open_place(data: Path) -> Place:
    """Return the folders of an installation, made where missing.

    Raises:
        StartError: the folder cannot be used.

    """
    data = data.resolve()
    try:
        refuse_other_user(data)
        _make_private(data)
        account = postgres_account(data / "pg")
        with _lock(data) as holder:
            run = _run_in_use(data, holder) if holder else _run_folder(data, account)
        return Place(data, run, account)
    except OSError as error:
        message = (
            f"the data folder {data} cannot be used ({error.strerror}): choose one with --data"
        )
        raise StartError(message) from None


def refuse_other_user(data: Path) -> None:
    """Refuse the folder of a portal that another user started: we would change its owners.

    Raises:
        StartError: the portal in it is somebody else's; the line names the user.

    """
    try:
        owner = (data / keys.FILE).stat().st_uid
    except PermissionError:
        owner = data.stat().st_uid
    except OSError:
        return
    if owner != os.geteuid():
        message = f"the portal in {data} belongs to the user {_user_name(owner)}: run this as them"
        raise StartError(message)


def _user_name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _make_private(data: Path) -> None:
    """Make the folder, or close it to others where it is empty or a portal's."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not stat.S_IMODE(data.stat().st_mode) & 0o077:
        return
    if (data / keys.FILE).exists() or not any(data.iterdir()):
        data.chmod(0o700)
        return
    message = (
        f"the data folder {data} is open to other users and holds other things:"
        " choose another with --data, or close it with chmod 700"
    )
    raise StartError(message)


def postgres_account(cluster: Path) -> Account | None:
    """Return whom PostgreSQL runs as when we are root: it refuses to be root itself."""
    if os.geteuid() != 0:
        return None
    if cluster.exists() and cluster.stat().st_uid != 0:
        return Account(cluster.stat().st_uid, cluster.stat().st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return Account(NOBODY, NOBODY)
    return Account(nobody.pw_uid, nobody.pw_gid)


def is_reachable(path: Path) -> bool:
    """Whether another account can walk down to this path."""
    return all(part.stat().st_mode & stat.S_IXOTH for part in (path, *path.parents))


def _run_in_use(data: Path, holder: str) -> Path:
    """Return the sockets' folder of the portal that runs, untouched."""
    run = data / "run"
    target = run.readlink() if run.is_symlink() else run
    if not target.is_dir():
        message = (
            f"the data folder {data} is in use by process {holder}, whose sockets in {target}"
            " cannot be seen from here: run this where that one runs (a private /tmp hides them)"
        )
        raise StartError(message)
    return target


def _run_folder(data: Path, account: Account | None) -> Path:
    run = data / "run"
    if account is None and _is_short(run):
        if run.is_symlink():
            run.unlink()
        run.mkdir(mode=0o700, exist_ok=True)
        return run
    if not _is_own_folder(run):
        _remove_run(run)
        run.symlink_to(_temporary(account))
    target = run.readlink()
    _lend_to(target, account)
    return target


def _is_own_folder(run: Path) -> bool:
    """Whether DATA/run links to a short folder that is ours and not somebody's trap."""
    if not run.is_symlink():
        return False
    target = run.readlink()
    if not target.is_dir() or target.is_symlink() or not _is_short(target):
        return False
    return target.lstat().st_uid == os.geteuid()


def _temporary(account: Account | None) -> Path:
    usual = (Path("/tmp"), Path("/var/tmp"))  # noqa: S108 # nosec B108 (mkdtemp makes it ours)
    for parent in (Path(tempfile.gettempdir()), *usual):
        fits = _is_short(parent / "portal-12345678") and os.access(parent, os.W_OK)
        if fits and (account is None or is_reachable(parent)):
            return Path(tempfile.mkdtemp(prefix="portal-", dir=parent))
    message = "no short, reachable temporary folder for the sockets: set TMPDIR"
    raise StartError(message)


def _lend_to(run: Path, account: Account | None) -> None:
    if account:
        run.chmod(0o711)


def _is_short(run: Path) -> bool:
    return len(os.fsencode(str(run) + LONGEST_SOCKET)) <= SOCKET_PATH_LIMIT


def _remove_run(run: Path) -> None:
    if run.is_symlink():
        run.unlink()
    elif run.exists():
        shutil.rmtree(run)


def leave(place: Place) -> None:
    """Remove the sockets' folder when everything has stopped."""
    shutil.rmtree(place.run, ignore_errors=True)
    _remove_run(place.data / "run")


@contextmanager
def sole_use(place: Place) -> Iterator[None]:
    """Hold the data folder for this process alone.

    Raises:
        StartError: another process holds it; the line names it.

    """
    with _lock(place.data) as holder:
        if holder:
            message = (
                f"the data folder {place.data} is in use by process {holder}: "
                "stop that one, or choose another folder with --data"
            )
            raise StartError(message)
        if _run_folder(place.data, place.account) != place.run:
            message = f"another process has just left the data folder {place.data}: try again"
            raise StartError(message)
        with _keep_from_cleaners(place.run):
            yield


def is_in_use(place: Place) -> bool:
    """Whether another process holds the data folder."""
    with _lock(place.data) as holder:
        return bool(holder)


@contextmanager
def _lock(data: Path) -> Iterator[str]:
    """Hold the lock of the folder; yield the process that holds it instead, if one does."""
    descriptor = os.open(data / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield os.read(descriptor, 20).decode().strip() or "?"
            return
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield ""
    finally:
        os.close(descriptor)


@contextmanager
def _keep_from_cleaners(folder: Path) -> Iterator[None]:
    """Hold a lock on the folder: cleaners of /tmp pass over locked folders."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)
