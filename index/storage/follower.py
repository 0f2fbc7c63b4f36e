"""
The reading side of a collection: a snapshot from its folder, and the log after it in memory.

Invariant: what `searcher()` returns never changes, and the next one is only ever newer. Searching takes no lock.
`apply` and the swap of a new snapshot exclude each other for as long as a copy of the delta takes. Nothing here is the
record: changes that were not sealed are read from the record again after a restart, from `version` on.
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from index.changes import Change
from index.checks import check_change
from index.errors import GapError, ManifestDamagedError
from index.hashes.backends import backend_named
from index.hashes.delta import Delta
from index.hashes.searcher import SnapshotSearcher
from index.stats import CollectionStats, counted
from index.storage.lock import last_error
from index.storage.manifest import MANIFEST, signature
from index.storage.snapshot import SEGMENTS, Snapshot, open_snapshot


class Follower:
    """
    A folder's snapshot and the log after it; writes nothing. Safe from any thread.

    Use `open`; the constructor is for this room.
    """

    def __init__(self, folder: Path, *, backend: str, snapshot: Snapshot) -> None:
        """Begin with a snapshot and an empty delta."""
        self._folder = folder
        self._backend = backend
        self._snapshot = snapshot
        self._delta = Delta(base_seq=snapshot.applied_seq, version=snapshot.applied_seq)
        self._writing = threading.Lock()
        self._refreshing = threading.Lock()
        self._publish()

    @classmethod
    def open(cls, folder: Path, *, backend: str = "faiss_flat") -> Self:
        """
        Open a collection's folder, or begin an empty one.

        Args:
            folder: Made if it is missing, readable by its owner alone.

            backend: A row of `INDEX_BACKENDS`, for segments written from now on; older ones open with their own.

        Raises:
            UnknownBackendError: If there is no such backend.

            ManifestDamagedError, SegmentDamagedError: If a file is missing or differs; `open_or_rebuild` cures it.

            UnsupportedFormatVersionError, ForeignFileError: If a newer Staydown, or another program, wrote it.
        """
        backend_named(backend)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # hashes are sensitive too
        (folder / SEGMENTS).mkdir(exist_ok=True)
        return cls(folder, backend=backend, snapshot=open_snapshot(folder, known={}))

    @property
    def version(self) -> int:
        """The `seq` of the last change applied; 0 at first."""
        return self._searcher.version

    @property
    def applied_seq(self) -> int:
        """The `seq` up to which the segments contain the log."""
        return self._snapshot.applied_seq

    @property
    def last_maintenance_error(self) -> str | None:
        """Why the last seal, merge or rebuild of this folder failed, in whichever process; None if it did not."""
        return last_error(self._folder)

    def searcher(self) -> SnapshotSearcher:
        """Return the current view; it stays as it is while later changes arrive."""
        return self._searcher

    def apply(self, changes: Sequence[Change]) -> None:
        """
        Follow the log: changes in order of `seq`, the first right after `version`. Repeats are ignored.

        All of them or, on an error, none.

        Raises:
            GapError: If a `seq` is skipped.

            SignalTypeError, ItemIdError, WidthMismatchError: If a change cannot be indexed.
        """
        with self._writing:
            due = self._delta.version + 1
            fresh = [change for change in changes if change.seq >= due]
            for expected, change in enumerate(fresh, start=due):
                if change.seq != expected:
                    raise GapError(expected=expected, got=change.seq)
                check_change(change)
            if fresh:
                self._delta.append(fresh)
                self._publish()

    def refresh(self) -> bool:
        """
        Take over what another process sealed or merged. Costs about a microsecond if there is nothing new.

        The version never goes back; it may jump ahead, to what the segments contain.

        Returns:
            Whether there was something new.

        Raises:
            ManifestDamagedError, SegmentDamagedError: If the new files are damaged; the old view goes on serving.
        """
        if signature(self._folder) == self._snapshot.seen:
            return False
        with self._refreshing:
            current = signature(self._folder)
            if current == self._snapshot.seen:
                return False
            if current is None:
                raise ManifestDamagedError(self._folder / MANIFEST, "is gone")
            known = {segment.ref.name: segment for segment in self._snapshot.segments}
            self._adopt(open_snapshot(self._folder, known=known))
            return True

    def verify(self) -> None:
        """
        Read every byte of every live file and compare it with its checksum.

        Raises:
            ManifestDamagedError, SegmentDamagedError: Naming the first that differs.
        """
        snapshot = open_snapshot(self._folder, known={})
        for segment in snapshot.segments:
            segment.verify()

    def stats(self) -> CollectionStats:
        """Count what is here."""
        return counted(self._searcher, self._snapshot.manifest.generation, self.last_maintenance_error)

    def _adopt(self, snapshot: Snapshot) -> None:
        with self._writing:
            base_seq = self._delta.base_seq
            if snapshot.applied_seq < base_seq:
                raise ManifestDamagedError(
                    self._folder / MANIFEST, f"is at seq {snapshot.applied_seq}, behind the {base_seq} that it was at"
                )
            if snapshot.applied_seq > base_seq:
                self._delta = self._delta.after(snapshot.applied_seq)
            self._snapshot = snapshot
            self._publish()

    def _publish(self) -> None:
        self._searcher = SnapshotSearcher(self._snapshot.segments, self._delta.view(), self._snapshot.tombstones)
