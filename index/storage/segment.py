"""
A segment: what a collection knew, for each signal type of one kind, in files that never change.

Invariant: a segment is complete and durable before a manifest names it, and official only then. Once opened it stays
readable even if its folder is unlinked: every file is mapped at open.

    segments/<name>/<description>   {"format", "format_version", …}: which parts there are, and for each of their files
                                    {"name", "size_bytes", "blocks": [crc32, …]}; the kind of part says how
    segments/<name>/…               the files of the parts

The two kinds draw theirs in `index/hashes/kind.py` and `index/local/kind.py`.
"""

import json
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic

from index.checks import check_signal_type
from index.errors import DamagedIndexError, SegmentDamagedError, UnknownBackendError, UnsupportedFormatVersionError
from index.storage.disk import faults
from index.storage.disk.durable import FileRecord, check_files, record, sync_file, sync_folder, write_durably
from index.storage.kind import PartFiles, PartKind, PartT, RowsT

OPEN_CHECK_BYTES = 256 << 20
"""How much of a part is read and compared when it is opened: all of it up to here (0.05 s), an even sample beyond."""


@dataclass(frozen=True, slots=True)
class SegmentRef:
    """
    How a manifest names a segment.

    Args:
        name: Its folder under ``segments/``.

        checksum: CRC-32 of its description, which in turn holds the checksums of its files.

        rows: Items by signal type.
    """

    name: str
    checksum: int
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Segment(Generic[PartT]):
    """
    An open segment; safe from any thread.

    Args:
        ref: How the manifest names it.

        parts: Its parts, by signal type.

        files: Each file, and its exact length in bytes; the description is not among them.

        written_s: When its description was written, by the file's own date: seconds since the epoch.
    """

    ref: SegmentRef
    parts: Mapping[str, PartT]
    files: Mapping[Path, int]
    written_s: float = 0.0

    @property
    def file_bytes(self) -> int:
        """Bytes on disk, but for the description."""
        return sum(self.files.values())

    @property
    def row_count(self) -> int:
        """Items of all types, tombstoned ones too."""
        return sum(self.ref.rows.values())

    def check_sizes(self) -> None:
        """
        See whether every file is still there, as long as it was.

        A file that was cut short under a running process ends it at the first look beyond the cut (SIGBUS), so this is
        asked often; it reads nothing.

        Raises:
            SegmentDamagedError: Naming the first that differs.
        """
        for path, size_bytes in self.files.items():
            try:
                found = path.stat().st_size
            except OSError as error:
                raise SegmentDamagedError(self.ref.name, path, f"cannot be looked at: {error.strerror}") from error
            if found != size_bytes:
                raise SegmentDamagedError(self.ref.name, path, f"has {found:,} bytes instead of {size_bytes:,}")


def write_segment(kind: PartKind[PartT, RowsT, Any], segments: Path, rows: Mapping[str, RowsT]) -> SegmentRef:
    """
    Build and write one segment, durably; it is not official before a manifest names it.

    Args:
        kind: Kind of its parts.

        segments: The folder that holds all segments.

        rows: By signal type; types without rows are left out.

    Raises:
        OSError: If it cannot be written; the caller removes what is left of it.
    """
    name = secrets.token_hex(8)  # never used before: other processes know segments by name
    folder = segments / name
    folder.mkdir(parents=True)
    faults.reach("segment:folder-made")
    filled = {signal_type: each for signal_type, each in sorted(rows.items()) if len(each.item_ids)}
    parts = [_write_part(kind, folder, signal_type, each) for signal_type, each in filled.items()]
    head = {"format": kind.format, "format_version": kind.format_version}
    description = json.dumps({**head, **kind.describe(parts)}, indent=1).encode()
    write_durably(folder / kind.description, description)
    sync_folder(folder)
    sync_folder(segments)
    ref = SegmentRef(name, zlib.crc32(description), {part.signal_type: part.rows for part in parts})
    try:
        open_segment(kind, folder, ref, budget_bytes=0)
    except DamagedIndexError as error:  # nobody may depend on it before it was seen to open
        raise OSError(f"what was written cannot be read back: {error}") from error
    faults.reach("segment:written")
    return ref


