"""
What a kind of part must say of itself, so that one engine stores it: hashes (`index/hashes/kind.py`) and local features
(`index/local/kind.py`) are two kinds.

    rows   values of one signal type in memory      written ->   part   the same values in files that never change

Invariant: a kind holds no state of a collection and takes no lock. Everything about manifests, locks, versions,
tombstones and crashes is the engine's; everything about bytes of a value, and about searching, is the kind's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt

from index.base import ItemIds
from index.changes import Add
from index.storage.disk.durable import FileRecord

if TYPE_CHECKING:
    from index.storage.delta import DeltaView
    from index.storage.snapshot import Snapshot


class Rows(Protocol):
    """Values of one signal type, with the items they belong to; never changed once a reader has them."""

    @property
    def item_ids(self) -> ItemIds:
        """Every item, removed ones too: int64, shape (n,), in any order."""


class SealedPart(Protocol):
    """The values of one signal type in one segment, open for searching; safe from any thread."""

    @property
    def name(self) -> str:
        """How it is searched, for an operator; a class attribute will do."""

    @property
    def size_bytes(self) -> int:
        """Bytes of its arrays and tables."""

    def stats(self) -> Mapping[str, int | float | str]:
        """Return what an operator should know beyond size. May be empty."""

    def __len__(self) -> int:
        """Return the number of items, removed ones too."""


PartT = TypeVar("PartT", bound=SealedPart)
RowsT = TypeVar("RowsT", bound=Rows)
SearcherT = TypeVar("SearcherT")
SearcherT_co = TypeVar("SearcherT_co", covariant=True)
RowsT_co = TypeVar("RowsT_co", bound=Rows, covariant=True)

Mask = npt.NDArray[np.bool_]


class GrowingRows(Protocol[RowsT_co]):
    """The values of one signal type that were added since the segments were sealed. One writer at a time."""

    def append(self, changes: Sequence[Add]) -> None:
        """
        Take in values, in order of `seq`: all of them or, on an error, none. What `fixed` returned stays as it is.

        Raises:
            SignalValueError: If a value is not of this type.
        """

    def fixed(self) -> tuple[RowsT_co, ...]:
        """Return the rows there are now, in one or several pieces; rows appended later do not show in them."""

    def after(self, seq: int) -> Self:
        """Return a copy with only the rows later than `seq`."""

    def without(self, dead: ItemIds) -> Self:
        """Return a copy without the rows of some items, given sorted."""


@dataclass(frozen=True, slots=True)
class PartFiles:
    """
    Where one part of a segment lies.

    Args:
        signal_type: ``"pdq/1"``.

        folder: Relative to the segment's folder; ``.`` is that folder itself.

        written_as: `SealedPart.name` of what wrote it.

        rows: Items in it.

        files: With sizes and checksums, names relative to the segment's folder.
    """

    signal_type: str
    folder: str
    written_as: str
    rows: int
    files: tuple[FileRecord, ...]


class PartKind(Protocol[PartT, RowsT, SearcherT_co]):
    """One kind of part: which signal types it holds, and how their values are kept, written, opened and searched."""

    @property
    def description(self) -> str:
        """Name of the file that describes a segment of this kind."""

    @property
    def format(self) -> str:
        """What that file says as ``format``."""

    @property
    def format_version(self) -> int:
        """The newest ``format_version`` that is read, and the one that is written."""

    @property
    def first_tier_rows(self) -> int:
        """Segments of up to this many items are of one tier; `merge.due_groups` merges tiers."""

    @property
    def rest_s_a_row(self) -> float | None:
        """
        For so many seconds a row a segment stays as it is before it becomes one with the smaller ones beside it.

        None where a search gains too little from that.
        """

    @property
    def seal_after_rows(self) -> int:
        """Items in memory from which on `Collection.maintain` seals, however few changes there were."""

    @property
    def drop_after_removed(self) -> int:
        """Removed items of a type that lie in memory before their values are dropped, where half of all are removed."""

    def holds(self, signal_type: str) -> bool:
        """Tell whether values of this signal type are kept here; others are counted and passed over."""

    def check(self, change: Add) -> None:
        """
        Accept a value of a type that is held, before any of its batch is applied.

        Raises:
            IndexStoreError, SignalValueError: If it is not one.
        """

    def new_rows(self, signal_type: str) -> GrowingRows[RowsT]:
        """Begin without any value of a signal type that is held."""

    def rows(self, part: PartT) -> RowsT:
        """Return everything that lies in a part, removed items too; views of mapped files will do."""

    def joined(self, rows: Sequence[RowsT], removed: Sequence[Mask | None]) -> RowsT:
        """
        Put rows of one signal type together, without those that are removed.

        Args:
            rows: At least one.

            removed: For each of them bool, shape (n,), or None where nothing is removed.
        """

    def written_as(self, signal_type: str) -> str:
        """Return `SealedPart.name` of parts of this signal type that are written from now on."""

    def folder_of(self, signal_type: str) -> str:
        """Return the folder of a part inside its segment's; ``.`` for that folder itself."""

    def save(self, rows: RowsT, folder: Path) -> None:
        """
        Write a part's files into an empty folder. The caller makes them durable.

        Raises:
            OSError: If they cannot be written, whatever the library underneath raises.
        """

    def load(self, files: PartFiles, folder: Path) -> PartT:
        """
        Open what `save` wrote. Every file is opened here, not later: the folder may be unlinked afterwards.

        Raises:
            OSError, ValueError, IndexStoreError: If it cannot be opened.
        """

    def describe(self, parts: Sequence[PartFiles]) -> dict[str, object]:
        """Return what a segment's description says beside format and version."""

    def described(self, description: Mapping[str, Any], rows: Mapping[str, int]) -> list[PartFiles]:
        """
        Read what `describe` returned.

        Args:
            description: As parsed from the file.

            rows: Items by signal type, as the manifest says.

        Raises:
            KeyError, TypeError, ValueError: If it is not such a description.
        """

    def searcher(self, snapshot: "Snapshot[PartT]", delta: "DeltaView[RowsT]") -> SearcherT_co:
        """Return a fixed view: segments, delta and tombstones as of one version."""
