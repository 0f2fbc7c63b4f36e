"""
The nearest known item, however far: to say of a question that found nothing how near it came.

Slow by design: beyond the thresholds an index scans all it has. People ask this now and then; no upload waits for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from casework.ports.search import Codes
from index.base import Searcher
from matcher.signals import SIGNAL_TYPES, is_hash
from matcher.signals.base import Worth

_STEPS: Final = (0.2, 0.3, 0.4)
"""Shares of the bits that may differ, tried in turn: of unrelated pictures half of them do."""

_MOST_ROWS: Final = 64
"""Values of one type that are looked for; a video has thousands."""


@dataclass(frozen=True, slots=True)
class NearestItem:
    """
    An item, and how far it is.

    Args:
        distance: Bits that differ.
    """

    item_id: int
    signal_type: str
    distance: int


def nearest_item(searcher: Searcher, asked: Mapping[str, Codes]) -> NearestItem | None:
    """
    Find the nearest item of any type, as a share of the bits of its type.

    Args:
        searcher: Over one collection.

        asked: By signal type, values and their variants: uint8, shape (n, bits // 8). A digest of a file has no near.

    Returns:
        None where nothing is nearer than two unrelated pictures are.
    """
    types = {name: codes[:_MOST_ROWS] for name, codes in asked.items() if is_hash(name) and len(codes)}
    types = {name: codes for name, codes in types.items() if SIGNAL_TYPES[name].worth is not Worth.PROOF}
    for share in _STEPS:
        found = [
            NearestItem(int(hits.item_ids[place]), name, int(hits.distances[place]))
            for name, codes in types.items()
            for hits in (searcher.search(name, codes, int(share * SIGNAL_TYPES[name].bits), k=1),)
            for place in range(len(hits.item_ids))
        ]
        if found:
            return min(found, key=lambda one: (one.distance / SIGNAL_TYPES[one.signal_type].bits, one.item_id))
    return None