def open_segment(
    kind: PartKind[PartT, Any, Any], folder: Path, ref: SegmentRef, *, budget_bytes: int | None = OPEN_CHECK_BYTES
) -> Segment[PartT]:
    """
    Map a segment's files, after comparing them with their checksums as far as the budget goes.

    Args:
        kind: Kind of its parts.

        folder: The segment's folder.

        ref: What the manifest says about it.

        budget_bytes: Bytes of each part to compare at most; None compares all.

    Raises:
        SegmentDamagedError: If anything is missing, cut short, altered, or not what the manifest says.

        UnsupportedFormatVersionError: If a newer Staydown wrote it.
    """
    try:
        files = _described(kind, folder, ref)
        written_s = (folder / kind.description).stat().st_mtime
        parts = {each.signal_type: _open_part(kind, folder, each, ref, budget_bytes) for each in files}
        if parts.keys() != ref.rows.keys():
            reason = f"holds {sorted(parts)} where the manifest says {sorted(ref.rows)}"
            raise DamagedIndexError(folder / kind.description, reason)
    except DamagedIndexError as error:
        raise SegmentDamagedError(ref.name, error.path, error.reason) from error
    except (OSError, ValueError, KeyError, TypeError, UnknownBackendError) as error:
        raise SegmentDamagedError(ref.name, folder, f"cannot be opened: {error!r}") from error
    sizes = {folder / file.name: file.size_bytes for each in files for file in each.files}
    return Segment(ref, parts, sizes, written_s)


def file_documents(files: PartFiles) -> list[dict[str, object]]:
    """Return the files of a part as descriptions write them."""
    return [{"name": file.name, "size_bytes": file.size_bytes, "blocks": file.blocks} for file in files.files]


def file_records(documents: list[dict[str, Any]]) -> tuple[FileRecord, ...]:
    """Read what `file_documents` returned; errors as for `PartKind.described`."""
    return tuple(FileRecord(each["name"], each["size_bytes"], tuple(each["blocks"])) for each in documents)


def _write_part(kind: PartKind[Any, RowsT, Any], segment: Path, signal_type: str, rows: RowsT) -> PartFiles:
    folder = segment / kind.folder_of(signal_type)
    folder.mkdir(exist_ok=True)
    kind.save(rows, folder)
    faults.reach("segment:part-written")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in files:
        sync_file(path)
    sync_folder(folder)
    return PartFiles(
        signal_type=signal_type,
        folder=kind.folder_of(signal_type),
        written_as=kind.written_as(signal_type),
        rows=len(rows.item_ids),
        files=tuple(record(segment, path) for path in files),
    )


def _described(kind: PartKind[Any, Any, Any], folder: Path, ref: SegmentRef) -> list[PartFiles]:
    path = folder / kind.description
    data = path.read_bytes()
    if zlib.crc32(data) != ref.checksum:
        raise DamagedIndexError(path, "its checksum is not the one in the manifest")
    description = json.loads(data)
    if description["format"] != kind.format:
        raise DamagedIndexError(path, f"has format {description['format']!r}")
    found = description["format_version"]
    if found != kind.format_version:
        raise UnsupportedFormatVersionError(path, found=found, supported=kind.format_version)
    return kind.described(description, ref.rows)


def _open_part(
    kind: PartKind[PartT, Any, Any], segment: Path, files: PartFiles, ref: SegmentRef, budget_bytes: int | None
) -> PartT:
    check_signal_type(files.signal_type)
    check_files(segment, files.files, budget_bytes=budget_bytes)
    folder = segment / files.folder
    part = kind.load(files, folder)
    if len(part) != ref.rows.get(files.signal_type):
        raise DamagedIndexError(folder, f"opens with {len(part)} items of {ref.rows}")
    return part
