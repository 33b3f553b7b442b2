"""What has been prepared in a data folder, so that the next start need not ask again.

Preparing is idempotent; this only saves the seconds it takes when nothing has changed.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from ops_portal.core.embedded import postgres
from ops_portal.core.embedded.environment import ROOT, Installation

FILE = "prepared.json"
SOURCES = (
    "requirements.txt",
    "migrations/versions/*.py",
    "ops_portal/translations/*/LC_MESSAGES/*.po",
    "ops_portal/foundation.py",
    "ops_portal/demo.py",
    "ops_portal/demo/**/*",
    "sla/descriptions/*",
)
SYSTEM_IDENTIFIER_BYTES = 8  # pg_control begins with the number of the cluster


@dataclass(frozen=True, slots=True)
class Prepared:
    """The memory of one data folder."""

    fingerprint: str = ""
    has_demo: bool | None = None
    logins: str = ""


def read(data: Path) -> Prepared:
    """Return the memory of the folder; an empty one where there is none."""
    try:
        return Prepared(**json.loads((data / FILE).read_text()))
    except (OSError, ValueError, TypeError):
        return Prepared()


def write(data: Path, prepared: Prepared) -> None:
    """Replace the memory in one step; it names demonstration logins, so only we may read it."""
    partial = data / f"{FILE}.part"
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(prepared), file, indent=1)
    partial.replace(data / FILE)


def fingerprint(installation: Installation, today: date) -> str:
    """Return a digest of all that preparing depends on.

    The day is part of it: the calendar of holidays grows with the years.
    """
    digest = hashlib.sha256()
    for part in _parts(installation, today):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def _parts(installation: Installation, today: date) -> Iterator[bytes]:
    yield today.isoformat().encode()
    yield installation.settings.get("PORTAL_OPERATOR_NAME", "").encode()
    yield _cluster_number(installation)
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file() and path.suffix != ".pyc":
                yield str(path.relative_to(ROOT)).encode()
                yield path.read_bytes()


def _cluster_number(installation: Installation) -> bytes:
    control = postgres.cluster(installation.place) / "global" / "pg_control"
    with control.open("rb") as file:
        return file.read(SYSTEM_IDENTIFIER_BYTES)
