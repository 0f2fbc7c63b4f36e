"""A collection follows its log, and shows what changed only in the next view."""

import os

import numpy as np
import pytest

from index.base import Searcher
from index.changes import Add, LiveItems, Remove
from index.errors import (
    GapError,
    ItemIdError,
    RadiusError,
    SealLockHeldError,
    SegmentDamagedError,
    SignalTypeError,
    StaleRebuildError,
    UnknownBackendError,
    WidthMismatchError,
)
from index.hashes.kind import HashCollection, HashKind
from index.storage.disk.lock import SealLock
from tests.index.hash_collections import TYPES, check_equals_log, code, found, query
from tests.index.oracle import as_found, seeded_log


def test_it_is_a_signal_index(tmp_path):
    """The service is written against the protocols."""
    index = HashCollection.open(tmp_path / "takedowns", HashKind())
    view: Searcher = index.searcher()
    assert (index.version, view.version) == (0, 0)
    assert as_found(view.search("pdq/1", query(1), 31)) == []


def test_an_added_item_is_found_by_the_next_view(tmp_path):
    """Read your takedown: what was applied is there."""
    index = HashCollection.open(tmp_path, HashKind())
    before = index.searcher()
    index.apply([Add(1, 10, "pdq/1", code(1))])
    assert found(index, 1) == [10]
    assert index.version == 1
    assert as_found(before.search("pdq/1", query(1), 31)) == []


def test_types_do_not_mix(tmp_path):
    """A PDQ value that equals somebody's SHA-256 is a coincidence, not a copy."""
    index = HashCollection.open(tmp_path, HashKind())
    index.apply([Add(1, 10, "pdq/1", code(1)), Add(2, 11, "sha256/1", code(1))])
    assert (found(index, 1, "pdq/1"), found(index, 1, "sha256/1")) == ([10], [11])


@pytest.mark.parametrize("sealed", [False, True])
def test_a_removed_item_is_gone_from_the_next_view_and_stays_in_the_old_one(tmp_path, sealed):
    """A reversal takes effect at once, and never changes an answer under a reader's feet."""
    index = HashCollection.open(tmp_path, HashKind())
    index.apply([Add(1, 10, "pdq/1", code(1))])
    if sealed:
        index.seal()
    before = index.searcher()
    index.apply([Remove(2, 10, "pdq/1")])
    assert found(index, 1) == []
    assert before.search("pdq/1", query(1), 0).item_ids.tolist() == [10]


def test_removing_what_is_not_there_is_fine(tmp_path):
    """The log may repeat a withdrawal; the index has nothing to object."""
    index = HashCollection.open(tmp_path, HashKind())
    index.apply([Remove(1, 10, "pdq/1"), Add(2, 11, "pdq/1", code(1)), Remove(3, 10, "pdq/1")])
    assert found(index, 1) == [11]


def test_removed_reference_is_not_found_after_restart(tmp_path):
    """A restart must not bring removed takedowns back."""
    index = HashCollection.open(tmp_path, HashKind())
    index.apply([Add(1, 10, "pdq/1", code(1)), Add(2, 11, "pdq/1", code(2))])
    index.seal()
    index.apply([Remove(3, 10, "pdq/1")])
    index.seal()
    again = HashCollection.open(tmp_path, HashKind())
    assert (again.version, found(again, 1), found(again, 2)) == (3, [], [11])


def test_unsealed_changes_come_from_the_record_again(tmp_path):
    """The index is derived: after a restart it says from where to read."""
    index = HashCollection.open(tmp_path, HashKind())
    log = seeded_log(1, 100, types=TYPES)
    index.apply(log.changes[:80])
    index.seal()
    index.apply(log.after(80))
    again = HashCollection.open(tmp_path, HashKind())
    assert again.version == 80
    again.apply(log.after(80))
    check_equals_log(again, log)


def test_repeats_are_ignored(tmp_path):
    """A replica may read a row twice; it must not count twice."""
    index = HashCollection.open(tmp_path, HashKind())
    log = seeded_log(2, 50, types=TYPES)
    index.apply(log.changes[:30])
    index.apply(log.changes[:30])
    index.apply(log.changes[10:])
    assert index.version == len(log)
    check_equals_log(index, log)


@pytest.mark.parametrize("seqs", [(2,), (1, 3), (1, 2, 2)])
def test_a_gap_is_an_error_and_changes_nothing(tmp_path, seqs):
    """A skipped row would be a takedown missed for ever."""
    index = HashCollection.open(tmp_path, HashKind())
    with pytest.raises(GapError, match=str(seqs[-1])):
        index.apply([Add(seq, 10 + seq, "pdq/1", code(seq)) for seq in seqs])
    assert index.version == 0
    assert found(index, 1) == []


