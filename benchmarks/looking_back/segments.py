"""
The index of a library: segments of hashes and of local features, for each slot, past the collections.

Invariant: every item lies in the slot of its number, and both manifests of a slot say how far its log is followed.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from benchmarks.looking_back.pictures import Portion
from casework.persistence.index_log.slots import Layout, slot_number
from index.base import ItemIds
from index.collections.folder import LOCAL_FOLDER
from index.hashes.kind import HashKind
from index.hashes.rows import HashRows
from index.local.kind import LocalKind
from index.local.part import LocalPart
from index.storage.kind import PartKind
from index.storage.manifest import Manifest, read_manifest, replace_manifest
from index.storage.segment import write_segment
from index.storage.snapshot import SEGMENTS
from matcher.signals.local import NAME as LOCAL

HASHES: Final = ("sha256/1", "pdq/1", "phash/1")
"""What every upload has, in the order of its columns."""

_HELD: Final = 120_000
"""Uploads whose features are held in memory until they are written into a segment of each slot: 1.5 GB."""


class SlotSegments:
    """
    The index of each slot.

    Args:
        folder: Of all of them.

        layout: Which slots there are.

        backend: A row of `INDEX_BACKENDS`.
    """

    def __init__(self, folder: Path, layout: Layout, backend: str) -> None:
        self._layout = layout
        self._kind = HashKind(backend)
        self._folders = [folder / slot.log for slot in layout.slots]
        self._hashes: list[tuple[ItemIds, np.ndarray]] = []
        self._features: list[tuple[ItemIds, Portion]] = []
        self._held = 0
        self._changes = np.zeros(layout.count, np.int64)
        for each in self._folders:
            for part in (each, each / LOCAL_FOLDER):
                (part / SEGMENTS).mkdir(parents=True, mode=0o700)

    def add_hashes(self, ids: ItemIds, hashes: np.ndarray) -> None:
        """Take in hashes: int64, shape (n, 3), and uint8, shape (n, 3, 32)."""
        self._hashes.append((ids, hashes))

    def add_features(self, ids: ItemIds, portion: Portion) -> None:
        """Take in local features: int64, shape (n,)."""
        self._features.append((ids, Portion(portion.rows, ())))
        self._held += len(ids)
        if self._held >= _HELD:
            self.write_features()

    def write_features(self) -> None:
        """Write a segment of each slot, of what is held in memory."""
        for number, folder in enumerate(self._folders):
            taken = [_of_slot(ids, portion, self._are_of(ids, number)) for ids, portion in self._features]
            if not taken:
                continue
            part = LocalPart.of_rows(*(np.concatenate(arrays) for arrays in zip(*taken, strict=True)))
            self._changes[number] += len(part)
            _add_segment(LocalKind(), folder / LOCAL_FOLDER, {LOCAL: part})
        self._features, self._held = [], 0

    def write_hashes(self) -> dict[str, int]:
        """Write a segment of each slot, and say in both kinds of part how far its log is followed; return that."""
        ids = [np.concatenate([each[:, place] for each, _ in self._hashes]) for place in range(len(HASHES))]
        codes = [np.concatenate([each[:, place] for _, each in self._hashes]) for place in range(len(HASHES))]
        self._hashes.clear()
        found = {}
        for number, (slot, folder) in enumerate(zip(self._layout.slots, self._folders, strict=True)):
            rows = {}
            for name, items, values in zip(HASHES, ids, codes, strict=True):
                mine = self._are_of(items, number)
                rows[name] = HashRows(values[mine], items[mine])
            _add_segment(self._kind, folder, rows)
            found[slot.log] = int(self._changes[number]) + sum(len(each.item_ids) for each in rows.values())
            for part in (folder, folder / LOCAL_FOLDER):
                old = read_manifest(part)
                replace_manifest(part, Manifest(old.generation + 1, found[slot.log], old.segments))
        return found

    def _are_of(self, ids: ItemIds, number: int) -> npt.NDArray[np.bool_]:
        """Tell of each item whether its slot is that one; shape (n,)."""
        column: Any = ids  # `slot_number` reckons with whatever divides; casework's types know no arrays
        mine: npt.NDArray[np.bool_] = slot_number(column, self._layout.count) == number
        return mine


def _of_slot(ids: ItemIds, portion: Portion, mine: np.ndarray) -> tuple[np.ndarray, ...]:
    references, *rows = portion.rows
    of_row = np.repeat(mine, references["rows"])
    kept = references[mine].copy()
    kept["item_id"], kept["seq"] = ids[mine], 0
    return kept, *(each[of_row] for each in rows)


def _add_segment(kind: PartKind[Any, Any, Any], folder: Path, rows: dict[str, Any]) -> None:
    old = read_manifest(folder)
    segment = write_segment(kind, folder / SEGMENTS, rows)
    replace_manifest(folder, Manifest(old.generation + 1, 0, (*old.segments, segment)))
