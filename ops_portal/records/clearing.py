"""What a customer leaves outside the tables: files, mails kept as files, jobs in the queue."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from email import message_from_binary_file, policy
from email.utils import getaddresses
from pathlib import Path

from redis.exceptions import RedisError
from rq.exceptions import NoSuchJobError
from rq.job import Job
from sqlalchemy import exists, select

from ops_portal.accounts.models import Invitation, Membership, User
from ops_portal.contracts.models import Service
from ops_portal.core import files, queue
from ops_portal.core.db import db
from ops_portal.core.mail import ABOUT
from ops_portal.core.outbox import OutboxJob
from ops_portal.imports.models import ImportRun
from ops_portal.imports.storage import path_of
from ops_portal.orders.models import Order
from ops_portal.records.selection import people_of

KEY = b"rq:job:outbox-"


@dataclass(frozen=True, slots=True)
class Places:
    """Where things lie besides the database."""

    data: Path
    redis_url: str


@dataclass(frozen=True, slots=True)
class Leavings:
    """What there is of a customer outside the tables."""

    stored: int
    """Files in the store, archives too."""
    imported: int
    mails: int
    queued: int


def leavings(customer_id: int, places: Places) -> Leavings:
    """Count what there is of a customer outside the tables."""
    return Leavings(
        stored=sum(1 for _path in files.paths_of(customer_id)),
        imported=len(_imported(customer_id, places.data)),
        mails=len(list(_mails(customer_id, places.data))),
        queued=len(_queued(customer_id, places.redis_url)),
    )


def clear(customer_id: int, places: Places) -> None:
    """Delete what there is of a customer outside the tables; again, it does nothing more.

    Source: CON-4, GDP-2.
    """
    for job in _queued(customer_id, places.redis_url):
        with suppress(RedisError, NoSuchJobError):
            job.delete()
    files.delete_all(customer_id)
    for path in (*_imported(customer_id, places.data), *_mails(customer_id, places.data)):
        path.unlink(missing_ok=True)


def _imported(customer_id: int, data: Path) -> list[Path]:
    """Return the files of imports that no other customer's import was made from."""
    theirs = ImportRun.__table__.alias("theirs")
    is_shared = exists().where(
        theirs.c.file_hash == ImportRun.file_hash, theirs.c.customer_id != customer_id
    )
    query = select(ImportRun.file_hash).where(ImportRun.customer_id == customer_id, ~is_shared)
    paths = {path_of(data, found) for found in db.session.scalars(query.distinct())}
    return sorted(path for path in paths if path.exists())


def _mails(customer_id: int, data: Path) -> Iterator[Path]:
    """Yield the mails kept as files that are about a customer, or went to its people."""
    addresses = _addresses(customer_id)
    folder = data / "mail"
    for path in sorted(folder.iterdir()) if folder.exists() else ():
        if path.is_file() and _concerns(path, customer_id, addresses):
            yield path


def _concerns(path: Path, customer_id: int, addresses: Collection[str]) -> bool:
    with path.open("rb") as file:
        mail = message_from_binary_file(file, policy=policy.default)
    to = getaddresses([str(header) for header in mail.get_all("To", [])])
    is_theirs = any(address.lower() in addresses for _name, address in to)
    return is_theirs or mail.get(ABOUT) == str(customer_id)


def _addresses(customer_id: int) -> set[str]:
    """Return the addresses of people who belong to nobody else, and those forms named."""
    own = (
        select(User.email).where(User.id.in_(people_of(customer_id))),
        select(Invitation.email).where(Invitation.customer_id == customer_id),
        select(Service.access_owner_email).where(Service.customer_id == customer_id),
        select(Order.access_owner_email).where(Order.customer_id == customer_id),
    )
    found = {email.lower() for query in own for email in db.session.scalars(query) if email}
    others = select(User.email).join(Membership, Membership.user_id == User.id)
    named = others.where(Membership.customer_id != customer_id, User.email.in_(found))
    return found - {email.lower() for email in db.session.scalars(named)}


def _queued(customer_id: int, redis_url: str) -> list[Job]:
    """Return the customer's jobs in the queue; none while the queue is away: it is rebuilt."""
    ids = select(OutboxJob.id).where(OutboxJob.customer_id == customer_id)
    own = {str(found) for found in db.session.scalars(ids)}
    try:
        client = queue.connection(redis_url)
        keys = [key.removeprefix(b"rq:job:").decode() for key in client.scan_iter(match=KEY + b"*")]
        wanted = [key for key in keys if key.split("-")[1].split(":")[0] in own]
        return [Job.fetch(key, connection=client, serializer="json") for key in wanted]
    except (RedisError, NoSuchJobError):
        return []
