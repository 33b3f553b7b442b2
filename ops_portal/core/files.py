"""Files of customers: in a folder, or in an object store, under their customer and their hash.

The row says what a file is and belongs to its tenant like any other; the content is written before
the row, so that a row never lacks its file. A file without a row is left over and harmless.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, cast

import obstore
from obstore.store import LocalStore, ObjectStore, from_url
from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ops_portal.core import private
from ops_portal.core.actor import Actor
from ops_portal.core.db import Base, IdMixin, db
from ops_portal.core.errors import NotFoundError
from ops_portal.core.tenancy import TenantMixin

NAME_LENGTH = 120
CHUNK = 1024 * 1024


class StoredFile(IdMixin, TenantMixin, Base):
    """A file of a customer: what it is, and the hash under which its content lies."""

    __tablename__ = "stored_files"
    __table_args__ = (
        UniqueConstraint("customer_id", "id"),
        Index("ix_stored_files_customer_id_kind", "customer_id", "kind", "id"),
    )

    kind: Mapped[str] = mapped_column(String(40))
    """What it is for: `signed_order`, `notice`, `export`, …"""
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    number_of_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    created_by: Mapped[int | None] = mapped_column(BigInteger, ForeignKey("users.id"))
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    """When the content was deleted; the row stays as long as something refers to it."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to keep."""

    kind: str
    name: str
    media_type: str
    content: bytes


_store: ObjectStore = LocalStore()


def use_store(url: str, data: Path) -> None:
    """Set where files of this process lie; done once at assembly.

    Args:
        url: such as `s3://bucket/prefix`; the folder `files` of the data folder when empty.
        data: the data folder.

    """
    global _store  # noqa: PLW0603 (one place per process, set at assembly)
    if url:
        _store = from_url(url)
        return
    folder = data / "files"
    private.folder(folder)
    _store = LocalStore(folder)


def keep(file: NewFile, *, customer_id: int, actor: Actor, now: datetime) -> StoredFile:
    """Write the content and its row; the same content of a customer lies there once."""
    digest = sha256(file.content).hexdigest()
    obstore.put(_store, _path(customer_id, digest), file.content)
    row = StoredFile(
        customer_id=customer_id,
        kind=file.kind,
        name=plain_name(file.name),
        media_type=file.media_type,
        number_of_bytes=len(file.content),
        sha256=digest,
        created_by=actor.user_id,
        created_at=now,
    )
    db.session.add(row)
    db.session.flush()
    return row


def content_of(file: StoredFile) -> bytes:
    """Return the content.

    Raises:
        NotFoundError: it was deleted, or is lost.

    """
    try:
        return bytes(obstore.get(_store, _path(file.customer_id, file.sha256)).bytes())
    except FileNotFoundError as error:
        raise NotFoundError from error


def file_for(actor: Actor, file_id: int) -> StoredFile:
    """Return a file the actor's organisation owns, or any for staff.

    Raises:
        NotFoundError: it does not exist, or belongs to another tenant.

    """
    file = db.session.get(StoredFile, file_id)
    is_visible = file is not None and (actor.is_staff or file.customer_id == actor.customer_id)
    if file is None or not is_visible:
        raise NotFoundError
    return file


def paths_of(customer_id: int) -> Iterator[str]:
    """Yield where the files of a customer lie, also those that lost their row."""
    for batch in obstore.list(_store, prefix=str(customer_id)):
        for entry in batch:
            yield entry["path"]


def open_output(path: str) -> IO[bytes]:
    """Open a path of the store to write to it bit by bit; it is there once it is closed.

    The path begins with the number of the customer, as that of every file.
    """
    return cast("IO[bytes]", obstore.open_writer(_store, path))


def stream_of(path: str) -> Iterator[bytes]:
    """Return what lies at a path, bit by bit.

    Raises:
        NotFoundError: there is nothing.

    """
    try:
        found = obstore.get(_store, path)
    except FileNotFoundError as error:
        raise NotFoundError from error
    return (bytes(chunk) for chunk in found.stream(min_chunk_size=CHUNK))


def delete_all(customer_id: int) -> int:
    """Delete everything that lies there for a customer, also what was never finished."""
    number = 0
    for path in list(paths_of(customer_id)):
        delete_path(path)
        number += 1
    if isinstance(_store, LocalStore) and _store.prefix is not None:
        shutil.rmtree(Path(_store.prefix) / str(customer_id), ignore_errors=True)
    return number


def delete_path(path: str) -> None:
    """Delete what lies at a path; nothing happens where there is nothing."""
    try:
        obstore.delete(_store, path)
    except FileNotFoundError:
        return


def plain_name(name: str, default: str = "file") -> str:
    """Return the last part of a file name, without what a terminal or a page could trip over."""
    last = PureWindowsPath(PurePosixPath(name).name).name
    return "".join(c for c in last if c.isprintable())[:NAME_LENGTH] or default


def _path(customer_id: int, digest: str) -> str:
    return f"{customer_id}/{digest}"
