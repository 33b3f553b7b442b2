"""Pages of lists by keyset: page 20,000 costs what the first page does."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from sqlalchemy import Select, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from ops_portal.core.db import db

PAGE = 50
SEPARATOR = "~"
LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, and the keys of the pages around it."""

    rows: Sequence[Any]
    after: str | None = None
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A way to sort: the columns, which also make the key of a page.

    The last column is unique, none may be NULL; `parsers` read each part of a key back
    (`whole`, `words`, `instant`).
    """

    columns: tuple[InstrumentedAttribute[Any], ...]
    is_descending: bool = False
    parsers: tuple[Callable[[str], Any], ...] = field(default=())


def keyset(
    query: Select[*tuple[Any, ...]],
    order: Order,
    *,
    after: str = "",
    before: str = "",
    size: int = PAGE,
) -> Page:
    """Return one page of a query by the key of its neighbours.

    Args:
        query: selects the ordered entity first; the rows of the page are its result rows.
        order: how to sort.
        after: the key of the last row before the page; a key that cannot be read is ignored.
        before: the key of the first row after the page.
        size: rows a page.

    """
    is_backward = bool(before)
    is_falling = order.is_descending != is_backward
    key = _read_key(order, before or after)
    if key is not None:
        here = tuple_(*order.columns)
        limit = tuple_(*(literal(value) for value in key))
        query = query.where(here < limit if is_falling else here > limit)
    columns = [c.desc() if is_falling else c.asc() for c in order.columns]
    found = list(db.session.execute(query.order_by(*columns).limit(size + 1)).all())
    has_more, found = len(found) > size, found[:size]
    if is_backward:
        found.reverse()
    has_next = has_more if not is_backward else True
    has_previous = has_more if is_backward else bool(after and key)
    return Page(
        found,
        after=_key(order, found[-1][0]) if found and has_next else None,
        before=_key(order, found[0][0]) if found and has_previous else None,
    )


def is_key(order: Order, key: str) -> bool:
    """Whether a text can be the key of a page in this order."""
    return _read_key(order, key) is not None


def every_row(page_after: Callable[[str], Page]) -> Iterator[Any]:
    """Return all rows of a list, page by page: for exports, in constant memory.

    Args:
        page_after: returns the page that follows a key; called with "" for the first.

    """
    after: str | None = ""
    while after is not None:
        page = page_after(after)
        yield from page.rows
        after = page.after


def whole(text: str) -> int:
    """Read a whole number of a key; one that no column can hold is refused."""
    number = int(text)
    if abs(number) > LARGEST:
        raise ValueError(text)
    return number


def words(text: str) -> str:
    """Read a text of a key; one that PostgreSQL cannot hold is refused."""
    if "\x00" in text:
        raise ValueError(text)
    return text


def instant(text: str) -> datetime:
    """Read an instant of a key; one without an offset is refused."""
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise ValueError(text)
    return value


def _key(order: Order, row: object) -> str:
    return SEPARATOR.join(_part(getattr(row, column.key)) for column in order.columns)


def _part(value: object) -> str:
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return text.replace("%", "%25").replace(SEPARATOR, "%7E")


def _read_key(order: Order, key: str) -> list[Any] | None:
    parts = key.split(SEPARATOR)
    if len(parts) != len(order.columns):
        return None
    try:
        return [parse(unquote(part)) for parse, part in zip(order.parsers, parts, strict=True)]
    except ValueError:
        return None
