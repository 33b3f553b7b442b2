"""Reading exports, deletions and certificates; which customers may be deleted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, exists, func, or_, select

from ops_portal.accounts.models import Customer, Membership, User
from ops_portal.accounts.queries import members_with
from ops_portal.contracts.models import Contract, Service
from ops_portal.contracts.queries import catalogue
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.errors import NotFoundError
from ops_portal.core.paging import Order, Page, keyset, whole, words
from ops_portal.core.permissions import Role
from ops_portal.records.models import (
    UNFINISHED,
    DataExport,
    Deletion,
    DeletionCertificate,
    DeletionState,
    ExportState,
)

LEAST_WAIT = timedelta(days=7)
DAYS_A_MONTH = 31
BY_NAME = Order((Customer.name, Customer.id), parsers=(words, whole))
NEWEST = Order((DataExport.id,), is_descending=True, parsers=(whole,))


@dataclass(frozen=True, slots=True)
class Ended:
    """A customer whose contracts have all ended, with its last end, export and deletion."""

    customer: Customer
    ended_at: datetime
    deletion: Deletion | None
    export: DataExport | None
    certificate_id: int | None


def ended_page(at: datetime, state: str, *, after: str = "", before: str = "") -> Page:
    """Return one page of the customers whose service has ended, by name. Source: CON-4."""
    query = select(Customer).where(~Customer.is_provider, _has_ended(at))
    page = keyset(_of_state(query, state), BY_NAME, after=after, before=before)
    return Page([ended(row[0]) for row in page.rows], page.after, page.before)


def ended(customer: Customer) -> Ended:
    """Return how far the end of a customer's service is."""
    own = (Contract.customer_id == customer.id,)
    last = db.session.scalar(select(func.max(Contract.ended_at)).where(*own))
    deletion = open_deletion_of(customer.id)
    return Ended(
        customer=customer,
        ended_at=last or (deletion.requested_at if deletion else customer.created_at),
        deletion=deletion,
        export=latest_export_of(customer.id),
        certificate_id=db.session.scalar(
            select(DeletionCertificate.id).where(DeletionCertificate.customer_id == customer.id)
        ),
    )


def has_ended(customer_id: int, at: datetime) -> bool:
    """Whether a customer had contracts, and none is in force or to come any more."""
    query = select(Customer.id).where(
        Customer.id == customer_id, ~Customer.is_provider, _has_ended(at)
    )
    return db.session.scalar(query) is not None


def _has_ended(at: datetime):  # type: ignore[no-untyped-def]  # noqa: ANN202 (a part of a query)
    own = Contract.customer_id == Customer.id
    runs = exists().where(own, or_(Contract.ended_at.is_(None), Contract.ended_at > at))
    decided = exists().where(Deletion.customer_id == Customer.id, Deletion.started_at.is_not(None))
    return or_(exists().where(own) & ~runs, decided)


def _of_state(query: Select[Customer], state: str) -> Select[Customer]:
    conditions = {
        DeletionState.REQUESTED: (Deletion.approved_at.is_(None),),
        DeletionState.WAITING: (Deletion.approved_at.is_not(None), Deletion.started_at.is_(None)),
        DeletionState.RUNNING: (Deletion.started_at.is_not(None), Deletion.finished_at.is_(None)),
        DeletionState.DONE: (Deletion.finished_at.is_not(None),),
    }
    own = (Deletion.customer_id == Customer.id, Deletion.withdrawn_at.is_(None))
    if state == "none":
        return query.where(~exists().where(*own))
    if state in conditions:
        return query.where(exists().where(*own, *conditions[DeletionState(state)]))
    return query


def customer_for(customer_id: int) -> Customer:
    """Return a customer, for staff.

    Raises:
        NotFoundError: there is none, or it is the provider.

    """
    customer = db.session.get(Customer, customer_id)
    if customer is None or customer.is_provider:
        raise NotFoundError
    return customer


def wait_of(customer_id: int) -> timedelta:
    """Return how long a decided deletion of a customer waits: the longest of its catalogues.

    Never less than the database asks for, whatever a description says. Source: CON-4, CAT-1.
    """
    ids = select(Contract.description_id).where(Contract.customer_id == customer_id).distinct()
    found = [catalogue(description_id) for description_id in db.session.scalars(ids)]
    spans = [c.deletion_wait for c in found if c is not None]
    days = [timedelta(days=span.days + DAYS_A_MONTH * span.months) for span in spans]
    return max([LEAST_WAIT, *days])


