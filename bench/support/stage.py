"""The portal as it runs in production, on servers of its own, with as many tickets as wanted."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from ops_portal.accounts.models import Customer
from ops_portal.accounts.operations import add_membership, add_user
from ops_portal.app import create_app
from ops_portal.core.clock import now
from ops_portal.core.config import read_config
from ops_portal.core.db import db
from ops_portal.core.embedded import keys, place, postgres, roles, valkey
from ops_portal.core.permissions import Role
from ops_portal.core.tenancy import Scope, scoped

PASSWORD = "bench-" + "x" * 20
AGENT = "agent@bench.example"
CUSTOMERS = 200
WAIT_S = 60


@dataclass(frozen=True, slots=True)
class Stage:
    """A running portal."""

    base: str
    superuser_url: str
    env: dict[str, str]

    def fill(self, sql: str, **values: object) -> None:
        """Run SQL as the superuser, for filling only."""
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            connection.execute(sql, values or None)


@contextlib.contextmanager
def stage(processes: int = 2) -> Iterator[Stage]:
    """Start servers and web processes in a folder of their own; end and delete them."""
    folder = Path(tempfile.mkdtemp(prefix="portal-bench-"))
    where, secret = place.open_place(folder), keys.load_or_make(folder)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        database = postgres.start(where, secret["superuser"])
        stack.callback(postgres.stop, database)
        queue = valkey.start(where)
        stack.callback(valkey.stop, queue)
        postgres.run_sql(where, secret["superuser"], roles.script(secret))
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=128))
        base = f"http://127.0.0.1:{listener.getsockname()[1]}"
        env = _environment(where, secret, base, folder)
        subprocess.run([sys.executable, "-m", "ops_portal", "prepare"], env=env, check=True)
        _people(env)
        for _ in range(processes):
            stack.callback(_end, _web(env, listener.fileno()))
        _wait(base)
        superuser = postgres.url(where, postgres.SUPERUSER, secret["superuser"])
        yield Stage(base, superuser.replace("+psycopg", ""), env)


def _environment(
    where: place.Place, secret: Mapping[str, str], base: str, folder: Path
) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": postgres.url(where, roles.RUNTIME, secret["runtime"]),
        "DATABASE_OWNER_URL": postgres.url(where, roles.OWNER, secret["owner"]),
        "REDIS_URL": valkey.url(where),
        "PORTAL_SECRET_KEY": secret["secret_key"],
        "PORTAL_AUDIT_KEY": secret["audit_key"],
        "PORTAL_DATA": str(folder),
        "PORTAL_BASE_URL": base,
    }


def _people(env: dict[str, str]) -> None:
    app = create_app(read_config(env))
    with app.app_context(), scoped(Scope.system("bench"), db.session):
        provider = db.session.query(Customer).filter_by(is_provider=True).one()
        agent = add_user(AGENT, "Bench Agent", PASSWORD, now=now(), language="en")
        add_membership(agent, provider, Role.AGENT, now=now())
        db.session.commit()


def _web(env: dict[str, str], descriptor: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "ops_portal", "web", "--fd", str(descriptor)]
    return subprocess.Popen(command, env=env, pass_fds=(descriptor,), stderr=subprocess.DEVNULL)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(10)


def _wait(base: str) -> None:
    end = time.monotonic() + WAIT_S
    while True:
        try:
            urllib.request.urlopen(f"{base}/readyz", timeout=2).close()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return
