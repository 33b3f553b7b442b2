"""Exports, deletions and their nightly round, as jobs of the background worker."""

from datetime import datetime

from flask import current_app

from ops_portal.accounts.queries import provider_id
from ops_portal.core import outbox
from ops_portal.core.actor import Actor, ActorKind
from ops_portal.core.clock import now as read_clock
from ops_portal.core.config import Config
from ops_portal.core.db import db
from ops_portal.records import notices, queries
from ops_portal.records.clearing import Places
from ops_portal.records.deletion_operations import TELL
from ops_portal.records.erasing import Work, erase, sweep
from ops_portal.records.export_operations import EXPORT
from ops_portal.records.exporting import expire_exports, make_export
from ops_portal.records.models import DeletionState

ERASE = "records.erase"
NIGHTLY = "records.nightly"


@outbox.handler(EXPORT, queue="imports")
def export(*, export_id: int, now: datetime) -> None:
    """Make the archive of an export, and tell who asked; after a killed worker, anew.

    Source: INV-11.
    """
    job = Actor(ActorKind.PROVIDER, "export", 0)
    readme = notices.readme_of(queries.export_for(job, export_id), now=now)
    made = make_export(export_id, readme, clock=read_clock)
    if made is not None:
        notices.tell_export(made, now=read_clock())
        db.session.commit()


@outbox.handler(TELL)
def tell(*, deletion_id: int, now: datetime) -> None:
    """Tell the customer of a deletion that was approved; run again, it adds no mail."""
    deletion = queries.lock_deletion(deletion_id)
    if deletion.reminded_at is None and deletion.state == DeletionState.WAITING:
        notices.tell_deletion(deletion, now=now)
        deletion.reminded_at = now
    db.session.commit()


@outbox.handler(NIGHTLY)
def nightly(*, now: datetime) -> None:
    """Apply what the register says of exports, and carry deletions along. Source: CON-4, GDP-1."""
    expire_exports(now=now)
    for deletion in queries.untold_deletions():
        notices.tell_deletion(deletion, now=now)
        deletion.reminded_at = now
    for deletion_id in queries.due_deletions(now):
        put_erasure(deletion_id, now=now)
    db.session.commit()
    sweep(_work(), now=now)


@outbox.handler(ERASE, queue="imports")
def erase_customer(*, deletion_id: int, now: datetime) -> None:  # noqa: ARG001 (each batch asks)
    """Do a deletion, from where it stands. Source: CON-4."""
    erase(deletion_id, _work())


def put_erasure(deletion_id: int, *, now: datetime) -> None:
    """Have a deletion done in the background; the job is the provider's and names a number only."""
    outbox.put(
        ERASE,
        {"deletion_id": deletion_id},
        customer_id=provider_id(),
        now=now,
        key=f"{ERASE}:{deletion_id}:{now:%Y-%m-%d}",
    )


def _work() -> Work:
    config: Config = current_app.extensions["portal.config"]
    places = Places(config.data, config.redis_url)
    return Work(places, read_clock, notices.send_certificate)
