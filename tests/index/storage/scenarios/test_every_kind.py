"""What the engine promises holds for every kind of part: hashes and local features alike."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.changes import Add, Change, LiveItems, Remove
from index.errors import GapError, MaintenanceError, ManifestDamagedError, SealLockHeldError, SegmentDamagedError
from index.hashes.kind import HashKind
from index.hashes.searcher import HashSearcher
from index.local.kind import LocalKind
from index.local.searcher import LocalSearcher
from index.storage.collection import Collection
from index.storage.disk import faults
from index.storage.disk.lock import SealLock
from index.storage.kind import PartKind
from matcher.signals.local import QueryFeatures, extract_query, extract_reference
from tests.helpers.media.textures import texture
from tests.index.oracle import random_codes


def hash_of(item: int) -> bytes:
    return random_codes(np.random.default_rng(item), 1)[0].tobytes()


def found_by_hash(view: HashSearcher, item: int) -> list[int]:
    return view.search("pdq/1", np.frombuffer(hash_of(item), np.uint8).reshape(1, 32), 0).item_ids.tolist()


@cache
def features_of(item: int) -> bytes:
    return extract_reference(texture(item, width=240, height=200)).to_bytes()


@cache
def query_of(item: int) -> QueryFeatures:
    return extract_query(texture(item, width=240, height=200))


def found_by_features(view: LocalSearcher, item: int) -> list[int]:
    return [each.item_id for each in view.candidates(query_of(item)) if each.score > 10]


@dataclass(frozen=True)
class Sample:
    """A kind of part with values to try it on; `other` is a type that it does not hold."""

    kind: PartKind[Any, Any, Any]
    signal_type: str
    other: str
    value: Callable[[int], bytes]
    find: Callable[[Any, int], list[int]]

    def open(self, folder: Path) -> Collection[Any, Any, Any]:
        return Collection.open(folder, self.kind)

    def add(self, seq: int) -> Add:
        """Item n has the n-th value."""
        return Add(seq, seq, self.signal_type, self.value(seq))

    def adds(self, count: int) -> list[Add]:
        return [self.add(seq) for seq in range(1, count + 1)]

    def remove(self, seq: int, item_id: int) -> Remove:
        return Remove(seq, item_id, self.signal_type)

    def found(self, collection: Collection[Any, Any, Any], *items: int) -> list[int]:
        """Return those of the items that are found, each by its own value."""
        view = collection.searcher()
        return [item for item in items if self.find(view, item) == [item]]


SAMPLES = {
    "hashes": Sample(HashKind(), "pdq/1", "local/1", hash_of, found_by_hash),
    "local": Sample(LocalKind(), "local/1", "pdq/1", features_of, found_by_features),
}


@pytest.fixture(params=SAMPLES)
def sample(request: pytest.FixtureRequest) -> Sample:
    """Return one kind after the other."""
    return SAMPLES[request.param]


def test_a_removed_item_is_not_found_before_nor_after_sealing_and_merging(sample: Sample, tmp_path: Path) -> None:
    """Reversal equals takedown: it goes at once and never comes back."""
    index = sample.open(tmp_path)
    index.apply(sample.adds(4))
    index.seal()
    index.apply([sample.remove(5, 2)])
    assert sample.found(index, 1, 2, 3, 4) == [1, 3, 4]
    index.seal()
    assert sample.found(sample.open(tmp_path), 1, 2, 3, 4) == [1, 3, 4]
    index.merge()
    again = sample.open(tmp_path)
    assert (again.tombstones, sample.found(again, 1, 2, 3, 4)) == (0, [1, 3, 4])


def test_reader_is_stable_while_changes_arrive(sample: Sample, tmp_path: Path) -> None:
    """A view taken before a removal still answers as it did: evidence and candidates belong to one version."""
    index = sample.open(tmp_path)
    index.apply(sample.adds(3))
    before = index.searcher()
    index.apply([sample.remove(4, 3), sample.add(5)])
    index.merge()
    assert (sample.find(before, 3), sample.find(before, 5), before.version) == ([3], [], 3)
    assert sample.found(index, 3, 5) == [5]


def test_changes_of_other_types_count_as_followed(sample: Sample, tmp_path: Path) -> None:
    """One log carries every type; skipping those of another kind is no gap, and they are read once."""
    index = sample.open(tmp_path)
    index.apply([Add(1, 1, sample.other, bytes(32)), sample.add(2), Remove(3, 2, sample.other)])
    assert (index.version, sample.found(index, 2)) == (3, [2])
    index.seal()
    assert sample.open(tmp_path).version == 3


def test_a_gap_in_the_log_is_refused_and_nothing_is_applied(sample: Sample, tmp_path: Path) -> None:
    """A change that was skipped would be a takedown lost."""
    index = sample.open(tmp_path)
    with pytest.raises(GapError, match="change 3 came where 2 was due"):
        index.apply([sample.add(1), sample.add(3)])
    assert (index.version, sample.found(index, 1)) == (0, [])


def test_repeats_are_ignored(sample: Sample, tmp_path: Path) -> None:
    """A reader that starts over sends what is known already."""
    index = sample.open(tmp_path)
    index.apply(sample.adds(3))
    index.apply(sample.adds(4))
    assert (index.version, index.stats().items[sample.signal_type]) == (4, 4)


def test_what_another_process_sealed_is_taken_over_without_an_item_twice(sample: Sample, tmp_path: Path) -> None:
    """An item in a segment and in memory would be answered, or vote, twice."""
    writer, reader = sample.open(tmp_path), sample.open(tmp_path)
    log = sample.adds(6)
    reader.apply(log)
    writer.apply(log[:4])
    writer.seal()
    assert reader.refresh()
    assert (reader.version, reader.applied_seq, reader.stats().items[sample.signal_type]) == (6, 4, 6)
    assert not reader.refresh()
    assert sample.found(reader, 4, 6) == [4, 6]


def test_what_was_dropped_from_memory_stays_removed_where_a_segment_has_it(sample: Sample, tmp_path: Path) -> None:
    """A process that lags behind seals the item before it reads the removal; that must not bring the item back."""
    lagging, ahead = sample.open(tmp_path), sample.open(tmp_path)
    count = sample.kind.drop_after_removed
    same = sample.value(1)
    log: list[Change] = [Add(seq, seq, sample.signal_type, same) for seq in range(1, count + 1)]
    lagging.apply(log)
    ahead.apply([*log, *(sample.remove(count + item, item) for item in range(1, count + 1)), sample.add(2 * count + 1)])
    assert ahead.stats().items[sample.signal_type] == 1
    lagging.seal()
    assert ahead.refresh()
    assert sample.find(ahead.searcher(), 1) == []
    ahead.seal()
    again = sample.open(tmp_path)
    assert (sample.find(again.searcher(), 1), sample.found(again, 2 * count + 1)) == ([], [2 * count + 1])
    again.merge()
    assert (again.tombstones, again.stats().items[sample.signal_type]) == (0, 1)


def test_a_folder_that_went_back_in_time_is_damage(sample: Sample, tmp_path: Path) -> None:
    """The version of a running process never goes back: its callers have read that far in the log."""
    index, older = sample.open(tmp_path / "index"), sample.open(tmp_path / "older")
    older.apply(sample.adds(1))
    older.seal()
    index.apply(sample.adds(3))
    index.seal()
    (tmp_path / "older" / "MANIFEST.json").replace(tmp_path / "index" / "MANIFEST.json")
    with pytest.raises((ManifestDamagedError, SegmentDamagedError)):
        index.refresh()
    assert (index.version, sample.found(index, 1, 3)) == (3, [1, 3])
    index.repair(lambda: LiveItems(3, sample.adds(3)))
    assert sample.found(sample.open(tmp_path / "index"), 1, 3) == [1, 3]


def test_only_one_process_maintains_a_folder(sample: Sample, tmp_path: Path) -> None:
    """Two writers of one manifest would lose each other's segments."""
    index = sample.open(tmp_path)
    index.apply(sample.adds(1))
    lock = SealLock(tmp_path)
    lock.acquire(wait=False)
    with pytest.raises(SealLockHeldError):
        index.seal()
    assert not index.maintain(seal_after=1)
    lock.release()
    assert index.seal()
    assert not index.seal()


