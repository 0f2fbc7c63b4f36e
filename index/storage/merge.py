"""
From what is live to fewer files: sealing the delta, merging segments, dropping tombstoned rows, rebuilding.

Invariant: every function here leaves the collection's content as it was and changes only how it lies on disk. Each
writes new files, then replaces the manifest, then deletes what no manifest names: killed anywhere, the folder is either
as before or as after. Only the holder of the seal lock may call them; readers and writers of the delta go on meanwhile.

Segments are merged in tiers: four segments of about the same size become one of the next tier, so that each item is
rewritten log₄(n / `PartKind.first_tier_rows`) times and a search visits few segments. A search of hashes costs much the
same in each, however small, so where the largest has not been written for a while they become one (`at_rest`).
"""

import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from index.base import ItemIds
from index.changes import Add, LiveItems
from index.checks import check_change
from index.storage.delta import Delta, DeltaView
from index.storage.disk import faults
from index.storage.kind import Mask, PartKind, PartT, RowsT
from index.storage.manifest import TEMPORARY, Manifest, replace_manifest
from index.storage.segment import Segment, SegmentRef, write_segment
from index.storage.snapshot import SEGMENTS, Snapshot
from index.storage.tombstones import PREFIX, Tombstones, are_among

TIER_FACTOR = 4

REST_S = 60.0
"""No segment is written again sooner because of others beside it."""

MOST_ROWS_AT_REST = 16_000_000
"""More are not made one: writing 10 million of 32 bytes takes 1.4 GB of memory."""

_ITEMS_A_BATCH = 10_000
"""Of the record, when everything is written again: 120 MB of local features."""


def due_groups(segments: Sequence[Segment[PartT]], *, first_tier_rows: int) -> list[list[Segment[PartT]]]:
    """Return the tiers that have grown to `TIER_FACTOR` segments, smallest first."""
    tiers: dict[int, list[Segment[PartT]]] = defaultdict(list)
    for segment in segments:
        tiers[_tier(segment.row_count, first_tier_rows)].append(segment)
    return [group for _, group in sorted(tiers.items()) if len(group) >= TIER_FACTOR]


def at_rest(
    segments: Sequence[Segment[PartT]], *, rest_s_a_row: float | None, now_s: float
) -> Sequence[Segment[PartT]]:
    """
    Return the segments that should become one, the largest of them having been as it is for long enough.

    Args:
        segments: All of a collection.

        rest_s_a_row: See `PartKind.rest_s_a_row`.

        now_s: Seconds since the epoch. What seems to have been written a little later was just written, by a clock
            that is ahead; what seems to be much later, before the clock was put back.

    Returns:
        At least two, smallest first, or none.
    """
    if rest_s_a_row is None:
        return ()
    group, rows = list[Segment[PartT]](), 0
    for segment in sorted(segments, key=lambda each: each.row_count):
        rows += segment.row_count
        if rows > MOST_ROWS_AT_REST:
            break
        group.append(segment)
    if len(group) < 2:
        return ()
    apart_s = abs(now_s - group[-1].written_s)
    return group if apart_s >= max(REST_S, group[-1].row_count * rest_s_a_row) else ()


def tombstoned(kind: PartKind[PartT, Any, Any], snapshot: Snapshot[PartT]) -> list[Segment[PartT]]:
    """Return the segments in which a removed value still lies."""
    return [
        segment
        for segment in snapshot.segments
        if any(removed is not None for _, _, removed in _rows_of(kind, segment, snapshot.tombstones))
    ]


def seal_delta(
    kind: PartKind[PartT, RowsT, Any], folder: Path, snapshot: Snapshot[PartT], delta: DeltaView[RowsT]
) -> None:
    """Write what the delta added and kept as a segment, and what it removed from older ones as tombstones."""
    added: dict[str, RowsT] = {}
    removed: dict[str, ItemIds] = {}
    for signal_type in delta.signal_types:
        gone = delta.removed_ids(signal_type)
        pieces = delta.rows(signal_type)
        if pieces:
            added[signal_type] = kind.joined(pieces, [_mask(piece.item_ids, gone) for piece in pieces])
        removed[signal_type] = delta.removed_elsewhere(signal_type)
    refs = list(snapshot.manifest.segments)
    if any(len(rows.item_ids) for rows in added.values()):
        refs.append(write_segment(kind, folder / SEGMENTS, added))
    tombstones = snapshot.tombstones.plus(removed) if refs else Tombstones({})
    _commit(folder, snapshot.manifest, refs, tombstones, applied_seq=delta.version)


