"""Finding places in a sorted array for many values at once."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]
BUCKETS = 1 << 18
STEPS = 4


class Lookup:
    """Finds the last of some sorted, distinct edges at or below each value, by buckets.

    Windows come at even distances, so a division nearly finds them; a binary search takes three
    times as long.
    """

    def __init__(self, edges: Numbers) -> None:
        """Choose buckets as wide as the narrowest gap, unless that makes too many of them."""
        self.edges = edges
        self.low = int(edges[0])
        span = int(edges[-1]) - self.low + 1
        gap = int(np.diff(edges).min()) if len(edges) > 1 else span
        self.shift = max(gap.bit_length() - 1, (span // BUCKETS).bit_length())
        begins = self.low + (np.arange((span >> self.shift) + 1, dtype=np.int64) << self.shift)
        self.heads = np.searchsorted(edges, begins, side="right") - 1
        within = np.searchsorted(edges, begins + (1 << self.shift) - 1, side="right") - 1
        self.steps = int((within - self.heads).max())
        self.following = np.append(edges[1:], np.iinfo(np.int64).max)

    def __call__(self, values: Numbers) -> NDArray[np.intp]:
        """Return the places; no value may lie below the first edge."""
        if self.steps > STEPS:
            return np.searchsorted(self.edges, values, side="right") - 1
        buckets = values - self.low
        buckets >>= self.shift
        np.minimum(buckets, len(self.heads) - 1, out=buckets)
        places = self.heads[buckets]
        for _ in range(self.steps):
            places += self.following[places] <= values
        return places
