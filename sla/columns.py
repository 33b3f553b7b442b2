"""Many tickets as columns of numbers."""

from collections.abc import Iterator
from typing import NamedTuple

from sla.lookup import Numbers

PART = 16_384
"""Tickets in a part."""


class Batch(NamedTuple):
    """Tickets as columns of whole seconds since 1970 UTC.

    Stops and planned works of ticket `i` are entries `first_stop[i]` to `first_stop[i + 1]`, in any
    order; an open one ends at `FOREVER`. `first_stop` has one entry more than there are tickets.
    """

    starts: Numbers
    ends: Numbers
    targets: Numbers
    first_stop: Numbers
    stop_starts: Numbers
    stop_ends: Numbers


class Figures(NamedTuple):
    """Counted seconds until the end, and the instant the target is used up, or `UNKNOWN`."""

    elapsed: Numbers
    due: Numbers


def parts(batch: Batch) -> Iterator[Batch]:
    """Yield a batch in parts that fit into the cache, which doubles the speed."""
    for start in range(0, len(batch.starts), PART):
        own = slice(start, start + PART)
        first_stop = batch.first_stop[start : start + PART + 1]
        stops = slice(first_stop[0], first_stop[-1])
        yield Batch(
            batch.starts[own],
            batch.ends[own],
            batch.targets[own],
            first_stop - first_stop[0],
            batch.stop_starts[stops],
            batch.stop_ends[stops],
        )
