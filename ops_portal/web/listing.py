"""The list behind every table: its state lives in the address, its rows come by keyset.

A view makes a Listing; it answers `listing.export(every_row(…))` when `listing.wants_export`, else
gives `listing.show(…)` the page it read by `listing.order`, `.after`, `.before`, `.q`, `.chosen(…)`
and hands the listing to `components/listing.html`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from flask import request, url_for
from werkzeug.wrappers import Response

from ops_portal.core.paging import Page
from ops_portal.web import exports

Kind = Literal["text", "number", "moment", "duration", "money"]
FORMATS = ("csv", "xlsx")


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head, its value, and how the value is written."""

    key: str
    label: str
    value: Callable[[Any], object]
    order: str = ""
    """The order that sorts by it; the head becomes a link."""
    kind: Kind = "text"
    url: Callable[[Any], str] | None = None
    """Where the cell leads; the first column with one is what Enter opens."""
    is_falling: bool = False
    """Whether its order shows the largest first."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing a list can be narrowed by: `(value, label)` each."""

    name: str
    label: str
    options: Sequence[tuple[str, str]]
    is_multiple: bool = False

    def words(self, chosen: Sequence[str]) -> str:
        """Return the labels of what is chosen."""
        return ", ".join(str(label) for value, label in self.options if value in chosen)


@dataclass(slots=True)
class Listing:
    """A list as the reader asked for it; anything unknown in the address is ignored."""

    name: str
    columns: Sequence[Column]
    label: str = ""
    choices: Sequence[Choice] = ()
    orders: Mapping[str, str] = field(default_factory=dict)
    """`{order: label}`; the first is the default."""
    search_label: str = ""
    empty_text: str = ""
    empty_url: str = ""
    empty_label: str = ""
    keeps: Sequence[str] = ()
    """Names of the address that belong to the page and stay while the list is narrowed."""
    has_exports: bool = True
    rows: Sequence[Any] = field(default=(), init=False)
    page: Page = field(default=Page(()), init=False)

    @property
    def id(self) -> str:
        """The id of the part of the page that holds the rows."""
        return f"list-{self.name}"

    @property
    def q(self) -> str:
        """The words searched for."""
        return request.args.get("q", "").replace("\x00", "").strip()

    @property
    def order(self) -> str:
        """How to sort."""
        asked = request.args.get("order", "")
        return asked if asked in self.orders else next(iter(self.orders), "")

    @property
    def after(self) -> str:
        """The key of the last row before the page."""
        return request.args.get("after", "")

    @property
    def before(self) -> str:
        """The key of the first row after the page."""
        return request.args.get("before", "")

    def chosen(self, name: str) -> tuple[str, ...]:
        """Return what the reader chose of a choice; nothing means all."""
        choice = next(c for c in self.choices if c.name == name)
        asked = request.args.getlist(name)
        found = tuple(value for value, _label in choice.options if value in asked)
        return found if choice.is_multiple else found[:1]

    def one(self, name: str) -> str | None:
        """Return the one value chosen, or None for all."""
        return next(iter(self.chosen(name)), None)

    @property
    def is_narrowed(self) -> bool:
        """Whether a search or a filter hides rows."""
        return bool(self.q) or any(self.chosen(c.name) for c in self.choices)

    def show(self, page: Page) -> None:
        """Take the rows to show."""
        self.page, self.rows = page, page.rows

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the form of the filters sends along."""
        return [(n, v) for n in self.keeps for v in request.args.getlist(n)]

    @property
    def url(self) -> str:
        """The address of the list without anything asked."""
        return self._address({})

    @property
    def clear_url(self) -> str:
        """The address with no search and no filter."""
        order = {"order": [self.order]} if "order" in request.args and self.order else {}
        return self._address(dict(_grouped(self.kept)) | order)

    @property
    def after_url(self) -> str:
        """The address of the next page, or nothing at the end."""
        return self._address(self._state | {"after": [self.page.after]}) if self.page.after else ""

    @property
    def before_url(self) -> str:
        """The address of the page before, or nothing at the start."""
        key = self.page.before
        return self._address(self._state | {"before": [key]}) if key else ""

    def order_url(self, order: str) -> str:
        """Return the address of the same list in another order, from its start."""
        return self._address(self._state | {"order": [order]})

    def export_url(self, form: str) -> str:
        """Return the address of the whole list as a file."""
        return self._address(self._state | {"export": [form]})

    @property
    def wants_export(self) -> bool:
        """Whether the reader asks for a file."""
        return self.has_exports and request.args.get("export") in FORMATS

    def export(self, rows: Iterable[Any]) -> Response:
        """Return all rows as the file asked for.

        Args:
            rows: read while the file is written, so give an iterator and not a list.

        """
        if request.args["export"] == "xlsx":
            return exports.xlsx_of(self.name, self.columns, rows)
        return exports.csv_of(self.name, self.columns, rows)

    @property
    def _state(self) -> dict[str, list[str]]:
        state: dict[str, list[str]] = dict(_grouped(self.kept))
        state |= {c.name: list(self.chosen(c.name)) for c in self.choices}
        if self.q:
            state["q"] = [self.q]
        if "order" in request.args and self.order:
            state["order"] = [self.order]
        return state

    def _address(self, state: Mapping[str, Sequence[str | None]]) -> str:
        values: dict[str, Any] = {name: list(found) for name, found in state.items() if found}
        return url_for(request.endpoint or "", **{**(request.view_args or {}), **values})


def _grouped(pairs: Iterable[tuple[str, str]]) -> Iterable[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found.items()
