"""
The protocols of `index/`: what the service asks of a collection's index (`CollectionIndex`, a row of
`COLLECTION_INDEXES`), what it searches with, and what a static search backend offers (`Backend`, a row of
`INDEX_BACKENDS`).

Invariant: a search of hashes is exact. Whatever the backend, a query at radius r returns exactly the items a
brute-force scan over the same version returns, once each, distances inclusive (`distance <= radius`). A search of local
features is a ranking; but it, too, never names an item that was removed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol, Self

import numpy as np
import numpy.typing as npt

from index.changes import Change, ReadLive
from index.errors import DamagedIndexError
from index.stats import CollectionStats
from matcher.local.views import Form
from matcher.signals.local import QueryFeatures

Codes = npt.NDArray[np.uint8]
"""Packed hashes: uint8, shape (n, bits // 8), most significant bit first."""

ItemIds = npt.NDArray[np.int64]

AtLeast = int | Sequence[int]
"""The `seq` that an answer must contain; of a collection in several slots one for each, in their order."""


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


@dataclass(frozen=True, slots=True, eq=False)
class LocalCandidate:
    """
    A reference that may be in the query.

    Args:
        item_id: The item it belongs to.

        form: The form of the query that matched.

        score: Votes that agree, at least `thresholds.SUSPICIOUS_VOTES`. Chance gives about 1.

        pairs: int32, shape (n, 2): rows of the query's keypoints and of the reference's that are near.
    """

    item_id: int
    form: Form
    score: float
    pairs: npt.NDArray[np.int32]


class Backend(Protocol):
    """Exact search over a fixed set of codes of one width; built once, never changed."""

    name: ClassVar[str]
    """Its row in `INDEX_BACKENDS`."""

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


class FeatureSearcher(Protocol):
    """A fixed view of one collection's local features as of one version. Safe to use from any thread."""

    @property
    def version(self) -> int:
        """The `seq` of the last change this view contains."""

    def candidates(self, query: QueryFeatures, *, limit: int = 12) -> list[LocalCandidate]:
        """
        Name the references that may be in a picture, most suspicious first.

        Args:
            query: What is asked.

            limit: How many at most. One reference may come in several forms.
        """


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """
    What a collection's index may need to know to be opened; each kind of index takes what concerns it.

    Args:
        folder: Of this collection, made if it is missing.

        backend: A row of `INDEX_BACKENDS`, for segments of hashes written from now on.

        share: How many slots share what one collection may hold in memory: each seals so much the earlier.

        log: Name of the log that is followed; machines of a cluster know a slot by it.

        gateway: Socket at which this machine's gateway to a cluster is asked; None where there is none.
    """

    folder: Path
    backend: str
    share: int = 1
    log: str = ""
    gateway: Path | None = None


@dataclass(frozen=True, slots=True)
class ErasedFiles:
    """
    Where removed values lay that are gone now.

    Args:
        files: Files that held one, and are written again without it.

        stored: Objects deleted from the store in which machines of a cluster keep files.
    """

    files: int = 0
    stored: int = 0

    def __add__(self, other: "ErasedFiles") -> "ErasedFiles":
        """Count both."""
        return ErasedFiles(self.files + other.files, self.stored + other.stored)

    def __bool__(self) -> bool:
        """Tell whether there was one."""
        return bool(self.files or self.stored)


class SearchableIndex(Protocol):
    """
    A collection as it is searched and looked after: one that follows one log, or several slots that follow one each.

    Safe from any thread.
    """

    @property
    def slots(self) -> "Sequence[CollectionIndex]":
        """What follows a log each, in the order of slots: itself alone where it lies in one."""

    @property
    def version(self) -> int:
        """The `seq` up to which everything has applied the log, 0 at first; of several slots the sum of theirs."""

    @property
    def versions(self) -> tuple[int, ...]:
        """The version of each slot."""

    @property
    def newest_version(self) -> int:
        """The last `seq` of which anything here knows; of several slots the sum of theirs."""

    @property
    def last_maintenance_error(self) -> str | None:
        """Why the last seal, merge or rebuild failed, in whichever process; None if it did not."""

    @property
    def rebuilt_because(self) -> DamagedIndexError | None:
        """What was damaged when it was opened, and so rebuilt; None if nothing was."""

    def searcher(self, *, at_least: AtLeast = 0) -> Searcher:
        """
        Return a view of the hashes; it stays as it is while later changes arrive.

        Args:
            at_least: What it must contain.

        Raises:
            VersionNotReachedError: If it cannot, because that was not applied.
        """

    def local_searcher(self, *, at_least: AtLeast = 0) -> FeatureSearcher:
        """Return a view of the local features; argument and errors as for `searcher`."""

    def stats(self) -> CollectionStats:
        """Count what is here, local features among the signals."""

    def maintain(self) -> bool:
        """
        Do what is due, for a loop to call: write what is in memory to disk, merge what has become many pieces.

        Returns:
            Whether anything was done here; false too if another process is at it.

        Raises:
            DamagedIndexError: If files are damaged; `repair` cures it.

            MaintenanceError: If it failed. What was live still is.
        """

    def erase_removed(self) -> ErasedFiles:
        """
        Take removed values off the disk, where there are any.

        Returns:
            Where they lay.

        Raises:
            SealLockHeldError: If another process is at it.

            MaintenanceError: If it failed.
        """

    def seal(self) -> None:
        """Write what is in memory to disk; errors as for `erase_removed`."""

    def compact(self) -> None:
        """Write all into as few pieces as there can be, without anything removed; waits for other processes."""

    def verify(self) -> None:
        """
        Read every byte of every live file and compare it with its checksum.

        Raises:
            DamagedIndexError: Naming the first that differs.
        """

    def close(self) -> None:
        """Close connections to others, where there are any; not while something is asked."""


class CollectionIndex(SearchableIndex, Protocol):
    """
    A collection, or one slot of it, that follows its log, whatever holds it: files on this machine, or other machines.

    A row of `COLLECTION_INDEXES`. The record is SQL: an index can always be rebuilt from it.
    """

    is_local: ClassVar[bool]
    """Whether its files lie on this machine: then they are followed, sealed, verified and rebuilt here."""

    @classmethod
    def joined(cls, slots: Sequence[Self]) -> SearchableIndex:
        """
        Put several slots of a collection together, to be searched as one.

        Args:
            slots: In their order, at least one.
        """

    @classmethod
    def open(cls, options: IndexOptions) -> Self:
        """
        Open a collection's index, or begin an empty one.

        Raises:
            DamagedIndexError: If a file is missing or differs; a rebuild cures it.

            UnknownBackendError: If there is no such backend.

            UnsupportedFormatVersionError: If a newer Staydown wrote it.
        """

    @classmethod
    def open_or_rebuild(cls, options: IndexOptions, read_live: ReadLive) -> Self:
        """
        Open a collection's index; what is damaged in it is rebuilt from the record first.

        Raises:
            MaintenanceError: If that failed.

            UnsupportedFormatVersionError: If a newer Staydown wrote it.
        """

    def reaches(self, seq: int) -> bool:
        """
        Hear how far the log is committed.

        Args:
            seq: The last that is.

        Returns:
            Whether nothing has to be applied here up to there: it was, or others read the log themselves.
        """

    def apply(self, changes: Sequence[Change]) -> None:
        """
        Follow the log: changes in order of `seq`, the first right after `version`. Repeats are ignored.

        Raises:
            GapError: If a `seq` is skipped.

            IndexStoreError, SignalValueError: If a change cannot be indexed.
        """

    def rebuild(self, read_live: ReadLive) -> None:
        """
        Write everything again from the record.

        Raises:
            StaleRebuildError: If the record is older than what was applied here.

            MaintenanceError: If it failed. What was live still is.
        """

    def repair(self, read_live: ReadLive) -> None:
        """Write again what is damaged; errors as for `rebuild`."""
