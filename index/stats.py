"""
What an operator sees of one collection, as plain values.

Holds no array and no lock; `IndexCollection.stats` gives it, and anyone may print it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from index.hashes.searcher import SnapshotSearcher


@dataclass(frozen=True, slots=True)
class PartStats:
    """
    One signal type in one segment.

    Args:
        segment: The segment's name.

        signal_type: ``"pdq/1"``.

        backend: A row of `INDEX_BACKENDS`.

        rows: Items, tombstoned ones too.

        size_bytes: What codes, ids and tables take, on disk and mapped.

        details: What the backend has to say, such as the shape of its tables or the fallbacks it took.
    """

    segment: str
    signal_type: str
    backend: str
    rows: int
    size_bytes: int
    details: Mapping[str, int | float | str]


@dataclass(frozen=True, slots=True)
class CollectionStats:
    """
    One collection in one process.

    Args:
        version: The last `seq` applied here.

        applied_seq: The last `seq` the segments contain.

        generation: How often the manifest was replaced.

        items: Items in segments and delta by signal type, tombstoned ones too.

        tombstones: Removed items that still lie in a segment, until `merge`; removals sealed or not.

        delta_changes: Changes since `applied_seq`, held in memory.

        size_bytes: Bytes of all segment files.

        parts: Every part of every segment.

        last_maintenance_error: Why the last seal, merge or rebuild failed, in whichever process; None if it did not.
    """

    version: int
    applied_seq: int
    generation: int
    items: Mapping[str, int]
    tombstones: int
    delta_changes: int
    size_bytes: int
    parts: tuple[PartStats, ...]
    last_maintenance_error: str | None


def counted(view: SnapshotSearcher, generation: int, last_maintenance_error: str | None) -> CollectionStats:
    """Count what one view holds."""
    parts = tuple(
        PartStats(
            segment=segment.ref.name,
            signal_type=part.signal_type,
            backend=part.backend.name,
            rows=len(part.backend),
            size_bytes=part.backend.size_bytes,
            details=part.backend.stats(),
        )
        for segment in view.segments
        for part in segment.parts.values()
    )
    items: Counter[str] = Counter()
    for part in parts:
        items[part.signal_type] += part.rows
    for signal_type in view.delta.signal_types:
        items[signal_type] += len(view.delta.rows(signal_type)[1])
    return CollectionStats(
        version=view.version,
        applied_seq=view.delta.base_seq,
        generation=generation,
        items=items,
        tombstones=len(view.tombstones)
        + sum(len(view.delta.removed_elsewhere(signal_type)) for signal_type in view.delta.signal_types),
        delta_changes=view.version - view.delta.base_seq,
        size_bytes=sum(segment.file_bytes for segment in view.segments),
        parts=parts,
        last_maintenance_error=last_maintenance_error,
    )
