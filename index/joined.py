"""
One collection as one process sees it: its hashes and its local features, two indexes that follow one log.

    <folder>/        segments of hashes, exact          index/storage/collection.py
    <folder>/local/  parts of local features, ranked    index/local/collection.py

Invariant: both count every change, so a `seq` that one has no use for is no gap; `version` is what both have applied.
Each keeps its files, its lock and its errors to itself: damage to one leaves the other as it is.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Self

from index.base import Searcher
from index.changes import Change
from index.errors import DamagedIndexError, SealLockHeldError
from index.local.collection import LocalFeatureIndex
from index.local.follower import LocalSearcher
from index.stats import CollectionStats
from index.storage.collection import IndexCollection
from index.storage.merge import ReadLive
from matcher.signals import local

LOCAL_FOLDER = "local"


class JoinedIndex:
    """
    Both indexes of a collection. Safe from any thread.

    Args:
        hashes: Of the collection's hash signals.

        features: Of its local features.
    """

    def __init__(self, hashes: IndexCollection, features: LocalFeatureIndex) -> None:
        self.hashes = hashes
        self.features = features

    @classmethod
    def open_or_rebuild(cls, folder: Path, read_live: ReadLive, *, backend: str) -> Self:
        """
        Open a folder; what is damaged in it is built anew from the record first.

        Raises:
            MaintenanceError: If that failed.

            UnsupportedFormatVersionError: If a newer Staydown wrote it.
        """
        return cls(
            IndexCollection.open_or_rebuild(folder, read_live, backend=backend),
            LocalFeatureIndex.open_or_rebuild(folder / LOCAL_FOLDER, read_live),
        )

    @classmethod
    def open(cls, folder: Path, *, backend: str) -> Self:
        """
        Open a folder, or begin an empty one.

        Raises:
            DamagedIndexError: If a file is missing or differs; a rebuild cures it.

            UnsupportedFormatVersionError: If a newer Staydown wrote it.
        """
        return cls(IndexCollection.open(folder, backend=backend), LocalFeatureIndex.open(folder / LOCAL_FOLDER))

    @property
    def version(self) -> int:
        """The `seq` up to which both have applied the log."""
        return min(self.hashes.version, self.features.version)

    @property
    def newest_version(self) -> int:
        """The last `seq` either has applied."""
        return max(self.hashes.version, self.features.version)

    @property
    def last_maintenance_error(self) -> str | None:
        """Why the last seal, merge or rebuild of either failed, in whichever process; None if it did not."""
        return self.hashes.last_maintenance_error or self.features.last_maintenance_error

    @property
    def rebuilt_because(self) -> DamagedIndexError | None:
        """What was damaged when it was opened, and so built anew; None if nothing was."""
        return self.hashes.rebuilt_because or self.features.rebuilt_because

    def searcher(self) -> Searcher:
        """Return the current view of the hashes; it stays as it is while later changes arrive."""
        return self.hashes.searcher()

    def local_searcher(self) -> LocalSearcher:
        """Return the current view of the local features, likewise."""
        return self.features.searcher()

    def apply(self, changes: Sequence[Change]) -> None:
        """
        Follow the log: changes in order of `seq`, the first right after `version`. Repeats are ignored.

        Raises:
            GapError, IndexStoreError: As the indexes say; what one of them took in it then ignores when it comes again.
        """
        self.hashes.apply(changes)
        self.features.apply(changes)

    def stats(self) -> CollectionStats:
        """Count what is here, local features among the signals."""
        hashes, features = self.hashes.stats(), self.features.part_stats()
        return replace(
            hashes,
            items={**hashes.items, local.NAME: len(self.local_searcher())},
            tombstones=hashes.tombstones + self.features.removed,
            size_bytes=hashes.size_bytes + sum(part.size_bytes for part in features),
            parts=(*hashes.parts, *features),
            last_maintenance_error=self.last_maintenance_error,
        )

    def maintain(self) -> bool:
        """
        Do what is due in both.

        Returns:
            Whether anything was done.

        Raises:
            DamagedIndexError: If files of either are damaged; `repair` cures it.

            MaintenanceError: If it failed. What was live still is.
        """
        worked = self.hashes.maintain()
        try:
            return self.features.maintain() or worked
        except SealLockHeldError:
            return worked

    def erase_removed(self) -> bool:
        """
        Take removed values off the disk, where there are any.

        Returns:
            Whether anything was done.

        Raises:
            SealLockHeldError: If another process is at it.

            MaintenanceError: If it failed.
        """
        hashes = self.hashes.stats().tombstones > 0 and self.hashes.merge()
        features = self.features.removed > 0 and self.features.merge()
        return hashes or features

    def seal(self) -> None:
        """Write what is in memory to disk; errors as for `erase_removed`."""
        self.hashes.seal()
        self.features.seal()

    def compact(self) -> None:
        """Write each into one piece without anything that was removed, waiting for other processes to finish."""
        self.hashes.compact()
        self.features.merge(wait=True)

    def verify(self) -> None:
        """
        Read every byte of every live file and compare it with its checksum.

        Raises:
            DamagedIndexError: Naming the first that differs.
        """
        self.hashes.verify()
        self.features.verify()

    def rebuild(self, read_live: ReadLive) -> None:
        """
        Write everything anew from the record.

        Raises:
            StaleRebuildError, MaintenanceError: As the indexes say.
        """
        self.hashes.rebuild(read_live)
        self.features.rebuild(read_live)

    def repair(self, read_live: ReadLive) -> None:
        """Write anew what is damaged; errors as for `rebuild`."""
        self.hashes.repair(read_live)
        try:
            self.features.refresh()
        except DamagedIndexError:
            self.features.rebuild(read_live)
