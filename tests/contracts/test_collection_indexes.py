"""Every row of `COLLECTION_INDEXES` follows its log, answers as of a version, restarts, erases and is rebuilt."""

from pathlib import Path

import numpy as np
import pytest

from index.base import CollectionIndex, IndexOptions
from index.changes import Add, Change, LiveItems, Remove
from index.collections import COLLECTION_INDEXES, index_named
from index.errors import GapError, StaleRebuildError, UnknownIndexError, VersionNotReachedError
from matcher.signals.local import extract_query, extract_reference
from tests.textures import texture

rows = pytest.mark.parametrize("name", COLLECTION_INDEXES)

PICTURES = (2, 4, 6)
"""Items of local features; the odd ones are hashes."""


def log() -> list[Change]:
    """Return a log of six items, each with the number of the change that adds it."""
    return [
        Add(seq, seq, "local/1", extract_reference(texture(seq, width=240, height=200)).to_bytes())
        if seq in PICTURES
        else Add(seq, seq, "pdq/1", bytes([seq]) * 32)
        for seq in range(1, 7)
    ]


def live(version: int) -> LiveItems:
    """Return what the record says after the first `version` changes, none of which removes anything."""
    return LiveItems(version, [change for change in log()[:version] if isinstance(change, Add)])


def opened(name: str, folder: Path) -> CollectionIndex:
    """Open a row of the table."""
    return index_named(name).open(IndexOptions(folder=folder, backend="exact"))


def holds(index: CollectionIndex, at_least: int = 0) -> list[int]:
    """Return the items that are found."""
    hashes = index.searcher(at_least=at_least).search("pdq/1", np.zeros((1, 32), np.uint8), 256)
    features = index.local_searcher(at_least=at_least)
    named = [features.candidates(extract_query(texture(item, width=240, height=200)), limit=1) for item in PICTURES]
    return sorted(hashes.item_ids.tolist() + [found[0].item_id for found in named if found and found[0].score > 10])


@rows
def test_what_was_applied_is_found_and_nothing_later(name: str, tmp_path: Path) -> None:
    """Read your takedown; and evidence belongs to one version."""
    index = opened(name, tmp_path)
    index.apply(log()[:4])
    before = index.searcher()
    assert (index.version, index.newest_version, holds(index, at_least=4)) == (4, 4, [1, 2, 3, 4])
    index.apply(log())
    assert holds(index, at_least=6) == [1, 2, 3, 4, 5, 6]
    assert before.version == 4


@rows
def test_a_version_that_was_not_applied_is_not_answered(name: str, tmp_path: Path) -> None:
    """Whoever is behind must say so, and not answer as if nothing had been decided."""
    index = opened(name, tmp_path)
    index.apply(log()[:2])
    for search in (index.searcher, index.local_searcher):
        with pytest.raises(VersionNotReachedError, match="seq 3"):
            search(at_least=3)


@rows
def test_a_gap_in_the_log_is_refused(name: str, tmp_path: Path) -> None:
    """A change that was skipped would be a takedown lost."""
    index = opened(name, tmp_path)
    with pytest.raises(GapError):
        index.apply(log()[1:])
    assert index.version == 0


@rows
def test_a_removal_holds_from_the_next_view_on_and_over_restarts(name: str, tmp_path: Path) -> None:
    """Reversal equals takedown, and what is erased is counted no more."""
    index = opened(name, tmp_path)
    index.apply(log())
    index.seal()
    index.apply([Remove(7, 1, "pdq/1"), Remove(8, 2, "local/1")])
    assert holds(index) == [3, 4, 5, 6]
    assert index.stats().tombstones == 2
    assert index.erase_removed()
    assert not index.erase_removed()
    assert index.stats().tombstones == 0
    index.verify()
    again = opened(name, tmp_path)
    assert (again.version, holds(again)) == (8, [3, 4, 5, 6])


@rows
def test_it_is_built_anew_from_the_record_but_never_backwards(name: str, tmp_path: Path) -> None:
    """The index is derived; a record that is behind it is the wrong record."""
    index = opened(name, tmp_path)
    index.rebuild(lambda: live(6))
    index.repair(lambda: live(6))
    index.compact()
    assert not index.maintain()
    assert (index.version, holds(index)) == (6, [1, 2, 3, 4, 5, 6])
    assert (index.rebuilt_because, index.last_maintenance_error) == (None, None)
    with pytest.raises(StaleRebuildError):
        index.rebuild(lambda: live(2))
    assert "rebuild" in str(index.last_maintenance_error)


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    """A misspelt setting must stop the start."""
    with pytest.raises(UnknownIndexError, match="folder"):
        index_named("clowder")
