"""
A scan of a few codes, without the twenty microseconds that a call of FAISS takes before it begins.

There is always something small to look through: what came since the last seal, a segment that is not merged yet. A
question by one hash looks through each of them, and through the tables beside them in 20 µs.

Measured (two shared cores, AVX-512): one query and 4,096 codes 13 µs, FAISS 32; 16,384 codes 43 and 65; a hundred
queries and 400 codes 88 and 119.

Invariant: exactly what `index/hashes/scan.py` finds; what is larger is handed to it.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from index.base import Codes, Hits, ItemIds
from index.hashes.hits import NO_HITS
from index.hashes.scan import scan
from index.hashes.tables.lanes import distance
from index.hashes.tables.plan import CODE_BYTES
from matcher.compiled import compiled

FEW: Final = 1 << 15
"""Pairs of a query and a code: a segment that is too small for tables, asked for one hash. A hundred queries of more
codes take FAISS as long, and it needs no room for as many hits as there are pairs."""


def scan_few(codes: Codes, item_ids: ItemIds, queries: Codes, radius: int) -> Hits:
    """Find every code within a radius of each query; arguments and result are those of `scan`."""
    pairs = len(codes) * len(queries)
    if pairs > FEW or codes.shape[1] != CODE_BYTES:
        return scan(codes, item_ids, queries, radius)
    if pairs == 0:
        return NO_HITS
    found = np.empty(pairs, np.int32), np.empty(pairs, np.int64), np.empty(pairs, np.int32)
    hits = find_few(read_only(codes), read_only(np.ascontiguousarray(queries)), radius, *found)
    if hits == 0:
        return NO_HITS
    query, row, bits = found
    return Hits(query[:hits], item_ids[row[:hits]], bits[:hits])


@compiled
def find_few(
    codes: npt.NDArray[np.uint8],
    queries: npt.NDArray[np.uint8],
    radius: int,
    found_query: npt.NDArray[np.int32],
    found_row: npt.NDArray[np.int64],
    found_distance: npt.NDArray[np.int32],
) -> int:
    """
    Compare every query with every code; both flat, 32 bytes each.

    Bounds: at most one hit a pair, for which the three arrays must have room.

    Returns:
        How many hits there are, by query.
    """
    hits = 0
    for query in range(queries.size // 32):
        for row in range(codes.size // 32):
            bits = distance(codes, row * 32, queries, query * 32)
            if bits <= radius:
                found_query[hits] = query
                found_row[hits] = row
                found_distance[hits] = bits
                hits += 1
    return hits


def read_only(codes: Codes) -> npt.NDArray[np.uint8]:
    """Flatten without copying; always read-only, because Numba compiles writable arrays apart."""
    flat = codes.reshape(-1)
    flat.flags.writeable = False
    return flat
