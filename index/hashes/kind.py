"""
Hashes as a kind of part: how they are checked, kept, written, opened, put together and searched.

    segments/<name>/segment.json      {"format", "format_version", "parts": [
                                         {"signal_type", "folder", "backend", "rows",
                                          "files": [{"name", "size_bytes", "blocks": [crc32, …]}, …]}, …]}
    segments/<name>/<type-version>/   what the part's backend wrote

Invariant: a part names its backend, a row of `INDEX_BACKENDS`, so that segments of several backends lie side by side.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from index.base import Backend
from index.changes import Add
from index.checks import check_hash, code_bytes
from index.hashes.backends import backend_for, backend_named
from index.hashes.rows import GrowingHashRows, HashRows
from index.hashes.searcher import HashSearcher
from index.storage.collection import SEAL_AFTER_CHANGES, Collection
from index.storage.delta import DeltaView
from index.storage.kind import Mask, PartFiles
from index.storage.segment import file_documents, file_records
from index.storage.snapshot import Snapshot
from matcher.signals import SIGNAL_TYPES, is_hash

FIRST_TIER_ROWS: Final = 10_000
REST_S_A_ROW: Final = 1e-4
"""
10 million rows rest 17 minutes. To write them again takes 12 s of a processor, one part in a hundred; and where five
segments become one, a hundred questions take 4.1 instead of 9.4 ms, one 0.08 instead of 0.3 ms (two shared cores).
"""

DROP_AFTER_REMOVED: Final = 4_096
"""0.2 MB."""


class HashKind:
    """
    Every signal type whose values are found by their Hamming distance.

    Args:
        backend: A row of `INDEX_BACKENDS`, for segments written from now on; older ones open with their own. Codes of a
            width that it does not search are written for `faiss_flat`.

    Raises:
        UnknownBackendError: If there is no such backend.
    """

    description: Final = "segment.json"
    format: Final = "staydown-segment"
    format_version: Final = 1
    first_tier_rows: Final = FIRST_TIER_ROWS
    rest_s_a_row: Final = REST_S_A_ROW
    seal_after_rows: Final = SEAL_AFTER_CHANGES
    drop_after_removed: int = DROP_AFTER_REMOVED

    def __init__(self, backend: str = "faiss_flat") -> None:
        backend_named(backend)
        self._backend = backend

    def holds(self, signal_type: str) -> bool:
        """Tell whether values of this signal type are hashes; one that is not in the table is refused by `check`."""
        return signal_type not in SIGNAL_TYPES or is_hash(signal_type)

    def check(self, change: Add) -> None:
        """
        Accept a hash.

        Raises:
            SignalTypeError: If its type is no hash.

            WidthMismatchError: If it is not as wide as its type.
        """
        check_hash(change)

    def new_rows(self, signal_type: str) -> GrowingHashRows:
        """Begin without any hash of a signal type."""
        return GrowingHashRows(width=code_bytes(signal_type))

    def rows(self, part: Backend) -> HashRows:
        """Return every hash in a part, removed ones too."""
        return HashRows(*part.rows())

    def joined(self, rows: Sequence[HashRows], removed: Sequence[Mask | None]) -> HashRows:
        """Put hashes of one signal type together, without those that are removed."""
        kept = [
            each if gone is None else HashRows(each.codes[~gone], each.item_ids[~gone])
            for each, gone in zip(rows, removed, strict=True)
        ]
        if len(kept) == 1:
            return kept[0]
        return HashRows(np.concatenate([each.codes for each in kept]), np.concatenate([each.item_ids for each in kept]))

    def written_as(self, signal_type: str) -> str:
        """Return the backend that parts of this signal type are written with."""
        return backend_for(self._backend, width=code_bytes(signal_type)).name

    def folder_of(self, signal_type: str) -> str:
        """Return the folder of a part: ``pdq-1``."""
        return signal_type.replace("/", "-")

    def save(self, rows: HashRows, folder: Path) -> None:
        """
        Write what the backend opens again.

        Raises:
            OSError: If it cannot be written.
        """
        backend_for(self._backend, width=rows.codes.shape[1]).build(*rows).save(folder)

    def load(self, files: PartFiles, folder: Path) -> Backend:
        """
        Open a part with the backend that wrote it.

        Raises:
            OSError, ValueError, IndexStoreError: If it cannot be opened.
        """
        return backend_named(files.written_as).load(folder, width=code_bytes(files.signal_type))

    def describe(self, parts: Sequence[PartFiles]) -> dict[str, object]:
        """Return what `segment.json` says beside format and version."""
        return {
            "parts": [
                {
                    "signal_type": part.signal_type,
                    "folder": part.folder,
                    "backend": part.written_as,
                    "rows": part.rows,
                    "files": file_documents(part),
                }
                for part in parts
            ]
        }

    def described(self, description: Mapping[str, Any], rows: Mapping[str, int]) -> list[PartFiles]:
        """
        Read what `describe` returned.

        Raises:
            KeyError, TypeError: If it is not such a description.
        """
        return [
            PartFiles(
                signal_type=part["signal_type"],
                folder=part["folder"],
                written_as=part["backend"],
                rows=part["rows"],
                files=file_records(part["files"]),
            )
            for part in description["parts"]
        ]

    def searcher(self, snapshot: Snapshot[Backend], delta: DeltaView[HashRows]) -> HashSearcher:
        """Return a fixed view, searched exactly."""
        return HashSearcher(snapshot.segments, delta, snapshot.tombstones)


HashCollection = Collection[Backend, HashRows, HashSearcher]
"""A folder of hashes: `HashCollection.open(folder, HashKind(backend))`."""
