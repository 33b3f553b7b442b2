"""Deciding on a deletion: one person requests, another approves, and it waits (CON-4).

The database writes the instants of both decisions and refuses what does not fit (migration 0009);
what is refused here is refused with words.
"""

from datetime import datetime, timedelta

from ops_portal.core import audit, outbox
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import N_, ConflictError, RefusedError
from ops_portal.core.permissions import Permission
from ops_portal.core.texts import cleaned
from ops_portal.records import queries
from ops_portal.records.models import Deletion
from ops_portal.records.plan import obstacles

TELL = "records.tell_deletion"


def request_deletion(actor: Actor, customer_id: int, reason: str, *, now: datetime) -> Deletion:
    """Request that the data of a customer are deleted whose service has ended.

    Raises:
        RefusedError: no reason, the service runs, or something stands in the way.
        ConflictError: it is requested already.

    Source: CON-4, §7.1.4.

    """
    actor.require(Permission.DELETIONS_REQUEST)
    customer = queries.customer_for(customer_id)
    if not cleaned(reason):
        message = N_("Say why the data are deleted; it is kept until they are.")
        raise RefusedError(message, rule="CON-4", fields={"reason": message})
    if queries.open_deletion_of(customer_id) is not None:
        message = N_("The deletion of these data is requested already.")
        raise ConflictError(message)
    _check_way(customer_id, now)
    deletion = Deletion(
        customer_id=customer_id,
        reason=cleaned(reason)[:2000],
        wait_days=queries.wait_of(customer_id) // timedelta(days=1),
        requested_by=actor.user_id,
        requested_by_name=actor.name,
        copy_language=customer.language,
    )
    db.session.add(deletion)
    db.session.flush()
    _audit(actor, deletion, "deletion.request", now)
    return deletion


def approve_deletion(actor: Actor, deletion: Deletion, *, now: datetime) -> None:
    """Approve a deletion that somebody else requested; from now on it waits.

    Args:
        actor: who approves.
        deletion: the locked deletion.
        now: the instant.

    Raises:
        RefusedError: the same person, a deletion that is not to be decided any more, or something
            stands in the way.

    Source: CON-4, §7.1.4.

    """
    actor.require(Permission.DELETIONS_APPROVE)
    if deletion.withdrawn_at is not None or deletion.approved_at is not None:
        message = N_("This deletion is decided already.")
        raise RefusedError(message, rule="CON-4")
    if deletion.requested_by == actor.user_id:
        message = N_("Somebody else has to approve what you requested.")
        raise RefusedError(message, rule="CON-4")
    _check_way(deletion.customer_id, now)
    deletion.approved_by, deletion.approved_by_name = actor.user_id, actor.name
    db.session.flush()
    db.session.refresh(deletion)
    _audit(actor, deletion, "deletion.approve", now)
    outbox.put(
        TELL,
        {"deletion_id": deletion.id},
        customer_id=deletion.customer_id,
        now=now,
        key=f"{TELL}:{deletion.id}",
    )


def withdraw_deletion(actor: Actor, deletion: Deletion, reason: str, *, now: datetime) -> None:
    """Withdraw a deletion before it begins; the data stay, and it can be requested again.

    Raises:
        RefusedError: no reason, or it has begun.

    Source: CON-4, §7.1.4.

    """
    actor.require(Permission.DELETIONS_REQUEST)
    if deletion.withdrawn_at is not None or deletion.started_at is not None:
        message = N_("This deletion has begun, or was withdrawn: it cannot be withdrawn any more.")
        raise RefusedError(message, rule="CON-4")
    if not cleaned(reason):
        message = N_("Say why the deletion is withdrawn.")
        raise RefusedError(message, rule="CON-4", fields={"withdrawal_reason": message})
    deletion.withdrawn_at = now
    deletion.withdrawn_by, deletion.withdrawn_by_name = actor.user_id, actor.name
    deletion.withdrawal_reason = cleaned(reason)[:2000]
    db.session.flush()
    _audit(actor, deletion, "deletion.withdraw", now)


def _check_way(customer_id: int, now: datetime) -> None:
    if not queries.has_ended(customer_id, now):
        message = N_("The service of this customer has not ended: its data are needed.")
        raise RefusedError(message, rule="CON-4")
    if any(obstacle.is_blocking for obstacle in obstacles(customer_id, now=now)):
        message = N_("Something stands in the way of the deletion: see the list, and settle it.")
        raise RefusedError(message, rule="CON-4")


def _audit(actor: Actor, deletion: Deletion, action: str, now: datetime) -> None:
    """Write into the provider's own log, which stays: numbers only, no data of the customer."""
    audit.record(
        actor,
        action,
        ("deletion", deletion.id),
        now=now,
        customer_id=actor.customer_id,
        after={
            "customer": deletion.customer_id,
            "state": deletion.state,
            "erasable_at": deletion.erasable_at,
        },
    )