@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (Add(2, 11, "pdq/1", bytes(31)), WidthMismatchError),
        (Add(2, 11, "pdq/1", b""), WidthMismatchError),
        (Add(2, 11, "pdq", bytes(32)), SignalTypeError),
        (Add(2, 11, "../1", bytes(32)), SignalTypeError),
        (Remove(2, 11, ""), SignalTypeError),
        (Add(2, 0, "pdq/1", bytes(32)), ItemIdError),
        (Add(2, 2**63, "pdq/1", bytes(32)), ItemIdError),
    ],
)
def test_a_bad_change_is_refused_with_all_its_batch(tmp_path, bad, error):
    """Half a batch would leave the version lying about the content."""
    index = HashCollection.open(tmp_path, HashKind())
    with pytest.raises(error):
        index.apply([Add(1, 10, "pdq/1", code(1)), bad])
    assert index.version == 0
    assert found(index, 1) == []


def test_bad_searches_are_refused(tmp_path):
    """A wrong question gets an error that says what to ask."""
    view = HashCollection.open(tmp_path, HashKind()).searcher()
    with pytest.raises(WidthMismatchError, match="31"):
        view.search("pdq/1", np.zeros((1, 31), np.uint8), 31)
    with pytest.raises(WidthMismatchError, match="int64"):
        view.search("pdq/1", np.zeros((1, 32), np.int64), 31)  # type: ignore[arg-type]
    with pytest.raises(RadiusError, match="257"):
        view.search("pdq/1", query(1), 257)
    with pytest.raises(RadiusError, match="k is 0"):
        view.search("pdq/1", query(1), 31, k=0)
    with pytest.raises(SignalTypeError, match="PDQ"):
        view.search("PDQ", query(1), 31)


def test_unknown_backend_is_refused(tmp_path):
    """A misspelt setting must stop the start, not the first seal."""
    with pytest.raises(UnknownBackendError, match="faiss_flat"):
        HashCollection.open(tmp_path, HashKind("milvius"))


def test_k_keeps_the_nearest_of_each_query(tmp_path):
    """A moderator wants the closest few; ties go to the older item."""
    log = seeded_log(3, 200, types=TYPES)
    index = HashCollection.open(tmp_path, HashKind())
    index.apply(log.changes[:150])
    index.seal()
    index.apply(log.after(150))
    adds = [change for change in log.changes if isinstance(change, Add)]
    queries = np.array([np.frombuffer(add.value, np.uint8) for add in adds[:5]])
    for k in (1, 2, 7, 1000):
        got = as_found(index.searcher().search("pdq/1", queries, 60, k=k))
        assert got == log.find(len(log), "pdq/1", queries, 60, k)


def test_a_sealed_segment_opens_in_another_process_view(tmp_path):
    """One process seals; the others map the files and drop that part of their delta."""
    log = seeded_log(4, 120, types=TYPES)
    writer, reader = HashCollection.open(tmp_path, HashKind()), HashCollection.open(tmp_path, HashKind())
    writer.apply(log.changes[:90])
    reader.apply(log.changes[:100])
    assert not reader.refresh()
    assert writer.seal()
    assert reader.refresh()
    assert not reader.refresh()
    assert (reader.version, reader.applied_seq, reader.stats().delta_changes) == (100, 90, 10)
    check_equals_log(reader, log)


def test_a_reader_that_lags_jumps_ahead(tmp_path):
    """What is sealed was committed; a replica need not read those rows any more."""
    log = seeded_log(5, 120, types=TYPES)
    writer, reader = HashCollection.open(tmp_path, HashKind()), HashCollection.open(tmp_path, HashKind())
    reader.apply(log.changes[:20])
    writer.apply(log.changes)
    writer.seal()
    reader.refresh()
    assert reader.version == len(log)
    check_equals_log(reader, log)


def test_sealing_nothing_does_nothing(tmp_path):
    """An idle service must not write manifests for ever."""
    index = HashCollection.open(tmp_path, HashKind())
    assert not index.seal()
    index.apply([Add(1, 10, "pdq/1", code(1))])
    assert index.seal()
    assert not index.seal()
    assert not index.merge()
    assert not index.compact()
    assert index.stats().generation == 1


