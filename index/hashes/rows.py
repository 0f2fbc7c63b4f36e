"""
Hashes in memory: packed codes and the items they belong to.

Invariant: rows are only ever appended, in order of `seq`, into buffers that double; what `fixed` returned keeps its
length, and the old buffer if a larger one is taken. So readers need no lock.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index.base import Codes, ItemIds
from index.changes import Add
from index.storage.tombstones import are_among

_FIRST_CAPACITY = 64


class HashRows(NamedTuple):
    """
    Hashes of one signal type.

    Args:
        codes: uint8, shape (n, bits // 8).

        item_ids: int64, shape (n,).
    """

    codes: Codes
    item_ids: ItemIds


class GrowingHashRows:
    """
    Hashes of one signal type that were added since the segments were sealed.

    Args:
        width: How many bytes each has.

        capacity: For how many there is room at first.
    """

    def __init__(self, *, width: int, capacity: int = _FIRST_CAPACITY) -> None:
        """Begin empty."""
        self._width = width
        self._length = 0
        self._make_buffers(capacity)

    def append(self, changes: Sequence[Add]) -> None:
        """Take in checked hashes, in order of `seq`."""
        end = self._length + len(changes)
        if end > len(self._ids):
            self._move_to(max(2 * len(self._ids), end), start=0)
        new = slice(self._length, end)
        values = np.frombuffer(b"".join(change.value for change in changes), np.uint8)
        self._codes[new] = values.reshape(len(changes), self._width)
        self._ids[new] = [change.item_id for change in changes]
        self._seqs[new] = [change.seq for change in changes]
        self._length = end

    def after(self, seq: int) -> "GrowingHashRows":
        """Return a copy of the rows later than `seq`."""
        start = int(np.searchsorted(self._seqs[: self._length], seq, side="right"))
        copy = GrowingHashRows(width=self._width, capacity=0)
        copy._length, copy._codes, copy._ids, copy._seqs = self._length, self._codes, self._ids, self._seqs
        copy._move_to(max(_FIRST_CAPACITY, 2 * (self._length - start)), start=start)
        return copy

    def without(self, dead: ItemIds) -> "GrowingHashRows":
        """Return a copy without the rows of some items, given sorted."""
        alive = ~are_among(self._ids[: self._length], dead)
        left = int(np.count_nonzero(alive))
        copy = GrowingHashRows(width=self._width, capacity=max(_FIRST_CAPACITY, 2 * left))
        copy._length = left
        for new, old in ((copy._codes, self._codes), (copy._ids, self._ids), (copy._seqs, self._seqs)):
            new[:left] = old[: self._length][alive]
        return copy

    def fixed(self) -> tuple[HashRows, ...]:
        """Return the rows there are now; rows appended later do not show in them."""
        return (HashRows(self._codes[: self._length], self._ids[: self._length]),)

    def _move_to(self, capacity: int, *, start: int) -> None:
        # Views keep the old buffers alive; they are left as they are.
        kept = slice(start, self._length)
        codes, ids, seqs = self._codes[kept], self._ids[kept], self._seqs[kept]
        self._make_buffers(capacity)
        self._length -= start
        self._codes[: self._length], self._ids[: self._length], self._seqs[: self._length] = codes, ids, seqs

    def _make_buffers(self, capacity: int) -> None:
        self._codes: Codes = np.empty((capacity, self._width), np.uint8)
        self._ids: ItemIds = np.empty(capacity, np.int64)
        self._seqs: npt.NDArray[np.int64] = np.empty(capacity, np.int64)
