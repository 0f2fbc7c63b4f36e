"""
Which of the rows near a descriptor vote for it: the nearest, of equals the first in order, none of a removed reference.

FAISS would keep the nearest by itself, and of equals those it came upon first: which may be others in each part, and
removed ones that took the places of live ones. So it is asked for all that are near, and they are chosen here, out of
all parts at once.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from index.base import ItemIds
from index.local.part import LocalPart
from index.local.quantiser import Lists
from matcher.compiled import compiled
from matcher.signals.points.descriptors import Descriptors
from matcher.thresholds import NEAR_DESCRIPTOR_BITS

_AT_ONCE: Final = 256
"""
Descriptors whose near rows are held at once: of a picture that is banked a thousand times each has thousands. Asked for
64 at a time, a picture took 8 % longer among 20,000 references; all at once no less than with 256.
"""

FAR: Final = NEAR_DESCRIPTOR_BITS + 1
"""Stands for every distance that is not near."""


class Chosen(NamedTuple):
    """
    The nearest live rows of each descriptor, over several parts: arrays of shape (n, count), in order in each row.

    Args:
        bits: int32, `FAR` where there are fewer.

        items: int64. Whose reference it is.

        parts: int32. Number of the part.

        rows: int64. Row of that part; -1 where there are fewer.
    """

    bits: npt.NDArray[np.int32]
    items: ItemIds
    parts: npt.NDArray[np.int32]
    rows: npt.NDArray[np.int64]

    @classmethod
    def none(cls, descriptors: int, count: int) -> Self:
        """Make room for so many, none of them found yet."""
        shape = (descriptors, count)
        return cls(
            np.full(shape, FAR, np.int32), np.zeros(shape, np.int64), np.zeros(shape, np.int32), np.full(shape, -1)
        )

    def some(self, which: slice) -> Self:
        """Return the same arrays of some of the descriptors."""
        return type(self)(self.bits[which], self.items[which], self.parts[which], self.rows[which])


def first_rows_near(
    parts: Sequence[LocalPart], dead: ItemIds, descriptors: Descriptors,
    distances: npt.NDArray[np.int32], lists: Lists, count: int,
) -> Chosen:  # fmt: skip
    """
    Return the `count` nearest live rows of each descriptor in the lists named: by distance, then item, then row.

    Args:
        parts: Where to look. No item lies in two of them.

        dead: Sorted ids of items that are left out.

        descriptors: uint8, shape (n, 32).

        distances: int32, shape (n, probes), from `lists_to_probe`.

        lists: int64, shape (n, probes), -1 where none is searched.

        count: At least 1.

    Raises:
        DamagedIndexError: If a list names a row that is not there.
    """
    chosen = Chosen.none(len(descriptors), count)
    for number, part in enumerate(parts):
        if not part.rows:
            continue
        gone = ~part.alive(dead) if len(dead) else np.zeros(len(part), np.bool_)
        for begin in range(0, len(descriptors), _AT_ONCE):
            some = slice(begin, begin + _AT_ONCE)
            near = part.within(descriptors[some], distances[some], lists[some], bits=NEAR_DESCRIPTOR_BITS)
            bits, items, numbers, rows = chosen.some(some)
            choose(*near, number, part.first_rows, part.items, gone, bits, items, numbers, rows)
    return chosen


@compiled
def choose(
    starts: npt.NDArray[np.int64], near_bits: npt.NDArray[np.int32], near_rows: npt.NDArray[np.int64],
    number: int, first_rows: npt.NDArray[np.int64], items: npt.NDArray[np.int64], gone: npt.NDArray[np.bool_],
    bits: npt.NDArray[np.int32], owners: npt.NDArray[np.int64],
    parts: npt.NDArray[np.int32], rows: npt.NDArray[np.int64],
) -> None:  # fmt: skip
    """
    Put near rows of a part where they belong among each descriptor's nearest so far.

    Bounds: nothing grows. `starts` ascends from 0 to the length of `near_bits` and `near_rows`, and is one longer than
    `bits`, `owners`, `parts` and `rows`, which are alike in shape and have at least one column. `first_rows`, `items`
    and `gone` are alike in length; there is at least one reference, the first row of the first is 0, and no row is
    negative (`LocalPart.within` sees to that), so that a search among first rows never ends before the first.

    Args:
        starts: int64, shape (n + 1,). Where the near rows of each descriptor begin.

        near_bits: int32, shape (h,). How far each is.

        near_rows: int64, shape (h,). Rows of the part.

        number: The part's.

        first_rows: int64, shape (r,), ascending. First row of each reference.

        items: int64, shape (r,). Its item.

        gone: bool, shape (r,). Whether it was removed.

        bits: int32, shape (n, k), in order in each row; written to.

        owners: int64, shape (n, k). The item of each; written to.

        parts: int32, shape (n, k). The number of its part; written to.

        rows: int64, shape (n, k); -1 where there is none yet; written to.
    """
    last = bits.shape[1] - 1
    for query in range(len(bits)):
        for place in range(starts[query], starts[query + 1]):
            far, row = near_bits[place], near_rows[place]
            if far > bits[query, last]:
                continue
            reference = np.searchsorted(first_rows, row, side="right") - 1
            if gone[reference]:
                continue
            at, owner = last + 1, items[reference]
            while at > 0 and (
                far < bits[query, at - 1]
                or (far == bits[query, at - 1] and owner < owners[query, at - 1])
                or (far == bits[query, at - 1] and owner == owners[query, at - 1] and row < rows[query, at - 1])
            ):
                at -= 1
            if at > last:
                continue
            for moved in range(last, at, -1):
                bits[query, moved], owners[query, moved] = bits[query, moved - 1], owners[query, moved - 1]
                parts[query, moved], rows[query, moved] = parts[query, moved - 1], rows[query, moved - 1]
            bits[query, at], owners[query, at], parts[query, at], rows[query, at] = far, owner, number, row
