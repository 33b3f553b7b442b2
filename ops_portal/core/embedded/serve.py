"""`serve`: everything on one machine, from an empty folder to a portal that answers."""

import socket
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ops_portal.core.embedded import environment, keys, listener, place, prepared, programs
from ops_portal.core.embedded.environment import HOST, PORT, Installation
from ops_portal.core.embedded.errors import StartError, Stopped
from ops_portal.core.embedded.interruption import Interruption
from ops_portal.core.embedded.preparing import is_prepared, prepare
from ops_portal.core.embedded.processes import Pause, wait_until
from ops_portal.core.embedded.servers import start_servers
from ops_portal.core.embedded.supervisor import Process, Say, Service, Supervisor

WEB_PROCESSES = 2
READY_S = 120
BEAT_S = 0.2
BEATS_PER_MINUTE = 300


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for on the command line."""

    data: Path
    port: int = PORT
    wants_demo: bool = True


@dataclass(frozen=True, slots=True)
class Start:
    """One start: what is installed where, who supervises it, how to wait and to speak."""

    installation: Installation
    supervisor: Supervisor
    pause: Pause
    say: Say


def serve(options: Options, settings: Mapping[str, str], say: Say) -> None:
    """Run the portal until somebody stops it.

    Args:
        options: the command line.
        settings: the environment of the operator.
        say: prints one line.

    Raises:
        StartError: it cannot start; nothing is left running.

    """
    began = time.monotonic()
    interruption = Interruption()
    with ExitStack() as stack:
        where = place.open_place(options.data)
        stack.enter_context(place.sole_use(where))
        server = stack.enter_context(listener.listen(options.port, interruption.pause))
        installation = Installation(where, keys.load_or_make(where.data), settings)
        stack.callback(place.leave, where)
        supervisor = Supervisor(where.logs, say)
        stack.callback(supervisor.close)
        start = Start(installation, supervisor, interruption.pause, say)
        try:
            _bring_up(start, server, options)
            say(f"ready in {time.monotonic() - began:.1f} s; Ctrl-C ends everything")
            _watch(start)
        except Stopped:
            say("stopping …")
    say("stopped")


def _bring_up(start: Start, server: socket.socket, options: Options) -> None:
    installation = start.installation
    is_known = is_prepared(installation)
    web = [partial(_start_web, installation, server, options.port, n) for n in (1, 2)]
    if is_known:  # the web processes import while the servers start
        _run_web(start, web)
    start_servers(installation, start.supervisor, start.pause)
    if not is_known:
        prepare(
            installation,
            wants_demo=options.wants_demo,
            pause=start.pause,
            say=start.say,
            port=options.port,
        )
        _run_web(start, web)
    _wait_for_web(start, options.port)
    env = environment.of_web(installation, options.port)
    for name in ("worker", "ticker"):
        starter = partial(programs.launch, installation.place, name, (name,), env)
        start.supervisor.run(Service(name, starter))
    _announce(start, options.port)


def _start_web(
    installation: Installation, server: socket.socket, port: int, number: int
) -> Process:
    return programs.launch(
        installation.place,
        f"web{number}",
        ("web", "--fd", str(server.fileno())),
        environment.of_web(installation, port),
        keep=(server.fileno(),),
    )


def _run_web(start: Start, starters: list[partial[Process]]) -> None:
    for number, starter in enumerate(starters, 1):
        start.supervisor.run(Service(f"web{number}", starter))


def _wait_for_web(start: Start, port: int) -> None:
    web = [s for s in start.supervisor.services if s.name.startswith("web")]

    def is_decided() -> bool:
        return any(service.is_down for service in web) or listener.answers(port)

    wait_until(is_decided, READY_S, start.pause)
    for service in web:
        if service.is_down:
            reason = programs.last_words(start.installation.place, service.name)
            message = f"the web process ends at once: {reason}"
            raise StartError(message)


def _announce(start: Start, port: int) -> None:
    start.say(f"address  http://{HOST}:{port}")
    start.say(f"data     {start.installation.place.data}")
    for line in prepared.read(start.installation.place.data).logins.splitlines():
        start.say(line)


def _watch(start: Start) -> None:
    beats = 0
    while True:
        start.pause(BEAT_S)
        start.supervisor.watch()
        beats += 1
        if beats % BEATS_PER_MINUTE == 0:
            start.supervisor.keep_logs_short()
