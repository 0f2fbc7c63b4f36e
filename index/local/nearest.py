"""
The nearest rows of each descriptor over several parts, and what is near enough to vote: one answer a version.

Which rows they are depends on what is live alone: not on which part a row lies in, nor on what was removed and lies
there still. Rows are in one order: by distance, then item, then their place in the reference. So the same references
give the same answer from one part or many, in one process or, in two phases, on several machines:

    1   each place says how far its nearest rows are      NearRows.distances    a byte a row
        and of all of them each descriptor's k-th is taken          kth_of
    2   each place hands out its rows up to there         NearRows.within       17 bytes a row
        and the first k of all of them vote                         NearRows.joined

Invariant: exact within the lists that are probed; nothing is drawn at random.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from index.base import ItemIds
from index.local.choosing import FAR, first_rows_near
from index.local.part import LocalPart
from index.local.quantiser import lists_to_probe
from matcher.signals.local import POINT
from matcher.signals.points.descriptors import Descriptors
from matcher.thresholds import NEAR_DESCRIPTOR_BITS

Distances = npt.NDArray[np.uint8]
"""uint8, shape (n, k): a row a descriptor, ascending, each in 0..`FAR`."""


@dataclass(frozen=True, slots=True, eq=False)
class NearRows:
    """
    Pairs of a descriptor and a row near it, ordered by descriptor, distance, item and place.

    Args:
        seeds: int32, shape (h,). Row of the descriptor among those asked.

        bits: uint8, shape (h,), each in 0..`NEAR_DESCRIPTOR_BITS`.

        item_ids: int64, shape (h,). Whose reference it is.

        places: int32, shape (h,). Row of the reference's keypoint, from 0.

        points: Dtype `POINT`, shape (h,). That keypoint.
    """

    seeds: npt.NDArray[np.int32]
    bits: npt.NDArray[np.uint8]
    item_ids: ItemIds
    places: npt.NDArray[np.int32]
    points: npt.NDArray[np.void]

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.seeds)

    @classmethod
    def joined(cls, several: Sequence[Self], count: int) -> Self:
        """
        Put what lay in several places together.

        Args:
            several: In any order; none has a pair of another.

            count: How many rows a descriptor keeps: the first, of those that are as near as the last.
        """
        one = cls(
            np.concatenate([np.empty(0, np.int32), *(each.seeds for each in several)]),
            np.concatenate([np.empty(0, np.uint8), *(each.bits for each in several)]),
            np.concatenate([np.empty(0, np.int64), *(each.item_ids for each in several)]),
            np.concatenate([np.empty(0, np.int32), *(each.places for each in several)]),
            np.concatenate([np.empty(0, POINT), *(each.points for each in several)]),
        )
        one = one.some(np.lexsort((one.places, one.item_ids, one.bits, one.seeds)))
        rank = np.arange(len(one)) - np.searchsorted(one.seeds, one.seeds)
        return one if not len(one) or rank.max() < count else one.some(np.flatnonzero(rank < count))

    def some(self, which: npt.NDArray[np.intp]) -> Self:
        """Return some of the pairs, in the order named."""
        return type(self)(
            self.seeds[which], self.bits[which], self.item_ids[which], self.places[which], self.points[which]
        )

    def distances(self, descriptors: int, count: int) -> Distances:
        """
        Return how far each descriptor's rows are, `FAR` where it has fewer than `count`.

        Args:
            descriptors: How many were asked.

            count: How many rows each may have.
        """
        found = np.full((descriptors, count), FAR, np.uint8)
        found[self.seeds, np.arange(len(self)) - np.searchsorted(self.seeds, self.seeds)] = self.bits
        return found

    def within(self, limits: npt.NDArray[np.uint8]) -> Self:
        """
        Return the pairs whose rows are near enough.

        Args:
            limits: uint8, shape (descriptors,). Bits, inclusive.
        """
        return self.some(np.flatnonzero(self.bits <= limits[self.seeds]))


def kth_of(several: Sequence[Distances]) -> npt.NDArray[np.uint8]:
    """
    Return how far each descriptor's k-th row is, over all places; `NEAR_DESCRIPTOR_BITS` where there are fewer.

    Args:
        several: From `NearRows.distances`, alike in shape; at least one.
    """
    count = several[0].shape[1]
    kth = np.partition(np.concatenate(several, axis=1), count - 1, axis=1)[:, count - 1]
    return np.minimum(kth, np.uint8(NEAR_DESCRIPTOR_BITS))


def nearest_rows(
    parts: Sequence[LocalPart], dead: ItemIds, descriptors: Descriptors, count: int, *, bank_rows: int
) -> NearRows:
    """
    Return the `count` nearest rows of each descriptor that are near and live.

    Args:
        parts: Where to look.

        dead: Sorted ids of items that are left out.

        descriptors: uint8, shape (n, 32).

        count: At least 1.

        bank_rows: How many live rows there are, here and elsewhere: it decides how many lists are probed.
    """
    distances, lists = lists_to_probe(descriptors, rows=bank_rows)
    chosen = first_rows_near(parts, dead, descriptors, distances, lists, count)
    seeds, column = np.nonzero(chosen.rows >= 0)
    rows, numbers = chosen.rows[seeds, column], chosen.parts[seeds, column]
    places, points = np.empty(len(rows), np.int32), np.empty(len(rows), POINT)
    for number, part in enumerate(parts):
        mine = np.flatnonzero(numbers == number)
        places[mine] = rows[mine] - part.first_rows[part.reference_of(rows[mine])]
        points[mine] = part.points[rows[mine]]
    bits = chosen.bits[seeds, column].astype(np.uint8)
    return NearRows(seeds.astype(np.int32), bits, chosen.items[seeds, column], places, points)


def live_rows(parts: Sequence[LocalPart], dead: ItemIds) -> int:
    """Count the rows whose items are not in `dead`."""
    return sum(part.rows - part.rows_of(dead) for part in parts)
