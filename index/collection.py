"""
One collection in one folder: `SignalIndex` over snapshot + delta, shared by any number of processes.

Invariant: what `searcher()` returns never changes, and the next one is only ever newer. Searching takes no lock.
`apply` and the swap of a new snapshot exclude each other for as long as a copy of the delta takes; sealing and merging
do their work outside, and one process at a time (`lock.py`) does them. Nothing here is the record: a change that was
not sealed is read from the record again after a restart, from `version` on.

    <folder>/MANIFEST.json  segments/<name>/  tombstones-<token>  LOCK
"""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from index import faults
from index.backends import backend_named
from index.changes import Change
from index.checks import check_change
from index.delta import Delta
from index.errors import (
    DamagedIndexError,
    GapError,
    IndexStoreError,
    MaintenanceError,
    ManifestDamagedError,
    SealLockHeldError,
    StaleRebuildError,
    UnsupportedFormatVersionError,
)
from index.lock import SealLock, last_error
from index.manifest import MANIFEST, Manifest, read_manifest, signature
from index.merge import (
    ReadLive,
    due_groups,
    merge_segments,
    rebuild_all,
    remove_leftovers,
    seal_delta,
    tombstoned,
)
from index.searcher import SnapshotSearcher
from index.snapshot import SEGMENTS, Snapshot, open_snapshot
from index.stats import CollectionStats, PartStats

SEAL_AFTER_CHANGES = 50_000
"""A delta of this many changes costs a query 0.1 ms or less (`benchmarks/results/`), and about 4 MB."""


