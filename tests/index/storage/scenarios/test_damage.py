"""Damaged, missing, foreign and newer files: found when the folder is opened, and named."""

import json
import shutil
import zlib
from pathlib import Path

import numpy as np
import pytest

from index.changes import LiveItems
from index.errors import (
    DamagedIndexError,
    ForeignFileError,
    ManifestDamagedError,
    SegmentDamagedError,
    UnsupportedFormatVersionError,
)
from index.hashes.kind import HashCollection, HashKind
from index.hashes.rows import HashRows
from index.storage import segment
from tests.crash.processes.index_scenario import LOG, prepare
from tests.index.hash_collections import check_equals_log


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Path:
    """Return a folder to copy from, with four segments and tombstones."""
    folder = tmp_path_factory.mktemp("damage") / "prepared"
    prepare(folder)
    return folder


@pytest.fixture
def folder(prepared, tmp_path) -> Path:
    """Return a copy to damage."""
    return Path(shutil.copytree(prepared, tmp_path / "index"))


def live_files(folder: Path) -> list[Path]:
    """Return every file an index needs."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "LOCK")


def reopen_from_record(folder: Path) -> HashCollection:
    """Open as the service does."""
    return HashCollection.open_or_rebuild(folder, HashKind(), lambda: LiveItems(len(LOG), LOG.live(len(LOG))))


def flip(path: Path) -> None:
    """Change one bit in the middle."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def cut(path: Path) -> None:
    """Lose the second half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    """Lose everything but the name."""
    path.write_bytes(b"")


def grow(path: Path) -> None:
    """Get something appended."""
    path.write_bytes(path.read_bytes() + b"\0" * 32)


@pytest.mark.parametrize("damage", [flip, cut, empty, grow, Path.unlink])
def test_any_damage_to_any_file_is_found_at_open_and_cured_from_the_record(prepared, tmp_path, damage):
    """A damaged index would miss copies silently; it must be noticed before the first answer."""
    for number, file in enumerate(live_files(prepared)):
        if file.name == "MANIFEST.json" and damage is Path.unlink:
            continue  # a folder without a manifest is a new one
        folder = Path(shutil.copytree(prepared, tmp_path / f"{number}"))
        damage(folder / file.relative_to(prepared))
        with pytest.raises(DamagedIndexError) as caught:
            HashCollection.open(folder, HashKind())
        assert "staydown index rebuild" in str(caught.value)
        collection = reopen_from_record(folder)
        assert collection.rebuilt_because is not None
        check_equals_log(collection, LOG)
        collection.verify()


def test_a_missing_segment_is_named(folder):
    """The log must say which, for the person who looks at the disk."""
    victim = next(path for path in (folder / "segments").iterdir())
    shutil.rmtree(victim)
    with pytest.raises(SegmentDamagedError, match=victim.name):
        HashCollection.open(folder, HashKind())


def test_damage_beyond_the_sample_is_found_by_verify(folder):
    """Opening a large index reads a sample; `staydown index verify` reads all."""
    rng = np.random.default_rng(1)
    rows = {"pdq/1": HashRows(rng.integers(0, 256, (200_000, 32), dtype=np.uint8), np.arange(1, 200_001))}
    ref = segment.write_segment(HashKind(), folder / "segments", rows)
    path = folder / "segments" / ref.name / "pdq-1" / "codes.faiss"
    with path.open("r+b") as file:
        file.seek(3 * (1 << 20) + 5)
        file.write(b"\xff\x00\xff\x00")
    segment.open_segment(HashKind(), path.parents[1], ref, budget_bytes=4 << 20)
    for budget_bytes in (None, segment.OPEN_CHECK_BYTES):
        with pytest.raises(SegmentDamagedError, match="block 3"):
            segment.open_segment(HashKind(), path.parents[1], ref, budget_bytes=budget_bytes)


def test_a_manifest_of_another_program_is_left_alone(tmp_path):
    """A wrong path in the settings must not cost somebody else's data."""
    (tmp_path / "MANIFEST.json").write_text('{"name": "a web app", "icons": []}')
    with pytest.raises(ForeignFileError, match="folder of its own"):
        reopen_from_record(tmp_path)
    assert "web app" in (tmp_path / "MANIFEST.json").read_text()


