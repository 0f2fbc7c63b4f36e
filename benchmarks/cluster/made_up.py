"""
Made-up logs for clusters: hashes around a few centres, and local features many of which are equally far from a query.

Invariant: seeded; the same numbers give the same values on every machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from index.base import Codes
from index.changes import Add, Change, Remove
from matcher.signals.local import NAME, POINT, LocalFeatures, QueryFeatures, unpack_points

PDQ: Final = "pdq/1"
_KEYPOINTS: Final = 60
_POOL: Final = 200
_WIDTH, _HEIGHT = 640, 480


class Live:
    """
    The slow, obvious truth: every hash that is live, scanned bit by bit.

    Args:
        slots: Names of the slots; an item lies in the one its id says.
    """

    def __init__(self, slots: list[str]) -> None:
        self.slots = slots
        self.seqs = dict.fromkeys(slots, 0)
        self._codes = np.empty((0, 32), np.uint8)
        self._alive = np.empty(0, np.bool_)

    def slot_of(self, item_id: int) -> str:
        """Return the slot of an item."""
        return self.slots[item_id % len(self.slots)]

    @property
    def items(self) -> int:
        """How many items there ever were; their ids run from 1."""
        return len(self._codes)

    def add(self, codes: Codes) -> dict[str, list[Change]]:
        """Add hashes; return the changes, by slot."""
        changes: dict[str, list[Change]] = {}
        for code in codes:
            self._codes = np.append(self._codes, code[None], axis=0)
            self._alive = np.append(self._alive, [True])
            slot = self.slot_of(self.items)
            self.seqs[slot] += 1
            changes.setdefault(slot, []).append(Add(self.seqs[slot], self.items, PDQ, code.tobytes()))
        return changes

    def remove(self, item_id: int) -> dict[str, list[Change]]:
        """Remove an item, whether it is there or not; return the change, by slot."""
        self._alive[item_id - 1] = False
        slot = self.slot_of(item_id)
        self.seqs[slot] += 1
        return {slot: [Remove(self.seqs[slot], item_id, PDQ)]}

    def near(self, queries: Codes, radius: int, k: int | None) -> list[tuple[int, int, int]]:
        """Return (query, distance, item), ordered so."""
        found = []
        items = np.flatnonzero(self._alive)
        for row, query in enumerate(queries):
            bits = np.bitwise_count(self._codes[items] ^ query).sum(axis=1, dtype=np.int64)
            of_query = sorted(
                (row, int(far), int(item) + 1) for far, item in zip(bits, items, strict=True) if far <= radius
            )
            found += of_query[:k]
        return found


@dataclass(frozen=True, slots=True)
class Operation:
    """
    One of many at random: hashes to add, an item to remove, or a question.

    Args:
        added: uint8, shape (n, 32); None where nothing is added.

        removed: The item; None where none is removed.

        queries: uint8, shape (n, 32); None where nothing is asked.

        radius: Bits.

        k: How many of each query; None for all.
    """

    added: Codes | None = None
    removed: int | None = None
    queries: Codes | None = None
    radius: int = 0
    k: int | None = None


def operations(count: int, seed: int) -> Iterator[Operation]:
    """Yield operations: half add, a fifth remove, the others ask about hashes that are near some."""
    rng = np.random.default_rng(seed)
    centres = rng.integers(0, 256, (20, 32), dtype=np.uint8)
    items = 0
    for _ in range(count):
        drawn = rng.random()
        if drawn < 0.5 or not items:
            number = int(rng.integers(1, 4))
            items += number
            yield Operation(added=around(centres, number, 20, rng))
        elif drawn < 0.7:
            yield Operation(removed=int(rng.integers(1, items + 1)))
        else:
            k = None if rng.random() < 0.7 else int(rng.integers(1, 6))
            queries = around(centres, int(rng.integers(1, 4)), 20, rng)
            yield Operation(queries=queries, radius=int(rng.integers(0, 32)), k=k)


def around(centres: Codes, count: int, flips: int, rng: np.random.Generator) -> Codes:
    """Draw hashes 0..flips bits away from some of the centres."""
    bits = np.unpackbits(centres[rng.integers(0, len(centres), count)], axis=1)
    for row in bits:
        row[rng.choice(row.size, int(rng.integers(0, flips + 1)), replace=False)] ^= 1
    return np.packbits(bits, axis=1)


class Pictures:
    """
    Pictures made of the same few keypoints, some bits of their descriptors flipped: many are equally far from a query.

    Args:
        seed: Of all of them.
    """

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._pool = self._rng.integers(0, 256, (_POOL, 32), dtype=np.uint8)
        self._points = np.zeros(_POOL, POINT)
        self._points["x"] = self._rng.integers(0, _WIDTH * 64, _POOL)
        self._points["y"] = self._rng.integers(0, _HEIGHT * 64, _POOL)
        self._points["octave"] = self._rng.integers(0, 40, _POOL)
        self._points["angle"] = self._rng.integers(0, 256, _POOL)

    def reference(self) -> bytes:
        """Make the stored value of a picture."""
        points, bits = self._drawn()
        thumbnail = self._rng.integers(0, 256, (48, 64), dtype=np.uint8)
        return LocalFeatures(_WIDTH, _HEIGHT, unpack_points(points), bits, thumbnail).to_bytes()

    def query(self) -> QueryFeatures:
        """Make a question."""
        points, bits = self._drawn()
        grey = self._rng.integers(0, 256, (_HEIGHT, _WIDTH), dtype=np.uint8)
        return QueryFeatures(_WIDTH, _HEIGHT, unpack_points(points), bits, grey)

    def add(self, seq: int, item_id: int) -> Add:
        """Make the change that adds a picture."""
        return Add(seq, item_id, NAME, self.reference())

    def _drawn(self) -> tuple[np.ndarray, Codes]:
        chosen = self._rng.integers(0, _POOL, _KEYPOINTS)
        bits = np.unpackbits(self._pool[chosen], axis=1)
        for row in bits[_KEYPOINTS // 2 :]:
            row[self._rng.choice(row.size, int(self._rng.integers(0, 41)), replace=False)] ^= 1
        return self._points[chosen], np.packbits(bits, axis=1)
