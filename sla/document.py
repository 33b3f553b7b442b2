"""Reading JSON and TOML documents with every fault named by its path."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

from sla.errors import Fault

Choice = TypeVar("Choice", bound=StrEnum)
FIRST_YEAR, LAST_YEAR = 1970, 2099
"""The years of a calendar; holidays are not known beyond."""
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
TOO_MUCH = 10**12
"""Amounts beyond this are slips, and would not fit the precision of decimals."""


class Node:
    """A value of a document, with its path and the list that collects the faults of the whole.

    Readers return None after they noted a fault, so that one pass finds them all.
    """

    __slots__ = ("faults", "path", "value")

    def __init__(self, value: object, path: str, faults: list[Fault]) -> None:
        """Wrap a value; documents are of any shape until they are read."""
        self.value: Any = value
        self.path = path
        self.faults = faults

    def fault(self, message: str) -> None:
        """Note a fault of this value."""
        self.faults.append(Fault(self.path, message))

    def fields(self, required: frozenset[str], optional: frozenset[str]) -> dict[str, "Node"]:
        """Return the fields that are present and not null; note missing and unknown ones."""
        if not isinstance(self.value, Mapping):
            self.fault("must be an object")
            return {}
        found = {}
        for key, value in self.value.items():
            node = Node(value, f"{self.path}.{key}" if self.path else str(key), self.faults)
            if key not in required and key not in optional:
                node.fault("unknown field")
            elif value is not None:
                found[key] = node
        for key in sorted(required - found.keys()):
            Node(None, f"{self.path}.{key}" if self.path else key, self.faults).fault("missing")
        return found

    def entries(self) -> dict[str, "Node"]:
        """Return the entries of a table whose keys are free: short words of small letters."""
        if not isinstance(self.value, Mapping):
            self.fault("must be an object")
            return {}
        found = {k: Node(v, f"{self.path}.{k}", self.faults) for k, v in self.value.items()}
        for key, node in found.items():
            if not KEY.fullmatch(str(key)):
                node.fault("must be named by small letters, digits and _")
        return found

    def items(self) -> Iterator["Node"]:
        """Yield the entries of a list."""
        if not isinstance(self.value, list):
            self.fault("must be a list")
            return
        for place, value in enumerate(self.value):
            yield Node(value, f"{self.path}[{place}]", self.faults)

    def text(self) -> str | None:
        """Return a text that is not empty."""
        if isinstance(self.value, str) and self.value.strip():
            return self.value
        self.fault("must be a text")
        return None

    def instant(self) -> datetime | None:
        """Return an ISO 8601 instant with offset."""
        try:
            found = datetime.fromisoformat(self.value)
        except (TypeError, ValueError):
            self.fault("must be an instant such as 2026-03-06T17:30:00+01:00")
            return None
        if found.tzinfo is None:
            self.fault("has no offset from UTC")
        elif not FIRST_YEAR <= found.year < LAST_YEAR:
            self.fault(f"must lie in the years {FIRST_YEAR} to {LAST_YEAR - 1}")
        else:
            return found
        return None

    def day(self) -> date | None:
        """Return a date, written as such (TOML) or as ISO 8601 text (JSON)."""
        if isinstance(self.value, date) and not isinstance(self.value, datetime):
            return self.value
        try:
            return date.fromisoformat(self.value)
        except (TypeError, ValueError):
            self.fault("must be a date such as 2026-03-06")
            return None

    def choice(self, kind: type[Choice]) -> Choice | None:
        """Return a member of an enumeration."""
        if isinstance(self.value, str) and self.value in kind.__members__.values():
            return kind(self.value)
        self.fault(f"must be one of {', '.join(kind)}")
        return None

    def whole(self) -> int | None:
        """Return a whole number above zero."""
        if isinstance(self.value, int) and not isinstance(self.value, bool) and self.value > 0:
            return self.value
        self.fault("must be a whole number above 0")
        return None

    def amount(self) -> Decimal | None:
        """Return an exact decimal of 0 or more: a whole number, or a text such as "500.00"."""
        is_exact = isinstance(self.value, int | str | Decimal) and not isinstance(self.value, bool)
        try:
            found = Decimal(self.value) if is_exact else Decimal("NaN")
        except InvalidOperation:
            found = Decimal("NaN")
        if found.is_finite() and 0 <= found < TOO_MUCH:
            return found
        self.fault('must be an amount such as "500.00"')
        return None

    def flag(self) -> bool | None:
        """Return true or false."""
        if isinstance(self.value, bool):
            return self.value
        self.fault("must be true or false")
        return None
