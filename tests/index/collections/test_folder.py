"""One log, two indexes: neither takes the other's changes for a gap, nor forgets its own."""

from pathlib import Path

import numpy as np
import pytest

from index.base import IndexOptions
from index.changes import Add, Change, LiveItems, Remove
from index.collections.folder import LOCAL_FOLDER, FolderIndex
from index.errors import VersionNotReachedError
from matcher.signals.local import extract_query, extract_reference
from tests.helpers.media.textures import texture


def mixed(count: int) -> list[Change]:
    """Odd changes add a hash, even ones the local features of a picture; the item's number is the change's."""
    return [
        Add(seq, seq, "pdq/1", bytes([seq]) * 32)
        if seq % 2
        else Add(seq, seq, "local/1", extract_reference(texture(seq, width=240, height=200)).to_bytes())
        for seq in range(1, count + 1)
    ]


def options(folder: Path) -> IndexOptions:
    return IndexOptions(folder=folder, backend="faiss_flat")


def opened(folder: Path) -> FolderIndex:
    return FolderIndex.open_or_rebuild(options(folder), lambda: LiveItems(version=0, items=[]))


def hashes_of(index: FolderIndex) -> list[int]:
    everything = index.searcher().search("pdq/1", np.zeros((1, 32), np.uint8), 256)
    return sorted(everything.item_ids.tolist())


def suspect_of(index: FolderIndex, number: int) -> int | None:
    found = index.local_searcher().candidates(extract_query(texture(number, width=240, height=200)), limit=1)
    return found[0].item_id if found else None


def test_each_takes_its_own_and_counts_all(tmp_path: Path) -> None:
    """A reader at version 6 has seen six changes, whichever index they are of."""
    index = opened(tmp_path)
    index.apply(mixed(6))
    assert (index.version, hashes_of(index), suspect_of(index, 4)) == (6, [1, 3, 5], 4)
    assert index.stats().items == {"pdq/1": 3, "local/1": 3}


def test_search_as_of_a_version_that_was_not_applied_is_refused(tmp_path: Path) -> None:
    """Read your takedown: an index that is behind must say so, and not answer as if nothing had been decided."""
    index = opened(tmp_path)
    index.apply(mixed(2))
    assert (index.searcher(at_least=2).version, index.local_searcher(at_least=2).version) == (2, 2)
    for search in (index.searcher, index.local_searcher):
        with pytest.raises(VersionNotReachedError, match="seq 3"):
            search(at_least=3)


def test_removed_features_leave_search_and_disk(tmp_path: Path) -> None:
    """Erasing does not care which index a value was in."""
    index = opened(tmp_path)
    index.apply(mixed(4))
    index.seal()
    index.apply([Remove(5, 3, "pdq/1"), Remove(6, 4, "local/1")])
    assert (hashes_of(index), suspect_of(index, 4)) == ([1], 2)
    assert index.erase_removed()
    assert not index.erase_removed()
    assert (hashes_of(opened(tmp_path)), suspect_of(opened(tmp_path), 4)) == ([1], 2)


def test_index_that_is_behind_gets_the_log_again(tmp_path: Path) -> None:
    """A folder from before there were local features catches up; hashes it has already are not added twice."""
    index = opened(tmp_path)
    index.apply(mixed(4))
    index.hashes.seal()
    again = opened(tmp_path)
    assert (again.hashes.version, again.features.version, again.version) == (4, 0, 0)
    again.apply(mixed(6))
    assert (again.version, hashes_of(again), suspect_of(again, 4)) == (6, [1, 3, 5], 4)


def test_log_of_hashes_alone_is_not_read_again_at_every_start(tmp_path: Path) -> None:
    """The features' index notes how far it came though nothing in the log is for it."""
    index = opened(tmp_path)
    index.apply([Add(seq, seq, "pdq/1", bytes(32)) for seq in range(1, 50_001)])
    index.maintain()
    assert opened(tmp_path).version == 50_000


def test_damage_to_one_is_repaired_and_the_other_kept(tmp_path: Path) -> None:
    """Derived files are rebuilt from the record."""
    index = opened(tmp_path)
    index.apply(mixed(4))
    index.seal()
    (tmp_path / LOCAL_FOLDER / "MANIFEST.json").write_text("{")
    live = LiveItems(version=4, items=[change for change in mixed(4) if isinstance(change, Add)])
    again = FolderIndex.open_or_rebuild(options(tmp_path), lambda: live)
    assert again.rebuilt_because is not None
    assert (hashes_of(again), suspect_of(again, 4)) == ([1, 3], 4)
