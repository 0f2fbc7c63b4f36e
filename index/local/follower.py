"""
The reading side of a collection's local features: parts from its folder, and the log after them in memory.

    view = sealed parts (mapped)  +  parts in memory  -  removed items, at one version

Invariant: a view never changes, and the next is only newer. What `apply` returned from is in the next view, and a
removed item is never named again; only how well a copy is ranked is approximate. New parts are merged while the last is
at least half as large as the one before, so a bank grown one by one is searched in a few parts.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import numpy as np

from index.base import ItemIds
from index.changes import Add, Change
from index.errors import GapError, IndexStoreError, ManifestDamagedError
from index.local.part import LocalPart, NewReference
from index.local.segment import open_part
from index.local.votes import LocalCandidate, find_candidates
from index.stats import PartStats
from index.storage.lock import last_error
from index.storage.manifest import MANIFEST, Manifest, Signature, read_manifest, signature
from index.storage.snapshot import SEGMENTS
from index.storage.tombstones import Tombstones, read_tombstones
from matcher.signals import local
from matcher.signals.local import LocalFeatures, QueryFeatures


@dataclass(frozen=True, slots=True, eq=False)
class LocalSearcher:
    """
    A fixed view; safe from any thread.

    Args:
        version: The `seq` of the last change it contains.

        sealed: Parts on disk, oldest first.

        growing: Parts in memory, likewise.

        dead: Removed items, sorted.
    """

    version: int = 0
    sealed: tuple[LocalPart, ...] = ()
    growing: tuple[LocalPart, ...] = ()
    dead: ItemIds = field(default_factory=lambda: np.empty(0, np.int64))

    def candidates(self, query: QueryFeatures, *, limit: int = 12) -> list[LocalCandidate]:
        """
        Name the references that may be in a picture, most suspicious first.

        Args:
            query: What is asked.

            limit: How many at most. One reference may come in several forms.
        """
        return find_candidates(self.sealed + self.growing, self.dead, query, limit=limit)

    def __len__(self) -> int:
        """Return the number of references that can be found."""
        return sum(int(np.count_nonzero(part.alive(self.dead))) for part in self.sealed + self.growing)


class LocalFollower:
    """
    A folder's parts and the log after them; writes nothing. Safe from any thread.

    Use `open`; the constructor is for this room.
    """

    def __init__(self, folder: Path) -> None:
        """Begin with nothing."""
        self._folder = folder
        self._manifest = Manifest()
        self._seen: Signature | None = None
        self._opened: dict[str, LocalPart] = {}
        self._tombstones = Tombstones({})
        self._removed: dict[int, int] = {}
        self._searcher = LocalSearcher()
        self._writing = threading.Lock()

    @classmethod
    def open(cls, folder: Path) -> Self:
        """
        Open a folder, or begin an empty one.

        Raises:
            ManifestDamagedError, SegmentDamagedError: If a file is missing or differs; a rebuild cures it.

            UnsupportedFormatVersionError, ForeignFileError: If a newer Staydown, or another program, wrote it.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # what is in it shows what the pictures show
        (folder / SEGMENTS).mkdir(exist_ok=True)
        index = cls(folder)
        index.refresh()
        return index

    @property
    def version(self) -> int:
        """The `seq` of the last change applied; 0 at first."""
        return self._searcher.version

    @property
    def applied_seq(self) -> int:
        """The `seq` up to which the files contain the log."""
        return self._manifest.applied_seq

    @property
    def last_maintenance_error(self) -> str | None:
        """Why the last seal, merge or rebuild of this folder failed, in whichever process; None if it did not."""
        return last_error(self._folder)

    def searcher(self) -> LocalSearcher:
        """Return the current view; it stays as it is while later changes arrive."""
        return self._searcher

    def part_stats(self) -> tuple[PartStats, ...]:
        """Count what is in the parts on disk."""
        return tuple(
            PartStats(
                segment=name,
                signal_type=local.NAME,
                backend="faiss_binary_ivf",
                rows=len(part),
                size_bytes=sum(file.stat().st_size for file in (self._folder / SEGMENTS / name).glob("*")),
                details={"descriptors": part.rows},
            )
            for name, part in self._opened.items()
        )

    def apply(self, changes: Sequence[Change]) -> None:
        """
        Follow the log: changes in order of `seq`, the first right after `version`. Repeats are ignored.

        Changes of other signal types count as followed. All of them or, on an error, none.

        Raises:
            GapError: If a `seq` is skipped.

            SignalValueError: If a value is not `local/1`.
        """
        with self._writing:
            due = self.version + 1
            fresh = [change for change in changes if change.seq >= due]
            for expected, change in enumerate(fresh, start=due):
                if change.seq != expected:
                    raise GapError(expected=expected, got=change.seq)
            added = [read_reference(c) for c in fresh if isinstance(c, Add) and c.signal_type == local.NAME]
            gone = [c for c in fresh if not isinstance(c, Add) and c.signal_type == local.NAME]
            if not fresh:
                return
            self._removed |= {change.item_id: change.seq for change in gone}
            growing = self._searcher.growing
            if added:
                growing = _merged_while_alike([*growing, LocalPart.build(added)], self._dead())
            self._publish(fresh[-1].seq, growing)

    def refresh(self) -> bool:
        """
        Take over what another process sealed or merged. Costs about a microsecond if there is nothing new.

        Returns:
            Whether there was something new. The version never goes back.

        Raises:
            ManifestDamagedError, SegmentDamagedError: If the new files are damaged; the old view goes on serving.
        """
        if signature(self._folder) == self._seen:
            return False
        with self._writing:
            while (seen := signature(self._folder)) != self._seen:
                if seen is None:
                    raise ManifestDamagedError(self._folder / MANIFEST, "is gone")
                try:
                    self._adopt(read_manifest(self._folder))
                    self._seen = seen
                except (IndexStoreError, FileNotFoundError):
                    # Replaced while it was read, and what it named was deleted? Then there is a newer one.
                    if signature(self._folder) == seen:
                        raise
            return True

    def verify(self) -> None:
        """
        Read every byte of every live file and compare it with its checksum.

        Raises:
            ManifestDamagedError, SegmentDamagedError: Naming the first that differs.
        """
        for ref in read_manifest(self._folder).segments:
            open_part(self._folder / SEGMENTS / ref.name, ref, budget_bytes=None)

    def _adopt(self, manifest: Manifest) -> None:
        stones = read_tombstones(self._folder, manifest.tombstones)
        segments = self._folder / SEGMENTS
        opened = {
            ref.name: self._opened.get(ref.name) or open_part(segments / ref.name, ref) for ref in manifest.segments
        }
        applied = manifest.applied_seq
        self._manifest, self._tombstones, self._opened = manifest, stones, opened
        self._removed = {item: seq for item, seq in self._removed.items() if seq > applied}
        later = [_later_than(applied, part) for part in self._searcher.growing]
        self._publish(max(self.version, applied), tuple(part for part in later if len(part)))

    def _publish(self, version: int, growing: tuple[LocalPart, ...]) -> None:
        self._searcher = LocalSearcher(version, tuple(self._opened.values()), growing, self._dead())

    def _dead(self) -> ItemIds:
        return np.union1d(self._tombstones.ids(local.NAME), np.array(list(self._removed), np.int64))


def read_reference(change: Add) -> NewReference:
    """
    Read a change's value.

    Raises:
        SignalValueError: If it is not `local/1`.
    """
    return NewReference(change.item_id, change.seq, LocalFeatures.from_bytes(change.value))


def _merged_while_alike(parts: list[LocalPart], dead: ItemIds) -> tuple[LocalPart, ...]:
    while len(parts) > 1 and 2 * len(parts[-1]) >= len(parts[-2]):
        parts[-2:] = [LocalPart.merged(parts[-2:], dead)]
    return tuple(parts)


def _later_than(seq: int, part: LocalPart) -> LocalPart:
    """Return a part without what was added up to `seq`; the part itself if that is nothing."""
    sealed = part.references["item_id"][part.references["seq"] <= seq]
    return LocalPart.merged([part], sealed) if len(sealed) else part
