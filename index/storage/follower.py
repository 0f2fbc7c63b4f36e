"""
The reading side of a collection: a snapshot from its folder, and the log after it in memory.

Invariant: what `searcher()` returns never changes, and the next one is only ever newer. Searching takes no lock.
`apply` and the swap of a new snapshot exclude each other for as long as a copy of the delta takes. Nothing here is the
record: changes that were not sealed are read from the record again after a restart, from `version` on.
"""

import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Generic, Self

from index.changes import Add, Change
from index.checks import check_change
from index.errors import GapError, ManifestDamagedError, SegmentDamagedError
from index.stats import CollectionStats, PartStats
from index.storage.delta import Delta, DeltaView
from index.storage.disk.lock import last_error
from index.storage.kind import PartKind, PartT, RowsT, SearcherT
from index.storage.manifest import MANIFEST, signature
from index.storage.merge import leftovers
from index.storage.snapshot import SEGMENTS, Snapshot, open_snapshot


class Follower(Generic[PartT, RowsT, SearcherT]):
    """
    A folder's snapshot and the log after it; writes nothing. Safe from any thread.

    Use `open`; only this package calls the constructor.
    """

    def __init__(self, folder: Path, kind: PartKind[PartT, RowsT, SearcherT], snapshot: Snapshot[PartT]) -> None:
        """Begin with a snapshot and an empty delta."""
        self._folder = folder
        self._kind = kind
        self._snapshot = snapshot
        self._delta: Delta[RowsT] = Delta(kind, base_seq=snapshot.applied_seq)
        self._writing = threading.Lock()
        self._refreshing = threading.Lock()
        self._publish()

    @classmethod
    def open(cls, folder: Path, kind: PartKind[PartT, RowsT, SearcherT]) -> Self:
        """
        Open a collection's folder, or begin an empty one.

        Args:
            folder: Made if it is missing, readable by its owner alone.

            kind: Kind of the parts in it.

        Raises:
            ManifestDamagedError, SegmentDamagedError: If a file is missing or differs; `open_or_rebuild` cures it.

            UnsupportedFormatVersionError, ForeignFileError: If a newer Staydown, or another program, wrote it.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # values show what the pictures show
        (folder / SEGMENTS).mkdir(exist_ok=True)
        return cls(folder, kind, open_snapshot(kind, folder, known={}))

    @property
    def version(self) -> int:
        """The `seq` of the last change applied; 0 at first."""
        return self._view.version

    @property
    def applied_seq(self) -> int:
        """The `seq` up to which the segments contain the log."""
        return self._snapshot.applied_seq

    @property
    def last_maintenance_error(self) -> str | None:
        """Why the last seal, merge or rebuild of this folder failed, in whichever process; None if it did not."""
        return last_error(self._folder)

    @property
    def tombstones(self) -> int:
        """Removed items that still lie in a segment, or lay in none, until `merge`; removals sealed or not."""
        snapshot, view = self._current()
        return len(snapshot.tombstones) + sum(
            len(view.removed_elsewhere(signal_type)) for signal_type in view.signal_types
        )

    @property
    def has_removed(self) -> bool:
        """Whether a removed value may lie on the disk: in a segment, or in what a killed process left behind."""
        return bool(self.tombstones) or bool(leftovers(self._folder, self._snapshot.manifest))

    def searcher(self) -> SearcherT:
        """Return the current view; it stays as it is while later changes arrive."""
        return self._searcher

    def apply(self, changes: Sequence[Change]) -> None:
        """
        Follow the log: changes in order of `seq`, the first right after `version`. Repeats are ignored.

        All of them or, on an error, none.

        Raises:
            GapError: If a `seq` is skipped.

            SignalTypeError, ItemIdError, WidthMismatchError, SignalValueError: If a change cannot be indexed.
        """
        with self._writing:
            due = self._delta.version + 1
            fresh = [change for change in changes if change.seq >= due]
            for expected, change in enumerate(fresh, start=due):
                if change.seq != expected:
                    raise GapError(expected=expected, got=change.seq)
                self._check(change)
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
            self._adopt(open_snapshot(self._kind, self._folder, known=known))
            return True

    def check_sizes(self) -> None:
        """
        See whether every live file is still there, as long as it was; reads none.

        Another process may merge meanwhile and delete what it replaced: then its files are looked at, too.

        Raises:
            ManifestDamagedError: If the folder is gone.

            SegmentDamagedError: Naming the first file that differs.
        """
        if not (self._folder / SEGMENTS).is_dir():
            raise ManifestDamagedError(self._folder / SEGMENTS, "is gone")
        while True:
            segments = self._snapshot.segments
            try:
                for segment in segments:
                    segment.check_sizes()
                return
            except SegmentDamagedError:
                self.refresh()
                if self._snapshot.segments is segments:  # the manifest names that file still
                    raise

    def verify(self) -> None:
        """
        Read every byte of every live file and compare it with its checksum.

        Raises:
            ManifestDamagedError, SegmentDamagedError: Naming the first that differs.
        """
        open_snapshot(self._kind, self._folder, known={}, budget_bytes=None)

    def stats(self) -> CollectionStats:
        """Count what is here."""
        snapshot, view = self._current()
        parts = _part_stats(snapshot)
        items: Counter[str] = Counter()
        for part in parts:
            items[part.signal_type] += part.rows
        for signal_type in view.signal_types:
            items[signal_type] += len(view.item_ids(signal_type))
        return CollectionStats(
            version=view.version,
            applied_seq=view.base_seq,
            generation=snapshot.manifest.generation,
            items=items,
            tombstones=self.tombstones,
            delta_changes=view.version - view.base_seq,
            size_bytes=sum(segment.file_bytes for segment in snapshot.segments),
            parts=parts,
            last_maintenance_error=self.last_maintenance_error,
        )

    def _check(self, change: Change) -> None:
        check_change(change)
        if isinstance(change, Add) and self._kind.holds(change.signal_type):
            self._kind.check(change)

    def _adopt(self, snapshot: Snapshot[PartT]) -> None:
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
        """Swap what readers get. The version comes last: a reader of the version finds a searcher that is as new."""
        view = self._delta.view()
        self._searcher = self._kind.searcher(self._snapshot, view)
        self._view = view

    def _current(self) -> tuple[Snapshot[PartT], DeltaView[RowsT]]:
        """Return the snapshot and the delta after it, as they belong together."""
        with self._writing:
            return self._snapshot, self._view


def _part_stats(snapshot: Snapshot[Any]) -> tuple[PartStats, ...]:
    return tuple(
        PartStats(
            segment=segment.ref.name,
            signal_type=signal_type,
            backend=part.name,
            rows=len(part),
            size_bytes=part.size_bytes,
            details=part.stats(),
        )
        for segment in snapshot.segments
        for signal_type, part in segment.parts.items()
    )