def merge_segments(
    kind: PartKind[PartT, RowsT, Any], folder: Path, snapshot: Snapshot[PartT], group: Sequence[Segment[PartT]]
) -> None:
    """Replace a group of segments by one without their tombstoned rows, and forget those tombstones."""
    found: dict[str, list[tuple[RowsT, Mask | None]]] = defaultdict(list)
    for segment in group:
        for signal_type, rows, removed in _rows_of(kind, segment, snapshot.tombstones):
            found[signal_type].append((rows, removed))
    gone = {signal_type: _removed_ids(pieces) for signal_type, pieces in found.items()}
    merged = {
        signal_type: kind.joined([rows for rows, _ in pieces], [removed for _, removed in pieces])
        for signal_type, pieces in found.items()
    }
    replaced = {segment.ref.name for segment in group}
    refs = [ref for ref in snapshot.manifest.segments if ref.name not in replaced]
    if any(len(rows.item_ids) for rows in merged.values()):
        refs.insert(0, write_segment(kind, folder / SEGMENTS, merged))
    _commit(folder, snapshot.manifest, refs, snapshot.tombstones.minus(gone), applied_seq=snapshot.applied_seq)


def forget_tombstones(folder: Path, snapshot: Snapshot[Any]) -> None:
    """Drop tombstones of which no segment holds an item: those of removals that named what never was."""
    _commit(folder, snapshot.manifest, snapshot.manifest.segments, Tombstones({}), applied_seq=snapshot.applied_seq)


def rebuild_all(kind: PartKind[Any, RowsT, Any], folder: Path, old: Manifest, live: LiveItems) -> None:
    """Write everything again from the record, in one segment."""
    delta = Delta(kind)
    for batch in _batches(live.items):
        for item in batch:
            check_change(item)
            if kind.holds(item.signal_type):
                kind.check(item)
        delta.append(batch)
    view = delta.view()
    rows = {each: kind.joined(view.rows(each), [None] * len(view.rows(each))) for each in view.signal_types}
    refs = [write_segment(kind, folder / SEGMENTS, rows)] if rows else []
    _commit(folder, old, refs, Tombstones({}), applied_seq=live.version)


def leftovers(folder: Path, manifest: Manifest) -> list[Path]:
    """Return what the manifest does not name: an operation was cut short, or is under way and has the lock."""
    named = {ref.name for ref in manifest.segments} | {manifest.tombstones.name}
    ours = [path for path in (folder / SEGMENTS).iterdir() if path.is_dir()]
    ours += [*folder.glob(PREFIX + "*"), *folder.glob(TEMPORARY)]
    return sorted(path for path in ours if path.name not in named)


def remove_leftovers(folder: Path, manifest: Manifest) -> None:
    """Delete what the manifest does not name. A process that has it open keeps reading it."""
    for path in leftovers(folder, manifest):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
        faults.reach("retired:one-removed")


def _commit(
    folder: Path, old: Manifest, refs: Sequence[SegmentRef], tombstones: Tombstones, *, applied_seq: int
) -> None:
    ref = tombstones.write(folder)
    faults.reach("tombstones:written")
    new = replace(old, generation=old.generation + 1, applied_seq=applied_seq, segments=tuple(refs), tombstones=ref)
    replace_manifest(folder, new)
    remove_leftovers(folder, new)


def _rows_of(
    kind: PartKind[PartT, RowsT, Any], segment: Segment[PartT], tombstones: Tombstones
) -> Iterator[tuple[str, RowsT, Mask | None]]:
    """Yield each part's signal type and rows, and which of them are tombstoned; None for a part without any."""
    for signal_type, part in segment.parts.items():
        rows = kind.rows(part)
        yield signal_type, rows, _mask(rows.item_ids, tombstones.ids(signal_type))


def _mask(item_ids: ItemIds, removed: ItemIds) -> Mask | None:
    if not len(removed):
        return None
    mask = are_among(item_ids, removed)
    return mask if mask.any() else None


def _removed_ids(pieces: Sequence[tuple[RowsT, Mask | None]]) -> ItemIds:
    """Return the sorted ids of the rows that are removed."""
    ids = [rows.item_ids[removed] for rows, removed in pieces if removed is not None]
    return np.sort(np.concatenate([np.empty(0, np.int64), *ids]))


def _batches(items: Iterable[Add]) -> Iterator[list[Add]]:
    batch: list[Add] = []
    for item in items:
        batch.append(item)
        if len(batch) == _ITEMS_A_BATCH:
            yield batch
            batch = []
    yield batch


def _tier(rows: int, first_tier_rows: int) -> int:
    tier = 0
    while rows > first_tier_rows * TIER_FACTOR**tier:
        tier += 1
    return tier
