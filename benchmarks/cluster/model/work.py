"""
How much work a question is, by what the code says of itself: pieces of tables, descriptors, lists.

Nothing here is a time. The same functions count for sizes that are run and for those that are not.
"""

import math

from index.hashes.tables.tables import MAX_SHARD_ROWS
from index.local.quantiser import CODES_A_DESCRIPTOR, MAX_PROBES, centroids, probes_for
from index.local.votes import ALL_SEEDS_UP_TO, FEWEST_SEEDS

CODE_BYTES = 40
"""Of a descriptor in a list: 32, and the number of its row."""


def shards(hashes: int, slots: int) -> int:
    """Return how many pieces of tables all slots have together: at least one each."""
    return slots * math.ceil(hashes / slots / MAX_SHARD_ROWS)


def seeds_share(rows: int) -> float:
    """Return which share of a query's keypoints vote in a bank of so many descriptors."""
    return max(FEWEST_SEEDS, min(1.0, ALL_SEEDS_UP_TO / max(1, rows)))


def asked(seeds: float, rows: int) -> float:
    """Return how many descriptors of a query are looked for, of those of a small bank."""
    return seeds * seeds_share(rows)


def compared(seeds: float, rows: int) -> float:
    """Return with how many descriptors of the bank those of a query are compared, all together."""
    return asked(seeds, rows) * probes_for(rows) * rows / len(centroids())


def lists_needed(rows: int) -> int:
    """
    Return how many lists a bank needs to be searched as a small one is: as many probes, lists no longer.

    A power of two, at least the 4,096 of today.
    """
    wanted = MAX_PROBES * rows / CODES_A_DESCRIPTOR
    return int(max(len(centroids()), 2 ** math.ceil(math.log2(max(1.0, wanted)))))
