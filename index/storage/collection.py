"""
One collection in one folder: a follower that also seals, merges, compacts and rebuilds it.

Invariant: one process at a time writes into the folder (`disk/lock.py`), and readers and writers of the delta, here and
in other processes, go on meanwhile: new files first, then the manifest, then the swap of the view. A failure leaves
what was live, takes its leftovers away and is there for every process to read as `last_maintenance_error`.
<folder>/MANIFEST.json  segments/<name>/  tombstones-<token>  LOCK
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from index.changes import ReadLive
from index.errors import DamagedIndexError, SealLockHeldError, StaleRebuildError
from index.storage.follower import Follower
from index.storage.kind import PartKind, PartT, RowsT, SearcherT
from index.storage.merge import (
    at_rest,
    due_groups,
    forget_tombstones,
    leftovers,
    merge_segments,
    rebuild_all,
    remove_leftovers,
    seal_delta,
    tombstoned,
)
from index.storage.segment import Segment
from index.storage.snapshot import SEGMENTS, Snapshot
from index.storage.upkeep import folder_locked, readable_manifest

SEAL_AFTER_CHANGES = 50_000
"""A delta of this many changes costs a query 0.04 ms and holds about 4 MB; no restart reads more of the log again."""


class Collection(Follower[PartT, RowsT, SearcherT]):
    """
    A collection that follows its log and looks after its files. Safe from any thread.

    Use `open` or `open_or_rebuild`.
    """

    rebuilt_because: DamagedIndexError | None = None
    """Why `open_or_rebuild` had to rebuild; None if it did not."""

    @classmethod
    def open_or_rebuild(cls, folder: Path, kind: PartKind[PartT, RowsT, SearcherT], read_live: ReadLive) -> Self:
        """
        Open a collection's folder; if it is damaged, write it again from the record first.

        Several processes may do this at once: one rebuilds, the others wait and open the result.

        Args:
            folder: As for `open`.

            kind: As for `open`.

            read_live: Reads the record. Called only if needed, when no other process can seal.

        Raises:
            MaintenanceError: If the rebuild failed.
        """
        try:
            return cls.open(folder, kind)
        except DamagedIndexError as error:
            damage = error
        collection = cls(folder, kind, Snapshot())
        collection.repair(read_live)
        collection.rebuilt_because = damage
        return collection

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
            for segment in tombstoned(self._kind, self._snapshot):
                self._merge([segment])
                worked = True
            return self._forget_tombstones() or worked

    def erase_removed(self) -> int:
        """
        Take every removed value off the disk, whoever sealed it, and what killed processes left behind.

        Returns:
            How many files held one, and are written again without it or deleted.

        Raises:
            SealLockHeldError, MaintenanceError: As for `seal`.
        """
        with folder_locked(self._folder, "erase", wait=False):
            self.refresh()
            files = _files_in(leftovers(self._folder, self._snapshot.manifest))
            remove_leftovers(self._folder, self._snapshot.manifest)
            self._seal()
            for segment in tombstoned(self._kind, self._snapshot):
                files += _files_in([self._folder / SEGMENTS / segment.ref.name])
                self._merge([segment])
            self._forget_tombstones()
            return files

    def compact(self, *, wait: bool = True) -> bool:
        """
        Seal, and write everything into one segment, as parts are written now, without tombstoned rows.

        Arguments, result and errors are those of `seal`.
        """
        with self._maintaining("compact", wait=wait):
            worked = self._seal()
            segments = self._snapshot.segments
            as_now = all(
                part.name == self._kind.written_as(signal_type)
                for segment in segments
                for signal_type, part in segment.parts.items()
            )
            if as_now and len(segments) <= 1 and not len(self._snapshot.tombstones):
                return worked
            self._merge(segments)
            self._forget_tombstones()
            return True

    def maintain(self, *, seal_after: int = SEAL_AFTER_CHANGES, share: int = 1) -> bool:
        """
        Do what is due, for a loop to call: seal, merge tiers that have filled up and what has come to rest.

        Sealing is due after `seal_after` changes, or when as many items lie in memory as the kind of part says.
        Clears up after processes that were killed, too. Values removed since the last `merge` wait for the next.

        Args:
            seal_after: So many.

            share: How many collections share that, and the memory of one: each is due so much the earlier.

        Returns:
            Whether anything was done here; false too if another process is at it.

        Raises:
            MaintenanceError: As for `seal`.

            ManifestDamagedError, SegmentDamagedError: If a live file is gone or was cut short; `repair` cures it.
        """
        self.refresh()
        self.check_sizes()
        if not self._is_due(seal_after, share):
            return False
        try:
            with self._maintaining("maintain", wait=False):
                sealed = self._is_seal_due(seal_after, share) and self._seal()
                return self._merge_due() or sealed
        except SealLockHeldError:
            return False

    def rebuild(self, read_live: ReadLive) -> None:
        """
        Write the whole collection again from the record. Searches go on meanwhile.

        Args:
            read_live: Reads the record; called when no other process can seal.

        Raises:
            StaleRebuildError: If the record is older than what the folder has applied.

            MaintenanceError: If it failed. What was live still is.
        """
        self._rebuild(read_live, only_if_damaged=False)

    def repair(self, read_live: ReadLive) -> None:
        """
        Rebuild, unless another process did it meanwhile: for when `refresh` says that the folder is damaged.

        Arguments and errors are those of `rebuild`.
        """
        self._rebuild(read_live, only_if_damaged=True)

    def _seal(self) -> bool:
        snapshot, view = self._current()
        if view.version == snapshot.applied_seq:
            return False
        seal_delta(self._kind, self._folder, snapshot, view)
        self.refresh()
        return True

    def _is_seal_due(self, seal_after: int, share: int) -> bool:
        changes, rows = self.version - self.applied_seq, self._view.row_count
        return share * changes >= seal_after or share * rows >= self._kind.seal_after_rows

    def _is_due(self, seal_after: int, share: int) -> bool:
        return self._is_seal_due(seal_after, share) or bool(
            self._due_groups() or leftovers(self._folder, self._snapshot.manifest)
        )

    def _due_groups(self) -> list[Sequence[Segment[PartT]]]:
        segments = self._snapshot.segments
        resting = at_rest(segments, rest_s_a_row=self._kind.rest_s_a_row, now_s=time.time())
        groups: list[Sequence[Segment[PartT]]] = [*due_groups(segments, first_tier_rows=self._kind.first_tier_rows)]
        return groups or ([resting] if resting else [])

    def _merge_due(self) -> bool:
        worked = False
        while groups := self._due_groups():
            self._merge(groups[0])
            worked = True
        return worked

    def _merge(self, group: Sequence[Segment[PartT]]) -> None:
        merge_segments(self._kind, self._folder, self._snapshot, group)
        self.refresh()

    def _forget_tombstones(self) -> bool:
        """Once every tombstoned row is rewritten away, drop the tombstones that never had one."""
        if not len(self._snapshot.tombstones):
            return False
        forget_tombstones(self._folder, self._snapshot)
        self.refresh()
        return True

    def _rebuild(self, read_live: ReadLive, *, only_if_damaged: bool) -> None:
        # The folder itself may be what is gone.
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._folder / SEGMENTS).mkdir(exist_ok=True)
        with folder_locked(self._folder, "rebuild", wait=True):
            old = readable_manifest(self._folder)
            if only_if_damaged and self._opens():
                return
            live = read_live()
            if live.version < old.applied_seq:
                raise StaleRebuildError(
                    f"the record is at seq {live.version}, the index at {old.applied_seq}; if the record was restored "
                    f"from a backup, stop every process and delete {self._folder}"
                )
            rebuild_all(self._kind, self._folder, old, live)
            self.refresh()

    def _opens(self) -> bool:
        try:
            self.refresh()
            self.check_sizes()
        except DamagedIndexError:
            return False
        return True

    @contextmanager
    def _maintaining(self, operation: str, *, wait: bool) -> Iterator[None]:
        """Hold the lock, with the newest snapshot and without the leftovers of a process that was killed."""
        with folder_locked(self._folder, operation, wait=wait):
            self.refresh()
            remove_leftovers(self._folder, self._snapshot.manifest)
            yield


def _files_in(paths: Iterable[Path]) -> int:
    """Count files, those in folders too."""
    return sum(sum(one.is_file() for one in path.rglob("*")) if path.is_dir() else 1 for path in paths)
