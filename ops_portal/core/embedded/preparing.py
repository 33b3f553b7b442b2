"""Preparing an installation: migrate, lay the foundation, load the demonstration data once."""

from functools import partial

from ops_portal.core.clock import now
from ops_portal.core.embedded import environment, prepared, programs
from ops_portal.core.embedded.environment import PORT, Installation
from ops_portal.core.embedded.prepared import Prepared
from ops_portal.core.embedded.processes import Pause
from ops_portal.core.embedded.supervisor import Say


def prepare(
    installation: Installation, *, wants_demo: bool, pause: Pause, say: Say, port: int = PORT
) -> Prepared:
    """Bring the database to the version of the code, and remember that it is.

    Whether a folder has demonstration data is decided at its first start and kept: a later start
    never adds them to a real installation.

    Raises:
        StartError: a step failed.

    """
    data = installation.place.data
    known = prepared.read(data)
    env = environment.of_commands(installation, port)
    run = partial(programs.run, installation.place, "prepare", env=env, pause=pause)
    say("preparing the database …")
    run(("prepare",))
    has_demo = wants_demo if known.has_demo is None else known.has_demo
    logins = ""
    if has_demo:
        say("loading demonstration data …")
        run(("demo", "load"))
        logins = programs.ask(("demo", "logins"), env)
    made = Prepared(_fingerprint(installation), has_demo, logins)
    prepared.write(data, made)
    return made


def is_prepared(installation: Installation) -> bool:
    """Whether nothing changed since the last start; never assumed of somebody else's database."""
    known = prepared.read(installation.place.data).fingerprint
    if not (installation.has_own_database and known):
        return False
    try:
        return known == _fingerprint(installation)
    except OSError:
        return False


def _fingerprint(installation: Installation) -> str:
    if not installation.has_own_database:
        return ""
    return prepared.fingerprint(installation, now().date())
