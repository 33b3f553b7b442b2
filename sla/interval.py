"""Half-open spans of time, and the algebra of their seconds."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

Span = tuple[int, int]
"""[from, to) in whole seconds since 1970 UTC."""

FOREVER = 1 << 48
"""The end of a span that is still open: later than any instant, small enough to add up."""


def to_epoch(instant: datetime) -> int:
    """Return an aware instant as whole seconds since 1970 UTC; fractions are cut off.

    Raises:
        ValueError: the instant has no offset.

    """
    if instant.tzinfo is None:
        message = f"{instant.isoformat()} has no offset from UTC"
        raise ValueError(message)
    return int(instant.timestamp() // 1)


def from_epoch(seconds: int) -> datetime:
    """Return the aware UTC instant of whole seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)


@dataclass(frozen=True, slots=True)
class Interval:
    """[start, end) of aware instants; `end` None = still open.

    Raises:
        ValueError: an instant without offset, or an end before the start.

    """

    start: datetime
    end: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse what is no interval."""
        if self.start.tzinfo is None or (self.end is not None and self.end.tzinfo is None):
            message = "an interval needs instants with an offset from UTC"
            raise ValueError(message)
        if self.end is not None and self.end < self.start:
            message = "an interval cannot end before it starts"
            raise ValueError(message)

    @property
    def span(self) -> Span:
        """The interval in whole seconds; an open one ends at `FOREVER`."""
        return to_epoch(self.start), FOREVER if self.end is None else to_epoch(self.end)

    @property
    def seconds(self) -> int | None:
        """How long it lasts; None while it is open. Across a clock change: what really passes."""
        start, end = self.span
        return None if end == FOREVER else end - start

    def contains(self, instant: datetime) -> bool:
        """Whether the instant lies in [start, end)."""
        return self.start <= instant and (self.end is None or instant < self.end)


def union(spans: Iterable[Span]) -> list[Span]:
    """Return the same seconds as sorted spans that neither overlap nor touch; empty ones vanish."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def difference(spans: Iterable[Span], cuts: Iterable[Span]) -> list[Span]:
    """Return the seconds of `spans` that lie in none of `cuts`, as a union."""
    holes = union(cuts)
    left: list[Span] = []
    first = 0
    for span in union(spans):
        at, end = span
        while first < len(holes) and holes[first][1] <= at:
            first += 1
        for hole in holes[first:]:
            if hole[0] >= end:
                break
            if hole[0] > at:
                left.append((at, hole[0]))
            at = hole[1]
        if at < end:
            left.append((at, end))
    return left


def intersection(spans: Iterable[Span], others: Iterable[Span]) -> list[Span]:
    """Return the seconds that lie in both, as a union."""
    own = union(spans)
    return difference(own, difference(own, others))


def total(spans: Sequence[Span]) -> int:
    """Return the number of seconds in spans that do not overlap."""
    return sum(end - start for start, end in spans)
