"""
From what is live to fewer files: sealing the delta, merging segments, dropping tombstoned rows, rebuilding.

Invariant: every function here leaves the collection's content as it was and changes only how it lies on disk. Each
writes new files, then replaces the manifest, then deletes what no manifest names: killed anywhere, the folder is either
as before or as after. Only the holder of the seal lock may call them; readers and writers of the delta go on meanwhile.

Segments are merged in tiers: four segments of about the same size become one of the next tier, so that each item is
rewritten log₄(n / 10,000) times and a search visits few segments.
"""

import shutil
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.base import Codes, ItemIds
from index.changes import Add, is_hash
from index.checks import CODE_BYTES, check_change
from index.hashes.delta import DeltaView
from index.storage import faults
from index.storage.manifest import TEMPORARY, Manifest, replace_manifest
from index.storage.segment import Segment, SegmentRef, write_segment
from index.storage.snapshot import SEGMENTS, Snapshot
from index.storage.tombstones import PREFIX, Tombstones, are_among

TIER_FACTOR = 4
FIRST_TIER_ROWS = 10_000

Rows = Mapping[str, tuple[Codes, ItemIds]]
"""Codes (n, 32) and item ids (n,) by signal type."""


@dataclass(frozen=True, slots=True)
class LiveItems:
    """
    Everything a collection holds, as the record tells it.

    Args:
        version: The `seq` these are as of.

        items: One `Add` for each item that is not removed, in any order.
    """

    version: int
    items: Iterable[Add]


ReadLive = Callable[[], LiveItems]


def due_groups(segments: Sequence[Segment]) -> list[list[Segment]]:
    """Return the tiers that have grown to `TIER_FACTOR` segments, smallest first."""
    tiers: dict[int, list[Segment]] = defaultdict(list)
    for segment in segments:
        tiers[_tier(segment.row_count)].append(segment)
    return [group for _, group in sorted(tiers.items()) if len(group) >= TIER_FACTOR]


def tombstoned(segments: Sequence[Segment], stones: Tombstones) -> list[Segment]:
    """Return the segments in which a removed value still lies."""
    return [segment for segment in segments if any(mask is not None for mask in _dead(segment, stones).values())]


def seal_delta(folder: Path, snapshot: Snapshot, delta: DeltaView, *, backend: str) -> None:
    """Write what the delta added and kept as a segment, and what it removed from older ones as tombstones."""
    added: dict[str, tuple[Codes, ItemIds]] = {}
    removed: dict[str, ItemIds] = {}
    for signal_type in delta.signal_types:
        codes, item_ids = delta.rows(signal_type)
        kept = ~are_among(item_ids, delta.removed_ids(signal_type))
        added[signal_type] = codes[kept], item_ids[kept]
        removed[signal_type] = delta.removed_elsewhere(signal_type)
    refs = list(snapshot.manifest.segments)
    if any(len(item_ids) for _, item_ids in added.values()):
        refs.append(write_segment(folder / SEGMENTS, added, backend=backend))
    stones = snapshot.tombstones.plus(removed) if refs else Tombstones({})
    _commit(folder, snapshot.manifest, refs, stones, applied_seq=delta.version)


def merge_segments(folder: Path, snapshot: Snapshot, group: Sequence[Segment], *, backend: str) -> None:
    """Replace a group of segments by one without their tombstoned rows, and forget those tombstones."""
    kept: dict[str, list[tuple[Codes, ItemIds]]] = defaultdict(list)
    gone: dict[str, list[ItemIds]] = defaultdict(list)
    for segment in group:
        rows, dead = _split(segment, snapshot.tombstones)
        for signal_type, pair in rows.items():
            kept[signal_type].append(pair)
            gone[signal_type].append(dead[signal_type])
    replaced = {segment.ref.name for segment in group}
    refs = [ref for ref in snapshot.manifest.segments if ref.name not in replaced]
    merged = {
        signal_type: (np.concatenate([codes for codes, _ in pairs]), np.concatenate([ids for _, ids in pairs]))
        for signal_type, pairs in kept.items()
    }
    if any(len(item_ids) for _, item_ids in merged.values()):
        refs.insert(0, write_segment(folder / SEGMENTS, merged, backend=backend))
    left = snapshot.tombstones.minus({name: np.sort(np.concatenate(ids)) for name, ids in gone.items()})
    _commit(folder, snapshot.manifest, refs, left, applied_seq=snapshot.applied_seq)


