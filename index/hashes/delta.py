"""
The changes since the segments were sealed, in memory, searched exactly.

Invariant: rows and removals are only ever appended; a view is a length and a version over them. So readers need no
lock: a row past a view's length, or a removal after its version, does not exist for it. One writer at a time.

    rows      codes | item ids | seqs     per signal type, in order of seq, in buffers that double
    removed   item id -> seq              per signal type; of items here and of items in segments alike
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from index.base import Codes, Hits, ItemIds
from index.changes import Add, Change, is_hash
from index.checks import CODE_BYTES
from index.hashes.hits import no_hits
from index.hashes.scan import scan

_FIRST_CAPACITY = 64


class _Rows:
    """Codes, ids and seqs of one signal type, appended in order of seq."""

    def __init__(self, capacity: int = _FIRST_CAPACITY) -> None:
        self.length = 0
        self._codes = np.empty((capacity, CODE_BYTES), np.uint8)
        self._ids = np.empty(capacity, np.int64)
        self._seqs = np.empty(capacity, np.int64)

    def append(self, change: Add) -> None:
        if self.length == len(self._ids):
            self._move_to(2 * len(self._ids), start=0)
        self._codes[self.length] = np.frombuffer(change.value, np.uint8)
        self._ids[self.length] = change.item_id
        self._seqs[self.length] = change.seq
        self.length += 1

    def after(self, seq: int) -> "_Rows":
        """Return a copy of the rows later than `seq`."""
        start = int(np.searchsorted(self._seqs[: self.length], seq, side="right"))
        copy = _Rows(capacity=0)
        copy.length, copy._codes, copy._ids, copy._seqs = self.length, self._codes, self._ids, self._seqs
        copy._move_to(max(_FIRST_CAPACITY, 2 * (self.length - start)), start=start)
        return copy

    def fixed(self) -> tuple[Codes, ItemIds]:
        """Return the rows there are now; rows appended later do not show in them."""
        return self._codes[: self.length], self._ids[: self.length]

    def _move_to(self, capacity: int, *, start: int) -> None:
        # Views keep the old buffers alive; they are left as they are.
        codes = np.empty((capacity, CODE_BYTES), np.uint8)
        ids = np.empty(capacity, np.int64)
        seqs = np.empty(capacity, np.int64)
        kept = self.length - start
        codes[:kept] = self._codes[start : self.length]
        ids[:kept] = self._ids[start : self.length]
        seqs[:kept] = self._seqs[start : self.length]
        self._codes, self._ids, self._seqs, self.length = codes, ids, seqs, kept


_Removed = dict[str, dict[int, int]]


@dataclass(frozen=True, slots=True, eq=False)
class DeltaView:
    """
    The delta as of one version; safe from any thread while the delta grows.

    Args:
        base_seq: The segments contain the log up to here.

        version: The view contains the log up to here.
    """

    base_seq: int
    version: int
    _rows: Mapping[str, tuple[Codes, ItemIds]]
    _removed: _Removed

    @property
    def signal_types(self) -> set[str]:
        """Every type with a row or a removal here."""
        return set(self._rows) | set(self._removed)

    def search(self, signal_type: str, queries: Codes, radius: int) -> Hits:
        """Find rows within `radius` bits (inclusive), removed ones too: removal is checked on the joined answer."""
        rows = self._rows.get(signal_type)
        return no_hits() if rows is None else scan(*rows, queries, radius)

    def is_removed(self, signal_type: str, item_ids: ItemIds) -> npt.NDArray[np.bool_] | None:
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
        return np.setdiff1d(self.removed_ids(signal_type), self.rows(signal_type)[1])

    def rows(self, signal_type: str) -> tuple[Codes, ItemIds]:
        """Return all rows of a type, removed ones too."""
        empty = np.empty((0, CODE_BYTES), np.uint8), np.empty(0, np.int64)
        return self._rows.get(signal_type, empty)


@dataclass(slots=True, eq=False)
class Delta:
    """
    The growing delta of one collection. Its owner serialises the calls of `append` and `after`.

    Args:
        base_seq: The segments contain the log up to here.

        version: The `seq` of the last change in it.
    """

    base_seq: int = 0
    version: int = 0
    _rows: dict[str, _Rows] = field(default_factory=dict)
    _removed: _Removed = field(default_factory=dict)

    def append(self, changes: Iterable[Change]) -> None:
        """Take in checked changes, in order of seq, the first right after `version`."""
        for change in changes:
            self.version = change.seq
            if not is_hash(change):
                continue
            if isinstance(change, Add):
                self._rows.setdefault(change.signal_type, _Rows()).append(change)
            else:
                self._removed.setdefault(change.signal_type, {}).setdefault(change.item_id, change.seq)

    def view(self) -> DeltaView:
        """Return the delta as it is now."""
        return DeltaView(
            self.base_seq, self.version, {name: rows.fixed() for name, rows in self._rows.items()}, self._removed
        )

    def after(self, seq: int) -> "Delta":
        """Return a copy that begins after `seq`, for when segments contain everything up to it."""
        rows = {name: rows.after(seq) for name, rows in self._rows.items()}
        removed = {name: {item: at for item, at in items.items() if at > seq} for name, items in self._removed.items()}
        return Delta(
            base_seq=seq,
            version=max(seq, self.version),
            _rows={name: kept for name, kept in rows.items() if kept.length},
            _removed={name: kept for name, kept in removed.items() if kept},
        )
