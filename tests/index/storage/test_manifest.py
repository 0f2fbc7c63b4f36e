"""The manifest: what is live, replaced as a whole or not at all."""

import json
from itertools import pairwise

import pytest

from index.errors import ManifestDamagedError
from index.storage.manifest import Manifest, read_manifest, replace_manifest, signature
from index.storage.segment import SegmentRef
from index.storage.tombstones import TombstonesRef

FULL = Manifest(
    generation=7,
    applied_seq=812,
    segments=(SegmentRef("a1", 5, {"pdq/1": 3}), SegmentRef("b2", 2**32 - 1, {"sha256/1": 1, "pdq/1": 2})),
    tombstones=TombstonesRef("tombstones-c3", 9, {"pdq/1": 1}),
)


@pytest.mark.parametrize("manifest", [Manifest(generation=1), FULL])
def test_what_is_written_is_read_again(tmp_path, manifest):
    """Everything a folder means is in this file."""
    replace_manifest(tmp_path, manifest)
    again = read_manifest(tmp_path)
    assert (again.generation, again.applied_seq, again.segments) == (
        manifest.generation,
        manifest.applied_seq,
        manifest.segments,
    )
    assert dict(again.tombstones.counts or {}) == dict(manifest.tombstones.counts or {})


def test_a_folder_without_one_is_empty(tmp_path):
    """A new collection needs no ceremony."""
    assert read_manifest(tmp_path) == Manifest()
    assert signature(tmp_path) is None


def test_each_replacement_is_noticed(tmp_path):
    """A process that misses one goes on with segments that are gone from the folder."""
    seen = []
    for applied_seq in range(20):
        replace_manifest(tmp_path, Manifest(generation=1, applied_seq=applied_seq % 2))
        seen.append(signature(tmp_path))
    assert all(before != after for before, after in pairwise(seen))


def test_any_altered_number_is_noticed(tmp_path):
    """A wrong applied_seq would skip a part of the log."""
    replace_manifest(tmp_path, FULL)
    path = tmp_path / "MANIFEST.json"
    path.write_text(path.read_text().replace("812", "912"))
    with pytest.raises(ManifestDamagedError, match="checksum"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("body", ["", "{", "\x00" * 100, '{"crc32": 1, "manifest": []}', '{"crc32": 1}'])
def test_what_cannot_be_read_is_damage(tmp_path, body):
    """Each of these is a file cut short or overwritten, and curable from the record."""
    (tmp_path / "MANIFEST.json").write_text(body)
    with pytest.raises(ManifestDamagedError):
        read_manifest(tmp_path)


def test_it_says_what_wrote_it(tmp_path):
    """Somebody who finds the file should be able to tell what it is."""
    replace_manifest(tmp_path, FULL)
    inner = json.loads((tmp_path / "MANIFEST.json").read_text())["manifest"]
    assert (inner["format"], inner["format_version"]) == ("staydown-index", 1)
