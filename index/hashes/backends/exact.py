"""
The oracle: XOR and count, in NumPy, in plain sight. Every other backend must give the same hits.

Invariant: nothing clever. Queries are taken one at a time so that memory stays at a few bytes a code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from index.base import Codes, Hits, ItemIds
from index.checks import check_codes, check_radius, width_of
from index.errors import DamagedIndexError
from index.hashes.hits import joined
from index.storage.disk.durable import save_array
from matcher.array_files import map_array


@dataclass(frozen=True, slots=True, eq=False)
class ExactBackend:
    """
    Codes and ids as two NumPy files.

        codes.npy   uint8 (n, bits // 8)
        ids.npy     int64 (n,)
    """

    name: ClassVar[str] = "exact"
    only_width: ClassVar[int | None] = None

    codes: Codes
    item_ids: ItemIds

    @classmethod
    def build(cls, codes: Codes, item_ids: ItemIds) -> Self:
        """Keep the codes as given."""
        width_of(codes)
        return cls(codes, item_ids)

    def search(self, queries: Codes, radius: int) -> Hits:
        """Compare each query with each code."""
        width = width_of(self.codes)
        check_codes(queries, width=width)
        check_radius(radius, width=width)
        return joined([self._search_one(row, query, radius) for row, query in enumerate(queries)])

    def save(self, folder: Path) -> None:
        """Write the two files."""
        save_array(folder / "codes.npy", self.codes)
        save_array(folder / "ids.npy", self.item_ids)

    @classmethod
    def load(cls, folder: Path, *, width: int) -> Self:
        """
        Map the two files.

        Raises:
            DamagedIndexError: If the codes have another width.
        """
        codes = map_array(folder / "codes.npy")
        if codes.ndim != 2 or codes.shape[1] != width:
            raise DamagedIndexError(folder / "codes.npy", f"has codes of shape {codes.shape}, not of {8 * width} bits")
        return cls(codes, map_array(folder / "ids.npy"))

    def rows(self) -> tuple[Codes, ItemIds]:
        """Return the two arrays."""
        return self.codes, self.item_ids

    def stats(self) -> Mapping[str, int | float | str]:
        """Return nothing: there is nothing to tune."""
        return {}

    def __len__(self) -> int:
        """Return the number of items."""
        return len(self.item_ids)

    @property
    def size_bytes(self) -> int:
        """Bytes of codes and ids."""
        return self.codes.nbytes + self.item_ids.nbytes

    def _search_one(self, row: int, query: Codes, radius: int) -> Hits:
        distances = np.bitwise_count(self.codes ^ query).sum(axis=1, dtype=np.int32)
        near = np.flatnonzero(distances <= radius)
        return Hits(np.full(len(near), row, np.int32), self.item_ids[near], distances[near])
