"""
FAISS's binary indexes: the full scan, hashing as python-threatexchange and Hasher-Matcher-Actioner set it up, hashing
as it is best at 10 million codes and radius 31, and the graph.

FAISS's range search is strict, so it is asked for one bit more. The graph has no range search: its nearest neighbours
are cut at the radius, and it is approximate.
"""

from typing import ClassVar

import faiss
import numpy as np

from index.base import Codes, Hits
from index.hashes.tables.plan import CODE_BYTES


class _FaissIndex:
    """An index of FAISS, searched by range."""

    name: ClassVar[str]
    bytes_to_build: ClassVar[int]
    most_codes: ClassVar[int | None] = None

    def prepare(self, threads: int) -> None:
        """Limit FAISS to as many threads."""
        faiss.omp_set_num_threads(threads)

    def add(self, codes: Codes) -> None:
        """Add all codes."""
        self._index = self._new()
        self._index.add(codes)

    def query(self, queries: Codes, radius: int) -> Hits:
        """Search by range."""
        limits, distances, rows = self._index.range_search(queries, radius + 1)
        return Hits(
            np.repeat(np.arange(len(queries), dtype=np.int32), np.diff(limits.astype(np.int64))),
            rows,
            distances.astype(np.int32),
        )

    def size_bytes(self) -> int | None:
        """Leave it to the runner: FAISS does not say what its hash tables hold."""
        return None

    def _new(self) -> faiss.IndexBinary:
        raise NotImplementedError


class FaissFlat(_FaissIndex):
    """`IndexBinaryFlat`: compares everything; exact."""

    name: ClassVar[str] = "faiss_flat"
    bytes_to_build: ClassVar[int] = 70

    def size_bytes(self) -> int:
        """Count the codes; the ids are their places."""
        return int(self._index.ntotal * self._index.code_size)

    def _new(self) -> faiss.IndexBinary:
        return faiss.IndexBinaryFlat(8 * CODE_BYTES)


class FaissMultiHash16x16(_FaissIndex):
    """`IndexBinaryMultiHash`, 16 hashes of 16 bits, 1 flip: the peers' index; exact up to radius 31."""

    name: ClassVar[str] = "faiss_multihash_16x16"
    bytes_to_build: ClassVar[int] = 420

    def _new(self) -> faiss.IndexBinary:
        return _multi_hash(hashes=16, bits=16, flips=1)


class FaissMultiHash11x23(_FaissIndex):
    """`IndexBinaryMultiHash`, 11 hashes of 23 bits, 2 flips: its best at 10 million; exact up to radius 32."""

    name: ClassVar[str] = "faiss_multihash_11x23"
    bytes_to_build: ClassVar[int] = 420

    def _new(self) -> faiss.IndexBinary:
        return _multi_hash(hashes=11, bits=23, flips=2)


class FaissHnsw(_FaissIndex):
    """`IndexBinaryHNSW`, 32 links, wide searches: what recall costs with a graph; approximate."""

    name: ClassVar[str] = "faiss_hnsw"
    bytes_to_build: ClassVar[int] = 450
    most_codes: ClassVar[int | None] = 50_000
    neighbours = 64

    def query(self, queries: Codes, radius: int) -> Hits:
        """Take the 64 nearest neighbours found and cut them at the radius."""
        distances, rows = self._index.search(queries, min(self.neighbours, self._index.ntotal))
        near = (rows >= 0) & (distances <= radius)
        query, place = np.nonzero(near)
        return Hits(query.astype(np.int32), rows[query, place], distances[query, place].astype(np.int32))

    def _new(self) -> faiss.IndexBinary:
        index = faiss.IndexBinaryHNSW(8 * CODE_BYTES, 32)
        index.hnsw.efConstruction = 200
        index.hnsw.efSearch = 1024
        return index


def _multi_hash(*, hashes: int, bits: int, flips: int) -> faiss.IndexBinary:
    index = faiss.IndexBinaryMultiHash(8 * CODE_BYTES, hashes, bits)
    index.nflip = flips
    return index