def test_a_newer_manifest_is_left_alone(folder):
    """After a downgrade the old program must say what is wrong, and not throw the new files away."""
    outer = json.loads((folder / "MANIFEST.json").read_text())
    outer["manifest"]["format_version"] = 2
    (folder / "MANIFEST.json").write_text(json.dumps(outer))
    with pytest.raises(UnsupportedFormatVersionError, match="format version 2"):
        reopen_from_record(folder)


def test_a_newer_segment_is_left_alone(folder):
    """The same for segments, whose format may move on its own."""
    outer = json.loads((folder / "MANIFEST.json").read_text())
    ref = outer["manifest"]["segments"][0]
    path = folder / "segments" / ref["name"] / "segment.json"
    data = path.read_bytes().replace(b'"format_version": 1', b'"format_version": 9')
    path.write_bytes(data)
    ref["checksum"] = zlib.crc32(data)
    inner = json.dumps(outer["manifest"], sort_keys=True, separators=(",", ":")).encode()
    (folder / "MANIFEST.json").write_text(json.dumps({"manifest": outer["manifest"], "crc32": zlib.crc32(inner)}))
    with pytest.raises(UnsupportedFormatVersionError, match="format version 9"):
        HashCollection.open(folder, HashKind())


def test_an_unsupported_index_can_be_rebuilt_on_request(folder):
    """The error offers a rebuild; it has to work."""
    index = HashCollection.open(folder, HashKind())
    outer = json.loads((folder / "MANIFEST.json").read_text())
    outer["manifest"]["format_version"] = 2
    (folder / "MANIFEST.json").write_text(json.dumps(outer))
    index.rebuild(lambda: LiveItems(len(LOG), LOG.live(len(LOG))))
    check_equals_log(HashCollection.open(folder, HashKind()), LOG)


def test_a_manifest_that_vanishes_under_a_running_process_is_damage(folder):
    """Sealing on would write a manifest that knows only the newest changes."""
    index = HashCollection.open(folder, HashKind())
    (folder / "MANIFEST.json").unlink()
    with pytest.raises(ManifestDamagedError, match="is gone"):
        index.refresh()
    index.apply(LOG.after(index.version))
    with pytest.raises(ManifestDamagedError, match="is gone"):
        index.seal()
    check_equals_log(index, LOG)


def test_an_older_folder_in_place_of_a_newer_one_is_damage(prepared, folder):
    """The version of a running process never goes back: its callers have read that far in the log."""
    index = HashCollection.open(folder, HashKind())
    index.apply(LOG.after(index.version))
    index.seal()
    shutil.rmtree(folder)
    shutil.copytree(prepared, folder)
    with pytest.raises(ManifestDamagedError, match="behind"):
        index.refresh()
    assert index.version == len(LOG)
    check_equals_log(index, LOG)
    index.repair(lambda: LiveItems(len(LOG), LOG.live(len(LOG))))
    assert not index.refresh()
    check_equals_log(index, LOG)


def test_a_file_cut_short_under_a_running_process_is_damage(folder):
    """The first search beyond the cut would end the process; maintenance looks every two seconds."""
    index = HashCollection.open(folder, HashKind())
    index.apply(LOG.after(index.version))
    path = next(path for path in sorted((folder / "segments").rglob("*.npy")) if path.stat().st_size > 200)
    with path.open("r+b") as file:
        file.truncate(100)
    with pytest.raises(SegmentDamagedError, match="100 bytes instead of"):
        index.maintain()
    index.repair(lambda: LiveItems(len(LOG), LOG.live(len(LOG))))
    index.maintain()
    check_equals_log(index, LOG)


def test_a_folder_that_vanishes_under_a_running_process_is_made_again(folder):
    """Somebody tidied up: the mapped files answer on, and the next look writes them anew from the record."""
    index = HashCollection.open(folder, HashKind())
    index.apply(LOG.after(index.version))
    shutil.rmtree(folder)
    check_equals_log(index, LOG)
    with pytest.raises(ManifestDamagedError, match="is gone"):
        index.maintain()
    index.repair(lambda: LiveItems(len(LOG), LOG.live(len(LOG))))
    index.maintain()
    check_equals_log(index, LOG)
    check_equals_log(HashCollection.open(folder, HashKind()), LOG)
