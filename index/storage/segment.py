"""
A segment: what a collection knew, for each signal type, in files that never change.

Invariant: a segment is complete and durable before a manifest names it, and official only then. Once opened it stays
readable even if its folder is unlinked: every file is mapped at open.

    segments/<name>/segment.json      {"format", "format_version", "parts": [
                                         {"signal_type", "folder", "backend", "rows",
                                          "files": [{"name", "size_bytes", "blocks": [crc32, …]}, …]}, …]}
    segments/<name>/<type-version>/   what the part's backend wrote
"""

import json
import secrets
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from index.base import Backend, Codes, ItemIds
from index.checks import code_bytes
from index.errors import DamagedIndexError, SegmentDamagedError, UnknownBackendError, UnsupportedFormatVersionError
from index.hashes.backends import backend_named
from index.storage import faults
from index.storage.durable import FileRecord, check_files, record, sync_file, sync_folder, write_durably

SEGMENT_FORMAT = "staydown-segment"
SEGMENT_FORMAT_VERSION = 1

OPEN_CHECK_BYTES = 256 << 20
"""How much of a part is read and compared when it is opened: all of it up to here (0.05 s), an even sample beyond."""

DESCRIPTION = "segment.json"


@dataclass(frozen=True, slots=True)
class SegmentRef:
    """
    How a manifest names a segment.

    Args:
        name: Its folder under ``segments/``.

        checksum: CRC-32 of its `segment.json`, which in turn holds the checksums of its files.

        rows: Items by signal type.
    """

    name: str
    checksum: int
    rows: Mapping[str, int]


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One signal type of a segment."""

    signal_type: str
    backend: Backend
    files: tuple[FileRecord, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Segment:
    """An open segment; safe from any thread."""

    ref: SegmentRef
    folder: Path
    parts: Mapping[str, Part]

    @property
    def row_count(self) -> int:
        """Items of all types, tombstoned ones too."""
        return sum(self.ref.rows.values())

    @property
    def file_bytes(self) -> int:
        """Bytes on disk, but for the description."""
        return sum(file.size_bytes for part in self.parts.values() for file in part.files)

    def rows(self, signal_type: str) -> tuple[Codes, ItemIds] | None:
        """Return every code and id of a type, tombstoned ones too; None if it has none."""
        part = self.parts.get(signal_type)
        return None if part is None else part.backend.rows()

    def verify(self) -> None:
        """
        Read every byte and compare it with its checksum.

        Raises:
            SegmentDamagedError: Naming the file that differs.
        """
        open_segment(self.folder, self.ref, budget_bytes=None)


def write_segment(segments: Path, rows: Mapping[str, tuple[Codes, ItemIds]], *, backend: str) -> SegmentRef:
    """
    Build and write one segment, durably; it is not official before a manifest names it.

    Args:
        segments: The folder that holds all segments.

        rows: Codes (n, 32) and ids (n,) by signal type; types without rows are left out.

        backend: A row of `INDEX_BACKENDS`.

    Raises:
        OSError: If it cannot be written; the caller removes what is left of it.
    """
    name = secrets.token_hex(8)  # never used before: other processes know segments by name
    folder = segments / name
    folder.mkdir(parents=True)
    faults.reach("segment:folder-made")
    filled = {name: pair for name, pair in sorted(rows.items()) if len(pair[1])}
    parts = [_write_part(folder, name, codes, item_ids, backend) for name, (codes, item_ids) in filled.items()]
    description = json.dumps(
        {"format": SEGMENT_FORMAT, "format_version": SEGMENT_FORMAT_VERSION, "parts": parts}, indent=1
    ).encode()
    write_durably(folder / DESCRIPTION, description)
    sync_folder(folder)
    sync_folder(segments)
    ref = SegmentRef(name, zlib.crc32(description), {kind: len(item_ids) for kind, (_, item_ids) in filled.items()})
    try:
        open_segment(folder, ref, budget_bytes=0)
    except DamagedIndexError as error:  # nobody may depend on it before it was seen to open
        raise OSError(f"what was written cannot be read back: {error}") from error
    faults.reach("segment:written")
    return ref


def open_segment(folder: Path, ref: SegmentRef, *, budget_bytes: int | None = OPEN_CHECK_BYTES) -> Segment:
    """
    Map a segment's files, after comparing them with their checksums as far as the budget goes.

    Args:
        folder: The segment's folder.

        ref: What the manifest says about it.

        budget_bytes: Bytes to compare at most; None compares all.

    Raises:
        SegmentDamagedError: If anything is missing, cut short, altered, or not what the manifest says.

        UnsupportedFormatVersionError: If a newer Staydown wrote it.
    """
    try:
        parts = _open_parts(folder, ref, budget_bytes)
    except DamagedIndexError as error:
        raise SegmentDamagedError(ref.name, error.path, error.reason) from error
    except (OSError, ValueError, KeyError, TypeError, UnknownBackendError) as error:
        raise SegmentDamagedError(ref.name, folder, f"cannot be opened: {error!r}") from error
    return Segment(ref, folder, parts)


def _write_part(segment: Path, signal_type: str, codes: Codes, item_ids: ItemIds, backend: str) -> dict[str, object]:
    folder = segment / signal_type.replace("/", "-")
    folder.mkdir()
    backend_named(backend).build(codes, item_ids).save(folder)
    faults.reach("segment:part-written")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for path in files:
        sync_file(path)
    sync_folder(folder)
    records = [record(segment, path) for path in files]
    return {
        "signal_type": signal_type,
        "folder": folder.name,
        "backend": backend,
        "rows": len(item_ids),
        "files": [{"name": item.name, "size_bytes": item.size_bytes, "blocks": item.blocks} for item in records],
    }


def _open_parts(folder: Path, ref: SegmentRef, budget_bytes: int | None) -> dict[str, Part]:
    path = folder / DESCRIPTION
    data = path.read_bytes()
    if zlib.crc32(data) != ref.checksum:
        raise DamagedIndexError(path, "its checksum is not the one in the manifest")
    description = json.loads(data)
    if description["format"] != SEGMENT_FORMAT:
        raise DamagedIndexError(path, f"has format {description['format']!r}")
    if description["format_version"] != SEGMENT_FORMAT_VERSION:
        raise UnsupportedFormatVersionError(path, found=description["format_version"], supported=SEGMENT_FORMAT_VERSION)
    parts: dict[str, Part] = {}
    for item in description["parts"]:
        files = tuple(FileRecord(file["name"], file["size_bytes"], tuple(file["blocks"])) for file in item["files"])
        check_files(folder, files, budget_bytes=budget_bytes)
        opened = backend_named(item["backend"]).load(folder / item["folder"], width=code_bytes(item["signal_type"]))
        if len(opened) != ref.rows.get(item["signal_type"]):
            raise DamagedIndexError(folder / item["folder"], f"opens with {len(opened)} items of {ref.rows}")
        parts[item["signal_type"]] = Part(item["signal_type"], opened, files)
    if parts.keys() != ref.rows.keys():
        raise DamagedIndexError(path, f"holds {sorted(parts)} where the manifest says {sorted(ref.rows)}")
    return parts
