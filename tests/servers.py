"""One PostgreSQL and one Valkey for a whole test run, and a fresh database in a moment.

A plugin of tests/conftest.py. The first process of the run owns the servers: xdist's workers find
them through the environment, and they end with their owner, whatever it dies of. Runs that touch
only the pure packages start none. In a test or fixture:

    running = servers()
    template = template_database(build)      # build(owner_url) migrates; called once per run
    name = clone(template)                   # tens of milliseconds
    running.runtime_url(name)                # also owner_url, backup_url, superuser_url
    running.redis_url(worker_number())       # each xdist worker has its own Valkey database

TEST_DATABASE_SUPERUSER_URL and TEST_REDIS_URL replace the embedded servers.
"""

import atexit
import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from ops_portal.core.embedded import keys, place, postgres, roles, valkey

SHARED = "PORTAL_TEST_SERVERS"
PURE = ("tests/sla", "tests/architecture")
EXTERNAL_PASSWORDS = {"owner": "test-owner", "runtime": "test-runtime", "backup": "test-backup"}
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Servers:
    """The addresses of the running servers, as SQLAlchemy and redis-py read them."""

    superuser: str
    valkey: str
    passwords: Mapping[str, str]

    def superuser_url(self, database: str = "postgres") -> str:
        """Return the superuser's address of a database."""
        return _with_database(self.superuser, database)

    def owner_url(self, database: str) -> str:
        """Return the address migrations use."""
        return self._as_role(roles.OWNER, "owner", database)

    def runtime_url(self, database: str) -> str:
        """Return the address the application uses."""
        return self._as_role(roles.RUNTIME, "runtime", database)

    def backup_url(self, database: str) -> str:
        """Return the address backups use."""
        return self._as_role(roles.BACKUP, "backup", database)

    def redis_url(self, number: int = 0) -> str:
        """Return the address of one of Valkey's numbered databases."""
        return f"{self.valkey.partition('?')[0]}?db={number}"

    def _as_role(self, role: str, key: str, database: str) -> str:
        scheme, _, rest = _with_database(self.superuser, database).partition("://")
        return f"{scheme}://{role}:{self.passwords[key]}@{rest.rpartition('@')[2]}"


class _Running:
    """The servers this process started or was told of."""

    found: Servers | None = None
    owned: contextlib.ExitStack | None = None


def servers() -> Servers:
    """Return the servers of this run; started by whoever asks first."""
    if _Running.found is None:
        told = os.environ.get(SHARED)
        _Running.found = Servers(**json.loads(told)) if told else _begin()
    return _Running.found


def plain(url: str) -> str:
    """Return an address as psycopg reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def worker_number() -> int:
    """Return the number of this xdist worker, 0 without xdist."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def template_database(build: Callable[[str], None], name: str = "template_portal") -> str:
    """Return the name of a database made once per run by `build(owner_url)`.

    Workers that come meanwhile wait for the one that builds.
    """
    with _as_superuser() as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext(%s))", (name,))
        ready = connection.execute(
            "SELECT datistemplate FROM pg_database WHERE datname = %s", (name,)
        ).fetchone()
        if ready != (True,):
            drop(name)
            _create(connection, name, "template0")
            build(servers().owner_url(name))
            _execute(connection, f'ALTER DATABASE "{name}" WITH IS_TEMPLATE true')
    return name


def clone(template: str) -> str:
    """Return the name of a fresh copy of a template, this process's own."""
    name = f"{template}_{os.getpid()}_{next(_numbers)}"
    with _as_superuser() as connection:
        _create(connection, name, template)
    return name


def renew(template: str, name: str) -> None:
    """Make that database a fresh copy of a template, whatever it held and whoever used it."""
    with _as_superuser() as connection:
        _execute(connection, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        _create(connection, name, template)


def drop(name: str) -> None:
    """Remove a database, whoever is connected to it."""
    with _as_superuser() as connection:
        _execute(connection, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers before xdist starts its workers, which inherit their addresses."""
    is_worker = hasattr(config, "workerinput")
    is_pure = all(argument.startswith(PURE) for argument in config.args)
    if getattr(config.option, "numprocesses", None) and not is_worker and not is_pure:
        servers()


def pytest_unconfigure() -> None:
    """End what this process started."""
    _end()


def _begin() -> Servers:
    stack = contextlib.ExitStack()
    _Running.owned = stack
    atexit.register(_end)
    started = _external() or stack.enter_context(_embedded())
    _Running.found = started
    with _as_superuser() as connection:
        _execute(connection, roles.roles_sql(started.passwords))
    os.environ[SHARED] = json.dumps(asdict(started))
    stack.callback(os.environ.pop, SHARED, None)
    return started


def _end() -> None:
    stack, _Running.owned = _Running.owned, None
    if stack:
        _Running.found = None
        stack.close()


def _external() -> Servers | None:
    superuser = os.environ.get("TEST_DATABASE_SUPERUSER_URL")
    redis = os.environ.get("TEST_REDIS_URL")
    if superuser and redis:
        return Servers(superuser, redis, EXTERNAL_PASSWORDS)
    return None


@contextlib.contextmanager
def _embedded() -> Iterator[Servers]:
    folder = Path(tempfile.mkdtemp(prefix="portal-tests-"))
    where = place.open_place(folder)
    passwords = keys.load_or_make(folder)
    started: list[tuple[Callable[[subprocess.Popen[bytes]], None], subprocess.Popen[bytes]]] = []
    try:
        database = postgres.start(where, passwords["superuser"], postgres.FOR_TESTS)
        started.append((postgres.stop, database))
        started.append((valkey.stop, valkey.start(where)))
        yield Servers(
            postgres.url(where, postgres.SUPERUSER, passwords["superuser"], "postgres"),
            valkey.url(where),
            {name: passwords[name] for name in EXTERNAL_PASSWORDS},
        )
    finally:
        for stop, process in reversed(started):
            stop(process)
        place.leave(where)
        shutil.rmtree(folder, ignore_errors=True)


def external_hosts() -> frozenset[str]:
    """Return the hosts of servers that replace the embedded ones."""
    named = (os.environ.get(name, "") for name in ("TEST_DATABASE_SUPERUSER_URL", "TEST_REDIS_URL"))
    return frozenset(host for url in named if (host := urlsplit(url).hostname))


def _with_database(url: str, database: str) -> str:
    address, mark, query = url.partition("?")
    return f"{address.rpartition('/')[0]}/{database}{mark}{query}"


def _as_superuser() -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(plain(servers().superuser_url()), autocommit=True)


def _create(connection: psycopg.Connection[tuple[object, ...]], name: str, template: str) -> None:
    # copying files beats writing every page to the log a hundred times over, with fsync off
    create = roles.create_database_sql(name, template).replace(";", " STRATEGY file_copy;")
    _execute(connection, create)
    _execute(connection, roles.grants_sql(name))


def _execute(connection: psycopg.Connection[tuple[object, ...]], statement: str) -> None:
    connection.execute(statement.encode())
