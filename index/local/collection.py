"""
The references of a collection by their local features: what may be in this picture, whatever was done to it?

A sibling of `IndexCollection` for a log whose values are `local/1`: a folder of its own with the same manifest,
tombstones and lock, but its answer is a ranking of suspicions, not an exact list.

Invariant: as there, one process at a time writes into the folder, while readers and writers of what is in memory, here
and in other processes, go on: new files first, then the manifest, then the swap of the view. A failure leaves what was
live, and is there for every process to read as `last_maintenance_error`.

    <folder>/MANIFEST.json  segments/<name>/  tombstones-<token>  LOCK
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import numpy as np

from index.errors import (
    DamagedIndexError,
    StaleRebuildError,
)
from index.local.follower import LocalFollower, read_reference
from index.local.part import LocalPart
from index.local.segment import write_part
from index.storage import faults
from index.storage.manifest import Manifest, replace_manifest
from index.storage.merge import ReadLive, remove_leftovers
from index.storage.segment import SegmentRef
from index.storage.snapshot import SEGMENTS
from index.storage.tombstones import Tombstones
from index.storage.upkeep import folder_locked, readable_manifest
from matcher.signals import local

SEAL_AFTER_REFERENCES = 2_000
"""A restart reads at most this many from the record again: 24 MB."""

SEAL_AFTER_CHANGES = 50_000
"""Nor does it read more changes that concern hashes alone."""

MERGE_PARTS = 4
"""Each part on disk costs a query some 0.5 ms."""


class LocalFeatureIndex(LocalFollower):
    """A collection's local features, and the upkeep of their files. Safe from any thread. Use `open`."""

    rebuilt_because: DamagedIndexError | None = None
    """Why `open_or_rebuild` had to rebuild; None if it did not."""

    @classmethod
    def open_or_rebuild(cls, folder: Path, read_live: ReadLive) -> Self:
        """
        Open a folder; if it is damaged, write it anew from the record first.

        Raises:
            MaintenanceError: If the rebuild failed.
        """
        try:
            return cls.open(folder)
        except DamagedIndexError as error:
            damage = error
        index = cls(folder)
        index.rebuild(read_live)
        index.rebuilt_because = damage
        return index

    @property
    def removed(self) -> int:
        """Removed references whose values still lie on disk, or that removed nothing here, until `merge`."""
        return len(self._dead())

    def seal(self, *, wait: bool = False) -> bool:
        """
        Write what is in memory into a part on disk, so that no process needs it from the record again.

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
        Seal, then write everything into one part without removed references.

        When this returns no removed value is on disk. Arguments, result and errors are those of `seal`.
        """
        with self._maintaining("merge", wait=wait):
            worked = self._seal()
            if len(self._manifest.segments) <= 1 and not len(self._tombstones):
                return worked
            part = LocalPart.merged(tuple(self._opened.values()), self._tombstones.ids(local.NAME))
            self._write((), part, Tombstones({}), applied_seq=self.applied_seq)
            return True

    def maintain(self, *, seal_after: int = SEAL_AFTER_REFERENCES) -> bool:
        """
        Do what is due, for a loop to call: seal, or merge when there are `MERGE_PARTS` parts on disk.

        Returns:
            Whether anything was done.

        Raises:
            SealLockHeldError, MaintenanceError: As for `seal`.
        """
        self.refresh()
        if len(self._manifest.segments) >= MERGE_PARTS:
            return self.merge()
        growing = sum(len(part) for part in self._searcher.growing)
        if growing >= seal_after or self.version - self.applied_seq >= SEAL_AFTER_CHANGES:
            return self.seal()
        return False

    def rebuild(self, read_live: ReadLive) -> None:
        """
        Write everything anew from the record. Searches go on meanwhile.

        Args:
            read_live: Reads the record; called when no other process can seal.

        Raises:
            StaleRebuildError: If the record is behind what the folder has applied.

            MaintenanceError: If it failed. What was live still is.
        """
        with folder_locked(self._folder, "rebuild", wait=True):
            live, old = read_live(), readable_manifest(self._folder)
            if live.version < old.applied_seq:
                raise StaleRebuildError(
                    f"the record is at seq {live.version}, the local features at {old.applied_seq}; if the record was "
                    f"restored from a backup, stop every process and delete {self._folder}"
                )
            part = LocalPart.build([read_reference(item) for item in live.items if item.signal_type == local.NAME])
            self._write((), part, Tombstones({}), applied_seq=live.version)

    def _seal(self) -> bool:
        with self._writing:
            view, removed = self._searcher, np.array(sorted(self._removed), np.int64)
        if view.version == self.applied_seq:
            return False
        on_disk = [part.references["item_id"] for part in view.sealed]
        stones = self._tombstones.plus({local.NAME: np.intersect1d(removed, np.concatenate([removed[:0], *on_disk]))})
        part = LocalPart.merged(view.growing, view.dead) if view.growing else None
        self._write(self._manifest.segments, part, stones, applied_seq=view.version)
        return True

    def _write(
        self, kept: Sequence[SegmentRef], part: LocalPart | None, stones: Tombstones, *, applied_seq: int
    ) -> None:
        """Write a part, then the manifest that names it beside those kept, then take it over."""
        refs = tuple(kept)
        if part is not None and len(part):
            refs = (*refs, write_part(self._folder / SEGMENTS, part))
        ref = stones.write(self._folder)
        faults.reach("tombstones:written")
        generation = readable_manifest(self._folder).generation + 1
        manifest = Manifest(generation=generation, applied_seq=applied_seq, segments=refs, tombstones=ref)
        replace_manifest(self._folder, manifest)
        remove_leftovers(self._folder, manifest)
        self.refresh()

    @contextmanager
    def _maintaining(self, operation: str, *, wait: bool) -> Iterator[None]:
        """Hold the lock, with the newest files and without the leftovers of a process that was killed."""
        with folder_locked(self._folder, operation, wait=wait):
            self.refresh()
            remove_leftovers(self._folder, self._manifest)
            yield
