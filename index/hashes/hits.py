"""
Putting hits together: from row numbers to item ids, from several sources to one answer, in one order.

Invariant: every answer is ordered by query, then distance, then item id, whatever the backend returned.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from index.base import Hits

NO_HITS: Final = Hits(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int32))
"""An answer without hits."""


def joined(parts: Sequence[Hits]) -> Hits:
    """Put several answers to the same batch of queries one after the other, in no particular order."""
    filled = [part for part in parts if len(part.item_ids)]
    if not filled:
        return NO_HITS
    if len(filled) == 1:
        return filled[0]
    return Hits(
        np.concatenate([part.queries for part in filled]),
        np.concatenate([part.item_ids for part in filled]),
        np.concatenate([part.distances for part in filled]),
    )


def selected(hits: Hits, which: npt.NDArray[np.bool_] | npt.NDArray[np.intp]) -> Hits:
    """Keep the hits a mask or a list of positions names."""
    return Hits(hits.queries[which], hits.item_ids[which], hits.distances[which])


def ordered(hits: Hits, k: int | None = None) -> Hits:
    """
    Sort by query, distance and item id, and keep at most the first `k` of each query.

    Args:
        hits: The hits, in any order.

        k: At least 1; None keeps all.
    """
    if len(hits.item_ids) > 1:
        hits = selected(hits, np.lexsort((hits.item_ids, hits.distances, hits.queries)))
    if k is None or len(hits.item_ids) <= k:
        return hits
    # Position of each hit within its query: its place minus the place where its query begins.
    rank = np.arange(len(hits.queries)) - np.searchsorted(hits.queries, hits.queries)
    return selected(hits, rank < k)
