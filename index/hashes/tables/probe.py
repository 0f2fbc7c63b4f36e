"""
The search kernel: bucket, then successors' bits, then code, each asked for well before it is needed.

Invariant: emits each row within the radius once. A row can be found through several chunks; the first chunk that finds
it emits it, which is worked out from the code itself (`_found_earlier`), so nothing is remembered between chunks.

Waiting for memory is what a search consists of. So what a query looks into in one chunk, 17 buckets at radius 31, is
asked for three queries before it is compared: 32 entries an instruction. What passes is a candidate; candidates are
checked 128 at a time, row numbers first, then codes. A batch takes all queries through one chunk before the next, so
that a chunk's offsets (256 kB) stay near.

Measured on one thread at radius 31, on a machine that others used, microseconds a query (lower quartile), beside probes
that wait in one ring over all chunks, each with all that is known of it:

    1,000 queries at once     1 million codes: 5 against 7      10 million: 28 against 32
    a query by itself                         24 against 47                 22 against 53

Called by `shard.py` only, with arrays that fit each other: nothing checks bounds. `ChunkTables.load` refuses offsets
and repeats that do not fit; row numbers are too many to look at beforehand, so each is looked at when it is read.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from index.hashes.tables.lanes import LANES, distance, lowest, near_lanes, prefetch
from index.hashes.tables.plan import BUCKETS, CHUNKS, FLIP_ENDS, RING_STEP
from index.hashes.tables.tables import ROW_BYTES
from matcher.compiled import compiled

AHEAD = 64
"""Probes that are asked for before they are compared; those of one query in one chunk, where these are more."""

OFFSETS_AHEAD = 2
"""Queries before which the places of a query's buckets are asked for: 8 % of the time of a hundred queries at once."""

MOST_PROBES = int(FLIP_ENDS[-1])
"""Of one query in one chunk, 697."""

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
    `caps` are 0..`LARGEST_CAP`, which the radius keeps them to, and `flip_ends` has as many entries, the last one
    `MOST_PROBES`: (waiting + 1) * probes is AHEAD + probes at most, or twice the probes. `candidates` and
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
    entries = np.empty(CANDIDATES, np.int64)
    origins = np.empty(CANDIDATES, np.int64)
    held = 0
    hits = 0
    query_count = queries.size // 32
    # Of each probe that waits: where it begins and ends in `nexts`.
    first = np.zeros(AHEAD + 2 * MOST_PROBES, np.int64)
    last = np.zeros(AHEAD + 2 * MOST_PROBES, np.int64)
    for chunk in range(CHUNKS):
        cap = caps[chunk]
        if cap == 0:
            continue
        after = (chunk + RING_STEP) & (CHUNKS - 1)
        bound = cap + caps[after] - 1
        probes = flip_ends[cap - 1]
        waiting = max(1, AHEAD // probes)
        buckets = chunk * (BUCKETS + 1)
        table = chunk * stride
        for turn in range(query_count + waiting):
            if turn + OFFSETS_AHEAD < query_count:
                value = chunks[(turn + OFFSETS_AHEAD) * CHUNKS + chunk]
                for probe in range(probes):
                    prefetch(offsets, buckets + np.int64(value ^ flips[probe]))
            if turn < query_count:
                value = chunks[turn * CHUNKS + chunk]
                place = turn % (waiting + 1) * probes
                for probe in range(probes):
                    bucket = buckets + np.int64(value ^ flips[probe])
                    at = np.int64(offsets[bucket]) + table
                    end = np.int64(offsets[bucket + 1]) + table
                    first[place + probe] = at
                    last[place + probe] = end
                    line = at
                    # As far as the last comparison reads, beyond the bucket: it spans two lines nearly always.
                    while line < min(end + LANES - 1, at + PREFETCHED_LINES * LANES):
                        prefetch(nexts, line)
                        line += LANES
            query = turn - waiting
            if query < 0 or candidates[query] > candidate_limit:
                continue
            successor = chunks[query * CHUNKS + after]
            place = query % (waiting + 1) * probes
            flipped = 0
            for probe in range(probes):
                if probe == flip_ends[flipped]:
                    flipped += 1
                limit = np.uint16(bound - flipped)
                at = first[place + probe]
                end = last[place + probe]
                while at < end:
                    mask = near_lanes(nexts, at, successor, limit)
                    while mask != 0:
                        entry = at + lowest(mask)
                        mask &= mask - np.uint32(1)
                        if entry >= end:  # lanes of the next bucket
                            break
                        entry -= table
                        if chunk > 0:
                            prefetch(rows, ((chunk - 1) * distinct + entry) * ROW_BYTES)
                        entries[held] = entry
                        origins[held] = query * CHUNKS + chunk
                        held += 1
                        if held == CANDIDATES:
                            hits = _check(shard, batch, found, entries, origins, held, hits)
                            if hits < 0:
                                return hits
                            held = 0
                            if candidates[query] > candidate_limit:
                                at = end
                                break
                    at += LANES
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