@pytest.mark.parametrize("operation", ["merge", "compact"])
def test_a_removed_value_is_physically_gone(tmp_path, operation):
    """Erasure is a promise: the bytes are on no file of the folder."""
    index = HashCollection.open(tmp_path, HashKind())
    index.apply([Add(item, item, "pdq/1", code(item)) for item in range(1, 40)])
    index.seal()
    index.apply([Add(40, 40, "pdq/1", code(40)), Remove(41, 40, "pdq/1"), Remove(42, 7, "pdq/1")])
    assert on_disk(tmp_path, code(7))
    assert getattr(index, operation)()
    assert not on_disk(tmp_path, code(7))
    assert not on_disk(tmp_path, code(40))
    assert on_disk(tmp_path, code(8))
    assert index.stats().tombstones == 0
    assert (found(index, 7), found(index, 8)) == ([], [8])


def on_disk(folder, value: bytes) -> bool:
    """Look for a value in every file below a folder."""
    return any(value in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_removing_everything_leaves_no_segment(tmp_path):
    """An empty collection is a valid one."""
    index = HashCollection.open(tmp_path, HashKind())
    index.apply([Add(1, 10, "pdq/1", code(1))])
    index.seal()
    index.apply([Remove(2, 10, "pdq/1")])
    assert index.merge()
    assert list((tmp_path / "segments").iterdir()) == []
    assert (HashCollection.open(tmp_path, HashKind()).version, index.version) == (2, 2)


def test_maintain_seals_and_merges_what_is_due(tmp_path):
    """A stream of changes must not grow the delta or the number of segments without end."""
    log = seeded_log(6, 400, types=TYPES)
    index = HashCollection.open(tmp_path, HashKind())
    most = 0
    for start in range(0, len(log), 7):
        index.apply(log.changes[start : start + 7])
        index.maintain(seal_after=20)
        stats = index.stats()
        most = max(most, len({part.segment for part in stats.parts}))
        assert stats.delta_changes < 20
    assert 1 < most < 5
    check_equals_log(index, log)


def test_segments_that_have_come_to_rest_become_one(tmp_path):
    """A search pays for each of them; and what was removed meanwhile stays away."""
    log = seeded_log(7, 60, types=TYPES)
    index = HashCollection.open(tmp_path, HashKind())
    third = len(log.changes) // 3
    for changes in (log.changes[:third], log.changes[third : 2 * third], log.changes[2 * third :]):
        index.apply(changes)
        index.seal()
    segments = sorted((tmp_path / "segments").iterdir())
    assert (len(segments), index.maintain()) == (3, False)
    for segment in segments:
        os.utime(segment / HashKind.description, (0, 0))
    index = HashCollection.open(tmp_path, HashKind())
    assert (index.maintain(), index.maintain()) == (True, False)
    assert len(list((tmp_path / "segments").iterdir())) == 1
    check_equals_log(index, log)


def test_maintain_leaves_the_work_to_the_process_that_is_at_it(tmp_path):
    """Two processes that seal the same changes would each write a segment of them."""
    index = HashCollection.open(tmp_path, HashKind())
    index.apply([Add(1, 10, "pdq/1", code(1))])
    other = SealLock(tmp_path)
    other.acquire(wait=False)
    assert not index.maintain(seal_after=1)
    with pytest.raises(SealLockHeldError, match="LOCK"):
        index.seal()
    other.release()
    assert index.maintain(seal_after=1)


def test_compact_rewrites_with_the_backend_that_is_set(tmp_path):
    """Changing the backend takes one command, and no other copy of the data."""
    log = seeded_log(7, 60, types=TYPES)
    index = HashCollection.open(tmp_path, HashKind("exact"))
    index.apply(log.changes)
    index.seal()
    index = HashCollection.open(tmp_path, HashKind("faiss_flat"))
    assert {part.backend for part in index.stats().parts} == {"exact"}
    assert index.compact()
    assert {part.backend for part in index.stats().parts} == {"faiss_flat"}
    check_equals_log(index, log)


def test_rebuild_replaces_everything_from_the_record(tmp_path):
    """The index can always be made again; what was applied since stays on top."""
    log = seeded_log(8, 200, types=TYPES)
    index = HashCollection.open(tmp_path, HashKind())
    index.apply(log.changes[:100])
    index.seal()
    index.apply(log.changes[:160])
    index.rebuild(lambda: LiveItems(130, log.live(130)))
    assert (index.applied_seq, index.version) == (130, 160)
    check_equals_log(index, log)
    assert len(list((tmp_path / "segments").iterdir())) == 1


def test_rebuild_from_an_older_record_is_refused(tmp_path):
    """A record behind its index means a restored backup, or the wrong database."""
    index = HashCollection.open(tmp_path, HashKind())
    index.apply([Add(1, 10, "pdq/1", code(1)), Add(2, 11, "pdq/1", code(2))])
    index.seal()
    with pytest.raises(StaleRebuildError, match="seq 1"):
        index.rebuild(lambda: LiveItems(1, []))
    assert found(index, 2) == [11]


def test_a_damaged_index_is_rebuilt_when_it_is_opened(tmp_path):
    """A lost disk block must cost a rebuild, not a takedown."""
    log = seeded_log(9, 100, types=TYPES)
    index = HashCollection.open(tmp_path, HashKind())
    index.apply(log.changes)
    index.seal()
    victim = next((tmp_path / "segments").rglob("codes.faiss"))
    victim.unlink()
    with pytest.raises(SegmentDamagedError, match="missing"):
        HashCollection.open(tmp_path, HashKind())
    again = HashCollection.open_or_rebuild(tmp_path, HashKind(), lambda: LiveItems(len(log), log.live(len(log))))
    assert isinstance(again.rebuilt_because, SegmentDamagedError)
    check_equals_log(again, log)
    check_equals_log(HashCollection.open(tmp_path, HashKind()), log)


def test_a_sound_index_is_opened_without_reading_the_record(tmp_path):
    """Reading millions of rows at each start would make restarts slow."""
    index = HashCollection.open(tmp_path, HashKind())
    index.apply([Add(1, 10, "pdq/1", code(1))])
    index.seal()

    def read_live() -> LiveItems:
        raise AssertionError("the record was read")

    again = HashCollection.open_or_rebuild(tmp_path, HashKind(), read_live)
    assert again.rebuilt_because is None
    assert found(again, 1) == [10]


def test_stats_count_what_is_there(tmp_path):
    """An operator must see sizes, backlog and removed values that still lie on disk."""
    index = HashCollection.open(tmp_path, HashKind())
    index.apply([Add(1, 10, "pdq/1", code(1)), Add(2, 11, "pdq/1", code(2)), Add(3, 12, "sha256/1", code(3))])
    index.seal()
    index.apply([Remove(4, 10, "pdq/1")])
    index.seal()
    index.apply([Add(5, 13, "pdq/1", code(4))])
    stats = index.stats()
    assert (stats.version, stats.applied_seq, stats.generation, stats.delta_changes) == (5, 4, 2, 1)
    assert dict(stats.items) == {"pdq/1": 3, "sha256/1": 1}
    assert stats.tombstones == 1
    assert [(part.signal_type, part.backend, part.rows) for part in stats.parts] == [
        ("pdq/1", "faiss_flat", 2),
        ("sha256/1", "faiss_flat", 1),
    ]
    assert stats.size_bytes >= 3 * 40
    assert stats.last_maintenance_error is None


def test_a_removal_counts_before_it_is_sealed(tmp_path):
    """Whoever schedules erasure asks for this number; a removal may wait long for a seal."""
    index = HashCollection.open(tmp_path, HashKind())
    index.apply([Add(1, 10, "pdq/1", code(1))])
    index.seal()
    index.apply([Add(2, 11, "pdq/1", code(2)), Remove(3, 11, "pdq/1")])
    assert index.stats().tombstones == 0
    index.apply([Remove(4, 10, "pdq/1")])
    assert index.stats().tombstones == 1
    index.merge()
    assert index.stats().tombstones == 0


def test_repair_does_nothing_where_another_process_has_rebuilt(tmp_path):
    """All processes notice the damage at once; one rebuild is enough."""
    log = seeded_log(10, 50, types=TYPES)
    first, second = HashCollection.open(tmp_path, HashKind()), HashCollection.open(tmp_path, HashKind())
    second.apply(log.changes)
    first.apply(log.changes)
    first.seal()
    next((tmp_path / "segments").rglob("ids.npy")).unlink()
    with pytest.raises(SegmentDamagedError):
        second.refresh()
    calls = []

    def read_live() -> LiveItems:
        calls.append(1)
        return LiveItems(len(log), log.live(len(log)))

    second.repair(read_live)
    first.repair(read_live)
    assert len(calls) == 1
    check_equals_log(first, log)
    check_equals_log(second, log)


def test_the_folder_is_its_owners_alone(tmp_path):
    """Hashes of private media are sensitive too."""
    HashCollection.open(tmp_path / "takedowns", HashKind())
    assert (tmp_path / "takedowns").stat().st_mode & 0o077 == 0
