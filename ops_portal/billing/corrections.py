"""Counter-lines: what was charged for closed months against what should have been (ORD-4, BIL-2).

A line that no longer holds is taken back whole, and the line that should have been there is added;
both name the month they belong to: every amount explains itself, their sum is the difference.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ops_portal.billing.fees import Line
from ops_portal.billing.months import Month

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Posted:
    """A line that was charged for a closed month and has not been taken back."""

    charge_id: int
    month: Month
    line: Line
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Correction:
    """What has to be put right: lines to take back, and lines to add."""

    taken_back: tuple[Posted, ...]
    added: tuple[Line, ...]

    @property
    def amount(self) -> Decimal:
        """The difference."""
        added = sum((line.amount for line in self.added), Decimal(0))
        return added - sum((posted.amount for posted in self.taken_back), Decimal(0))

    def __bool__(self) -> bool:
        """Whether there is anything to put right."""
        return bool(self.taken_back or self.added)


def correction_of(posted: Iterable[Posted], due: Mapping[Month, Sequence[Line]]) -> Correction:
    """Return what makes the posted lines of closed months equal to what is due.

    Args:
        posted: the lines that stand.
        due: the lines that each closed month should have.

    """
    wanted = Counter(_key(line) for lines in due.values() for line in lines)
    taken_back = []
    for found in posted:
        key = _key(found.line)
        if wanted[key]:
            wanted[key] -= 1
        else:
            taken_back.append(found)
    added = []
    for lines in due.values():
        for line in lines:
            if wanted[_key(line)]:
                wanted[_key(line)] -= 1
                added.append(line)
    return Correction(tuple(taken_back), tuple(added))


def _key(line: Line) -> Key:
    span = line.span
    return (line.month, span.contract_id, span.item, span.days, span.unit_price, span.quantity)
