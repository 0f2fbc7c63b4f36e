"""
Chunk tables over packed codes: which buckets to look into (`plan`), how they are laid out (`tables`), made (`build`)
and searched (`probe`, in machine code through `lanes`), put together for a block of codes (`shard`).

Only `index/hashes/backends/multi_index.py` uses the tables; anyone who is about to serve calls `warm_up` first.
"""

import numpy as np

from index.hashes.tables.few import scan_few
from index.hashes.tables.shard import Shard


def warm_up() -> None:
    """
    Compile or load the search and build kernels, so that no request waits for it.

    Takes about 10 s the first time on a machine and 0.1 s after, by way of a small build and search of every kind.
    """
    codes = np.zeros((2, 32), np.uint8)
    codes[1, 0] = 1
    item_ids = np.arange(2, dtype=np.int64)
    shard = Shard.build(codes, item_ids, into=(np.empty_like(codes), np.empty_like(item_ids)))
    shard.search(codes, 31)
    scan_few(codes, item_ids, codes, 31)
