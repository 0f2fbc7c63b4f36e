"""
The search kernel: bucket, then successors' bits, then code, each asked for well before it is needed.

Invariant: emits each row within the radius once. A row can be found through several chunks; the first chunk that finds
it emits it, which is worked out from the code itself (`_found_earlier`), so nothing is remembered between chunks.

Waiting for memory is what a search consists of. A probe therefore enters a window of 64, its bucket is prefetched, and
it is compared when its place in the window is needed again: 32 entries an instruction. What passes is a candidate;
candidates are checked 128 at a time, row numbers first, then codes. A batch takes all queries through one chunk before
the next, so that a chunk's offsets (256 kB) stay near, and never drains the window.

Measured at 10 million codes, radius 31, one thread: 18 µs a query in a batch, against 23 µs in passes without a window
and 35 µs with only a bucket's first line prefetched; query by query costs 1.5 times as much where others use the cache.

Called by `shard.py` only, with arrays that fit each other: nothing checks bounds. `ChunkTables.load` refuses offsets
and repeats that do not fit; row numbers are too many to look at beforehand, so each is looked at when it is read.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index.hashes.tables.lanes import LANES, distance, lowest, near_lanes, prefetch
from index.hashes.tables.plan import BUCKETS, CHUNKS, RING_STEP
from index.hashes.tables.tables import ROW_BYTES
from matcher.compiled import compiled

WINDOW = 64
CANDIDATES = 128
PREFETCHED_LINES = 3
"""Of a bucket; the processor's own prefetcher brings the lines after them."""

UInt8s = npt.NDArray[np.uint8]
UInt16s = npt.NDArray[np.uint16]
UInt32s = npt.NDArray[np.uint32]
Int32s = npt.NDArray[np.int32]
Int64s = npt.NDArray[np.int64]


class _Shard(NamedTuple):
    repeats: UInt32s
    rows: UInt8s
    codes: UInt8s
    distinct: int


class _Batch(NamedTuple):
    queries: UInt8s
    chunks: UInt16s
    caps: Int64s
    radius: int
    candidates: Int64s
    candidate_limit: int


class _Found(NamedTuple):
    query: Int32s
    row: Int64s
    distance: Int32s


