"""The portal's own programs: short ones that have to succeed, long ones that have to run."""

import os
import re
import signal
import subprocess
from collections.abc import Mapping

from ops_portal.core.clock import now
from ops_portal.core.embedded import processes
from ops_portal.core.embedded.environment import ROOT, command
from ops_portal.core.embedded.errors import StartError
from ops_portal.core.embedded.place import Place
from ops_portal.core.embedded.processes import Launch, Pause
from ops_portal.core.embedded.supervisor import Process

LONGEST_S = 1800
HEADING = "--- "
EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(Error|Exception): ")


def launch(
    place: Place,
    name: str,
    arguments: tuple[str, ...],
    env: Mapping[str, str],
    keep: tuple[int, ...] = (),
) -> Process:
    """Start one of the portal's commands, its output in a log of that name.

    Should we be killed, it is killed too: nothing of an old start meets the next one.
    """
    log = place.logs / f"{name}.log"
    descriptor = processes.open_log(log)
    os.write(descriptor, f"{HEADING}{' '.join(arguments)} at {now().isoformat()}\n".encode())
    os.close(descriptor)
    return processes.spawn(
        Launch(
            command(*arguments),
            env=env,
            log=log,
            cwd=ROOT,
            keep=keep,
            on_parent_death=signal.SIGKILL,
        )
    )


def run(
    place: Place, name: str, arguments: tuple[str, ...], env: Mapping[str, str], pause: Pause
) -> None:
    """Run one of the portal's commands to its end.

    Raises:
        StartError: it failed; the line repeats what it said last.

    """
    process = launch(place, name, arguments, env)
    try:
        processes.wait_until(lambda: process.poll() is not None, LONGEST_S, pause)
    finally:
        processes.stop([process])
    if process.returncode:
        message = f"{' '.join(arguments)} failed: {last_words(place, name)}"
        raise StartError(message)


def ask(arguments: tuple[str, ...], env: Mapping[str, str]) -> str:
    """Return what one of the portal's commands prints.

    Raises:
        StartError: it failed.

    """
    result = subprocess.run(  # noqa: S603 (our own program)
        command(*arguments), env=dict(env), cwd=ROOT, capture_output=True, text=True, check=False
    )
    if result.returncode:
        message = f"{' '.join(arguments)} failed: {_reason(result.stderr)}"
        raise StartError(message)
    return result.stdout.rstrip()


def last_words(place: Place, name: str) -> str:
    """Return why a program ended, in one line, and where to read the rest."""
    path = place.logs / f"{name}.log"
    return f"{_reason(path.read_text(errors='replace'))} (see {path})"


def _reason(output: str) -> str:
    """Return the last exception of the output, else its last line."""
    last_run = output.rpartition(HEADING)[2].partition("\n")[2] if HEADING in output else output
    lines = [line for line in last_run.splitlines() if line.strip()]
    raised = [line for line in lines if EXCEPTION.match(line)]
    return (raised or lines or ["no reason given"])[-1]
