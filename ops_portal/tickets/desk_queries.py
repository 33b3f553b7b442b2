"""Reading the queue: its views, filters, orders and counters, each carried by an index."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    and_,
    bindparam,
    func,
    literal,
    select,
    union_all,
)

from ops_portal.accounts.models import Customer, User
from ops_portal.core.actor import Actor
from ops_portal.core.db import db
from ops_portal.core.paging import PAGE, Page, keyset
from ops_portal.tickets.clocks import RANK_PAUSED, RANK_RUNNING
from ops_portal.tickets.models import OPEN_STATES, Ticket, TicketState
from ops_portal.tickets.queries import ORDERS, Filters, matching_ids
from sla.schedule import Schedule

COUNTER_CAP = 1000
HORIZON_S = 3600
VIEWS = (
    "all",
    "mine",
    "unassigned",
    "due",
    "breached",
    "awaiting_customer",
    "update_owed",
    "p1",
)
VIEWS_OF_ALL_STATES = frozenset({"all", "mine", "p1"})
"""The views that can also show ended tickets; the others are about work that waits."""
URGENCY = (Ticket.urgency_rank, Ticket.urgency_at, Ticket.id)
COUNT_ORDER = {
    "unassigned": (Ticket.owner_id, *URGENCY),
    "breached": (Ticket.breached_from,),
    "update_owed": (Ticket.update_due_at,),
}
"""The order of the index that carries a view, where it is not urgency."""
ENDED_STATES = frozenset(TicketState) - frozenset(OPEN_STATES)


@dataclass(frozen=True, slots=True)
class DeskRow:
    """A ticket in the queue, with the names a row shows."""

    ticket: Ticket
    customer: str
    customer_code: str
    owner: str | None


@dataclass(frozen=True, slots=True)
class Instants:
    """The instants the views compare with."""

    now: datetime
    due_horizon: datetime
    """The instant at which one counted hour from now is used up."""

    @classmethod
    def of(cls, schedule: Schedule, now: datetime) -> "Instants":
        """Return the instants for a support schedule."""
        return cls(now, schedule.advance(now, HORIZON_S))


def desk_page(
    actor: Actor,
    filters: Filters,
    at: Instants,
    *,
    after: str = "",
    before: str = "",
    size: int = PAGE,
) -> Page:
    """Return one page of the queue, by keyset: a key far into the list costs what the first does.

    Args:
        actor: whose queue (for the view `mine`).
        filters: what to show.
        at: the instants the views compare with.
        after: the key of the last row before the page.
        before: the key of the first row after the page.
        size: rows a page.

    """
    query: Any = (
        select(Ticket, Customer.name, Customer.code, User.name)
        .join(Customer, Customer.id == Ticket.customer_id)
        .outerjoin(User, User.id == Ticket.owner_id)
    )
    query = query.where(*_conditions(filters, actor, at))
    order = ORDERS[order_of(filters)]
    page = keyset(query, order, after=after, before=before, size=size)
    return Page([DeskRow(*row) for row in page.rows], page.after, page.before)


def order_of(filters: Filters) -> str:
    """Return the order used: ended tickets have no urgency, the newest of them come first."""
    if filters.order not in ORDERS:
        return "urgency"
    is_ended_shown = bool(set(states_of(filters)) & ENDED_STATES)
    if filters.order == "urgency" and is_ended_shown and not filters.search:
        return "newest"
    return filters.order


def states_of(filters: Filters) -> tuple[str, ...]:
    """Return the states shown: the open ones unless chosen, and all when something is searched."""
    chosen = filters.states
    if filters.view not in VIEWS_OF_ALL_STATES:
        chosen = tuple(state for state in chosen if state not in ENDED_STATES)
    if chosen:
        return chosen
    is_all = filters.search and filters.view == "all"
    return tuple(TicketState) if is_all else OPEN_STATES


def view_condition(view: str, user_id: Any, at: Instants) -> ColumnElement[bool]:  # noqa: ANN401
    """Return what a named view of the queue shows, apart from being open."""
    conditions: dict[str, ColumnElement[bool]] = {
        "mine": Ticket.owner_id == user_id,
        "unassigned": Ticket.owner_id.is_(None),
        "due": and_(
            Ticket.urgency_rank == RANK_RUNNING,
            Ticket.urgency_at <= at.due_horizon,
            Ticket.urgency_at >= at.now,
        ),
        "breached": Ticket.breached_from < at.now,  # exactly on target is not breached (T10)
        "awaiting_customer": and_(
            Ticket.paused_reason == "customer", Ticket.urgency_rank == RANK_PAUSED
        ),
        "update_owed": Ticket.update_due_at <= at.now,
        "p1": Ticket.priority == "P1",
    }
    return conditions[view]


def counters(actor: Actor, at: Instants) -> dict[str, int]:
    """Return the number of open tickets in each view, counted up to a cap, in one query."""
    values = {"user": actor.user_id, "now": at.now, "horizon": at.due_horizon}
    return {row[0]: row[1] for row in db.session.execute(_counting(), values)}


@cache
def _counting() -> CompoundSelect[Any]:
    """Return the query of the counters; putting it together takes longer than running it.

    Each count walks the index of its view in order, and never looks at the table.
    """
    at = Instants(cast("datetime", bindparam("now")), cast("datetime", bindparam("horizon")))
    parts = []
    for view in VIEWS:
        rows = select(Ticket.id).where(Ticket.state.in_(OPEN_STATES))
        if view != "all":
            rows = rows.where(view_condition(view, bindparam("user"), at))
        capped = rows.order_by(*COUNT_ORDER.get(view, URGENCY)).limit(COUNTER_CAP).subquery()
        parts.append(select(literal(view), func.count()).select_from(capped))
    return union_all(*parts)


def similar_open_tickets(customer_id: int, words: str, *, limit: int = 6) -> Sequence[Ticket]:
    """Return a customer's open tickets, those that share most words with a title first.

    Source: INC-1; people-and-pages: New incident by phone.
    """
    newest = (
        select(Ticket)
        .where(Ticket.customer_id == customer_id, Ticket.state.in_(OPEN_STATES))
        .order_by(Ticket.created_at.desc(), Ticket.id.desc())
        .limit(SIMILAR_AMONG)
        .subquery()
    )
    rank = func.ts_rank(newest.c.search, func.to_tsquery("portal", _any_word(words)))
    ids = select(newest.c.id, rank.label("rank")).subquery()
    query = select(Ticket).join(ids, ids.c.id == Ticket.id)
    return db.session.scalars(
        query.order_by(ids.c.rank.desc(), Ticket.created_at.desc()).limit(limit)
    ).all()


SIMILAR_AMONG = 200
SHORTEST_WORD = 4


def _any_word(text: str) -> str:
    words = "".join(c if c.isalnum() else " " for c in text).split()
    return " | ".join(f"{word}:*" for word in words if len(word) >= SHORTEST_WORD)


def _conditions(filters: Filters, actor: Actor, at: Instants) -> list[ColumnElement[bool]]:
    conditions = [_any_of(Ticket.state, states_of(filters))]
    if filters.view != "all":
        conditions.append(view_condition(filters.view, actor.user_id, at))
    if filters.priorities:
        conditions.append(_any_of(Ticket.priority, filters.priorities))
    if filters.customer:
        # a number and not a join, so that the customer's own index gives the order
        known = select(Customer.id).where(Customer.code == filters.customer)
        conditions.append(Ticket.customer_id == known.scalar_subquery())
    if filters.customer_id is not None:
        conditions.append(Ticket.customer_id == filters.customer_id)
    if filters.line is not None:
        conditions.append(Ticket.line == filters.line)
    if filters.search:
        conditions.append(Ticket.id.in_(matching_ids(filters.search, public_only=False)))
    return conditions


def _any_of(column: Any, values: Sequence[str]) -> ColumnElement[bool]:  # noqa: ANN401 (a mapped column)
    """Compare with one value by `=`: only then can an index give the order of the rest."""
    condition: ColumnElement[bool] = column == values[0] if len(values) == 1 else column.in_(values)
    return condition
