"""What the portal's programs are told by their environment, and how they are called."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ops_portal.core.embedded import postgres, roles, valkey
from ops_portal.core.embedded.place import Place

ROOT = Path(__file__).resolve().parents[3]
HOST = "127.0.0.1"
PORT = 8080


@dataclass(frozen=True, slots=True)
class Installation:
    """One data folder with its keys, and the settings its operator gave."""

    place: Place
    keys: Mapping[str, str]
    settings: Mapping[str, str]

    @property
    def has_own_database(self) -> bool:
        """Whether PostgreSQL is ours to start."""
        return not self.settings.get("DATABASE_URL")

    @property
    def has_own_queue(self) -> bool:
        """Whether Valkey is ours to start."""
        return not self.settings.get("REDIS_URL")


def of_web(installation: Installation, port: int = PORT) -> dict[str, str]:
    """Return the environment of the web, worker and ticker processes."""
    place, keys = installation.place, installation.keys
    ours = {
        "PORTAL_SECRET_KEY": keys["secret_key"],
        "PORTAL_AUDIT_KEY": keys["audit_key"],
        "PORTAL_BASE_URL": f"http://{HOST}:{port}",
        "DATABASE_URL": postgres.url(place, roles.RUNTIME, keys["runtime"]),
        "REDIS_URL": valkey.url(place),
    }
    given = {name: value for name, value in installation.settings.items() if value}
    fixed = {"PORTAL_DATA": str(place.data), **_of_python(place.data)}
    env = {**ours, **given, **fixed}
    env.pop("DATABASE_OWNER_URL", None)
    return env


def of_commands(installation: Installation, port: int = PORT) -> dict[str, str]:
    """Return the environment of the operator's commands, which may act as the owner."""
    owner = installation.settings.get("DATABASE_OWNER_URL", "")
    if installation.has_own_database:
        owner = postgres.url(installation.place, roles.OWNER, installation.keys["owner"])
    return {**of_web(installation, port), "DATABASE_OWNER_URL": owner}


def command(*arguments: str) -> list[str]:
    """Return the command line of one of the portal's commands."""
    return [sys.executable, "-P", "-m", "ops_portal", *arguments]


def _of_python(data: Path) -> dict[str, str]:
    env = {
        "PYTHONPATH": str(ROOT),
        "PYTHONTZPATH": "",  # the tzdata of the lock, the same on every machine
        "PYTHONUNBUFFERED": "1",
    }
    if not os.access(ROOT / "ops_portal", os.W_OK):
        env["PYTHONPYCACHEPREFIX"] = str(data / "cache")
    return env
