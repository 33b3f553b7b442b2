"""The database session and the base of all tables."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    ARRAY,
    BigInteger,
    CollectionAggregate,
    DateTime,
    Dialect,
    Identity,
    MetaData,
    TypeDecorator,
    any_,
    literal,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from ops_portal.core import tenancy

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """An aware instant; a naive one is refused before it reaches the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Refuse a datetime without offset."""
        if value is not None and value.tzinfo is None:
            message = "an instant needs an offset"
            raise ValueError(message)
        return value

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        """Return the instant in UTC."""
        return None if value is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Instant,
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
    }


class IdMixin:
    """A bigint key made by the database."""

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)


def any_of(ids: Iterable[int]) -> CollectionAggregate[Any]:
    """Return what a column of ids is compared with to be one of many; `in_` costs a place each."""
    return any_(literal(list(ids), ARRAY(BigInteger)))


db = SQLAlchemy(
    metadata=Base.metadata,
    disable_autonaming=True,
    session_options={"autoflush": True},
)
tenancy.install(db.session)