@compiled
def find_near(
    offsets: UInt32s,
    nexts: UInt16s,
    repeats: UInt32s,
    rows: UInt8s,
    codes: UInt8s,
    queries: UInt8s,
    chunks: UInt16s,
    caps: Int64s,
    flips: UInt16s,
    flip_ends: Int64s,
    radius: int,
    candidate_limit: int,
    candidates: Int64s,
    found_query: Int32s,
    found_row: Int64s,
    found_distance: Int32s,
) -> int:
    """
    Find the rows of a shard within the radius of each query.

    Bounds: hits go no further than `found_row` does, and the other two have its size. Offsets ascend from 0 to
    `distinct` in each table, so an entry is below it, and `nexts` has `LANES` words after the last entry of each table.
    `caps` are 0..`LARGEST_CAP`, which the radius keeps them to, and `flip_ends` has as many entries. `candidates` and
    `chunks` have one and 16 entries a query; the caller derives both from the queries.

    Args:
        offsets: Of `ChunkTables`, flat, as are the next three.

        nexts: Of `ChunkTables`.

        repeats: Of `ChunkTables`.

        rows: Of `ChunkTables`.

        codes: uint8, shape (n * 32,), the shard's rows.

        queries: uint8, shape (m * 32,).

        chunks: uint16, shape (m * 16,). The same queries as big-endian words.

        caps: `caps_for(radius)`.

        flips: `FLIPS`.

        flip_ends: `FLIP_ENDS`.

        radius: Bits, 0..`MAX_TABLE_RADIUS`, inclusive.

        candidate_limit: A query with more candidates is given up; what was found for it is incomplete.

        candidates: int64, shape (m,), zeros. Receives how many codes were read for each query.

        found_query: int32. Receives the query of each hit, in no order, as far as they fit; so do the next two.

        found_row: int64.

        found_distance: int32.

    Returns:
        How many hits there are; if they did not fit, call again with more room. -1 if a table names a row that is not
        there.
    """
    # Attributes of tuples count references at every use, so what the inner loop touches are plain local arrays.
    distinct = codes.size // 32 - repeats.size
    stride = nexts.size // CHUNKS
    shard = _Shard(repeats, rows, codes, distinct)
    batch = _Batch(queries, chunks, caps, radius, candidates, candidate_limit)
    found = _Found(found_query, found_row, found_distance)
    first = np.zeros(WINDOW, np.int64)
    last = np.zeros(WINDOW, np.int64)
    wanted = np.zeros(WINDOW, np.uint16)
    limit = np.zeros(WINDOW, np.uint16)
    origin = np.zeros(WINDOW, np.int64)
    entries = np.empty(CANDIDATES, np.int64)
    origins = np.empty(CANDIDATES, np.int64)
    held = 0
    hits = 0
    slot = 0
    query_count = queries.size // 32
    for turn in range(query_count * CHUNKS + 1):
        drain = turn == query_count * CHUNKS
        chunk = 0 if drain else turn // query_count
        probe = (turn - chunk * query_count) * CHUNKS + chunk
        value = np.uint16(0)
        successor = np.uint16(0)
        bound = 0
        steps = WINDOW
        if not drain:
            if caps[chunk] == 0 or candidates[probe // CHUNKS] > candidate_limit:
                continue
            after = (chunk + RING_STEP) & (CHUNKS - 1)
            value = chunks[probe]
            successor = chunks[probe - chunk + after]
            bound = caps[chunk] + caps[after] - 1
            steps = flip_ends[caps[chunk] - 1]
        flipped = 0
        for step in range(steps):
            at = first[slot]
            end = last[slot]
            while at < end:
                mask = near_lanes(nexts, at, wanted[slot], limit[slot])
                while mask != 0:
                    entry = at + lowest(mask)
                    mask &= mask - np.uint32(1)
                    if entry >= end:  # lanes of the next bucket
                        break
                    table = origin[slot] & (CHUNKS - 1)
                    entry -= table * stride
                    if table > 0:
                        prefetch(rows, ((table - 1) * distinct + entry) * ROW_BYTES)
                    entries[held] = entry
                    origins[held] = origin[slot]
                    held += 1
                    if held == CANDIDATES:
                        hits = _check(shard, batch, found, entries, origins, held, hits)
                        if hits < 0:
                            return hits
                        held = 0
                        if candidates[origin[slot] // CHUNKS] > candidate_limit:
                            at = end
                            break
                at += LANES
            if drain:
                last[slot] = 0
            else:
                if step == flip_ends[flipped]:
                    flipped += 1
                bucket = chunk * (BUCKETS + 1) + np.int64(value ^ flips[step])
                at = np.int64(offsets[bucket]) + chunk * stride
                end = np.int64(offsets[bucket + 1]) + chunk * stride
                first[slot] = at
                last[slot] = end
                wanted[slot] = successor
                limit[slot] = bound - flipped
                origin[slot] = probe
                line = at
                # As far as the last comparison reads, beyond the bucket: it spans two lines nearly always.
                while line < min(end + LANES - 1, at + PREFETCHED_LINES * LANES):
                    prefetch(nexts, line)
                    line += LANES
            slot = (slot + 1) & (WINDOW - 1)
    return _check(shard, batch, found, entries, origins, held, hits)


@compiled
def _check(shard: _Shard, batch: _Batch, found: _Found, entries: Int64s, origins: Int64s, held: int, hits: int) -> int:
    """
    Read the codes of the waiting candidates and emit those within the radius; return the hits so far.

    Bounds: entries are below `distinct`; the rows tables keep for them may be damaged, and -1 says that one is. Repeats
    ascend, so as many follow `distinct` as are counted here.
    """
    rows, codes, candidates = shard.rows, shard.codes, batch.candidates
    for place in range(held):
        table = origins[place] & (CHUNKS - 1)
        row = entries[place]
        if table > 0:
            at = ((table - 1) * shard.distinct + row) * ROW_BYTES
            row = np.int64(rows[at]) | np.int64(rows[at + 1]) << 8 | np.int64(rows[at + 2]) << 16
        entries[place] = row
        prefetch(codes, row * 32)
    for place in range(held):
        query = origins[place] // CHUNKS
        candidates[query] += 1
        if candidates[query] > batch.candidate_limit:
            continue
        row = entries[place]
        if row >= shard.distinct:
            return -1
        bits = distance(codes, row * 32, batch.queries, query * 32)
        if bits <= batch.radius and not _found_earlier(shard, batch, row, origins[place]):
            hits = _emit(found, hits, query, bits, row, 1)
            if shard.repeats.size > 0:
                first = int(np.searchsorted(shard.repeats, np.uint32(row)))
                last = int(np.searchsorted(shard.repeats, np.uint32(row + 1)))
                hits = _emit(found, hits, query, bits, shard.distinct + first, last - first)
    return hits


@compiled
def _emit(found: _Found, hits: int, query: int, bits: int, row: int, count: int) -> int:
    """Emit neighbouring rows, as far as they fit; return the hits so far. Bounds: `hits` and `count` are at least 0."""
    found_query, found_row, found_distance = found.query, found.row, found.distance
    for place in range(hits, min(hits + count, found_row.size)):
        found_query[place] = query
        found_row[place] = row + place - hits
        found_distance[place] = bits
    return hits + count


@compiled
def _found_earlier(shard: _Shard, batch: _Batch, row: int, probe: int) -> bool:
    """Say whether a chunk before the probe's finds this row as well. Bounds: `row` is below `distinct`."""
    chunk = probe & (CHUNKS - 1)
    for earlier in range(chunk):
        after = (earlier + RING_STEP) & (CHUNKS - 1)
        here = _differing(shard, batch, row, probe - chunk, earlier)
        if here >= batch.caps[earlier]:
            continue
        if here + _differing(shard, batch, row, probe - chunk, after) < batch.caps[earlier] + batch.caps[after]:
            return True
    return False


@compiled
def _differing(shard: _Shard, batch: _Batch, row: int, start: int, chunk: int) -> int:
    """
    Count the bits, 0..16, of one chunk in which a row differs from the query whose chunks begin at `start`.

    Bounds: `row` is below `distinct`, `chunk` below 16, and `start` a multiple of 16 below the number of chunks.
    """
    at = row * 32 + 2 * chunk
    bits = (np.int64(shard.codes[at]) << 8 | np.int64(shard.codes[at + 1])) ^ np.int64(batch.chunks[start + chunk])
    count = 0
    while bits:
        bits &= bits - 1
        count += 1
    return count
