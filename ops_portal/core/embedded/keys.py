"""The keys and passwords of an embedded installation: made once, readable by their owner only."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from ops_portal.core.embedded.errors import StartError

NAMES = ("secret_key", "audit_key", "superuser", "owner", "runtime", "backup")
FILE = "secrets.json"
OTHERS = 0o077


def load_or_make(data: Path) -> Mapping[str, str]:
    """Return the keys of the data folder; a first start makes them.

    Raises:
        StartError: others may read the file, it is damaged, or it is gone while the data is there.

    """
    path = data / FILE
    if not path.exists():
        if (data / "pg").exists():
            message = f"{path} is gone but {data / 'pg'} is there: put the file back"
            raise StartError(message)
        _write(path, {name: secrets.token_urlsafe(36) for name in NAMES})
    if path.stat().st_mode & OTHERS:
        message = f"{path} can be read by other users: run chmod 600 {path}"
        raise StartError(message)
    return _read(path)


def _read(path: Path) -> Mapping[str, str]:
    try:
        values: dict[str, str] = json.loads(path.read_text())
        return {name: values[name] for name in NAMES}
    except (ValueError, KeyError, TypeError):
        message = f"{path} is damaged: put back the copy of the last backup"
        raise StartError(message) from None
    except PermissionError:
        message = f"{path} belongs to another user: start as that user"
        raise StartError(message) from None


def _write(path: Path, values: Mapping[str, str]) -> None:
    """Write in one step, so that a crash leaves the whole file or none."""
    partial = path.with_suffix(".part")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(values, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
