"""
The changes since the segments were sealed, in memory.

Invariant: rows and removals are only ever appended; a view is what was there at one version. So readers need no lock: a
row that came later is not in the view's rows, and a removal after its version does not exist for it. One writer at a
time.

    rows      what the kind of part keeps of the values added      per signal type, in order of seq
    removed   item id -> seq                                       per signal type; items here and in segments alike
    dropped   item ids whose rows were added and removed here      per signal type, sorted

Where as many rows are removed as are not, new rows without them take the place of the old; views keep theirs. The
removal stays: another process may seal a segment that ends between the two, and the item lies in that.
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
_Dropped = Mapping[str, ItemIds]
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
    _dropped: _Dropped

    @property
    def signal_types(self) -> set[str]:
        """Every type with a row or a removal here."""
        return set(self._rows) | set(self._removed)

    @property
    def row_count(self) -> int:
        """Items added here, removed ones too unless they were dropped."""
        return sum(len(rows.item_ids) for each in self._rows.values() for rows in each)

    def rows(self, signal_type: str) -> tuple[RowsT, ...]:
        """Return all rows of a type, removed ones too unless they were dropped."""
        return self._rows.get(signal_type, ())

    def item_ids(self, signal_type: str) -> ItemIds:
        """Return the items of `rows`."""
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
        """Return those of `removed_ids` that were not added here: they lie in a segment, or never were. Sorted."""
        added = np.concatenate([self.item_ids(signal_type), self._dropped.get(signal_type, _NO_IDS)])
        return np.setdiff1d(self.removed_ids(signal_type), added)


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
        self._dropped: _Dropped = {}
        self._looks_at: dict[str, int] = {}

    def append(self, changes: Sequence[Change]) -> None:
        """
        Take in changes that `PartKind.check` accepted, in order of seq, the first right after `version`.

        Changes of signal types that the kind does not hold only move the version on.
        """
        added: dict[str, list[Add]] = defaultdict(list)
        removed: set[str] = set()
        for change in changes:
            if not self._kind.holds(change.signal_type):
                continue
            if isinstance(change, Add):
                added[change.signal_type].append(change)
            else:
                self._removed.setdefault(change.signal_type, {}).setdefault(change.item_id, change.seq)
                removed.add(change.signal_type)
        for signal_type, adds in added.items():
            if signal_type not in self._rows:
                self._rows[signal_type] = self._kind.new_rows(signal_type)
            self._rows[signal_type].append(adds)
        for signal_type in removed & self._rows.keys():
            self._drop_removed(signal_type)
        if changes:
            self.version = changes[-1].seq

    def view(self) -> DeltaView[RowsT]:
        """Return the delta as it is now."""
        fixed = {signal_type: rows.fixed() for signal_type, rows in self._rows.items()}
        return DeltaView(self.base_seq, self.version, fixed, self._removed, self._dropped)

    def after(self, seq: int) -> Self:
        """
        Return a copy that begins after `seq`, for when segments contain everything up to it.

        What was dropped may lie in one of them: the copy takes it for an item that does.
        """
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

    def _drop_removed(self, signal_type: str) -> None:
        """Drop the rows that are removed, once they are half of all; looks so seldom that it costs next to nothing."""
        removed, least = self._removed[signal_type], self._kind.drop_after_removed
        if len(removed) < self._looks_at.get(signal_type, least):
            return
        rows = self._rows[signal_type]
        items = np.concatenate([_NO_IDS, *(piece.item_ids for piece in rows.fixed())])
        dead = np.sort(items[np.fromiter((item in removed for item in items.tolist()), np.bool_, len(items))])
        enough = max(least, (len(items) + 1) // 2)
        if len(dead) >= enough:
            self._rows[signal_type] = rows.without(dead)
            dropped = np.union1d(self._dropped.get(signal_type, _NO_IDS), dead)
            self._dropped = {**self._dropped, signal_type: dropped}  # views keep the one they have
            dead = _NO_IDS
        self._looks_at[signal_type] = len(removed) + max(least, enough - len(dead))
