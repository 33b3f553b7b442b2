"""Doing a deletion: by the register's rules, in batches, goes on where a killed worker stopped.

Each batch is one transaction that also adds to the counts, so that the certificate says exactly
what was deleted however often it was interrupted.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, text, update

from ops_portal.accounts.models import Membership, UserSession
from ops_portal.accounts.queries import provider_id
from ops_portal.core import anchors, audit
from ops_portal.core.actor import system_actor
from ops_portal.core.audit import START, AuditHead
from ops_portal.core.db import db
from ops_portal.core.errors import RefusedError
from ops_portal.core.idempotency import IdempotencyKey
from ops_portal.records import clearing, queries
from ops_portal.records.certificates import issue
from ops_portal.records.clearing import Places
from ops_portal.records.models import UNFINISHED as UNFINISHED_EXPORTS
from ops_portal.records.models import DataExport, Deletion, DeletionCertificate, ExportState
from ops_portal.records.plan import lines_of, obstacles
from ops_portal.records.selection import in_order
from ops_portal.tickets.saved_views import SavedView

BATCH = 1000
SWEPT = timedelta(days=7)
MOST_COPIES = 3
Clock = Callable[[], datetime]
SendCopy = Callable[[Deletion, DeletionCertificate, datetime], None]
ERASE = text("SELECT portal_erase(:deletion, :relation, :action, :most)")


class Work(NamedTuple):
    """What a deletion needs besides the database."""

    places: Places
    clock: Clock
    send_copy: SendCopy
    """Sends the certificate to the last representative; may raise OSError."""


def erase(deletion_id: int, work: Work) -> None:
    """Delete the data of a customer as an approved deletion says; commits after each batch.

    Done twice, or again after it was killed anywhere, it comes to the same.

    Source: CON-4, §7.1.4; GDP-1, §7.6.
    """
    if not _begin(deletion_id, work):
        return
    deletion = queries.lock_deletion(deletion_id)
    customer_id = deletion.customer_id
    clearing.clear(customer_id, work.places)
    db.session.commit()
    while _pass(deletion_id, work.clock):
        pass
    clearing.clear(customer_id, work.places)
    anchors.release(work.places.data, customer_id, now=work.clock())
    _finish(deletion_id, work)


def sweep(work: Work, *, now: datetime) -> int:
    """Delete what reached a customer after its deletion was done; return the number of rows.

    A mail that was on its way, a page that was open: for a week after, each night looks again.
    """
    found = 0
    for deletion_id in queries.recently_deleted(now - SWEPT):
        found += _pass(deletion_id, work.clock)
        clearing.clear(queries.lock_deletion(deletion_id).customer_id, work.places)
        db.session.commit()
    return found


def _begin(deletion_id: int, work: Work) -> bool:
    """Close the doors and write down what there is; nothing of it when it began before."""
    deletion, now = queries.lock_deletion(deletion_id), work.clock()
    if deletion.finished_at is not None or deletion.withdrawn_at is not None:
        return False
    if deletion.started_at is None:
        if any(found.is_blocking for found in obstacles(deletion.customer_id, now=now)):
            message = "Something stands in the way of the deletion: it waits until that is settled."
            raise RefusedError(message, rule="CON-4")
        deletion.started_at = deletion.moved_at = now
        deletion.plan = _picture(deletion, work)
        _name_receiver(deletion)
        _close(deletion.customer_id, now)
    db.session.commit()
    return True


def _picture(deletion: Deletion, work: Work) -> dict[str, object]:
    """Return what there was before anything was deleted: numbers only."""
    head = db.session.get(AuditHead, deletion.customer_id)
    return {
        "tables": {
            line.table.name: {
                "deleted": line.deleted,
                "cleared": line.cleared,
                "kept": line.kept,
                "ground": line.ground,
                "until": line.until.isoformat() if line.until else "",
            }
            for line in lines_of(deletion.customer_id)
        },
        "outside": asdict(clearing.leavings(deletion.customer_id, work.places)),
        "audit": {"seq": head.seq if head else 0, "mac": head.mac if head else START},
    }


def _name_receiver(deletion: Deletion) -> None:
    last = next(iter(queries.representatives_of(deletion.customer_id)), None)
    if last is not None:
        deletion.copy_to, deletion.copy_language = last.email, last.language


def _close(customer_id: int, now: datetime) -> None:
    """Let nobody in any more, so that nothing is written while it is deleted."""
    db.session.execute(
        update(Membership)
        .where(Membership.customer_id == customer_id, Membership.ended_at.is_(None))
        .values(ended_at=now)
    )
    db.session.execute(
        update(UserSession)
        .where(UserSession.active_customer_id == customer_id, UserSession.ended_at.is_(None))
        .values(ended_at=now)
    )
    db.session.execute(
        update(DataExport)
        .where(DataExport.customer_id == customer_id, DataExport.state.in_(UNFINISHED_EXPORTS))
        .values(state=ExportState.STOPPED, ended_at=now)
    )


def _pass(deletion_id: int, clock: Clock) -> int:
    """Go through all tables once, children first; return how many rows were touched."""
    tables = [t for t in in_order() if t.name != Deletion.__tablename__]
    # keys of tokens are found by the tokens: before these go
    tables.sort(key=lambda table: table.name != IdempotencyKey.__tablename__)
    touched = _drop_saved_views(deletion_id)
    for table in tables:
        if table.is_deleted or table.is_held:
            touched += _drain(deletion_id, table.name, "delete", clock)
        if table.cleared:
            touched += _drain(deletion_id, table.name, "clear", clock)
    return touched


def _drain(deletion_id: int, relation: str, action: str, clock: Clock) -> int:
    total = 0
    while number := _erase_batch(deletion_id, relation, action, clock):
        total += number
    return total


def _erase_batch(deletion_id: int, relation: str, action: str, clock: Clock) -> int:
    """Delete or empty one batch, and add it to the counts in the same transaction."""
    what = {"deletion": deletion_id, "relation": relation, "action": action, "most": BATCH}
    number = int(db.session.execute(ERASE, what).scalar_one())
    if number:
        deletion = queries.lock_deletion(deletion_id)
        counts = {name: dict(found) for name, found in deletion.counts.items()}
        own = counts.setdefault(relation, {})
        own[action] = own.get(action, 0) + number
        deletion.counts, deletion.moved_at = counts, clock()
    db.session.commit()
    return number


def _drop_saved_views(deletion_id: int) -> int:
    """Delete saved views of the desk that are narrowed to this customer; the provider owns them."""
    customer = queries.customer_for(queries.lock_deletion(deletion_id).customer_id)
    narrowed = SavedView.query.contains({"customer": [customer.code]})
    found = db.session.scalars(select(SavedView).where(narrowed)).all()
    for view in found:
        db.session.delete(view)
    db.session.commit()
    return len(found)


def _finish(deletion_id: int, work: Work) -> None:
    """Issue the certificate, send its copy, and forget the address."""
    deletion = queries.lock_deletion(deletion_id)
    certificate = issue(deletion, now=work.clock())
    db.session.commit()
    _send(deletion_id, certificate, work)
    deletion = queries.lock_deletion(deletion_id)
    deletion.finished_at = work.clock()
    db.session.execute(
        ERASE,
        {"deletion": deletion_id, "relation": "deletions", "action": "clear", "most": BATCH},
    )
    provider = provider_id()
    audit.record(
        system_actor("deletion", provider),
        "deletion.done",
        ("deletion", deletion_id),
        now=work.clock(),
        after={"certificate": certificate.number, "sha256": certificate.sha256},
    )
    db.session.commit()


def _send(deletion_id: int, certificate: DeletionCertificate, work: Work) -> None:
    """Send the copy; an address that takes none does not hold the deletion up for ever."""
    deletion = queries.lock_deletion(deletion_id)
    if not deletion.copy_to or deletion.copy_sent_at or deletion.copy_tries >= MOST_COPIES:
        db.session.rollback()
        return
    deletion.copy_tries += 1
    db.session.commit()
    work.send_copy(deletion, certificate, work.clock())
    deletion.copy_sent_at = work.clock()
    db.session.commit()
