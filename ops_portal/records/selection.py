"""Which rows of a table are a customer's, by the register: for exports, dry runs and counts."""

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    ForeignKeyConstraint,
    ScalarSelect,
    and_,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy import Table as SqlTable

from ops_portal.accounts.models import ApiToken, Membership
from ops_portal.core.db import Base, db
from ops_portal.core.idempotency import IdempotencyKey
from ops_portal.records.register import Owner, Table, register


def sql_of(table: Table) -> SqlTable:
    """Return the table of the database."""
    return Base.metadata.tables[table.name]


def in_order() -> list[Table]:
    """Return the tables of the register that have rows of customers, children before parents."""
    tables = register().tables
    names = [table.name for table in reversed(Base.metadata.sorted_tables)]
    return [tables[name] for name in names if tables[name].owner is not Owner.NONE]


def seen_by(table: Table, customer_id: int) -> ColumnElement[bool]:
    """Return which rows belong into a customer's export."""
    rows = sql_of(table).c
    if table.owner is Owner.NONE:
        return or_(*(rows.id.in_(_linked(link, customer_id)) for link in table.links))
    if table.owner is Owner.PEOPLE:
        members = select(Membership.user_id).where(Membership.customer_id == customer_id)
        return rows.id.in_(members)
    mine = (
        rows.id == customer_id if table.owner is Owner.ITSELF else rows.customer_id == customer_id
    )
    return and_(mine, rows[table.only]) if table.only else mine


def _linked(link: str, customer_id: int) -> ScalarSelect[int]:
    name, _, column = link.partition(".")
    source = Base.metadata.tables[name].c
    return select(source[column]).where(source.customer_id == customer_id).scalar_subquery()


def concerned(table: Table, customer_id: int) -> ColumnElement[bool]:
    """Return which rows the deletion of a customer concerns, as `portal_erase` finds them."""
    rows = sql_of(table).c
    people = people_of(customer_id)
    if table.name == IdempotencyKey.__tablename__:
        tokens = select(func.concat("token:", ApiToken.id)).where(
            ApiToken.customer_id == customer_id
        )
        return or_(
            rows.user_id.in_(people), rows.key.like(f"{customer_id}.%"), rows.owner.in_(tokens)
        )
    if table.owner is Owner.SESSIONS:
        return or_(rows.active_customer_id == customer_id, rows.user_id.in_(people))
    if table.owner is Owner.PEOPLE:
        return (rows.user_id if "user_id" in rows else rows.id).in_(people)
    return (
        rows.id == customer_id if table.owner is Owner.ITSELF else rows.customer_id == customer_id
    )


def people_of(customer_id: int) -> ScalarSelect[int]:
    """Return the people who belong to this customer and to nobody else."""
    here, there = Membership, Membership.__table__.alias("there")
    elsewhere = exists().where(
        there.c.user_id == here.user_id, there.c.customer_id != cast(customer_id, BigInteger)
    )
    query = select(here.user_id).where(here.customer_id == customer_id, ~elsewhere)
    return query.scalar_subquery()


def is_held(table: Table) -> ColumnElement[bool]:
    """Return which rows stay because kept rows refer to them."""
    target = sql_of(table)
    holding = [
        exists(
            select(literal(1)).select_from(key.table).where(*_pairs(key), _stays(key.table.name))
        )
        for source in Base.metadata.tables.values()
        for key in source.foreign_key_constraints
        if key.referred_table is target and key.table is not target and _may_stay(key.table.name)
    ]
    return or_(*holding)


def _may_stay(name: str) -> bool:
    table = register().tables[name]
    return table.is_kept and table.owner is Owner.TENANT


def _stays(name: str) -> ColumnElement[bool]:
    table = register().tables[name]
    return is_held(table) if table.is_held else literal(value=True)


def _pairs(key: ForeignKeyConstraint) -> list[ColumnElement[bool]]:
    return [element.parent == element.column for element in key.elements]


def number_of(table: Table, condition: ColumnElement[bool]) -> int:
    """Count rows."""
    query = select(func.count()).select_from(sql_of(table)).where(condition)
    return db.session.execute(query).scalar_one()
