"""Ours: the `multi_index` backend as a segment uses it, codes in memory."""

from typing import ClassVar

import numpy as np

from index.base import Codes, Hits
from index.hashes.backends.multi_index import MultiIndexBackend
from index.hashes.tables import warm_up


class Staydown:
    """Chunk tables over FAISS codes; exact."""

    name: ClassVar[str] = "staydown"
    bytes_to_build: ClassVar[int] = 170
    most_codes: ClassVar[int | None] = None

    def prepare(self, threads: int) -> None:
        """Compile the kernels."""
        warm_up()
        self._threads = threads

    def add(self, codes: Codes) -> None:
        """Build sorted codes, ids and tables."""
        self._index = MultiIndexBackend.build(codes, np.arange(len(codes), dtype=np.int64))

    def query(self, queries: Codes, radius: int) -> Hits:
        """Search, with the queries shared out among the threads."""
        return self._index.search(queries, radius, threads=self._threads)

    def size_bytes(self) -> int:
        """Count codes, ids and tables."""
        return self._index.size_bytes
