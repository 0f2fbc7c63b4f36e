"""
The exact index at speed: chunk tables (`index/hashes/tables`) over a FAISS file.

Invariant: any FAISS user can open `codes.faiss`; the tables beside it only say where to look. Everything is mapped
read-only, so opening costs nothing and processes share the pages.

    codes.faiss         as FAISS writes an `IndexBinaryFlat`; the rows of shard s are s * 2**24 .. (s + 1) * 2**24
    ids.npy             int64 (n,), in the order of the rows
    tables-000.bin …    one a shard, see `index/hashes/tables/tables.py`; none below `MIN_TABLE_ROWS`

Tables or scan. A segment below `MIN_TABLE_ROWS` is scanned (`index/hashes/tables/few.py`): that takes at most 71 µs a
query, and 4 MB of offsets would outweigh the codes. With tables, a query is scanned if its radius makes the tables the
slower way (`tables_pay`), or if it is given up for its candidates (`index/hashes/tables/shard.py`); `stats` counts
both.
"""

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ClassVar, Self

import numpy as np

from index.base import Codes, Hits, ItemIds
from index.checks import check_codes, check_radius
from index.errors import DamagedIndexError
from index.hashes.backends.faiss_flat import map_faiss_flat, write_faiss_flat
from index.hashes.hits import joined
from index.hashes.tables import warm_up
from index.hashes.tables.few import scan_few
from index.hashes.tables.plan import CODE_BYTES, tables_pay
from index.hashes.tables.shard import HEAVY_BUCKET, Shard
from index.hashes.tables.tables import MAX_SHARD_ROWS, ChunkTables
from index.storage.disk.durable import save_array
from matcher.array_files import map_array

MIN_TABLE_ROWS = 1 << 15


