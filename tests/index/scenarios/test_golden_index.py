"""An index written by every format version there ever was still opens, and answers as its log says."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from index.changes import Add
from index.hashes.kind import HashCollection, HashKind
from index.storage.manifest import MANIFEST_FORMAT_VERSION
from tests.golden.make_index import GOLDEN, read_log
from tests.index.oracle import Log, as_found

FOLDERS = sorted(GOLDEN.glob("index_format_*"))


def test_every_format_version_is_frozen():
    """A format that changes without a new version would be found by nobody but its users."""
    assert [path.name for path in FOLDERS] == [
        f"index_format_{version}" for version in range(1, MANIFEST_FORMAT_VERSION + 1)
    ]


@pytest.mark.parametrize("frozen", FOLDERS, ids=lambda path: path.name)
def test_a_frozen_index_opens_and_answers_as_its_log_says(frozen, tmp_path):
    """An upgrade must not cost a rebuild, and a checksum that is computed differently would."""
    folder = Path(shutil.copytree(frozen / "index", tmp_path / "index"))
    collection = HashCollection.open(folder, HashKind())
    log = read_log(frozen)
    assert 0 < collection.version < len(log)
    assert collection.stats().tombstones > 0
    assert len({part.backend for part in collection.stats().parts}) >= 3
    collection.verify()
    check_equals_log(collection, log)
    collection.apply(log.after(collection.version))
    collection.compact()
    check_equals_log(collection, log)


def check_equals_log(collection: HashCollection, log: Log) -> None:
    """Ask for everything there ever was, at two radii."""
    view = collection.searcher()
    queries = np.array([np.frombuffer(add.value, np.uint8) for add in log.changes if isinstance(add, Add)])
    for signal_type in ("pdq/1", "phash/1", "sha256/1"):
        for radius in (0, 31):
            assert as_found(view.search(signal_type, queries, radius)) == log.find(
                view.version, signal_type, queries, radius
            )
