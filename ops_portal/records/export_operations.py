"""Asking for an export, stopping it, and handing it over (INV-11, CON-4)."""

from datetime import datetime

from ops_portal.contracts.life import LifeEvent
from ops_portal.contracts.timeline import note_event
from ops_portal.core import audit, outbox
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import N_, NotFoundError, RefusedError
from ops_portal.records import queries
from ops_portal.records.models import DataExport, ExportState

EXPORT = "records.export"


def request_export(
    actor: Actor, customer_id: int, *, language: str, now: datetime
) -> tuple[DataExport, bool]:
    """Ask for an archive of everything; it is made in the background.

    Args:
        actor: a representative of the customer, or staff whom the customer asked.
        customer_id: whose data.
        language: of what the archive says about itself.
        now: the instant.

    Returns:
        the export, and whether it is new: one that waits or runs is not begun twice.

    Raises:
        NotFoundError: the customer is another tenant.
        RefusedError: the data are being deleted, or are deleted already.

    Source: INV-11, CON-4, §7.1.4.

    """
    if not actor.is_staff and actor.customer_id != customer_id:
        raise NotFoundError
    deletion = queries.open_deletion_of(customer_id)
    if deletion is not None and deletion.started_at is not None:
        message = N_("The data of this organisation are being deleted: there is nothing to export.")
        raise RefusedError(message, rule="CON-4")
    known = queries.unfinished_export_of(customer_id)
    if known is not None:
        return known, False
    export = DataExport(
        customer_id=customer_id,
        language=language,
        requested_by=actor.user_id,
        requested_by_name=actor.name,
        requested_at=now,
        moved_at=now,
    )
    db.session.add(export)
    db.session.flush()
    _audit(actor, export, "export.request", now)
    outbox.put(
        EXPORT,
        {"export_id": export.id, "_narrow": True},
        customer_id=customer_id,
        now=now,
        key=f"{EXPORT}:{export.id}",
    )
    return export, True


def stop_export(actor: Actor, export: DataExport, *, now: datetime) -> None:
    """Stop an export: at once while nobody is at it, else after the part that is being written.

    Raises:
        RefusedError: it has ended.

    """
    if not export.is_unfinished:
        message = N_("This export has ended already.")
        raise RefusedError(message)
    if export.state == ExportState.RUNNING and not export.is_stalled(now):
        export.stop_asked_at = now
    else:
        export.state, export.ended_at = ExportState.STOPPED, now
    _audit(actor, export, "export.stop", now)


def download_export(actor: Actor, export: DataExport, *, now: datetime) -> None:
    """Record that the customer takes its archive; the edge sends it.

    Raises:
        NotFoundError: somebody else asks, staff too: the archive is for the customer only.
        RefusedError: it is not ready, or can be downloaded no longer.

    Source: INV-11, CON-4.

    """
    if actor.customer_id != export.customer_id:
        raise NotFoundError
    if not export.is_ready(now):
        message = N_("This export can be downloaded no longer: ask for a new one.")
        raise RefusedError(message, rule="CON-4")
    export.downloads += 1
    export.downloaded_at = now
    _audit(actor, export, "export.download", now)
    for service in queries.services_of(export.customer_id):
        note_event(service, LifeEvent.EXPORTED, at=now, actor=actor, now=now, sha256=export.sha256)


def _audit(actor: Actor, export: DataExport, action: str, now: datetime) -> None:
    db.session.flush()
    audit.record(
        actor,
        action,
        ("data_export", export.id),
        now=now,
        customer_id=export.customer_id,
        after={"state": export.state, "bytes": export.number_of_bytes, "sha256": export.sha256},
    )
