"""
The slow, obvious truth that every index test compares with: a log of changes, and a scan of what it leaves.

Invariant: nothing here comes from the code under test, but for the two change types.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from index.base import Codes, Hits
from index.changes import Add, Change, Remove

Found = list[tuple[int, int, int]]
"""(query, distance, item id), in that order of sorting."""

NEVER_ADDED = 10**12
"""An item id no log here adds."""


@dataclass(frozen=True)
class Log:
    """A collection's log, as SQL would hold it; `changes[i]` has seq i + 1."""

    changes: Sequence[Change]

    def __len__(self) -> int:
        """Return the last seq."""
        return len(self.changes)

    def after(self, seq: int) -> Sequence[Change]:
        """Return the changes later than `seq`."""
        return self.changes[seq:]

    def live(self, version: int) -> list[Add]:
        """Return what is there once the log was followed up to `version`."""
        items: dict[tuple[str, int], Add] = {}
        for change in self.changes[:version]:
            key = change.signal_type, change.item_id
            if isinstance(change, Add):
                items[key] = change
            else:
                items.pop(key, None)
        return list(items.values())

    def find(self, version: int, signal_type: str, queries: Codes, radius: int, k: int | None = None) -> Found:
        """Scan everything that is live at `version`, bit by bit."""
        items = [item for item in self.live(version) if item.signal_type == signal_type]
        if not items:
            return []
        references = np.array([np.frombuffer(item.value, np.uint8) for item in items])
        found: Found = []
        for row, query in enumerate(queries):
            distances = np.unpackbits(references ^ query, axis=1).sum(axis=1).tolist()
            near = sorted(
                (row, distance, item.item_id)
                for item, distance in zip(items, distances, strict=True)
                if distance <= radius
            )
            found += near[:k]
        return found


def as_found(hits: Hits) -> Found:
    """Put an answer into the oracle's form, in the order it came."""
    return list(zip(hits.queries.tolist(), hits.distances.tolist(), hits.item_ids.tolist(), strict=True))


def random_codes(rng: np.random.Generator, count: int) -> Codes:
    """Draw codes that are far from each other, as unrelated pictures are."""
    return rng.integers(0, 256, (count, 32), dtype=np.uint8)


def clustered_codes(rng: np.random.Generator, count: int, *, centres: int = 3, flips: int = 40) -> Codes:
    """Draw codes around a few centres, 0..flips bits away, some of them equal: copies of the same pictures."""
    bits = np.unpackbits(random_codes(rng, centres), axis=1)[rng.integers(0, centres, count)]
    for row in bits:
        flipped = rng.choice(256, int(rng.integers(0, flips + 1)), replace=False)
        row[flipped] ^= 1
    return np.packbits(bits, axis=1)


def changes_for(
    rng: np.random.Generator, codes: Codes, *, types: Sequence[str] = ("pdq/1",), removals: float = 0.3
) -> Iterator[Change]:
    """Yield a log that adds each code, and now and then removes an item that is there, was there, or never was."""
    seq = 0
    for item_id, code in enumerate(codes, start=1):
        seq += 1
        yield Add(seq, item_id, types[int(rng.integers(len(types)))], code.tobytes())
        if rng.random() < removals:
            seq += 1
            gone = int(rng.integers(1, item_id + 1)) if rng.random() < 0.9 else NEVER_ADDED
            yield Remove(seq, gone, types[int(rng.integers(len(types)))])


def seeded_log(seed: int, count: int, *, types: Sequence[str] = ("pdq/1",), removals: float = 0.3) -> Log:
    """Return a log over clustered codes that is the same for the same seed."""
    rng = np.random.default_rng(seed)
    return Log(tuple(changes_for(rng, clustered_codes(rng, count), types=types, removals=removals)))
