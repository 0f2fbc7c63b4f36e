"""
The chunk tables of one shard: what they hold and how they lie on disk.

Invariant: immutable. Entry e of table c stands for the row `rows[c][e]` of the codes; entries are ordered by the value
of chunk c, then by row. The rows of a shard are ordered as byte strings, so table 0 is the identity and stores no rows;
a code that occurs again is kept after the distinct ones (`repeats`) and takes no entry.

    header    64 bytes: "STAYDOWN", u32 format version, u32 chunks, u64 rows, u64 distinct, zeros      (little-endian)
    offsets   u32 [16][65537]          entries of chunk value v lie in offsets[c][v] .. offsets[c][v + 1]
    nexts     u16 [16][stride]         the entry's bits of the chunk after c on the ring; stride = distinct + padding
    repeats   u32 [rows - distinct]    the distinct row whose code row `distinct + i` repeats, ascending
    rows      u8  [15][distinct][3]    tables 1..15: row numbers, 24 bits

77 bytes a distinct row and 4 MB.
"""

import struct
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from index.errors import DamagedIndexError, UnsupportedFormatVersionError
from index.hashes.tables.lanes import LANES
from index.hashes.tables.plan import BUCKETS, CHUNKS

FORMAT_VERSION = 1
MAX_SHARD_ROWS = 1 << 24
"""Row numbers are 24 bits; more codes make more shards."""

ROW_BYTES = 3

_MAGIC = b"STAYDOWN"
_HEADER = struct.Struct("<8sIIQQ32x")


@dataclass(frozen=True, eq=False)
class ChunkTables:
    """
    The arrays of one shard, each flat and read-only, in memory or mapped.

    Args:
        row_count: Codes in the shard, 0..2**24.

        distinct: Different codes among them.

        block: uint8; everything after the header, in the order of the module's drawing.

        path: The file they are mapped from; None in memory.
    """

    row_count: int
    distinct: int
    block: npt.NDArray[np.uint8]
    path: Path | None = None

    @classmethod
    def allocate(cls, row_count: int, distinct: int) -> Self:
        """Reserve zeroed, writable memory for a shard of that size."""
        return cls(row_count, distinct, np.zeros(cls.bytes_for(row_count, distinct), np.uint8))

    @property
    def stride(self) -> int:
        """Words from one table of `nexts` to the next: room to read a vector from the last entry, in whole lines."""
        return _stride(self.distinct)

    @cached_property
    def offsets(self) -> npt.NDArray[np.uint32]:
        """uint32, shape (16 * 65537,)."""
        return self.block[: self._nexts_at].view(np.uint32)

    @cached_property
    def nexts(self) -> npt.NDArray[np.uint16]:
        """uint16, shape (16 * stride,)."""
        return self.block[self._nexts_at : self._repeats_at].view(np.uint16)

    @cached_property
    def repeats(self) -> npt.NDArray[np.uint32]:
        """uint32, shape (row_count - distinct,), ascending."""
        return self.block[self._repeats_at : self._rows_at].view(np.uint32)

    @cached_property
    def rows(self) -> npt.NDArray[np.uint8]:
        """uint8, shape (15 * distinct * 3,)."""
        return self.block[self._rows_at :]

    def save(self, path: Path) -> None:
        """Write the file."""
        with path.open("wb") as file:
            file.write(_HEADER.pack(_MAGIC, FORMAT_VERSION, CHUNKS, self.row_count, self.distinct))
            file.write(self.block.data)  # not `tofile`, which misses a disk that fills up with the last bytes

    @classmethod
    def load(cls, path: Path) -> Self:
        """
        Map the file.

        Raises:
            UnsupportedFormatVersionError: If a newer Staydown wrote it.

            DamagedIndexError: If it is missing, foreign or cut short, or its offsets or repeats cannot be.
        """
        try:
            with path.open("rb") as file:
                header = file.read(_HEADER.size)
        except FileNotFoundError:
            raise DamagedIndexError(path, "is missing") from None
        if len(header) < _HEADER.size or not header.startswith(_MAGIC):
            raise DamagedIndexError(path, "is not a table of Staydown's multi-index")
        _, version, chunks, row_count, distinct = _HEADER.unpack(header)
        if version > FORMAT_VERSION:
            raise UnsupportedFormatVersionError(path, found=version, supported=FORMAT_VERSION)
        if (version, chunks) != (FORMAT_VERSION, CHUNKS) or not 0 < distinct <= row_count <= MAX_SHARD_ROWS:
            raise DamagedIndexError(
                path, f"has version {version}, {chunks} chunks, {distinct} distinct of {row_count} rows in its header"
            )
        expected = _HEADER.size + cls.bytes_for(row_count, distinct)
        size = path.stat().st_size
        if size != expected:
            raise DamagedIndexError(path, f"holds {size} bytes where its header says {expected}")
        mapped = np.memmap(path, np.uint8, "r", offset=_HEADER.size)
        tables = cls(row_count, distinct, mapped.view(np.ndarray), path)
        tables._check_order()
        return tables

    def __post_init__(self) -> None:
        """Refuse a block of another size: the kernels check no bounds."""
        expected = self.bytes_for(self.row_count, self.distinct)
        if self.block.nbytes != expected:
            raise ValueError(f"the tables of {self.row_count} rows take {expected} bytes, not {self.block.nbytes}")

    def _check_order(self) -> None:
        """Refuse offsets and repeats by which the kernels would read or write elsewhere: some 2 ms a million rows."""
        offsets = self.offsets.reshape(CHUNKS, BUCKETS + 1)
        if (offsets[:, 0] != 0).any() or (offsets[:, -1] != self.distinct).any() or _falls(offsets):
            raise DamagedIndexError(
                self.path or Path(), f"has offsets that do not ascend from 0 to its {self.distinct} distinct rows"
            )
        if len(self.repeats) and (self.repeats[-1] >= self.distinct or _falls(self.repeats)):
            raise DamagedIndexError(
                self.path or Path(), f"has repeats that do not ascend within its {self.distinct} distinct rows"
            )

    @staticmethod
    def bytes_for(row_count: int, distinct: int) -> int:
        """Return the size of the block."""
        offsets = CHUNKS * (BUCKETS + 1) * 4
        nexts = CHUNKS * _stride(distinct) * 2
        return offsets + nexts + (row_count - distinct) * 4 + (CHUNKS - 1) * distinct * ROW_BYTES

    @property
    def _nexts_at(self) -> int:
        return CHUNKS * (BUCKETS + 1) * 4

    @property
    def _repeats_at(self) -> int:
        return self._nexts_at + CHUNKS * self.stride * 2

    @property
    def _rows_at(self) -> int:
        return self._repeats_at + (self.row_count - self.distinct) * 4


def _falls(numbers: npt.NDArray[np.uint32]) -> bool:
    """Tell whether one is less than the one before it, along the last axis."""
    return bool((numbers[..., 1:] < numbers[..., :-1]).any())


def _stride(distinct: int) -> int:
    return (distinct + 2 * LANES - 1) // LANES * LANES