def test_maintain_seals_and_merges_when_due(sample: Sample, tmp_path: Path) -> None:
    """The worker's loop keeps restarts short and segments few."""
    index = sample.open(tmp_path)
    for change in sample.adds(4):
        index.apply([change])
        assert index.maintain(seal_after=1)
    assert len(index.stats().parts) == 1
    assert not index.maintain(seal_after=1)


class KilledError(Exception):
    """Stands for a process that ends here."""


@pytest.mark.parametrize("operation", ["seal", "merge", "compact"])
@pytest.mark.parametrize("point", faults.FAULT_POINTS[:9])
def test_upkeep_cut_short_anywhere_loses_nothing(sample: Sample, tmp_path: Path, operation: str, point: str) -> None:
    """Killed at any step, the folder is as before or as after; the log brings the rest."""
    log: list[Change] = [*sample.adds(3), sample.remove(4, 1), sample.add(5)]
    index = sample.open(tmp_path)
    index.apply(log[:3])
    index.seal()
    index.apply(log)

    def stop(at: str) -> None:
        if at == point:
            raise KilledError

    faults.set_hook(stop)
    try:
        getattr(index, operation)()
    except KilledError:
        pass
    finally:
        faults.set_hook(None)
    again = sample.open(tmp_path)
    again.apply(log)
    assert sample.found(again, 1, 2, 3, 5) == [2, 3, 5]
    again.merge()
    assert {path.name for path in (tmp_path / "segments").iterdir()} == {part.segment for part in again.stats().parts}
    assert again.tombstones == 0
    again.compact()
    assert len(list((tmp_path / "segments").iterdir())) == 1
    assert sample.found(sample.open(tmp_path), 1, 2, 3, 5) == [2, 3, 5]