def open_deletion_of(customer_id: int) -> Deletion | None:
    """Return the deletion of a customer that was not withdrawn."""
    query = select(Deletion).filter_by(customer_id=customer_id, withdrawn_at=None)
    return db.session.scalar(query)


def withdrawn_of(customer_id: int) -> Sequence[Deletion]:
    """Return the deletions of a customer that were withdrawn, the last first."""
    query = select(Deletion).where(
        Deletion.customer_id == customer_id, Deletion.withdrawn_at.is_not(None)
    )
    return db.session.scalars(query.order_by(Deletion.id.desc())).all()


def lock_deletion(deletion_id: int) -> Deletion:
    """Return a deletion, locked.

    Raises:
        NotFoundError: there is none.

    """
    query = select(Deletion).where(Deletion.id == deletion_id)
    query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise NotFoundError
    return found


def due_deletions(at: datetime) -> Sequence[int]:
    """Return the approved deletions whose waiting period is over and that are not done."""
    query = select(Deletion.id).where(
        Deletion.withdrawn_at.is_(None), Deletion.erasable_at <= at, Deletion.finished_at.is_(None)
    )
    return db.session.scalars(query.order_by(Deletion.id)).all()


def recently_deleted(since: datetime) -> Sequence[int]:
    """Return the deletions that were done since an instant."""
    query = select(Deletion.id).where(Deletion.finished_at >= since).order_by(Deletion.id)
    return db.session.scalars(query).all()


def untold_deletions() -> Sequence[Deletion]:
    """Return the deletions that were approved and of which nobody told the customer yet."""
    query = select(Deletion).where(
        Deletion.withdrawn_at.is_(None),
        Deletion.approved_at.is_not(None),
        Deletion.reminded_at.is_(None),
        Deletion.started_at.is_(None),
    )
    return db.session.scalars(query.order_by(Deletion.id)).all()


def certificate_for(certificate_id: int) -> DeletionCertificate:
    """Return a certificate, for staff.

    Raises:
        NotFoundError: there is none.

    """
    found = db.session.get(DeletionCertificate, certificate_id)
    if found is None:
        raise NotFoundError
    return found


def exports_page(customer_id: int, *, after: str = "", before: str = "") -> Page:
    """Return one page of a customer's exports, the newest first."""
    query = select(DataExport).where(DataExport.customer_id == customer_id)
    page = keyset(query, NEWEST, after=after, before=before)
    return Page([row[0] for row in page.rows], page.after, page.before)


def latest_export_of(customer_id: int) -> DataExport | None:
    """Return the newest export of a customer."""
    query = select(DataExport).where(DataExport.customer_id == customer_id)
    return db.session.scalar(query.order_by(DataExport.id.desc()).limit(1))


def unfinished_export_of(customer_id: int) -> DataExport | None:
    """Return the export of a customer that waits or runs."""
    query = select(DataExport).where(
        DataExport.customer_id == customer_id, DataExport.state.in_(UNFINISHED)
    )
    return db.session.scalar(query)


def export_for(actor: Actor, export_id: int, *, is_locked: bool = False) -> DataExport:
    """Return an export of the actor's organisation, or any for staff.

    Raises:
        NotFoundError: there is none, or it is another tenant's.

    """
    query = select(DataExport).where(DataExport.id == export_id)
    if is_locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None or (not actor.is_staff and found.customer_id != actor.customer_id):
        raise NotFoundError
    return found


def expired_exports(at: datetime) -> Sequence[DataExport]:
    """Return the archives that can be downloaded no longer and are still there."""
    query = select(DataExport).where(
        DataExport.state == ExportState.DONE, DataExport.expires_at <= at
    )
    return db.session.scalars(query.order_by(DataExport.id)).all()


def representatives_of(customer_id: int) -> Sequence[User]:
    """Return the representatives of a customer, the last who came first."""
    query = members_with(Role.REPRESENTATIVE, customer_id)
    return db.session.scalars(query.order_by(Membership.id.desc())).unique().all()


def services_of(customer_id: int) -> Sequence[Service]:
    """Return the services of a customer."""
    query = select(Service).where(Service.customer_id == customer_id)
    return db.session.scalars(query.order_by(Service.id)).all()
