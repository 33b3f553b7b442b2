"""The files of imports: kept in the data folder under the hash of their content."""

import os
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO

from ops_portal.core.errors import RefusedError
from ops_portal.core.files import plain_name

FOLDER = "imports"
MAX_BYTES = 60 * 1024 * 1024
CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that was taken in."""

    name: str
    hash: str
    number_of_bytes: int
    path: Path


def store(stream: IO[bytes], name: str, data: Path, *, limit: int = MAX_BYTES) -> Stored:
    """Take a file in; the same content is kept once, whatever it is called.

    Args:
        stream: the content, read once.
        name: what the sender calls it; only its last part is kept, and never as a path.
        data: the data folder.
        limit: the most bytes that are taken.

    Raises:
        RefusedError: it is empty or too large.

    """
    folder = data / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, partial = tempfile.mkstemp(dir=folder, prefix=".part-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            found, size = _copy(stream, file, limit)
        path = path_of(data, found)
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
    return Stored(plain_name(name, "log.csv"), found, size, path)


def path_of(data: Path, file_hash: str) -> Path:
    """Return where the file with this hash lies."""
    return data / FOLDER / file_hash


def delete_unless(data: Path, kept: Collection[str], *, before: datetime) -> int:
    """Delete the files no longer needed; return their number.

    Args:
        data: the data folder.
        kept: the hashes of those that stay.
        before: unfinished uploads from before this instant go too.

    """
    deleted = 0
    folder = data / FOLDER
    for path in folder.iterdir() if folder.exists() else ():
        is_old = path.stat().st_mtime < before.timestamp()
        if path.name not in kept and is_old:
            path.unlink(missing_ok=True)
            deleted += 1
    return deleted


def _copy(stream: IO[bytes], file: IO[bytes], limit: int) -> tuple[str, int]:
    digest, size = sha256(), 0
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        if size > limit:
            message = "The file is larger than {limit} MB: pack it with gzip, or use the command."
            raise RefusedError(message, fields={"file": message}, params={"limit": limit // CHUNK})
        digest.update(chunk)
        file.write(chunk)
    if not size:
        message = "The file is empty."
        raise RefusedError(message, fields={"file": message})
    return digest.hexdigest(), size
