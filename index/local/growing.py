"""
Local features in memory: a few parts that are merged as they grow.

Invariant: a part never changes, so what `fixed` returned stays as it is. New parts are merged while the last is at
least half as large as the one before, so a bank grown one by one is searched in a few parts.
"""

from collections.abc import Sequence

import numpy as np

from index.base import ItemIds
from index.changes import Add
from index.local.part import LocalPart, NewReference
from matcher.signals.local import LocalFeatures

_NOTHING = np.empty(0, np.int64)


class GrowingParts:
    """
    References that were added since the segments were sealed.

    Args:
        parts: Oldest first.
    """

    def __init__(self, parts: tuple[LocalPart, ...] = ()) -> None:
        self._parts = parts

    def append(self, changes: Sequence[Add]) -> None:
        """
        Take in references, all of them or, on an error, none.

        Raises:
            SignalValueError: If a value is not `local/1`.
        """
        added = LocalPart.build([read_reference(change) for change in changes])
        self._parts = _merged_while_alike([*self._parts, added])

    def fixed(self) -> tuple[LocalPart, ...]:
        """Return the parts there are now."""
        return self._parts

    def after(self, seq: int) -> "GrowingParts":
        """Return a copy with only the references later than `seq`."""
        later = [_later_than(seq, part) for part in self._parts]
        return GrowingParts(tuple(part for part in later if len(part)))

    def without(self, dead: ItemIds) -> "GrowingParts":
        """Return a copy without some items, in one part."""
        left = LocalPart.merged(self._parts, dead)
        return GrowingParts((left,) if len(left) else ())


def read_reference(change: Add) -> NewReference:
    """
    Read a change's value.

    Raises:
        SignalValueError: If it is not `local/1`.
    """
    return NewReference(change.item_id, change.seq, LocalFeatures.from_bytes(change.value))


def _merged_while_alike(parts: list[LocalPart]) -> tuple[LocalPart, ...]:
    while len(parts) > 1 and 2 * len(parts[-1]) >= len(parts[-2]):
        parts[-2:] = [LocalPart.merged(parts[-2:], _NOTHING)]
    return tuple(parts)


def _later_than(seq: int, part: LocalPart) -> LocalPart:
    """Return a part without what was added up to `seq`; the part itself if that is nothing."""
    sealed = part.item_ids[part.references["seq"] <= seq]
    return LocalPart.merged([part], sealed) if len(sealed) else part
