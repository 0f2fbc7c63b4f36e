"""
A collection in a folder on this machine: its hashes and its local features, two kinds of part that follow one log.

    <folder>/        segments of hashes, searched exactly        index/hashes/kind.py
    <folder>/local/  segments of local features, ranked          index/local/kind.py

Invariant: both count every change, so a `seq` that one has no use for is no gap; `version` is what both have applied.
Each keeps its files, its lock and its errors to itself: damage to one leaves the other as it is.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

from index.base import AtLeast, ErasedFiles, IndexOptions, SearchableIndex
from index.changes import Change, ReadLive
from index.collections.slotted import SlottedIndex
from index.errors import DamagedIndexError, VersionNotReachedError
from index.hashes.kind import HashCollection, HashKind
from index.hashes.searcher import HashSearcher
from index.local.kind import LocalCollection, LocalKind
from index.local.searcher import LocalSearcher
from index.stats import CollectionStats
from index.storage.collection import Collection
from matcher.signals import local

LOCAL_FOLDER = "local"


class FolderIndex:
    """
    The row ``folder`` of `COLLECTION_INDEXES`: see `CollectionIndex` for what each member promises.

    Args:
        hashes: The collection's hashes.

        features: Its local features.

        share: How many slots share the memory of one.
    """

    is_local: ClassVar[bool] = True

    def __init__(self, hashes: HashCollection, features: LocalCollection, *, share: int = 1) -> None:
        self.hashes = hashes
        self._share = share
        self.features = features
        self._both: tuple[Collection[Any, Any, Any], ...] = (hashes, features)

    @classmethod
    def open(cls, options: IndexOptions) -> Self:
        """Open the folder, or begin an empty one."""
        return cls(
            Collection.open(options.folder, HashKind(options.backend)),
            Collection.open(options.folder / LOCAL_FOLDER, LocalKind()),
            share=options.share,
        )

    @classmethod
    def open_or_rebuild(cls, options: IndexOptions, read_live: ReadLive) -> Self:
        """Open the folder; what is damaged in it is rebuilt from the record first."""
        return cls(
            Collection.open_or_rebuild(options.folder, HashKind(options.backend), read_live),
            Collection.open_or_rebuild(options.folder / LOCAL_FOLDER, LocalKind(), read_live),
            share=options.share,
        )

    @classmethod
    def joined(cls, slots: Sequence[Self]) -> SearchableIndex:
        """Search several folders as one."""
        return SlottedIndex(slots)

    @property
    def slots(self) -> tuple["FolderIndex"]:
        """Itself: it follows one log."""
        return (self,)

    @property
    def version(self) -> int:
        """The `seq` up to which both have applied the log."""
        return min(each.version for each in self._both)

    @property
    def versions(self) -> tuple[int]:
        """The same, as of one slot."""
        return (self.version,)

    @property
    def newest_version(self) -> int:
        """The last `seq` either has applied."""
        return max(each.version for each in self._both)

    @property
    def last_maintenance_error(self) -> str | None:
        """Why the last seal, merge or rebuild of either failed, in whichever process; None if it did not."""
        return self.hashes.last_maintenance_error or self.features.last_maintenance_error

    @property
    def rebuilt_because(self) -> DamagedIndexError | None:
        """What was damaged when it was opened, and so rebuilt; None if nothing was."""
        return self.hashes.rebuilt_because or self.features.rebuilt_because

    def searcher(self, *, at_least: AtLeast = 0) -> HashSearcher:
        """Return the current view of the hashes."""
        view = self.hashes.searcher()
        _check_reached(view.version, at_least)
        return view

    def local_searcher(self, *, at_least: AtLeast = 0) -> LocalSearcher:
        """Return the current view of the local features."""
        view = self.features.searcher()
        _check_reached(view.version, at_least)
        return view

    def reaches(self, seq: int) -> bool:
        """Tell whether everything up to there was applied."""
        return self.version >= seq

    def apply(self, changes: Sequence[Change]) -> None:
        """Follow the log. What one of the two refuses, the other may have taken; it ignores it when it comes again."""
        for each in self._both:
            each.apply(changes)

    def stats(self) -> CollectionStats:
        """Count what is here; of local features those that can be found."""
        hashes, features = self.hashes.stats(), self.features.stats()
        return replace(
            hashes,
            items={**hashes.items, local.NAME: len(self.local_searcher())},
            tombstones=hashes.tombstones + features.tombstones,
            size_bytes=hashes.size_bytes + features.size_bytes,
            parts=(*hashes.parts, *features.parts),
            last_maintenance_error=self.last_maintenance_error,
        )

    def maintain(self) -> bool:
        """Seal and merge what is due in both."""
        worked = [each.maintain(share=self._share) for each in self._both]
        return any(worked)

    def erase_removed(self) -> ErasedFiles:
        """Rewrite the segments in which a removed value lies."""
        for each in self._both:
            each.refresh()  # another process may have sealed what was removed since
        return ErasedFiles(sum(each.erase_removed() for each in self._both if each.has_removed))

    def seal(self) -> None:
        """Write what is in memory into segments."""
        for each in self._both:
            each.seal()

    def compact(self) -> None:
        """Write each into one segment without anything that was removed, waiting for other processes to finish."""
        for each in self._both:
            each.compact()

    def verify(self) -> None:
        """Read every byte of every live file and compare it with its checksum."""
        for each in self._both:
            each.verify()

    def close(self) -> None:
        """Do nothing: files are all there is."""

    def rebuild(self, read_live: ReadLive) -> None:
        """Write both again from the record."""
        for each in self._both:
            each.rebuild(read_live)

    def repair(self, read_live: ReadLive) -> None:
        """Write again what is damaged."""
        for each in self._both:
            each.repair(read_live)


def _check_reached(version: int, at_least: AtLeast) -> None:
    asked = at_least if isinstance(at_least, int) else max(at_least)
    if version < asked:
        raise VersionNotReachedError(asked=asked, version=version)
