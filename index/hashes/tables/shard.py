"""
One shard: up to 2**24 codes in order with their tables, and the search over both.

Invariant: `search` returns exactly what a scan of the shard's codes returns, whatever the codes are. A query that meets
so many candidates (near-identical codes, bits that never vary) that checking them would cost more than a scan is given
up and scanned, so no data makes a query cost more than a few scans.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from index.base import Codes, Hits, ItemIds
from index.errors import DamagedIndexError, RadiusError
from index.hashes.hits import NO_HITS, joined, selected
from index.hashes.scan import scan
from index.hashes.tables.build import build_tables, row_order
from index.hashes.tables.few import read_only
from index.hashes.tables.plan import BUCKETS, CHUNKS, FLIP_ENDS, FLIPS, MAX_TABLE_RADIUS, caps_for
from index.hashes.tables.probe import find_near
from index.hashes.tables.tables import ChunkTables

CANDIDATE_SHARE = 32
"""Checking a candidate costs about as much as scanning this many codes."""

LEAST_LIMIT = 1024
"""Candidates a query may always have: some 20 µs."""
HEAVY_BUCKET = 64
"""A bucket is called heavy from this many times the average size on."""

_ROOM = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Shard:
    """
    Codes, ids and tables that fit each other.

    Args:
        codes: uint8, shape (n, 32), n >= 1, in the order of `row_order`.

        item_ids: int64, shape (n,).

        tables: Built from exactly these codes.
    """

    codes: Codes
    item_ids: ItemIds
    tables: ChunkTables

    @classmethod
    def build(cls, codes: Codes, item_ids: ItemIds, *, into: tuple[Codes, ItemIds]) -> Self:
        """
        Sort codes and ids into the given arrays and build the tables.

        Args:
            codes: uint8, shape (n, 32).

            item_ids: int64, shape (n,).

            into: Arrays of the same shapes; the shard keeps them.
        """
        order, repeats = row_order(np.ascontiguousarray(codes))
        np.take(codes, order, axis=0, out=into[0])
        np.take(item_ids, order, out=into[1])
        return cls(*into, build_tables(into[0], repeats))

    def search(self, queries: Codes, radius: int) -> tuple[Hits, int]:
        """
        Find every code within the radius of each query.

        Args:
            queries: uint8, shape (m, 32), C-contiguous.

            radius: Bits, 0..`MAX_TABLE_RADIUS`.

        Returns:
            The hits, and how many queries were given up and scanned.

        Raises:
            RadiusError: If the radius is one the tables cannot answer.

            DamagedIndexError: If the tables name a row that is not there.
        """
        if not 0 <= radius <= MAX_TABLE_RADIUS:
            raise RadiusError(f"radius is {radius}; tables answer 0..{MAX_TABLE_RADIUS} bits, scan for more")
        limit = max(LEAST_LIMIT, len(self.codes) // CANDIDATE_SHARE)
        candidates, (query, row, distance) = self._probe(queries, radius, limit)
        hits = Hits(query, self.item_ids[row], distance) if len(row) else NO_HITS
        if max(candidates.tolist(), default=0) <= limit:  # of one query NumPy's `max` takes 3 µs
            return hits, 0
        given_up = np.flatnonzero(candidates > limit)
        scanned = scan(self.codes, self.item_ids, queries[given_up], radius)
        rest = Hits(given_up.astype(np.int32)[scanned.queries], scanned.item_ids, scanned.distances)
        return joined([selected(hits, candidates[hits.queries] <= limit), rest]), len(given_up)

    def bucket_sizes(self) -> npt.NDArray[np.int64]:
        """Return how many entries each bucket holds: int64, shape (16, 65536)."""
        bounds = self.tables.offsets.reshape(CHUNKS, BUCKETS + 1).astype(np.int64)
        return bounds[:, 1:] - bounds[:, :-1]

    def _probe(
        self, queries: Codes, radius: int, limit: int
    ) -> tuple[npt.NDArray[np.int64], tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], npt.NDArray[np.int32]]]:
        tables = self.tables
        flat_codes, flat_queries = read_only(self.codes), read_only(queries)
        chunks = queries.view(">u2").astype(np.uint16).reshape(-1)
        caps = caps_for(radius)
        room = _ROOM
        while True:
            candidates = np.zeros(len(queries), np.int64)
            found = np.empty(room, np.int32), np.empty(room, np.int64), np.empty(room, np.int32)
            hits = find_near(
                tables.offsets,
                tables.nexts,
                tables.repeats,
                tables.rows,
                flat_codes,
                flat_queries,
                chunks,
                caps,
                FLIPS,
                FLIP_ENDS,
                radius,
                limit,
                candidates,
                *found,
            )
            if hits < 0:
                raise DamagedIndexError(
                    tables.path or Path(), f"names a row beyond its {tables.distinct} distinct ones"
                )
            if hits <= room:
                query, row, distance = found
                return candidates, (query[:hits], row[:hits], distance[:hits])
            room = hits
