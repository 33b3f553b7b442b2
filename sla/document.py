"""Reading JSON and TOML documents with every fault named by its path."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from sla.errors import Fault

Choice = TypeVar("Choice", bound=StrEnum)
FIRST_YEAR, LAST_YEAR = 1970, 2099
"""The years of a calendar; holidays are not known beyond."""
KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
AMOUNT = re.compile(r"\d{1,12}(\.\d{1,8})?", re.ASCII)
UNWRITABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
"""Control signs, and halves of signs that UTF-8 has no place for."""


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

    def fields(
        self, required: frozenset[str], optional: frozenset[str], unknown: str = "unknown field"
    ) -> dict[str, "Node"]:
        """Return the fields that are present and not null; note missing and unknown ones."""
        if not isinstance(self.value, Mapping):
            self.fault("must be an object")
            return {}
        found = {}
        for key, value in self.value.items():
            node = Node(value, f"{self.path}.{key}" if self.path else str(key), self.faults)
            if key not in required and key not in optional:
                node.fault(unknown)
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
        found = {str(k): Node(v, f"{self.path}.{k}", self.faults) for k, v in self.value.items()}
        for key, node in found.items():
            if not KEY.fullmatch(key):
                node.fault("must be named by small letters, digits and _, at most 40")
        return found

    def items(self) -> Iterator["Node"]:
        """Yield the entries of a list."""
        if not isinstance(self.value, list):
            self.fault("must be a list")
            return
        for place, value in enumerate(self.value):
            yield Node(value, f"{self.path}[{place}]", self.faults)

    def text(self, most: int = 2_000) -> str | None:
        """Return a text that is not empty and that a database and a page can hold."""
        if not isinstance(self.value, str) or not self.value.strip():
            self.fault("must be a text")
        elif len(self.value) > most:
            self.fault(f"must have at most {most} characters")
        elif UNWRITABLE.search(self.value):
            self.fault("holds a sign that cannot be written")
        else:
            return self.value
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
        try:
            found = date.fromisoformat(self.value) if isinstance(self.value, str) else self.value
        except ValueError:
            found = None
        if not isinstance(found, date) or isinstance(found, datetime):
            self.fault("must be a date such as 2026-03-06")
            return None
        return found

    def choice(self, kind: type[Choice]) -> Choice | None:
        """Return a member of an enumeration."""
        if isinstance(self.value, str) and self.value in kind.__members__.values():
            return kind(self.value)
        self.fault(f"must be one of {', '.join(kind)}")
        return None

    def whole(self, most: int = 10**9) -> int | None:
        """Return a whole number above zero."""
        is_whole = isinstance(self.value, int) and not isinstance(self.value, bool)
        if is_whole and 0 < self.value <= most:
            return int(self.value)
        is_more = is_whole and self.value > most
        self.fault(f"must be at most {most}" if is_more else "must be a whole number above 0")
        return None

    def amount(self, most: int = 10**12) -> Decimal | None:
        """Return an exact decimal of 0 or more: a whole number, or a text such as "500.00"."""
        is_number = isinstance(self.value, int | Decimal) and not isinstance(self.value, bool)
        is_text = isinstance(self.value, str) and AMOUNT.fullmatch(self.value)
        found = Decimal(self.value) if is_number or is_text else Decimal("NaN")
        if found.is_finite() and 0 <= found <= most:
            return found
        is_more = found.is_finite() and found > most
        self.fault(f"must be at most {most}" if is_more else 'must be an amount such as "500.00"')
        return None

    def flag(self) -> bool | None:
        """Return true or false."""
        if isinstance(self.value, bool):
            return self.value
        self.fault("must be true or false")
        return None
