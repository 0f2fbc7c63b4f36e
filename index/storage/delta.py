"""
The changes since the segments were sealed, in memory.

Invariant: rows and removals are only ever appended; a view is what was there at one version. So readers need no lock: a
row that came later is not in the view's rows, and a removal after its version does not exist for it. One writer at a
time.

    rows      what the kind of part keeps of the values added      per signal type, in order of seq
    removed   item id -> seq                                       per signal type; items here and in segments alike
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Self

import numpy as np

from index.base import ItemIds
from index.changes import Add, Change
from index.storage.kind import GrowingRows, Mask, PartKind, RowsT

_Removed = dict[str, dict[int, int]]
_NO_IDS = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class DeltaView(Generic[RowsT]):
    """
    The delta as of one version; safe from any thread while the delta grows.

    Args:
        base_seq: The segments contain the log up to here.

        version: The view contains the log up to here.
    """

    base_seq: int
    version: int
    _rows: Mapping[str, tuple[RowsT, ...]]
    _removed: _Removed

    @property
    def signal_types(self) -> set[str]:
        """Every type with a row or a removal here."""
        return set(self._rows) | set(self._removed)

    @property
    def row_count(self) -> int:
        """Items added here, removed ones too."""
        return sum(len(rows.item_ids) for each in self._rows.values() for rows in each)

    def rows(self, signal_type: str) -> tuple[RowsT, ...]:
        """Return all rows of a type, removed ones too."""
        return self._rows.get(signal_type, ())

    def item_ids(self, signal_type: str) -> ItemIds:
        """Return the items of a type that were added here, removed ones too."""
        return np.concatenate([_NO_IDS, *(rows.item_ids for rows in self.rows(signal_type))])

    def is_removed(self, signal_type: str, item_ids: ItemIds) -> Mask | None:
        """Return which of these items were removed up to `version`; None if nothing of this type was."""
        removed = self._removed.get(signal_type)
        if not removed:
            return None
        after = self.version + 1
        return np.fromiter((removed.get(item, after) <= self.version for item in item_ids.tolist()), np.bool_)

    def removed_ids(self, signal_type: str) -> ItemIds:
        """Return the items removed between `base_seq` and `version`, sorted."""
        entries = list(self._removed.get(signal_type, {}).items())  # one step: the writer may be adding
        return np.array(sorted(item for item, seq in entries if seq <= self.version), np.int64)

    def removed_elsewhere(self, signal_type: str) -> ItemIds:
        """Return those of `removed_ids` that are not rows here: they lie in a segment, or never were. Sorted."""
        return np.setdiff1d(self.removed_ids(signal_type), self.item_ids(signal_type))


class Delta(Generic[RowsT]):
    """
    The growing delta of one collection. Its owner serialises the calls of `append` and `after`.

    Args:
        kind: Kind of the parts it will be sealed into.

        base_seq: The segments contain the log up to here.
    """

    def __init__(self, kind: PartKind[Any, RowsT, Any], *, base_seq: int = 0) -> None:
        """Begin empty, at `base_seq`."""
        self.base_seq = base_seq
        self.version = base_seq
        self._kind = kind
        self._rows: dict[str, GrowingRows[RowsT]] = {}
        self._removed: _Removed = {}

    def append(self, changes: Sequence[Change]) -> None:
        """
        Take in changes that `PartKind.check` accepted, in order of seq, the first right after `version`.

        Changes of signal types that the kind does not hold only move the version on.
        """
        added: dict[str, list[Add]] = defaultdict(list)
        for change in changes:
            if not self._kind.holds(change.signal_type):
                continue
            if isinstance(change, Add):
                added[change.signal_type].append(change)
            else:
                self._removed.setdefault(change.signal_type, {}).setdefault(change.item_id, change.seq)
        for signal_type, adds in added.items():
            if signal_type not in self._rows:
                self._rows[signal_type] = self._kind.new_rows(signal_type)
            self._rows[signal_type].append(adds)
        if changes:
            self.version = changes[-1].seq

    def view(self) -> DeltaView[RowsT]:
        """Return the delta as it is now."""
        fixed = {signal_type: rows.fixed() for signal_type, rows in self._rows.items()}
        return DeltaView(self.base_seq, self.version, fixed, self._removed)

    def after(self, seq: int) -> Self:
        """Return a copy that begins after `seq`, for when segments contain everything up to it."""
        copy = type(self)(self._kind, base_seq=seq)
        copy.version = max(seq, self.version)
        for signal_type, rows in self._rows.items():
            later = rows.after(seq)
            if any(len(piece.item_ids) for piece in later.fixed()):
                copy._rows[signal_type] = later
        for signal_type, items in self._removed.items():
            kept = {item: at for item, at in items.items() if at > seq}
            if kept:
                copy._removed[signal_type] = kept
        return copy
