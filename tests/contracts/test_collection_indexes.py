"""Every row of `COLLECTION_INDEXES` follows its log, answers as of a version, restarts, erases and is rebuilt."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from benchmarks.cluster.record import Record
from index.base import CollectionIndex, IndexOptions
from index.changes import Add, Change, LiveItems, Remove
from index.cluster.placing import spread
from index.collections import COLLECTION_INDEXES, LOCAL_INDEXES, index_named
from index.errors import GapError, HeldElsewhereError, StaleRebuildError, UnknownIndexError, VersionNotReachedError
from matcher.signals.local import extract_query, extract_reference
from tests.helpers.media.textures import texture
from tests.index.cluster.in_process import Holders, served

rows = pytest.mark.parametrize("ground", COLLECTION_INDEXES, indirect=True)
local_rows = pytest.mark.parametrize("ground", LOCAL_INDEXES, indirect=True)
other_rows = pytest.mark.parametrize("ground", sorted(set(COLLECTION_INDEXES) - set(LOCAL_INDEXES)), indirect=True)

LOG, NODES = "uploads", ("a", "b")

PICTURES = (2, 4, 6)
"""Items of local features; the odd ones are hashes."""


GONE = [Remove(7, 1, "pdq/1"), Remove(8, 2, "local/1")]
"""What removes two of them again."""


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


class Ground:
    """
    What a row needs: a folder, or machines of a cluster in this process.

    Args:
        name: Of the row.

        folder: An empty one.
    """

    def __init__(self, name: str, folder: Path) -> None:
        self.kind = index_named(name)
        self.gateway: Path | None = None
        self._folder = folder
        self._record = Record(folder, "exact")
        self._record.prepare()
        self._record.place(spread([LOG], NODES, replicas=len(NODES)))
        self._holders: Holders | None = None
        self._opened: list[CollectionIndex] = []

    @contextmanager
    def laid(self) -> Iterator[None]:
        """Start the machines, for a row that asks others."""
        if self.kind.is_local:
            yield
            return
        self._holders = Holders(self._record, NODES)
        self._holders.look()
        try:
            with served(self._holders) as client:
                self.gateway = client._path
                yield
        finally:
            for index in self._opened:
                index.close()
            self._holders.close()

    def opened(self) -> CollectionIndex:
        """Open the row, until the end."""
        index = self.kind.open(IndexOptions(self._folder, "exact", log=LOG, gateway=self.gateway))
        self._opened.append(index)
        return index

    def commit(self, changes: Sequence[Change]) -> None:
        """Write changes to the log that others than this process read; those that are there are passed over."""
        last = self._record.versions([LOG])[LOG]
        fresh = [one for one in changes if one.seq > last]
        if fresh:
            self._record.append(LOG, fresh)

    def follow(self, index: CollectionIndex, changes: Sequence[Change]) -> None:
        """Commit changes, and have the index follow the log."""
        self.commit(changes)
        index.apply(changes)

    def seal(self, index: CollectionIndex) -> None:
        """Have what is in memory written to disk, wherever it lies."""
        index.seal()
        for holder in () if self._holders is None else self._holders.holders.values():
            for replica in holder._held().values():
                replica.follow()
                replica._index.seal()


@pytest.fixture
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    """Prepare what a row needs."""
    made = Ground(request.param, tmp_path)
    with made.laid():
        yield made


def holds(index: CollectionIndex, at_least: int = 0) -> list[int]:
    """Return the items that are found."""
    hashes = index.searcher(at_least=at_least).search("pdq/1", np.zeros((1, 32), np.uint8), 256)
    features = index.local_searcher(at_least=at_least)
    named = [features.candidates(extract_query(texture(item, width=240, height=200)), limit=1) for item in PICTURES]
    return sorted(hashes.item_ids.tolist() + [found[0].item_id for found in named if found and found[0].score > 10])


@rows
def test_what_was_applied_is_found_and_nothing_later(ground: Ground) -> None:
    """Read your takedown; and evidence belongs to one version."""
    index = ground.opened()
    ground.follow(index, log()[:4])
    before = index.searcher()
    assert (index.version, index.newest_version, holds(index, at_least=4)) == (4, 4, [1, 2, 3, 4])
    ground.follow(index, log())
    assert holds(index, at_least=6) == [1, 2, 3, 4, 5, 6]
    assert before.version == 4


@rows
def test_a_version_that_was_not_applied_is_not_answered(ground: Ground) -> None:
    """Whoever is behind must say so, and not answer as if nothing had been decided."""
    index = ground.opened()
    ground.follow(index, log()[:2])
    for search in (index.searcher, index.local_searcher):
        with pytest.raises(VersionNotReachedError, match="seq 3"):
            search(at_least=3)


@rows
def test_a_gap_in_the_log_is_refused(ground: Ground) -> None:
    """A change that was skipped would be a takedown lost."""
    index = ground.opened()
    with pytest.raises(GapError):
        index.apply(log()[1:])
    assert index.version == 0


@rows
def test_a_removal_holds_from_the_next_view_on_and_over_restarts(ground: Ground) -> None:
    """Reversal equals takedown, and what is erased is counted no more."""
    index = ground.opened()
    ground.follow(index, log())
    ground.seal(index)
    ground.follow(index, GONE)
    assert holds(index) == [3, 4, 5, 6]
    assert index.erase_removed()
    assert not index.erase_removed()
    again = ground.opened()
    ground.follow(again, [*log(), *GONE])
    assert (again.version, holds(again)) == (8, [3, 4, 5, 6])


@rows
def test_several_slots_are_searched_as_one(ground: Ground) -> None:
    """And what is asked of one log counts for that log."""
    index = ground.opened()
    ground.follow(index, log())
    joined = ground.kind.joined([index])
    assert (joined.versions, joined.version, list(joined.slots)) == ((6,), 6, [index])
    found = joined.searcher(at_least=(6,)).search("pdq/1", np.zeros((1, 32), np.uint8), 256)
    assert sorted(found.item_ids.tolist()) == [1, 3, 5]
    with pytest.raises(VersionNotReachedError):
        joined.searcher(at_least=(7,))


@rows
def test_it_says_whether_there_is_anything_to_apply(ground: Ground) -> None:
    """Who holds nothing here is told how far the log is, and reads none of it."""
    index = ground.opened()
    ground.follow(index, log()[:4])
    assert index.reaches(4)
    ground.commit(log())
    if not index.reaches(6):
        index.apply(log())
    assert holds(index, at_least=6) == [1, 2, 3, 4, 5, 6]


@local_rows
def test_what_lies_here_counts_what_was_removed_and_is_verified(ground: Ground) -> None:
    """Until it is erased it takes room, and is a value that should be gone."""
    index = ground.opened()
    ground.follow(index, log())
    index.seal()
    ground.follow(index, GONE)
    assert index.stats().tombstones == 2
    index.erase_removed()
    assert index.stats().tombstones == 0
    index.verify()


@local_rows
def test_it_is_built_anew_from_the_record_but_never_backwards(ground: Ground) -> None:
    """The index is derived; a record that is behind it is the wrong record."""
    index = ground.opened()
    index.rebuild(lambda: live(6))
    index.repair(lambda: live(6))
    index.compact()
    assert not index.maintain()
    assert (index.version, holds(index)) == (6, [1, 2, 3, 4, 5, 6])
    assert (index.rebuilt_because, index.last_maintenance_error) == (None, None)
    with pytest.raises(StaleRebuildError):
        index.rebuild(lambda: live(2))
    assert "rebuild" in str(index.last_maintenance_error)


@other_rows
def test_what_lies_elsewhere_is_looked_after_there(ground: Ground) -> None:
    """Whoever asks for it here is told so, and not that it was done."""
    index = ground.opened()
    ground.follow(index, log())
    for refused in (index.compact, index.verify, lambda: index.rebuild(lambda: live(6))):
        with pytest.raises(HeldElsewhereError, match="staydown cluster status"):
            refused()
    index.repair(lambda: live(6))
    assert not index.maintain()
    assert (index.rebuilt_because, index.stats().size_bytes, holds(index)) == (None, 0, [1, 2, 3, 4, 5, 6])


def test_an_unknown_name_is_refused_with_those_there_are() -> None:
    """A misspelt setting must stop the start."""
    with pytest.raises(UnknownIndexError, match="folder"):
        index_named("clowder")
