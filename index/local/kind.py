"""
Local features as a kind of part: how they are kept, written, opened, put together and searched.

    segments/<name>/local.json    {"format", "format_version", "centroids", "files": [{"name", "size_bytes", "blocks"}]}
    segments/<name>/…             what `LocalPart.save` wrote

Invariant: a segment is one part, of `local/1`, and remembers the checksum of the centroids its descriptors are sorted
by: with others they would be looked for in the wrong lists.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from index.changes import Add
from index.local.growing import GrowingParts
from index.local.part import LocalPart
from index.local.quantiser import checksum
from index.local.searcher import LocalSearcher
from index.storage.collection import Collection
from index.storage.delta import DeltaView
from index.storage.kind import Mask, PartFiles
from index.storage.segment import file_documents, file_records
from index.storage.snapshot import Snapshot
from matcher.signals import local

SEAL_AFTER_REFERENCES: Final = 2_000
"""A restart reads at most this many from the record again: 24 MB."""

DROP_AFTER_REMOVED: Final = 256
"""3 MB, of references that were taken back before they were sealed."""

ONE_TIER: Final = 2**63
"""Every part is of one tier, so that four are merged into one: each on disk costs a query some 0.5 ms."""


class LocalKind:
    """The references of a collection by their local features: a ranking of suspicions, not an exact list."""

    description: Final = "local.json"
    format: Final = "staydown-local-segment"
    format_version: Final = 1
    first_tier_rows: Final = ONE_TIER
    rest_s_a_row: Final = None
    seal_after_rows: Final = SEAL_AFTER_REFERENCES
    drop_after_removed: int = DROP_AFTER_REMOVED

    def holds(self, signal_type: str) -> bool:
        """Tell whether values of this signal type are local features."""
        return signal_type == local.NAME

    def check(self, change: Add) -> None:
        """Accept anything: `GrowingParts.append` reads the values, and refuses all of a batch if one is odd."""

    def new_rows(self, signal_type: str) -> GrowingParts:
        """Begin without any reference."""
        return GrowingParts()

    def rows(self, part: LocalPart) -> LocalPart:
        """Return the part itself: it is the same in memory and on disk."""
        return part

    def joined(self, rows: Sequence[LocalPart], removed: Sequence[Mask | None]) -> LocalPart:
        """Put parts together, without the references that are removed."""
        gone = [part.item_ids[mask] for part, mask in zip(rows, removed, strict=True) if mask is not None]
        if len(rows) == 1 and not gone:
            return rows[0]
        return LocalPart.merged(rows, np.concatenate([np.empty(0, np.int64), *gone]))

    def written_as(self, signal_type: str) -> str:
        """Return how every part is searched."""
        return LocalPart.name

    def folder_of(self, signal_type: str) -> str:
        """Return the segment's own folder: there is no other part in it."""
        return "."

    def save(self, rows: LocalPart, folder: Path) -> None:
        """
        Write the part's files.

        Raises:
            OSError: If they cannot be written.
        """
        rows.save(folder)

    def load(self, files: PartFiles, folder: Path) -> LocalPart:
        """
        Open a part.

        Raises:
            OSError, ValueError: If it cannot be opened.
        """
        return LocalPart.load(folder)

    def describe(self, parts: Sequence[PartFiles]) -> dict[str, object]:
        """Return what `local.json` says beside format and version."""
        return {"centroids": checksum(), "files": [file for part in parts for file in file_documents(part)]}

    def described(self, description: Mapping[str, Any], rows: Mapping[str, int]) -> list[PartFiles]:
        """
        Read what `describe` returned.

        Raises:
            KeyError, TypeError: If it is not such a description.

            ValueError: If the descriptors are sorted by other centroids than this program's.
        """
        if description["centroids"] != checksum():
            raise ValueError("its descriptors are sorted by other centroids than those of this program")
        files = file_records(description["files"])
        return [PartFiles(local.NAME, ".", LocalPart.name, rows[local.NAME], files)]

    def searcher(self, snapshot: Snapshot[LocalPart], delta: DeltaView[LocalPart]) -> LocalSearcher:
        """Return a fixed view, searched by votes."""
        sealed = tuple(part for segment in snapshot.segments for part in segment.parts.values())
        dead = np.union1d(snapshot.tombstones.ids(local.NAME), delta.removed_ids(local.NAME))
        return LocalSearcher(delta.version, sealed, delta.rows(local.NAME), dead)


LocalCollection = Collection[LocalPart, LocalPart, LocalSearcher]
"""A folder of local features: `LocalCollection.open(folder, LocalKind())`."""
