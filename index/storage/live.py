"""
The files of a folder that its manifest names: what somewhere else has to be there to have the same collection.

Invariant: named by one manifest, whose bytes come along: it may be replaced, and files deleted, while they are read.
"""

from dataclasses import dataclass
from pathlib import Path

from index.storage.manifest import MANIFEST, manifest_of
from index.storage.snapshot import SEGMENTS


@dataclass(frozen=True, slots=True)
class LiveFiles:
    """
    One state of a folder.

    Args:
        applied_seq: It is the collection as of this `seq`.

        generation: Of the manifest; it rises by one with each that replaces another.

        manifest: Its bytes, as they lie in `MANIFEST`.

        paths: All other files, relative to the folder; they never change while they are there.
    """

    applied_seq: int
    generation: int
    manifest: bytes
    paths: tuple[Path, ...]


def live_files(folder: Path) -> LiveFiles | None:
    """
    List what a folder's manifest names; None for a folder without one.

    Raises:
        ManifestDamagedError: And the other errors of `read_manifest`.
    """
    data = _manifest(folder)
    while data is not None:
        manifest = manifest_of(folder / MANIFEST, data)
        paths = [Path(manifest.tombstones.name)] if manifest.tombstones.name else []
        for ref in manifest.segments:
            files = sorted(path for path in (folder / SEGMENTS / ref.name).rglob("*") if path.is_file())
            paths += [path.relative_to(folder) for path in files]
        before, data = data, _manifest(folder)
        if data == before:  # else a merge may have been deleting files while they were listed
            return LiveFiles(manifest.applied_seq, manifest.generation, data, tuple(paths))
    return None


def _manifest(folder: Path) -> bytes | None:
    try:
        return (folder / MANIFEST).read_bytes()
    except FileNotFoundError:
        return None