def test_a_full_disk_leaves_what_was_live_and_says_so(sample: Sample, tmp_path: Path) -> None:
    """The index goes on serving, and the operator is told."""
    index = sample.open(tmp_path)
    index.apply(sample.adds(2))

    def fail(at: str) -> None:
        if at == "segment:part-written":
            raise OSError(28, "No space left on device")

    faults.set_hook(fail)
    try:
        with pytest.raises(MaintenanceError, match="No space left"):
            index.seal()
    finally:
        faults.set_hook(None)
    assert "No space left" in str(index.last_maintenance_error)
    assert sample.found(index, 2) == [2]
    assert list((tmp_path / "segments").iterdir()) == []
    assert index.seal()
    assert index.last_maintenance_error is None


def test_a_segment_that_cannot_be_read_back_never_becomes_official(sample: Sample, tmp_path: Path) -> None:
    """A library that loses the last bytes silently must not cost what was there before."""
    index = sample.open(tmp_path)
    index.apply(sample.adds(2))

    def cut(at: str) -> None:
        if at == "segment:part-written":
            (largest,) = sorted(tmp_path.rglob("*.faiss*"), key=lambda path: path.stat().st_size)[-1:]
            largest.write_bytes(largest.read_bytes()[:-1])

    faults.set_hook(cut)
    try:
        with pytest.raises(MaintenanceError, match="cannot be read back"):
            index.seal()
    finally:
        faults.set_hook(None)
    assert list((tmp_path / "segments").iterdir()) == []
    assert index.seal()
    assert sample.found(sample.open(tmp_path), 1, 2) == [1, 2]


def test_a_damaged_segment_is_rebuilt_from_the_record(sample: Sample, tmp_path: Path) -> None:
    """The index is derived: damage costs time, never a takedown."""
    index = sample.open(tmp_path)
    index.apply(sample.adds(3))
    index.seal()
    index.verify()
    path = next(tmp_path.rglob("*.npy"))
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(SegmentDamagedError, match=path.name):
        sample.open(tmp_path)
    rebuilt = Collection.open_or_rebuild(tmp_path, sample.kind, lambda: LiveItems(3, sample.adds(3)))
    assert isinstance(rebuilt.rebuilt_because, SegmentDamagedError)
    assert (rebuilt.version, sample.found(rebuilt, 3)) == (3, [3])
    rebuilt.verify()


def test_searching_and_applying_at_once_never_disturbs_a_search(sample: Sample, tmp_path: Path) -> None:
    """Uploads are matched while takedowns arrive; whoever reads the version finds a view that is as new."""
    index = sample.open(tmp_path)
    index.apply(sample.adds(2))
    missed: list[int] = []

    def search() -> None:
        for _ in range(10):
            version = index.version
            view = index.searcher()
            missed.extend([version] if view.version < version else [])
            missed.extend(item for item in (1, 2) if sample.find(view, item) != [item])

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for seq in range(3, 9):
        index.apply([sample.add(seq)])
    index.merge()
    for thread in threads:
        thread.join()
    assert missed == []
