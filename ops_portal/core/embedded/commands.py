"""Commands on an installation: against its running servers, or against servers started for them."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ops_portal.core.embedded import environment, keys, place, postgres, prepared, roles
from ops_portal.core.embedded.environment import Installation
from ops_portal.core.embedded.errors import StartError
from ops_portal.core.embedded.interruption import Interruption
from ops_portal.core.embedded.place import Place
from ops_portal.core.embedded.prepared import Prepared
from ops_portal.core.embedded.preparing import prepare
from ops_portal.core.embedded.processes import Pause
from ops_portal.core.embedded.servers import start_servers
from ops_portal.core.embedded.supervisor import Say, Supervisor

DERIVED = ("mail", "audit-anchors.jsonl")
"""What lies beside the database and tells of its content."""


def portal(arguments: Sequence[str], data: Path, settings: Mapping[str, str], say: Say) -> int:
    """Run one of the portal's commands and return its exit code.

    Raises:
        StartError: there is no such installation, or its servers do not start.

    """
    place.refuse_other_user(data)
    if not (data / keys.FILE).exists():
        message = f"{data} holds no portal: start one with serve, or name its folder with --data"
        raise StartError(message)
    where = place.open_place(data)
    with ExitStack() as stack:
        installation = Installation(where, keys.load_or_make(data), settings)
        if not place.is_in_use(where):
            stack.enter_context(_own_servers(installation, say, Interruption().pause))
        result = subprocess.run(  # noqa: S603 (our own program)
            environment.command(*arguments), env=environment.of_commands(installation), check=False
        )
    return result.returncode


def reset_demo(data: Path, settings: Mapping[str, str], say: Say) -> None:
    """Throw the demonstration data away and load them afresh.

    Raises:
        StartError: the folder has other data than ours to throw away, or is in use.

    """
    place.refuse_other_user(data)
    known = prepared.read(data)
    if not known.has_demo:
        message = f"{data} holds no demonstration data: nothing was changed"
        raise StartError(message)
    installation = Installation(place.open_place(data), keys.load_or_make(data), settings)
    if not installation.has_own_database:
        message = "demo --reset works on the embedded database only: unset DATABASE_URL"
        raise StartError(message)
    pause = Interruption().pause
    with _own_servers(installation, say, pause):
        _empty(installation)
        prepare(installation, wants_demo=True, pause=pause, say=say)
    say("the demonstration data are as on the first day")
    for line in prepared.read(data).logins.splitlines():
        say(line)


@contextmanager
def _own_servers(installation: Installation, say: Say, pause: Pause) -> Iterator[None]:
    where = installation.place
    with ExitStack() as stack:
        stack.enter_context(place.sole_use(where))
        stack.callback(place.leave, where)
        supervisor = Supervisor(where.logs, say)
        stack.callback(supervisor.close)
        start_servers(installation, supervisor, pause)
        yield


def _empty(installation: Installation) -> None:
    where, secrets = installation.place, installation.keys
    prepared.write(where.data, Prepared(has_demo=True))
    drop = f'DROP DATABASE IF EXISTS "{roles.DATABASE}" WITH (FORCE);\n'
    postgres.run_sql(where, secrets["superuser"], drop + roles.script(secrets))
    for name in DERIVED:
        _remove(where, name)


def _remove(where: Place, name: str) -> None:
    path = where.data / name
    if path.is_dir():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()
