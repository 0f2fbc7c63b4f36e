"""
Items that still lie in a segment but were removed before the manifest's `applied_seq`.

Invariant: sorted, without repeats, immutable. An id leaves the list when the segment that holds it is rewritten
without it; then the value is physically gone.

    tombstones-<token>    per signal type, in the order of the manifest's counts: item ids, int64, little-endian, sorted
"""

import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.base import ItemIds
from index.errors import ManifestDamagedError
from index.storage.disk.durable import write_durably

PREFIX = "tombstones-"

_NONE = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class TombstonesRef:
    """
    How a manifest names its tombstones.

    Args:
        name: The file beside the manifest; empty if there are none.

        checksum: CRC-32 of the file.

        counts: Ids by signal type, in the order they lie in the file.
    """

    name: str = ""
    checksum: int = 0
    counts: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Tombstones:
    """
    Removed items by signal type.

    Args:
        by_type: int64, sorted, unique; types without any are left out.
    """

    by_type: Mapping[str, ItemIds]

    def __len__(self) -> int:
        """Return how many there are."""
        return sum(len(ids) for ids in self.by_type.values())

    def ids(self, signal_type: str) -> ItemIds:
        """Return the sorted ids of one type."""
        return self.by_type.get(signal_type, _NONE)

    def contain(self, signal_type: str, item_ids: ItemIds) -> npt.NDArray[np.bool_] | None:
        """Return which of these items are tombstoned; None if nothing of this type is."""
        ids = self.by_type.get(signal_type)
        return None if ids is None else are_among(item_ids, ids)

    def plus(self, more: Mapping[str, ItemIds]) -> "Tombstones":
        """Return these and `more`."""
        types = self.by_type.keys() | more.keys()
        return tombstones({name: np.union1d(self.ids(name), more.get(name, _NONE)) for name in types})

    def minus(self, gone: Mapping[str, ItemIds]) -> "Tombstones":
        """Return these without `gone`."""
        return tombstones(
            {name: np.setdiff1d(ids, gone.get(name, _NONE), assume_unique=True) for name, ids in self.by_type.items()}
        )

    def write(self, folder: Path) -> TombstonesRef:
        """Write them durably under a new name; the folder is the caller's to sync."""
        if not len(self):
            return TombstonesRef()
        types = sorted(self.by_type)
        data = b"".join(self.by_type[name].astype("<i8").tobytes() for name in types)
        name = PREFIX + secrets.token_hex(8)
        write_durably(folder / name, data)
        return TombstonesRef(name, zlib.crc32(data), {item: len(self.by_type[item]) for item in types})


def tombstones(by_type: Mapping[str, ItemIds]) -> Tombstones:
    """Make tombstones of sorted, unique ids, leaving empty types out."""
    return Tombstones({name: ids for name, ids in by_type.items() if len(ids)})


def read_tombstones(folder: Path, ref: TombstonesRef) -> Tombstones:
    """
    Read what `Tombstones.write` wrote.

    Raises:
        FileNotFoundError: If the file is gone, as happens when the manifest was replaced meanwhile.

        ManifestDamagedError: If it is not what the manifest says.
    """
    if not ref.counts:
        return Tombstones({})
    path = folder / ref.name
    data = path.read_bytes()
    if zlib.crc32(data) != ref.checksum or len(data) != 8 * sum(ref.counts.values()):
        raise ManifestDamagedError(path, "its checksum is not the one in the manifest")
    ids = np.frombuffer(data, "<i8").astype(np.int64)
    ends = np.cumsum(list(ref.counts.values()))
    return tombstones(dict(zip(ref.counts, np.split(ids, ends[:-1]), strict=True)))


def are_among(item_ids: ItemIds, members: ItemIds) -> npt.NDArray[np.bool_]:
    """Return which of `item_ids`, in any order, are in `members`, sorted; O(n log m), outside the interpreter lock."""
    if len(members) == 0:
        return np.zeros(len(item_ids), np.bool_)
    places = np.minimum(np.searchsorted(members, item_ids), len(members) - 1)
    return np.asarray(members[places] == item_ids)
