"""
What an operator sees of one collection, as plain values.

Holds no array and no lock; `CollectionIndex.stats` gives it, and anyone may print it.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PartStats:
    """
    One signal type in one segment.

    Args:
        segment: The segment's name.

        signal_type: ``"pdq/1"``.

        backend: How it is searched: for hashes a row of `INDEX_BACKENDS`.

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
