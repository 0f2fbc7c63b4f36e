"""
A part: the descriptors of some references in a FAISS `IndexBinaryIVF`, and the keypoints they belong to.

Invariant: never changed once built. A row is one descriptor; the rows of a reference are consecutive, in the order of
its stored value; references are in order of their items. Removed references stay in it until it is merged; a search
leaves them out.

    lists.faissindex    IndexBinaryIVF over all rows, ids 0..n-1; any FAISS user can open it
    references.npy      dtype REFERENCE, one a reference, in order of rows and of items
    points.npy          dtype POINT, one a row
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Final, Self

import faiss
import numpy as np
import numpy.typing as npt

from index.base import ItemIds
from index.errors import DamagedIndexError
from index.local.quantiser import BITS, MAX_PROBES, Lists, centroids, nearest_list, quantiser
from index.storage.disk.durable import save_array
from matcher.array_files import map_array
from matcher.signals.local import POINT, LocalFeatures, pack_points
from matcher.signals.points.descriptors import Descriptors

REFERENCE: Final = np.dtype([("item_id", "<i8"), ("seq", "<i8"), ("first_row", "<i8"), ("rows", "<i4")])
"""A reference: its item, the `seq` that added it, and its rows."""

_LISTS, _REFERENCES, _POINTS = "lists.faissindex", "references.npy", "points.npy"


@dataclass(frozen=True, slots=True)
class NewReference:
    """
    A reference to build a part of.

    Args:
        item_id: The item it belongs to.

        seq: The change that added it.

        features: Its keypoints and descriptors.
    """

    item_id: int
    seq: int
    features: LocalFeatures


@dataclass(frozen=True, slots=True, eq=False)
class LocalPart:
    """
    An immutable part; safe from any thread.

    Args:
        references: Dtype `REFERENCE`, in order of rows.

        points: Dtype `POINT`, one a row.

        lists: `faiss.IndexBinaryIVF` of the descriptors; its type stubs lack half of what is called here.
    """

    name: ClassVar[str] = "faiss_binary_ivf"

    references: npt.NDArray[np.void]
    points: npt.NDArray[np.void]
    lists: Any
    items: ItemIds = field(init=False, repr=False)
    """The item of each reference, removed ones too: int64, shape (r,), in a piece of its own."""
    first_rows: npt.NDArray[np.int64] = field(init=False, repr=False)
    """The first row of each reference: int64, shape (r,), ascending."""
    ascending: bool = field(init=False, repr=False)
    """Whether items ascend; so in every part but those that an earlier version wrote."""

    def __post_init__(self) -> None:
        """Keep aside what every question looks up."""
        items = np.ascontiguousarray(self.references["item_id"], np.int64)
        object.__setattr__(self, "items", items)
        object.__setattr__(self, "first_rows", np.ascontiguousarray(self.references["first_row"], np.int64))
        object.__setattr__(self, "ascending", bool((items[1:] > items[:-1]).all()))

    @classmethod
    def build(cls, references: Sequence[NewReference]) -> Self:
        """Build a part in memory."""
        table = np.empty(len(references), REFERENCE)
        table["item_id"] = [each.item_id for each in references]
        table["seq"] = [each.seq for each in references]
        table["rows"] = [len(each.features.keypoints) for each in references]
        points = [pack_points(each.features.keypoints) for each in references]
        bits = [each.features.descriptors for each in references]
        descriptors = np.concatenate([np.empty((0, BITS // 8), np.uint8), *bits])
        return cls.of_rows(table, np.concatenate([np.empty(0, POINT), *points]), descriptors, nearest_list(descriptors))

    @classmethod
    def merged(cls, parts: Sequence["LocalPart"], dead: ItemIds) -> Self:
        """Build one part of several, without the references whose item is in `dead`; no descriptor is sorted again."""
        kept = [part.without(dead) for part in parts]
        return cls.of_rows(*(np.concatenate(arrays) for arrays in zip(*kept, strict=True)))

    @classmethod
    def load(cls, folder: Path) -> Self:
        """
        Open what `save` wrote, memory-mapped.

        Raises:
            OSError: If a file is missing or cannot be read.

            ValueError: If one is not what `save` writes, or does not fit the others.
        """
        try:
            lists: Any = faiss.read_index_binary(str(folder / _LISTS), faiss.IO_FLAG_MMAP)
        except RuntimeError as error:
            raise ValueError(f"{folder / _LISTS} is not readable by FAISS: {error}") from error
        references, points = (map_array(folder / name) for name in (_REFERENCES, _POINTS))
        if references.dtype != REFERENCE or points.dtype != POINT or lists.ntotal != len(points):
            raise ValueError(f"{folder} holds {lists.ntotal} descriptors and {len(points)} points of {points.dtype}")
        if (lists.d, lists.nlist, lists.nprobe) != (BITS, len(centroids()), MAX_PROBES):
            raise ValueError(f"{folder} holds {lists.nlist} lists of {lists.d} bits, {lists.nprobe} of them probed")
        rows = references["rows"].astype(np.int64)
        if (rows < 0).any() or not np.array_equal(references["first_row"], np.cumsum(rows) - rows):
            raise ValueError(f"{folder} holds references whose rows do not follow one another")
        if rows.sum() != len(points):
            raise ValueError(f"{folder} holds references of {rows.sum()} rows and {len(points)} points")
        return cls(references, points, lists)

    def save(self, folder: Path) -> None:
        """
        Write the part's files into an existing, empty folder.

        Raises:
            OSError: If one cannot be written.
        """
        try:
            faiss.write_index_binary(self.lists, str(folder / _LISTS))
        except RuntimeError as error:
            raise OSError(f"{folder / _LISTS} cannot be written: {error}") from error
        save_array(folder / _REFERENCES, self.references)
        save_array(folder / _POINTS, self.points)

    def __len__(self) -> int:
        """Return the number of references, removed ones too."""
        return len(self.references)

    @property
    def rows(self) -> int:
        """How many descriptors there are."""
        return len(self.points)

    @property
    def item_ids(self) -> ItemIds:
        """The item of each reference, removed ones too: int64."""
        return self.items

    @property
    def size_bytes(self) -> int:
        """Bytes of references, points, descriptors and their row numbers."""
        return self.references.nbytes + self.points.nbytes + self.rows * (BITS // 8 + 8)

    def stats(self) -> Mapping[str, int | float | str]:
        """Return the number of descriptors, as ``descriptors``."""
        return {"descriptors": self.rows}

    def alive(self, dead: ItemIds) -> npt.NDArray[np.bool_]:
        """Return which references are left without the items in `dead`."""
        return ~np.isin(self.items, dead)

    def rows_of(self, items: ItemIds) -> int:
        """Count the rows of some items, given sorted; an item that is not here has none."""
        if not self.ascending:
            return int(self.references["rows"][np.isin(self.items, items)].sum())
        at = np.searchsorted(self.items, items)
        at = at[at < len(self.items)] if len(at) else at
        here = at[self.items[at] == items[: len(at)]]
        return int(self.references["rows"][here].sum())

    def reference_of(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
        """Return which reference each row belongs to: a place among `references`."""
        # Among references without rows the last of equal `first_row` is the one that has them.
        return np.searchsorted(self.first_rows, rows, side="right") - 1

    def within(
        self, descriptors: Descriptors, distances: npt.NDArray[np.int32], lists: Lists, *, bits: int
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """
        Find the rows near each descriptor in the lists named.

        Args:
            descriptors: uint8, shape (n, 32).

            distances: int32, shape (n, `MAX_PROBES`), from `lists_to_probe`.

            lists: int64, shape (n, `MAX_PROBES`), from `lists_to_probe`; -1 where none is searched.

            bits: Of 256, inclusive.

        Returns:
            Where each descriptor's begin, shape (n + 1,), and of all that were found Hamming distances and rows,
            shape (h,), in no order.

        Raises:
            DamagedIndexError: If the lists name a row that is not there.
        """
        # FAISS's radius is strict.
        starts, found, rows = self.lists.range_search_preassigned(descriptors, bits + 1, lists, distances)
        if len(rows) and (rows.min() < 0 or rows.max() >= self.rows):
            raise DamagedIndexError(Path(_LISTS), f"names rows {rows.min()} to {rows.max()} of {self.rows}")
        return starts.astype(np.int64), found, rows

    def without(self, dead: ItemIds) -> tuple[npt.NDArray[np.void], npt.NDArray[np.void], Descriptors, Lists]:
        """Return references, points, descriptors and lists, but for the references whose item is in `dead`."""
        alive = self.alive(dead)
        row_alive = np.repeat(alive, self.references["rows"])
        descriptors, lists = self._descriptors()
        return self.references[alive], self.points[row_alive], descriptors[row_alive], lists[row_alive]

    @classmethod
    def of_rows(
        cls, references: npt.NDArray[np.void], points: npt.NDArray[np.void], descriptors: Descriptors, lists: Lists
    ) -> Self:
        """Build a part of what `without` returns; `first_row` is set again, and items ascend in it."""
        references = references.copy()
        order = np.argsort(references["item_id"], kind="stable")
        if (order[1:] < order[:-1]).any():
            first, rows = np.cumsum(references["rows"]) - references["rows"], references["rows"].astype(np.int64)
            moved = np.repeat(first[order] - np.cumsum(rows[order]) + rows[order], rows[order]) + np.arange(rows.sum())
            references, points, descriptors, lists = references[order], points[moved], descriptors[moved], lists[moved]
        references["first_row"] = np.concatenate([[0], np.cumsum(references["rows"])[:-1]])[: len(references)]
        inverted: Any = faiss.IndexBinaryIVF(quantiser(), BITS, len(centroids()))
        inverted.is_trained, inverted.nprobe = True, MAX_PROBES
        descriptors, lists = np.ascontiguousarray(descriptors), np.ascontiguousarray(lists)
        inverted.add_core(len(lists), faiss.swig_ptr(descriptors), None, faiss.swig_ptr(lists))
        return cls(references, points, inverted)

    def _descriptors(self) -> tuple[Descriptors, Lists]:
        """
        Return every descriptor and its list, in order of rows.

        Raises:
            DamagedIndexError: If the lists do not name each row once.
        """
        descriptors, lists = np.empty((self.rows, BITS // 8), np.uint8), np.full(self.rows, -1, np.int64)
        stored = self.lists.invlists
        for number in range(self.lists.nlist):
            size = stored.list_size(number)
            if size:
                ids = faiss.rev_swig_ptr(stored.get_ids(number), size)
                codes = faiss.rev_swig_ptr(stored.get_codes(number), size * (BITS // 8))
                if ids.min() < 0 or ids.max() >= self.rows:
                    raise DamagedIndexError(Path(_LISTS), f"names rows {ids.min()} to {ids.max()} of {self.rows}")
                descriptors[ids], lists[ids] = codes.reshape(size, -1), number
        if (lists < 0).any():  # FAISS would take what was left unset for the number of a list, and write there
            raise DamagedIndexError(Path(_LISTS), f"names only {np.count_nonzero(lists >= 0)} of {self.rows} rows")
        return descriptors, lists