def forget_tombstones(folder: Path, snapshot: Snapshot) -> None:
    """Drop tombstones of which no segment holds an item: those of removals that named what never was."""
    _commit(folder, snapshot.manifest, snapshot.manifest.segments, Tombstones({}), applied_seq=snapshot.applied_seq)


def rebuild_all(folder: Path, old: Manifest, live: LiveItems, *, backend: str) -> None:
    """Write everything anew from the record, in one segment."""
    rows = _gathered(live.items)
    refs = [write_segment(folder / SEGMENTS, rows, backend=backend)] if rows else []
    _commit(folder, old, refs, Tombstones({}), applied_seq=live.version)


def leftovers(folder: Path, manifest: Manifest) -> list[Path]:
    """Return what the manifest does not name: an operation was cut short, or is under way and has the lock."""
    named = {ref.name for ref in manifest.segments} | {manifest.tombstones.name}
    ours = [path for path in (folder / SEGMENTS).iterdir() if path.is_dir()]
    ours += [*folder.glob(PREFIX + "*"), *folder.glob(TEMPORARY)]
    return sorted(path for path in ours if path.name not in named)


def remove_leftovers(folder: Path, manifest: Manifest) -> None:
    """Delete what the manifest does not name. Whoever has it open keeps reading it."""
    for path in leftovers(folder, manifest):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
        faults.reach("retired:one-removed")


def _commit(folder: Path, old: Manifest, refs: Sequence[SegmentRef], stones: Tombstones, *, applied_seq: int) -> None:
    ref = stones.write(folder)
    faults.reach("tombstones:written")
    new = replace(old, generation=old.generation + 1, applied_seq=applied_seq, segments=tuple(refs), tombstones=ref)
    replace_manifest(folder, new)
    remove_leftovers(folder, new)


def _dead(segment: Segment, stones: Tombstones) -> Mapping[str, npt.NDArray[np.bool_] | None]:
    """Return which rows of each part are tombstoned; None for a part without any."""
    dead: dict[str, npt.NDArray[np.bool_] | None] = {}
    for signal_type, part in segment.parts.items():
        mask = stones.contain(signal_type, part.backend.rows()[1])
        dead[signal_type] = mask if mask is not None and mask.any() else None
    return dead


def _split(segment: Segment, stones: Tombstones) -> tuple[Rows, Mapping[str, ItemIds]]:
    """Return a segment's live rows, and the ids of its tombstoned ones."""
    live: dict[str, tuple[Codes, ItemIds]] = {}
    gone: dict[str, ItemIds] = {}
    for signal_type, mask in _dead(segment, stones).items():
        codes, item_ids = segment.parts[signal_type].backend.rows()
        if mask is None:
            live[signal_type], gone[signal_type] = (codes, item_ids), np.empty(0, np.int64)
        else:
            live[signal_type], gone[signal_type] = (codes[~mask], item_ids[~mask]), np.asarray(item_ids[mask])
    return live, gone


def _gathered(items: Iterable[Add]) -> Rows:
    codes: dict[str, bytearray] = defaultdict(bytearray)
    item_ids: dict[str, array[int]] = defaultdict(lambda: array("q"))
    for item in items:
        check_change(item)
        if not is_hash(item):
            continue
        codes[item.signal_type] += item.value
        item_ids[item.signal_type].append(item.item_id)
    return {
        signal_type: (
            np.frombuffer(packed, np.uint8).reshape(-1, CODE_BYTES),
            np.frombuffer(item_ids[signal_type], np.int64),
        )
        for signal_type, packed in codes.items()
    }


def _tier(rows: int) -> int:
    tier = 0
    while rows > FIRST_TIER_ROWS * TIER_FACTOR**tier:
        tier += 1
    return tier
