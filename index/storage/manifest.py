"""
Which segments and tombstones are live, and up to which `seq` they contain the log.

Invariant: a segment is official once it is in the manifest, and the manifest changes only by atomic rename: written
beside, fsynced, renamed over, folder fsynced. What no manifest names is a leftover, deleted by the lock's holder.

    MANIFEST.json    {"crc32": …, "manifest": {"format", "format_version", "generation", "applied_seq",
                        "segments": [{"name", "checksum", "rows": {type: n}}, …],
                        "tombstones": {"name", "checksum", "counts": {type: n}}}}
                     crc32 is that of the inner object as `_canonical` writes it
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from index.errors import ForeignFileError, ManifestDamagedError, UnsupportedFormatVersionError
from index.storage.disk import faults
from index.storage.disk.durable import sync_folder, write_durably
from index.storage.segment import SegmentRef
from index.storage.tombstones import TombstonesRef

MANIFEST_FORMAT = "staydown-index"
MANIFEST_FORMAT_VERSION = 1

MANIFEST = "MANIFEST.json"
TEMPORARY = "MANIFEST.json.new"


@dataclass(frozen=True, slots=True)
class Manifest:
    """
    One state of a folder.

    Args:
        generation: Counts the manifests of this folder, from 1; 0 is a folder without one.

        applied_seq: Segments minus tombstones are the collection as of this `seq`.

        segments: Oldest first.

        tombstones: Items in those segments that were removed since.
    """

    generation: int = 0
    applied_seq: int = 0
    segments: tuple[SegmentRef, ...] = ()
    tombstones: TombstonesRef = field(default_factory=TombstonesRef)


Signature = tuple[int, int, int]
"""Inode, modification time in ns and size: differs whenever the manifest was replaced."""


def signature(folder: Path) -> Signature | None:
    """Return what `stat` says of the manifest, in about a microsecond; None if there is none."""
    try:
        status = (folder / MANIFEST).stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def read_manifest(folder: Path) -> Manifest:
    """
    Read the manifest; a folder without one is empty, at seq 0.

    Raises:
        ForeignFileError: If another program's file has that name; nothing may be written over it.

        ManifestDamagedError: If it is cut short or altered.

        UnsupportedFormatVersionError: If a newer Staydown wrote it.
    """
    path = folder / MANIFEST
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Manifest()
    return manifest_of(path, data)


def manifest_of(path: Path, data: bytes) -> Manifest:
    """Read a manifest from its bytes; `path` is named in errors, which are those of `read_manifest`."""
    try:
        outer = json.loads(data)
        if not isinstance(outer, dict) or outer.keys().isdisjoint({"manifest", "crc32"}):
            raise ForeignFileError(f"{path} is not Staydown's; give the index a folder of its own")
        body, checksum = outer["manifest"], outer["crc32"]
        if body["format_version"] != MANIFEST_FORMAT_VERSION:
            raise UnsupportedFormatVersionError(path, found=body["format_version"], supported=MANIFEST_FORMAT_VERSION)
        if body["format"] != MANIFEST_FORMAT or zlib.crc32(_canonical(body)) != checksum:
            raise ManifestDamagedError(path, "its checksum differs")
        return _from_json(body)
    except (ValueError, KeyError, TypeError) as error:
        raise ManifestDamagedError(path, f"is not a manifest: {error!r}") from error


def replace_manifest(folder: Path, manifest: Manifest) -> None:
    """Make `manifest` the folder's, atomically and durably. Only the holder of the seal lock may call this."""
    body = _to_json(manifest)
    data = json.dumps({"crc32": zlib.crc32(_canonical(body)), "manifest": body}, indent=1).encode()
    temporary = folder / TEMPORARY
    write_durably(temporary, data)
    faults.reach("manifest:written")
    temporary.replace(folder / MANIFEST)
    faults.reach("manifest:replaced")
    sync_folder(folder)
    faults.reach("manifest:durable")


def _canonical(body: Mapping[str, object]) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode()


def _to_json(manifest: Manifest) -> dict[str, object]:
    stones = manifest.tombstones
    return {
        "format": MANIFEST_FORMAT,
        "format_version": MANIFEST_FORMAT_VERSION,
        "generation": manifest.generation,
        "applied_seq": manifest.applied_seq,
        "segments": [{"name": ref.name, "checksum": ref.checksum, "rows": dict(ref.rows)} for ref in manifest.segments],
        "tombstones": {"name": stones.name, "checksum": stones.checksum, "counts": dict(stones.counts or {})},
    }


def _from_json(body: Mapping[str, object]) -> Manifest:
    segments, stones = body["segments"], body["tombstones"]
    if not isinstance(segments, list) or not isinstance(stones, dict):
        raise TypeError("segments and tombstones must be a list and an object")
    return Manifest(
        generation=int(str(body["generation"])),
        applied_seq=int(str(body["applied_seq"])),
        segments=tuple(SegmentRef(item["name"], item["checksum"], item["rows"]) for item in segments),
        tombstones=TombstonesRef(stones["name"], stones["checksum"], stones["counts"]),
    )