class IndexCollection:
    """
    A collection that follows its log; safe from any thread.

    Use `open` or `open_or_rebuild`; the constructor is theirs.
    """

    def __init__(self, folder: Path, *, backend: str, snapshot: Snapshot) -> None:
        """Begin with a snapshot and an empty delta."""
        self._folder = folder
        self._backend = backend
        self._snapshot = snapshot
        self._delta = Delta(base_seq=snapshot.applied_seq, version=snapshot.applied_seq)
        self._writing = threading.Lock()
        self._refreshing = threading.Lock()
        self.rebuilt_because: DamagedIndexError | None = None
        """Why `open_or_rebuild` had to rebuild; None if it did not."""
        self._publish()

    @classmethod
    def open(cls, folder: Path, *, backend: str = "faiss_flat") -> Self:
        """
        Open a collection's folder, or begin an empty one.

        Args:
            folder: Made if it is missing.

            backend: A row of `INDEX_BACKENDS`, for segments written from now on; older ones open with their own.

        Raises:
            UnknownBackendError: If there is no such backend.

            ManifestDamagedError, SegmentDamagedError: If a file is missing or differs; `open_or_rebuild` cures it.

            UnsupportedFormatVersionError: If a newer Staydown wrote the folder.
        """
        backend_named(backend)
        (folder / SEGMENTS).mkdir(parents=True, exist_ok=True)
        return cls(folder, backend=backend, snapshot=open_snapshot(folder, known={}))

    @classmethod
    def open_or_rebuild(cls, folder: Path, read_live: ReadLive, *, backend: str = "faiss_flat") -> Self:
        """
        Open a collection's folder; if it is damaged, write it anew from the record first.

        Several processes may do this at once: one rebuilds, the others wait and open the result.

        Args:
            folder: As for `open`.

            read_live: Reads the record. Called only if needed, when no other process can seal.

            backend: As for `open`.

        Raises:
            MaintenanceError: If the rebuild failed.
        """
        try:
            return cls.open(folder, backend=backend)
        except DamagedIndexError as error:
            damage = error
        collection = cls(folder, backend=backend, snapshot=Snapshot())
        collection._rebuild(read_live, only_if_damaged=True)
        collection.rebuilt_because = damage
        return collection

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

    def seal(self, *, wait: bool = False) -> bool:
        """
        Write the delta into a segment, so that no process needs it from the record again.

        Args:
            wait: Wait for the lock instead of raising.

        Returns:
            Whether there was anything to write.

        Raises:
            SealLockHeldError: If another process maintains the folder and `wait` is false.

            MaintenanceError: If it failed, for instance because the disk is full. What was live still is.
        """
        with self._maintaining("seal", wait=wait):
            return self._seal()

    def merge(self, *, wait: bool = False) -> bool:
        """
        Seal, merge the tiers that are due, and rewrite every segment in which a removed value still lies.

        When this returns no removed value is on disk. Arguments, result and errors are those of `seal`.
        """
        with self._maintaining("merge", wait=wait):
            worked = self._seal()
            worked = self._merge_due() or worked
            for segment in tombstoned(self._snapshot.segments, self._snapshot.tombstones):
                merge_segments(self._folder, self._snapshot, [segment], backend=self._backend)
                self.refresh()
                worked = True
            return worked

    def compact(self, *, wait: bool = True) -> bool:
        """
        Seal, and write everything into one segment of this collection's backend without tombstoned rows.

        Arguments, result and errors are those of `seal`.
        """
        with self._maintaining("compact", wait=wait):
            worked = self._seal()
            snapshot = self._snapshot
            backends = {part.backend.name for segment in snapshot.segments for part in segment.parts.values()}
            if len(snapshot.segments) <= 1 and not len(snapshot.tombstones) and backends <= {self._backend}:
                return worked
            merge_segments(self._folder, snapshot, snapshot.segments, backend=self._backend)
            self.refresh()
            return True

    def maintain(self, *, seal_after: int = SEAL_AFTER_CHANGES) -> bool:
        """
        Do what is due, for a loop to call: seal a delta of `seal_after` changes, merge tiers that have filled up.

        Removed values wait for `merge`.

        Returns:
            Whether anything was done here; false too if another process is at it.

        Raises:
            MaintenanceError: As for `seal`.
        """
        self.refresh()
        seal_due = self.version - self.applied_seq >= seal_after
        if not seal_due and not due_groups(self._snapshot.segments):
            return False
        try:
            with self._maintaining("maintain", wait=False):
                seal_due = self.version - self.applied_seq >= seal_after
                sealed = seal_due and self._seal()
                return self._merge_due() or sealed
        except SealLockHeldError:
            return False

    def rebuild(self, read_live: ReadLive) -> None:
        """
        Write the whole collection anew from the record. Searches go on meanwhile.

        Args:
            read_live: Reads the record; called when no other process can seal.

        Raises:
            StaleRebuildError: If the record is behind what the folder has applied.

            MaintenanceError: If it failed. What was live still is.
        """
        self._rebuild(read_live, only_if_damaged=False)

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
        view, snapshot = self._searcher, self._snapshot
        items: Counter[str] = Counter()
        parts = []
        for segment in view.segments:
            for part in segment.parts.values():
                backend = part.backend
                items[part.signal_type] += len(backend)
                parts.append(
                    PartStats(
                        segment=segment.ref.name,
                        signal_type=part.signal_type,
                        backend=backend.name,
                        rows=len(backend),
                        size_bytes=backend.size_bytes,
                        details=backend.stats(),
                    )
                )
        for signal_type in view.delta.signal_types:
            items[signal_type] += len(view.delta.rows(signal_type)[1])
        return CollectionStats(
            version=view.version,
            applied_seq=view.delta.base_seq,
            generation=snapshot.manifest.generation,
            items=items,
            tombstones=len(view.tombstones),
            delta_changes=view.version - view.delta.base_seq,
            size_bytes=sum(segment.file_bytes for segment in view.segments),
            parts=tuple(parts),
            last_maintenance_error=self.last_maintenance_error,
        )

    def _seal(self) -> bool:
        view = self._searcher
        if view.version == self._snapshot.applied_seq:
            return False
        seal_delta(self._folder, self._snapshot, view.delta, backend=self._backend)
        self.refresh()
        return True

    def _merge_due(self) -> bool:
        worked = False
        while groups := due_groups(self._snapshot.segments):
            merge_segments(self._folder, self._snapshot, groups[0], backend=self._backend)
            self.refresh()
            worked = True
        return worked

    def _rebuild(self, read_live: ReadLive, *, only_if_damaged: bool) -> None:
        with self._locked("rebuild", wait=True):
            old = _readable_manifest(self._folder)
            if only_if_damaged and self._opens():
                return
            live = read_live()
            if live.version < old.applied_seq:
                raise StaleRebuildError(
                    f"the record is at seq {live.version}, the index at {old.applied_seq}; if the record was restored "
                    f"from a backup, stop every process and delete {self._folder}"
                )
            rebuild_all(self._folder, old, live, backend=self._backend)
            self.refresh()

    def _opens(self) -> bool:
        try:
            self.refresh()
        except DamagedIndexError:
            return False
        return True

    @contextmanager
    def _maintaining(self, operation: str, *, wait: bool) -> Iterator[None]:
        """Hold the lock, with the newest snapshot and without the leftovers of a process that was killed."""
        with self._locked(operation, wait=wait):
            self.refresh()
            remove_leftovers(self._folder, self._snapshot.manifest)
            yield

    @contextmanager
    def _locked(self, operation: str, *, wait: bool) -> Iterator[None]:
        lock = SealLock(self._folder)
        lock.acquire(wait=wait)
        try:
            faults.reach("maintenance:locked")
            yield
            lock.report(None)
        except (OSError, MemoryError) as error:
            self._after_failure(lock, operation, error)
            raise MaintenanceError(operation, str(error)) from error
        except IndexStoreError as error:
            self._after_failure(lock, operation, error)
            raise
        finally:
            lock.release()

    def _after_failure(self, lock: SealLock, operation: str, error: Exception) -> None:
        lock.report(f"{operation}: {error}")
        try:
            remove_leftovers(self._folder, read_manifest(self._folder))
        except (OSError, IndexStoreError):
            return  # the next holder of the lock tries again; the first error is the one to report

    def _adopt(self, snapshot: Snapshot) -> None:
        with self._writing:
            if snapshot.applied_seq < self._delta.base_seq:
                # Somebody put an older folder in this one's place: follow it, and the log from there.
                self._delta = Delta(base_seq=snapshot.applied_seq, version=snapshot.applied_seq)
            elif snapshot.applied_seq > self._delta.base_seq:
                self._delta = self._delta.after(snapshot.applied_seq)
            self._snapshot = snapshot
            self._publish()

    def _publish(self) -> None:
        self._searcher = SnapshotSearcher(self._snapshot.segments, self._delta.view(), self._snapshot.tombstones)


def _readable_manifest(folder: Path) -> Manifest:
    """Return the manifest, or an empty one where a rebuild has to do without."""
    try:
        return read_manifest(folder)
    except (DamagedIndexError, UnsupportedFormatVersionError):
        return Manifest()