class MultiIndexBackend:
    """About 20 µs a query at 10 million codes and radius 31, 117 bytes a code; see `benchmarks/README.md`."""

    name: ClassVar[str] = "multi_index"
    only_width: ClassVar[int | None] = CODE_BYTES

    def __init__(self, codes: Codes, item_ids: ItemIds, shards: tuple[Shard, ...]) -> None:
        """Hold arrays that fit each other; `build` and `load` make them."""
        self._codes = codes
        self._item_ids = item_ids
        self._shards = shards
        self._buckets: tuple[int, int] | None = None
        """The largest bucket and how many are heavy, once that was asked; no table changes any more."""
        self._counting = threading.Lock()
        self._searches = 0
        self._scans_for_radius = 0
        self._scans_for_load = 0

    @classmethod
    def build(cls, codes: Codes, item_ids: ItemIds) -> Self:
        """
        Sort the codes and build tables over them, in memory.

        Args:
            codes: uint8, shape (n, 32); not kept.

            item_ids: int64, shape (n,); not kept.

        Raises:
            WidthMismatchError: If the codes are not 32 bytes wide.
        """
        check_codes(codes, width=CODE_BYTES)
        if len(codes) < MIN_TABLE_ROWS:
            return cls(np.array(codes, order="C"), np.array(item_ids), ())
        rows = np.empty((len(codes), codes.shape[1]), np.uint8)
        ids = np.empty(len(codes), np.int64)
        shards = [
            Shard.build(codes[part], item_ids[part], into=(rows[part], ids[part])) for part in _shard_slices(len(codes))
        ]
        return cls(rows, ids, tuple(shards))

    def search(self, queries: Codes, radius: int, *, threads: int = 1) -> Hits:
        """
        Find every item within the radius of each query.

        Args:
            queries: uint8, shape (m, 32).

            radius: Bits, 0..256, inclusive.

            threads: Share the queries out among that many.

        Returns:
            The hits, unordered.

        Raises:
            WidthMismatchError: If the queries are not 32 bytes wide.

            RadiusError: If the radius is outside 0..256.
        """
        check_codes(queries, width=CODE_BYTES)
        check_radius(radius, width=CODE_BYTES)
        queries = np.ascontiguousarray(queries)
        if threads == 1 or len(queries) < 2:
            return self._search(queries, radius)
        starts = np.linspace(0, len(queries), min(threads, len(queries)) + 1).astype(np.int32)
        with ThreadPoolExecutor(threads) as pool:
            parts = pool.map(lambda first, last: self._search(queries[first:last], radius), starts, starts[1:])
            moved = [
                Hits(part.queries + first, part.item_ids, part.distances)
                for first, part in zip(starts, parts, strict=False)
            ]
        return joined(moved)

    def save(self, folder: Path) -> None:
        """
        Write the files into an existing, empty folder.

        Raises:
            OSError: If one cannot be written.
        """
        write_faiss_flat(folder / "codes.faiss", self._codes)
        save_array(folder / "ids.npy", self._item_ids)
        for number, shard in enumerate(self._shards):
            shard.tables.save(_tables_path(folder, number))

    @classmethod
    def load(cls, folder: Path, *, width: int) -> Self:
        """
        Map what `save` wrote.

        Raises:
            DamagedIndexError: If a file is missing, foreign, cut short or does not fit the others.

            UnsupportedFormatVersionError: If a newer Staydown wrote one.
        """
        if width != CODE_BYTES:
            raise DamagedIndexError(folder, f"has tables, which are of {8 * CODE_BYTES} bits, not of {8 * width}")
        codes = map_faiss_flat(folder / "codes.faiss", width=width).view(np.ndarray)
        item_ids = map_array(folder / "ids.npy").view(np.ndarray)
        if item_ids.shape != (len(codes),):
            raise DamagedIndexError(folder, f"has {len(codes)} codes and ids of shape {item_ids.shape}")
        if len(codes) < MIN_TABLE_ROWS:
            return cls(codes, item_ids, ())
        warm_up()  # here, where a process starts or takes a new segment over, and never inside a question
        shards = []
        for number, part in enumerate(_shard_slices(len(codes))):
            path = _tables_path(folder, number)
            tables = ChunkTables.load(path)
            if tables.row_count != part.stop - part.start:
                raise DamagedIndexError(
                    path, f"has tables of {tables.row_count} rows where the codes have {part.stop - part.start}"
                )
            shards.append(Shard(codes[part], item_ids[part], tables))
        return cls(codes, item_ids, tuple(shards))

    def rows(self) -> tuple[Codes, ItemIds]:
        """Return the codes and ids, in the order of the file."""
        return self._codes, self._item_ids

    def stats(self) -> Mapping[str, int | float | str]:
        """
        Describe the tables and count what they could not answer.

        Returns:
            ``shards``, ``repeated_codes``, ``largest_bucket``, ``heavy_buckets`` (over 64 times the average); and since
            it was opened: ``searches`` (queries), ``scans_for_radius``, ``scans_for_load``.
        """
        if self._buckets is None:
            self._buckets = self._bucket_figures()
        largest, heavy = self._buckets
        with self._counting:
            return {
                "shards": len(self._shards),
                "repeated_codes": sum(shard.tables.row_count - shard.tables.distinct for shard in self._shards),
                "largest_bucket": largest,
                "heavy_buckets": heavy,
                "searches": self._searches,
                "scans_for_radius": self._scans_for_radius,
                "scans_for_load": self._scans_for_load,
            }

    def __len__(self) -> int:
        """Return the number of items."""
        return len(self._item_ids)

    @property
    def size_bytes(self) -> int:
        """Bytes of codes, ids and tables."""
        return self._codes.nbytes + self._item_ids.nbytes + sum(shard.tables.block.nbytes for shard in self._shards)

    def _bucket_figures(self) -> tuple[int, int]:
        """Look through every bucket, a million a shard; metrics ask every two seconds, while questions are answered."""
        largest = heavy = 0
        for shard in self._shards:
            sizes = shard.bucket_sizes()
            largest = max(largest, int(sizes.max()))
            heavy += int((sizes > HEAVY_BUCKET * max(1.0, sizes.mean())).sum())
        return largest, heavy

    def _search(self, queries: Codes, radius: int) -> Hits:
        if not self._shards or not tables_pay(len(self), radius):
            self._count(len(queries), for_radius=len(queries) if self._shards else 0)
            return scan_few(self._codes, self._item_ids, queries, radius)
        answers = [shard.search(queries, radius) for shard in self._shards]
        self._count(len(queries), for_load=sum(given_up for _, given_up in answers))
        return joined([hits for hits, _ in answers])

    def _count(self, searches: int, *, for_radius: int = 0, for_load: int = 0) -> None:
        with self._counting:
            self._searches += searches
            self._scans_for_radius += for_radius
            self._scans_for_load += for_load


def _shard_slices(count: int) -> list[slice]:
    return [slice(first, min(first + MAX_SHARD_ROWS, count)) for first in range(0, count, MAX_SHARD_ROWS)]


def _tables_path(folder: Path, number: int) -> Path:
    return folder / f"tables-{number:03}.bin"
