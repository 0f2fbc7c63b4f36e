"""
The two protocols of this room: what the service asks of an index, and what a static search backend offers it.

Invariant: search is exact. Whatever the backend, a query at radius r returns exactly the items a brute-force scan over
the same version returns, once each, distances inclusive (`distance <= radius`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, Self

import numpy as np
import numpy.typing as npt

from index.changes import Change

Codes = npt.NDArray[np.uint8]
"""Packed hashes: uint8, shape (n, bits // 8), most significant bit first."""

ItemIds = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Hits:
    """
    What a batch of queries found, one entry a (query, item) pair, ordered by query, then distance, then item.

    Args:
        queries: int32, shape (h,). Row of the query in the batch.

        item_ids: int64, shape (h,).

        distances: int32, shape (h,), each in 0..radius. Hamming distance in bits.
    """

    queries: npt.NDArray[np.int32]
    item_ids: ItemIds
    distances: npt.NDArray[np.int32]


class Backend(Protocol):
    """Exact search over a fixed set of codes of one width; built once, never changed."""

    @property
    def name(self) -> str:
        """Its row in `INDEX_BACKENDS`; a class attribute will do."""

    only_width: ClassVar[int | None]
    """The one width it searches, in bytes, or None for every width."""

    @classmethod
    def build(cls, codes: Codes, item_ids: ItemIds) -> Self:
        """Build from codes (n, bits // 8) and their ids (n,), n >= 0; duplicates of codes allowed, of ids not."""

    def search(self, queries: Codes, radius: int) -> Hits:
        """
        Find every item within `radius` bits (inclusive, 0..all of them) of each query.

        Raises:
            WidthMismatchError: If the queries are not as wide as the codes.
        """

    def save(self, folder: Path) -> None:
        """
        Write the files this backend opens again into an existing, empty folder. The caller makes them durable.

        Raises:
            OSError: If they cannot be written, whatever the library underneath raises.
        """

    @classmethod
    def load(cls, folder: Path, *, width: int) -> Self:
        """
        Open what `save` wrote, memory-mapped where it can be.

        Every file is opened here, not later: the folder may be unlinked as soon as this returns.

        Args:
            folder: Where it is.

            width: How many bytes each code has.

        Raises:
            DamagedIndexError: If the codes have another width, or the files do not fit each other.
        """

    def rows(self) -> tuple[Codes, ItemIds]:
        """Return every code (n, bits // 8) and its item id (n,), in any order, for merging; mapped files will do."""

    def stats(self) -> Mapping[str, int | float | str]:
        """Return what an operator should know beyond size: table shape, fallbacks taken. May be empty."""

    def __len__(self) -> int:
        """Return the number of items."""

    @property
    def size_bytes(self) -> int:
        """Bytes held by codes, ids and tables."""


class Searcher(Protocol):
    """A fixed view of one collection: segments, delta and tombstones as of one version. Safe to use from any thread."""

    @property
    def version(self) -> int:
        """The `seq` of the last change this view contains."""

    def search(self, signal_type: str, queries: Codes, radius: int, *, k: int | None = None) -> Hits:
        """
        Find the items of one signal type within `radius` bits (inclusive) of each query.

        Args:
            signal_type: A type nothing was ever added for gives no hits.

            queries: uint8, shape (n, bits // 8), as wide as the type.

            radius: Bits, 0..the width of the type, inclusive.

            k: Keep only the nearest k of each query (ties broken by item id); None keeps all.
        """


class SignalIndex(Protocol):
    """One collection that follows its log of changes."""

    @property
    def version(self) -> int:
        """The `seq` of the last change applied; 0 at first."""

    def apply(self, changes: Sequence[Change]) -> None:
        """
        Follow the log: changes in order of `seq`, the first right after `version`. Repeats are ignored.

        Raises:
            GapError: If a `seq` is skipped.
        """

    def searcher(self) -> Searcher:
        """Return the current view; it stays as it is while later changes arrive."""
