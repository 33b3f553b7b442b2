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
from ops_portal.core.embedded.supervisor import Say, Service, Supervisor

WEB_PROCESSES = 2
BACKGROUND = {
    "worker": ("worker", "mail", "default"),
    "imports": ("worker", "imports"),  # an import may take an hour; no mail waits for it
    "ticker": ("ticker",),
}
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
    """Start all; one web process first, so that the portal answers as soon as it can."""
    installation = start.installation
    first, *others = _programs(installation, server, options.port)
    is_known = is_prepared(installation)
    if is_known:  # the web process imports while the servers start
        start.supervisor.run(first)
    start_servers(installation, start.supervisor, start.pause)
    if not is_known:
        prepare(
            installation,
            wants_demo=options.wants_demo,
            pause=start.pause,
            say=start.say,
            port=options.port,
        )
        start.supervisor.run(first)
    _wait_for(first, start, options.port)
    for service in others:
        start.supervisor.run(service)
    _announce(start, options.port)


def _programs(installation: Installation, server: socket.socket, port: int) -> list[Service]:
    env = environment.of_web(installation, port)
    launch = partial(programs.launch, installation.place, env=env)
    web = ("web", "--fd", str(server.fileno()))
    named = [
        *(
            (f"web{number}", partial(launch, arguments=web, keep=(server.fileno(),)))
            for number in range(1, WEB_PROCESSES + 1)
        ),
        *((name, partial(launch, arguments=words)) for name, words in BACKGROUND.items()),
    ]
    return [Service(name, partial(starter, name)) for name, starter in named]


def _wait_for(web: Service, start: Start, port: int) -> None:
    wait_until(lambda: web.is_down or listener.answers(port), READY_S, start.pause)
    if web.is_down:
        reason = programs.last_words(start.installation.place, web.name)
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
