"""
A scan of a part's lists that knows which of equally near rows come first, and passes over removed references.

FAISS keeps the nearest rows and, of equals, those it came upon first. Where that may be others than the first in order,
which is so of pictures that were uploaded very often, and where removed references took the places of live ones, the
lists are scanned again here.
"""

from pathlib import Path
from typing import NamedTuple

import faiss
import numpy as np
import numpy.typing as npt

from index.base import ItemIds
from index.errors import DamagedIndexError
from index.local.part import LocalPart
from index.local.quantiser import BITS, Lists
from matcher.compiled import compiled
from matcher.local.agreement import Words, ones
from matcher.signals.points.descriptors import Descriptors
from matcher.thresholds import NEAR_DESCRIPTOR_BITS


class Found(NamedTuple):
    """
    Near rows, one entry a pair.

    Args:
        seeds: int64. Row of the descriptor among those asked.

        rows: int64. Row of the part.

        bits: int32. How far, in 0..`NEAR_DESCRIPTOR_BITS`.
    """

    seeds: npt.NDArray[np.int64]
    rows: npt.NDArray[np.int64]
    bits: npt.NDArray[np.int32]


def nearest_in_list(part: LocalPart, dead: ItemIds, descriptors: Descriptors, lists: Lists, count: int) -> Found:
    """
    Return the `count` nearest live rows of each descriptor in the lists named; of equals the first in order.

    Args:
        part: Where to look.

        dead: Sorted ids of items that are left out.

        descriptors: uint8, shape (n, 32).

        lists: int64, shape (n, probes), -1 where none is searched.

        count: At least 1.

    Raises:
        DamagedIndexError: If a list names a row that is not there.
    """
    queries = np.ascontiguousarray(descriptors).view(np.uint64)
    bits = np.full((len(queries), count), NEAR_DESCRIPTOR_BITS + 1, np.int32)
    rows = np.full((len(queries), count), -1, np.int64)
    gone = np.isin(part.items, dead)
    asking, probe = np.nonzero(lists >= 0)
    numbers = lists[asking, probe]
    order = np.argsort(numbers, kind="stable")
    starts = np.flatnonzero(np.diff(numbers[order], prepend=-1))
    for which in np.split(order, starts[1:]) if len(order) else ():
        stored = _list_of(part, int(numbers[which[0]]))
        if stored is not None:
            take_in(queries, asking[which], *stored, part.first_rows, part.items, gone, part.ascending, bits, rows)
    seeds, column = np.nonzero(rows >= 0)
    return Found(seeds, rows[seeds, column], bits[seeds, column])


def _list_of(part: LocalPart, number: int) -> tuple[Words, npt.NDArray[np.int64]] | None:
    stored = part.lists.invlists
    size = stored.list_size(number)
    if not size:
        return None
    ids = np.asarray(faiss.rev_swig_ptr(stored.get_ids(number), size))
    codes = faiss.rev_swig_ptr(stored.get_codes(number), size * (BITS // 8))
    if ids.min() < 0 or ids.max() >= part.rows:
        raise DamagedIndexError(Path("lists.faissindex"), f"names rows {ids.min()} to {ids.max()} of {part.rows}")
    return np.ascontiguousarray(codes.reshape(size, -1)).view(np.uint64), ids


@compiled
def take_in(
    queries: Words, asking: npt.NDArray[np.int64], codes: Words, ids: npt.NDArray[np.int64],
    first_rows: npt.NDArray[np.int64], items: npt.NDArray[np.int64], gone: npt.NDArray[np.bool_], ascending: bool,
    bits: npt.NDArray[np.int32], rows: npt.NDArray[np.int64],
) -> None:  # fmt: skip
    """
    Put the near rows of one list where they belong among each descriptor's nearest so far.

    Bounds: nothing grows. `asking` are rows of `queries`, which `bits` and `rows` have a row each for, of at least one
    column. `codes` and `ids` are alike in length, `first_rows`, `items` and `gone` too; there is at least one
    reference, the first row of the first is 0, and no id is negative (`_list_of` sees to that), so that a search
    among first rows never ends before the first.

    Args:
        queries: uint64, shape (n, 4).

        asking: int64, shape (q,). Which of them look into this list.

        codes: uint64, shape (s, 4). The list.

        ids: int64, shape (s,). Their rows in the part.

        first_rows: int64, shape (r,), ascending. First row of each reference.

        items: int64, shape (r,). Its item.

        gone: bool, shape (r,). Whether it was removed.

        ascending: Whether items ascend, so that rows do as their items do.

        bits: int32, shape (n, k), ascending in each row; written to.

        rows: int64, shape (n, k); -1 where there is none yet; written to.
    """
    last = bits.shape[1] - 1
    for query in asking:
        a, b, c, d = queries[query, 0], queries[query, 1], queries[query, 2], queries[query, 3]
        for place in range(len(ids)):
            far = ones(a ^ codes[place, 0]) + ones(b ^ codes[place, 1])
            far += ones(c ^ codes[place, 2]) + ones(d ^ codes[place, 3])
            if far > bits[query, last] or far > NEAR_DESCRIPTOR_BITS:
                continue
            row = ids[place]
            if not _comes_first(far, row, bits[query, last], rows[query, last], first_rows, items, ascending):
                continue
            if gone[np.searchsorted(first_rows, row, side="right") - 1]:
                continue
            at = last
            while at > 0 and _comes_first(
                far, row, bits[query, at - 1], rows[query, at - 1], first_rows, items, ascending
            ):
                bits[query, at], rows[query, at] = bits[query, at - 1], rows[query, at - 1]
                at -= 1
            bits[query, at], rows[query, at] = far, row


@compiled
def _comes_first(
    far: int, row: int, other_far: int, other: int,
    first_rows: npt.NDArray[np.int64], items: npt.NDArray[np.int64], ascending: bool,
) -> bool:  # fmt: skip
    """
    Tell whether a row comes before another, which may be none yet: -1.

    Bounds: as for `take_in`.
    """
    if other < 0 or far != other_far:
        return other < 0 or far < other_far
    if ascending:
        return row < other
    item = items[np.searchsorted(first_rows, row, side="right") - 1]
    other_item = items[np.searchsorted(first_rows, other, side="right") - 1]
    return item < other_item or (item == other_item and row < other)
