"""Files that only the portal's user may read, in folders that only they may enter."""

import os
from contextlib import suppress
from pathlib import Path
from typing import TextIO

FOLDER = 0o700
FILE = 0o600


def folder(path: Path) -> None:
    """Make a folder, and those above it that are missing; close to others what was open."""
    for part in reversed((path, *path.parents)):
        if not part.exists():
            part.mkdir(mode=FOLDER, exist_ok=True)
    _close(path, FOLDER)


def write(path: Path, content: bytes) -> None:
    """Write a file whole."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE)
    with os.fdopen(descriptor, "wb") as file:
        _close(path, FILE)
        file.write(content)


def append(path: Path) -> TextIO:
    """Open a file to add lines to it."""
    file = os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, FILE), "a", encoding="utf-8"
    )
    _close(path, FILE)
    return file


def _close(path: Path, mode: int) -> None:
    """Take away what others may do, unless the folder is another user's to close."""
    if path.stat().st_mode & 0o077:
        with suppress(PermissionError):
            path.chmod(mode)
