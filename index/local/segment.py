"""
A sealed part: a folder written once, named by the manifest, mapped when opened.

Invariant: as for `segment.py`: complete and durable before a manifest names it, official only then, and once opened
readable even if its folder is unlinked.

    segments/<name>/local.json    {"format", "format_version", "centroids", "files": [{"name", "size_bytes", "blocks"}]}
    segments/<name>/…             what `LocalPart.save` wrote
"""

import json
import secrets
import zlib
from pathlib import Path
from typing import Final

from index.errors import DamagedIndexError, SegmentDamagedError, UnsupportedFormatVersionError
from index.local.part import LocalPart
from index.local.quantiser import checksum
from index.storage import faults
from index.storage.durable import FileRecord, check_files, record, sync_file, sync_folder, write_durably
from index.storage.segment import OPEN_CHECK_BYTES, SegmentRef
from matcher.signals import local

FORMAT: Final = "staydown-local-segment"
FORMAT_VERSION: Final = 1
DESCRIPTION: Final = "local.json"


def write_part(segments: Path, part: LocalPart) -> SegmentRef:
    """
    Write a part durably; it is not official before a manifest names it.

    Raises:
        OSError: If it cannot be written; the caller removes what is left of it.
    """
    name = secrets.token_hex(8)
    folder = segments / name
    folder.mkdir(parents=True)
    faults.reach("segment:folder-made")
    part.save(folder)
    faults.reach("segment:part-written")
    paths = sorted(folder.iterdir())
    for path in paths:
        sync_file(path)
    records = [record(folder, path) for path in paths]
    files = [{"name": item.name, "size_bytes": item.size_bytes, "blocks": item.blocks} for item in records]
    description = {"format": FORMAT, "format_version": FORMAT_VERSION, "centroids": checksum(), "files": files}
    data = json.dumps(description, indent=1).encode()
    write_durably(folder / DESCRIPTION, data)
    sync_folder(folder)
    sync_folder(segments)
    faults.reach("segment:written")
    return SegmentRef(name, zlib.crc32(data), {local.NAME: len(part)})


def open_part(folder: Path, ref: SegmentRef, *, budget_bytes: int | None = OPEN_CHECK_BYTES) -> LocalPart:
    """
    Map a part's files, after comparing them with their checksums as far as the budget goes; None compares all.

    Raises:
        SegmentDamagedError: If anything is missing, altered, or sorted by other centroids than this program's.

        UnsupportedFormatVersionError: If a newer Staydown wrote it.
    """
    try:
        return _open(folder, ref, budget_bytes)
    except DamagedIndexError as error:
        raise SegmentDamagedError(ref.name, error.path, error.reason) from error
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:  # FAISS raises RuntimeError
        raise SegmentDamagedError(ref.name, folder, f"cannot be opened: {error!r}") from error


def _open(folder: Path, ref: SegmentRef, budget_bytes: int | None) -> LocalPart:
    path = folder / DESCRIPTION
    data = path.read_bytes()
    if zlib.crc32(data) != ref.checksum:
        raise DamagedIndexError(path, "its checksum is not the one in the manifest")
    description = json.loads(data)
    if description["format_version"] != FORMAT_VERSION:
        raise UnsupportedFormatVersionError(path, found=description["format_version"], supported=FORMAT_VERSION)
    if description["format"] != FORMAT or description["centroids"] != checksum():
        raise DamagedIndexError(path, "was written with other centroids, or by another program")
    files = [FileRecord(item["name"], item["size_bytes"], tuple(item["blocks"])) for item in description["files"]]
    check_files(folder, files, budget_bytes=budget_bytes)
    part = LocalPart.load(folder)
    if len(part) != ref.rows.get(local.NAME):
        raise DamagedIndexError(folder, f"holds {len(part)} references, the manifest says {ref.rows}")
    return part
