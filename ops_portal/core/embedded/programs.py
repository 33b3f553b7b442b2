"""The portal's own programs: short ones that have to succeed, long ones that have to run."""

import signal
import subprocess
from collections.abc import Mapping

from ops_portal.core.embedded import processes
from ops_portal.core.embedded.environment import ROOT, command
from ops_portal.core.embedded.errors import StartError
from ops_portal.core.embedded.place import Place
from ops_portal.core.embedded.processes import Launch, Pause
from ops_portal.core.embedded.supervisor import Process

LONGEST_S = 1800


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
    return processes.spawn(
        Launch(
            command(*arguments),
            env=env,
            log=place.logs / f"{name}.log",
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
        message = f"{' '.join(arguments)} failed: {last_line(place, name)}"
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
        lines = result.stderr.strip().splitlines() or ["no reason given"]
        message = f"{' '.join(arguments)} failed: {lines[-1]}"
        raise StartError(message)
    return result.stdout.rstrip()


def last_line(place: Place, name: str) -> str:
    """Return what a program said last, and where to read the rest."""
    path = place.logs / f"{name}.log"
    lines = [line for line in path.read_text(errors="replace").splitlines() if line.strip()]
    return f"{lines[-1] if lines else 'no reason given'} (see {path})"
