"""
An open manifest: its segments mapped, its tombstones read.

Invariant: a snapshot is whole. Between reading a manifest and opening its segments another process may replace it and
delete them; then the manifest has changed, and opening starts again with the new one. Only a file that is missing
under an unchanged manifest is damage.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic

from index.errors import ManifestDamagedError, SegmentDamagedError
from index.storage.disk import faults
from index.storage.kind import PartKind, PartT
from index.storage.manifest import MANIFEST, Manifest, Signature, read_manifest, signature
from index.storage.segment import OPEN_CHECK_BYTES, Segment, open_segment
from index.storage.tombstones import Tombstones, read_tombstones

SEGMENTS = "segments"


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot(Generic[PartT]):
    """
    The collection as of `manifest.applied_seq`.

    Args:
        manifest: What is live.

        seen: The manifest file this was read from, to notice another.

        segments: Open, in the manifest's order.

        tombstones: Items in them that are removed.
    """

    manifest: Manifest = field(default_factory=Manifest)
    seen: Signature | None = None
    segments: tuple[Segment[PartT], ...] = ()
    tombstones: Tombstones = field(default_factory=lambda: Tombstones({}))

    @property
    def applied_seq(self) -> int:
        """Segments minus tombstones are the collection as of this `seq`."""
        return self.manifest.applied_seq


def open_snapshot(
    kind: PartKind[PartT, Any, Any], folder: Path, *,
    known: Mapping[str, Segment[PartT]], budget_bytes: int | None = OPEN_CHECK_BYTES,
) -> Snapshot[PartT]:  # fmt: skip
    """
    Open what the folder's manifest names.

    Args:
        kind: Kind of the parts in its segments.

        folder: The collection's folder; without a manifest it is an empty collection.

        known: Segments that are open already, by name; they are used again.

        budget_bytes: Bytes of each part of the others to compare with their checksums at most; None compares all.

    Raises:
        ManifestDamagedError, SegmentDamagedError: If a rebuild is needed.

        UnsupportedFormatVersionError: If a newer Staydown wrote something of it.
    """
    while True:
        seen = signature(folder)
        try:
            return _open(kind, folder, seen, known, budget_bytes)
        except (SegmentDamagedError, FileNotFoundError) as error:
            if signature(folder) != seen:
                continue
            if isinstance(error, FileNotFoundError):
                raise ManifestDamagedError(folder / MANIFEST, f"names a file that is missing: {error}") from error
            raise


def _open(
    kind: PartKind[PartT, Any, Any], folder: Path, seen: Signature | None,
    known: Mapping[str, Segment[PartT]], budget_bytes: int | None,
) -> Snapshot[PartT]:  # fmt: skip
    manifest = read_manifest(folder)
    faults.reach("snapshot:manifest-read")
    tombstones = read_tombstones(folder, manifest.tombstones)
    segments = tuple(
        known[ref.name]
        if ref.name in known
        else open_segment(kind, folder / SEGMENTS / ref.name, ref, budget_bytes=budget_bytes)
        for ref in manifest.segments
    )
    return Snapshot(manifest, seen, segments, tombstones)
