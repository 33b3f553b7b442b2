"""Which tenants a piece of work may touch: the scope, carried to the ORM and to PostgreSQL.

Layer two of three (docs/architecture.md). Outside a scope nothing tenant-bound can be read or
written; inside one, queries get a criterion, writes are checked before the flush, and the same
answer reaches the row-level policies by `set_config(…, true)` at the begin of each transaction.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import BigInteger, ClauseElement, Connection, ForeignKey, event, text
from sqlalchemy.orm import (
    Mapped,
    ORMExecuteState,
    Session,
    SessionTransaction,
    declared_attr,
    mapped_column,
    scoped_session,
    with_loader_criteria,
)
from sqlalchemy.sql.util import find_tables

from ops_portal.core.actor import Actor
from ops_portal.core.errors import ScopeMissingError

AnySession = Session | scoped_session[Any]


class Reach(StrEnum):
    """How far a scope reaches; the word PostgreSQL's policies compare with."""

    CUSTOMERS = "customers"
    STAFF = "staff"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Scope:
    """The tenants that may be touched, and by whom."""

    reach: Reach
    customer_ids: frozenset[int] = frozenset()
    actor: Actor | None = None
    name: str = ""

    @classmethod
    def customers(cls, *customer_ids: int, actor: Actor | None = None) -> "Scope":
        """Reach the named tenants only."""
        return cls(Reach.CUSTOMERS, frozenset(customer_ids), actor)

    @classmethod
    def staff(cls, actor: Actor) -> "Scope":
        """Reach every tenant as a member of the provider; opening one is audited by the edge."""
        if not actor.is_staff:
            message = "only staff may open a staff scope"
            raise ScopeMissingError(message)
        return cls(Reach.STAFF, frozenset(), actor)

    @classmethod
    def system(cls, name: str) -> "Scope":
        """Reach every tenant as a job or as the sign-in; `name` says which."""
        return cls(Reach.SYSTEM, frozenset(), None, name)

    @property
    def reaches_all(self) -> bool:
        """Whether the scope is not limited to named tenants."""
        return self.reach is not Reach.CUSTOMERS

    def reaches(self, customer_id: int | None) -> bool:
        """Whether rows of this tenant may be written."""
        return self.reaches_all or customer_id in self.customer_ids


_current: ContextVar[Scope | None] = ContextVar("scope", default=None)


def current_scope() -> Scope:
    """Return the open scope.

    Raises:
        ScopeMissingError: there is none; the caller forgot to say for whom it works.

    """
    scope = _current.get()
    if scope is None:
        message = "no scope is open: say for which customers this work is done"
        raise ScopeMissingError(message)
    return scope


@contextmanager
def scoped(scope: Scope, session: AnySession) -> Iterator[Scope]:
    """Open a scope for the block; rows loaded before are let go, so none crosses over.

    A block that ends in an exception leaves nothing: what it did is rolled back.
    """
    before = _current.get()
    _switch(scope, session)
    try:
        yield scope
    except BaseException:
        session.rollback()
        raise
    finally:
        _switch(before, session)


def enter_scope(scope: Scope, session: AnySession) -> None:
    """Open a scope for the rest of the request; `leave_scope` ends it."""
    _switch(scope, session)


def leave_scope(session: AnySession) -> None:
    """Close whatever scope is open."""
    _switch(None, session)


def _switch(scope: Scope | None, registry: AnySession) -> None:
    if scope == _current.get():
        return
    session = registry() if isinstance(registry, scoped_session) else registry
    if session.in_transaction():
        session.flush()
    session.expunge_all()
    _current.set(scope)
    if session.in_transaction():
        _tell(session.connection(), scope)


def _tell(connection: Connection, scope: Scope | None) -> None:
    actor = scope.actor if scope else None
    connection.execute(
        text(
            "SELECT set_config('portal.scope', :reach, true),"
            " set_config('portal.customers', :ids, true),"
            " set_config('portal.user', :user, true)",
        ),
        {
            "reach": scope.reach if scope else "",
            "ids": ",".join(str(i) for i in sorted(scope.customer_ids)) if scope else "",
            "user": str(actor.user_id) if actor and actor.user_id else "",
        },
    )


class TenantMixin:
    """A row that belongs to one tenant: layer one, never without its owner."""

    @declared_attr
    def customer_id(self) -> Mapped[int]:
        """Return the owning tenant."""
        return mapped_column(BigInteger, ForeignKey("customers.id"), nullable=False)


def install(session_class: type[Session] | Any) -> None:  # noqa: ANN401 (a scoped_session is accepted too)
    """Attach the read filter, the write guard and the announcement to a session factory."""
    event.listen(session_class, "after_begin", _announce)
    event.listen(session_class, "do_orm_execute", _filter)
    event.listen(session_class, "before_flush", _guard)


def _announce(_session: Session, _transaction: SessionTransaction, connection: Connection) -> None:
    _tell(connection, _current.get())


def _filter(state: ORMExecuteState) -> None:
    scope = _current.get()
    if scope is None and not _touches_tenants(state):
        return
    scope = current_scope()
    if scope.reaches_all:
        return
    ids = sorted(scope.customer_ids)
    state.statement = state.statement.options(
        with_loader_criteria(
            TenantMixin,
            lambda cls: cls.customer_id.in_(ids),
            include_aliases=True,
            track_closure_variables=True,
        ),
    )


def _touches_tenants(state: ORMExecuteState) -> bool:
    """Whether rows of a tenant are meant, also by a bare count over a table."""
    if any(issubclass(m.class_, TenantMixin) for m in state.all_mappers):
        return True
    statement = cast("ClauseElement", state.statement)
    tables = find_tables(statement, include_joins=True, include_selects=True)
    return any("customer_id" in getattr(table, "c", ()) for table in tables)


def _guard(session: Session, _flush_context: object, _instances: object) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, TenantMixin) and not current_scope().reaches(row.customer_id):
            message = f"{type(row).__name__} of customer {row.customer_id} is outside the scope"
            raise ScopeMissingError(message)
