"""Reading planned works: which spans they cut out of a ticket's clocks."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Row, select

from ops_portal.accounts.models import Customer, Membership, User
from ops_portal.contracts.models import Contract, SolutionElement
from ops_portal.contracts.queries import is_in_force
from ops_portal.core.db import any_of, db
from ops_portal.core.errors import NotFoundError
from ops_portal.core.paging import PAGE, Order, Page, instant, keyset, whole
from ops_portal.core.permissions import Role
from ops_portal.maintenance.models import AffectedElement, PlannedWork, WorkExtension
from sla.interval import Interval

NOTICE_FROM = timedelta(hours=2)
COMING = 10


def works_by_element(element_ids: Iterable[int]) -> dict[int, list[Interval]]:
    """Return the announced spans of the works on each element, cancelled ones left out.

    Works that were cancelled before they began never cut anything; works cancelled while they ran
    cut until then.

    Source: MNT-3, SLA-7.
    """
    ids = set(element_ids)
    found: dict[int, list[Interval]] = defaultdict(list)
    if not ids:
        return found
    rows = db.session.execute(
        select(
            AffectedElement.element_id,
            PlannedWork.starts_at,
            PlannedWork.ends_at,
            PlannedWork.cancelled_at,
        )
        .join(PlannedWork, PlannedWork.id == AffectedElement.work_id)
        .where(AffectedElement.element_id == any_of(ids)),
    )
    for element_id, start, end, cancelled in rows:
        cut = cut_of(start, end, cancelled)
        if cut is not None:
            found[element_id].append(cut)
    return found


def cut_of(start: datetime, end: datetime, cancelled_at: datetime | None) -> Interval | None:
    """Return the span works cut out of clocks: as announced, until cancelled.

    Works that were cancelled before they began never cut anything.

    Source: MNT-3, SLA-7.
    """
    until = min(end, cancelled_at) if cancelled_at else end
    return Interval(start, until) if until > start else None


def spans_of_revision(work_id: int) -> tuple[Interval | None, Interval | None]:
    """Return what works cut before their last change, and what they cut now."""
    work = db.session.get_one(PlannedWork, work_id)
    now = cut_of(work.starts_at, work.ends_at, work.cancelled_at)
    if work.cancelled_at is not None:
        return cut_of(work.starts_at, work.ends_at, None), now
    extension = db.session.scalar(
        select(WorkExtension)
        .where(WorkExtension.work_id == work_id)
        .order_by(WorkExtension.id.desc())
        .limit(1)
    )
    return (cut_of(work.starts_at, extension.from_end, None) if extension else None), now


def work_for(work_id: int, *, is_locked: bool = False) -> PlannedWork:
    """Return planned works.

    Raises:
        NotFoundError: there are none of this number.

    """
    query = select(PlannedWork).where(PlannedWork.id == work_id)
    if is_locked:
        query = query.with_for_update().execution_options(populate_existing=True)
    work = db.session.scalar(query)
    if work is None:
        raise NotFoundError
    return work


ORDERS = {
    "newest": Order(
        (PlannedWork.starts_at, PlannedWork.id), is_descending=True, parsers=(instant, whole)
    ),
    "oldest": Order((PlannedWork.starts_at, PlannedWork.id), parsers=(instant, whole)),
}


def works_page(
    *,
    when: str,
    order: str,
    now: datetime,
    after: str = "",
    before: str = "",
    search: str = "",
    size: int = PAGE,
) -> Page:
    """Return one page of planned works.

    Args:
        when: `coming` (running ones too), `past`, `cancelled`, or anything else for all.
        order: `newest` or `oldest` start first.
        now: the instant `coming` and `past` compare with.
        after: the key of the last row before the page.
        before: the key of the first row after the page.
        search: words of the title.
        size: rows a page.

    """
    query = select(PlannedWork)
    if when == "coming":
        query = query.where(PlannedWork.ends_at > now, PlannedWork.cancelled_at.is_(None))
    elif when == "past":
        query = query.where(PlannedWork.ends_at <= now, PlannedWork.cancelled_at.is_(None))
    elif when == "cancelled":
        query = query.where(PlannedWork.cancelled_at.is_not(None))
    if search:
        query = query.where(PlannedWork.title.icontains(search, autoescape=True))
    order_used = ORDERS.get(order, ORDERS["newest"])
    page = keyset(query, order_used, after=after, before=before, size=size)
    return Page([row[0] for row in page.rows], page.after, page.before)


def extensions_of(work: PlannedWork) -> Sequence[WorkExtension]:
    """Return the later ends that were announced, in order."""
    query = select(WorkExtension).where(WorkExtension.work_id == work.id).order_by(WorkExtension.id)
    return db.session.scalars(query).all()


def affected(work: PlannedWork) -> Sequence[Row[str, str]]:
    """Return customer and element name of every element the works touch."""
    query = (
        select(Customer.name, SolutionElement.name)
        .join(SolutionElement, SolutionElement.customer_id == Customer.id)
        .join(AffectedElement, AffectedElement.element_id == SolutionElement.id)
        .where(AffectedElement.work_id == work.id)
        .order_by(Customer.name, SolutionElement.name)
    )
    return db.session.execute(query).all()


@dataclass(frozen=True, slots=True)
class Receiver:
    """Somebody who is told about works by mail."""

    customer_id: int
    user_id: int
    email: str
    language: str
    zone: str


def receivers_of(work: PlannedWork) -> list[Receiver]:
    """Return the representatives of the customers the works affect, each once a customer."""
    customers = select(AffectedElement.customer_id).where(AffectedElement.work_id == work.id)
    rows = db.session.execute(
        select(Customer.id, User.id, User.email, User.language, Customer.zone)
        .join(Membership, Membership.customer_id == Customer.id)
        .join(User, User.id == Membership.user_id)
        .where(
            Customer.id.in_(customers),
            Membership.role == Role.REPRESENTATIVE,
            Membership.ended_at.is_(None),
            User.is_active,
        )
        .order_by(Customer.id, User.id)
    )
    return [Receiver(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Offered:
    """A solution element that works can touch."""

    element_id: int
    label: str


def elements_in_force(now: datetime) -> list[Offered]:
    """Return the solution elements of every service under contract, by customer and name.

    An element stays with its service when another contract supersedes the one it came with (ORD-4).
    """
    services = select(Contract.service_id).where(is_in_force(now))
    query = (
        select(SolutionElement.id, Customer.name, SolutionElement.name)
        .join(Customer, Customer.id == SolutionElement.customer_id)
        .join(Contract, Contract.id == SolutionElement.contract_id)
        .where(Contract.service_id.in_(services))
        .order_by(Customer.name, SolutionElement.name, SolutionElement.id)
    )
    return [Offered(row[0], f"{row[1]} · {row[2]}") for row in db.session.execute(query)]


def public_notices(now: datetime) -> Sequence[PlannedWork]:
    """Return the current and coming works that interrupt the service for more than two hours.

    Nothing in them names a customer: anybody may read them.

    Source: MNT-2, §6.4.1.
    """
    query = (
        select(PlannedWork)
        .where(
            PlannedWork.ends_at > now,
            PlannedWork.cancelled_at.is_(None),
            PlannedWork.is_interrupting,
        )
        .order_by(PlannedWork.starts_at, PlannedWork.id)
    )
    return [work for work in db.session.scalars(query) if needs_notice(work)]


def coming_works_of(customer_id: int, now: datetime) -> Sequence[PlannedWork]:
    """Return the current and coming works that touch an element of a customer, soonest first.

    Source: MNT-1, §6.4.1.
    """
    touched = select(AffectedElement.work_id).where(AffectedElement.customer_id == customer_id)
    query = (
        select(PlannedWork)
        .where(
            PlannedWork.ends_at > now,
            PlannedWork.cancelled_at.is_(None),
            PlannedWork.id.in_(touched),
        )
        .order_by(PlannedWork.starts_at, PlannedWork.id)
        .limit(COMING)
    )
    return db.session.scalars(query).all()


def needs_notice(work: PlannedWork) -> bool:
    """Whether works interrupt for more than two hours as they pass, in or out of the window.

    Source: MNT-2, §6.4.1; sla-cases T25.
    """
    return work.is_interrupting and work.ends_at - work.starts_at > NOTICE_FROM
