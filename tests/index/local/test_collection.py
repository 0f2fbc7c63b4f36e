"""Local features are found, removed, sealed, merged and recovered as hashes are."""

import threading
from pathlib import Path

import numpy as np
import pytest

from index.changes import Add, Change, LiveItems, Remove
from index.errors import GapError, MaintenanceError, SealLockHeldError, SegmentDamagedError
from index.local import votes as local_votes
from index.local.kind import LocalCollection, LocalKind
from index.local.part import LocalPart, NewReference
from index.local.quantiser import MAX_PROBES, lists_to_probe, nearest_list, quantiser
from index.local.searcher import LocalSearcher
from index.storage import faults
from index.storage.lock import SealLock
from matcher.errors import SignalValueError
from matcher.local.views import Form
from matcher.signals.local import LocalFeatures, QueryFeatures, extract_query, extract_reference
from tests.textures import texture


def picture(number: int) -> np.ndarray:
    return texture(number, width=240, height=200)


def add(seq: int, *, item_id: int | None = None) -> Add:
    """Item n shows picture n."""
    item = item_id or seq
    return Add(seq, item, "local/1", extract_reference(picture(item)).to_bytes())


def found(searcher: LocalSearcher, number: int) -> list[int]:
    """Return the items suspected of being picture `number`, clearly or not at all."""
    return [c.item_id for c in searcher.candidates(extract_query(picture(number))) if c.score > 10]


def changes(count: int) -> list[Change]:
    return [add(seq) for seq in range(1, count + 1)]


def test_a_reference_is_found_once_applied(tmp_path: Path) -> None:
    """Read your takedown: the answer right after `apply` knows it."""
    index = LocalCollection.open(tmp_path, LocalKind())
    index.apply(changes(3))
    assert index.version == 3
    assert [found(index.searcher(), n) for n in (1, 2, 3, 4)] == [[1], [2], [3], []]


def test_a_mirrored_and_an_inverted_copy_are_found_by_their_form(tmp_path: Path) -> None:
    """Nothing is extracted twice for them; the form says how the copy was made."""
    index = LocalCollection.open(tmp_path, LocalKind())
    index.apply(changes(3))
    for pixels, form in ((picture(2)[:, ::-1], Form.MIRRORED), (255 - picture(2), Form.INVERTED)):
        best = index.searcher().candidates(extract_query(np.ascontiguousarray(pixels)))[0]
        assert (best.item_id, best.form) == (2, form)


def test_good_copies_leave_votes_for_a_poor_one() -> None:
    """A look-back after a picture that went round finds the crops, too, not only the dozens that are whole."""
    reference = extract_reference(texture(1, width=480, height=360))
    crop = np.ascontiguousarray(texture(1, width=480, height=360)[:200, :260])
    uploads = [NewReference(n, n, reference) for n in range(1, 31)] + [NewReference(99, 99, extract_reference(crop))]
    searcher = LocalSearcher(version=99, growing=(LocalPart.build(uploads),))
    asked = QueryFeatures.of_stored(reference)
    assert {c.item_id for c in searcher.candidates(asked, limit=1_000)} == {*range(1, 31), 99}
    assert len(searcher.candidates(asked, limit=12)) <= 12


def test_a_large_bank_lets_fewer_keypoints_vote(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found stays found; a question costs less."""
    part = LocalPart.build([NewReference(n, n, extract_reference(picture(n))) for n in (1, 2)])
    searcher, query = LocalSearcher(version=2, growing=(part,)), extract_query(picture(2))
    before = searcher.candidates(query)[0]
    monkeypatch.setattr(local_votes, "ALL_SEEDS_UP_TO", 1)
    after = searcher.candidates(query)[0]
    assert (before.item_id, after.item_id) == (2, 2)
    assert 0.5 < after.score / before.score < 1


def test_pairs_name_keypoints_of_query_and_reference(tmp_path: Path) -> None:
    """Alignment starts from them: an offset of one row would align noise."""
    index = LocalCollection.open(tmp_path, LocalKind())
    index.apply(changes(3))
    reference, query = extract_reference(picture(2)), extract_query(picture(2))
    best = index.searcher().candidates(query)[0]
    q, r = best.pairs.T
    gaps = np.linalg.norm(query.keypoints.xy[q] - reference.keypoints.xy[r], axis=1)
    assert (gaps < 2).mean() > 0.4


def test_a_removed_reference_is_not_found_before_nor_after_sealing_and_merging(tmp_path: Path) -> None:
    """Reversal equals takedown: it goes at once and never comes back."""
    index = LocalCollection.open(tmp_path, LocalKind())
    index.apply(changes(4))
    index.seal()
    index.apply([Remove(5, 2, "local/1")])
    assert found(index.searcher(), 2) == []
    index.seal()
    assert found(LocalCollection.open(tmp_path, LocalKind()).searcher(), 2) == []
    index.merge()
    again = LocalCollection.open(tmp_path, LocalKind())
    assert found(again.searcher(), 2) == []
    assert [found(again.searcher(), n) for n in (1, 3, 4)] == [[1], [3], [4]]
    assert len(again.searcher()) == 3


def test_no_descriptor_of_a_removed_reference_is_on_disk_after_a_merge(tmp_path: Path) -> None:
    """A withdrawn picture's thumbnail is in the record alone; its descriptors must go from the files too."""
    index = LocalCollection.open(tmp_path, LocalKind())
    index.apply(changes(2))
    index.seal()
    index.apply([Remove(3, 1, "local/1")])
    index.merge()
    gone = extract_reference(picture(1)).descriptors[0].tobytes()
    kept = extract_reference(picture(2)).descriptors[0].tobytes()
    data = b"".join(path.read_bytes() for path in tmp_path.rglob("*.faissindex"))
    assert gone not in data
    assert kept in data


def test_reader_is_stable_while_changes_arrive(tmp_path: Path) -> None:
    """A view taken before a removal still answers as it did: evidence and candidates belong to one version."""
    index = LocalCollection.open(tmp_path, LocalKind())
    index.apply(changes(3))
    before = index.searcher()
    index.apply([Remove(4, 3, "local/1"), add(5)])
    index.merge()
    assert (found(before, 3), found(before, 5), before.version) == ([3], [], 3)
    assert (found(index.searcher(), 3), found(index.searcher(), 5)) == ([], [5])


def test_changes_of_other_types_count_as_followed(tmp_path: Path) -> None:
    """One log may carry hashes too; skipping them is no gap."""
    index = LocalCollection.open(tmp_path, LocalKind())
    index.apply([Add(1, 1, "pdq/1", bytes(32)), add(2), Remove(3, 2, "pdq/1")])
    assert index.version == 3
    assert found(index.searcher(), 2) == [2]


def test_a_gap_in_the_log_is_refused_and_nothing_is_applied(tmp_path: Path) -> None:
    """A change that was skipped would be a takedown lost."""
    index = LocalCollection.open(tmp_path, LocalKind())
    with pytest.raises(GapError, match="change 3 came where 2 was due"):
        index.apply([add(1), add(3)])
    assert (index.version, found(index.searcher(), 1)) == (0, [])


def test_a_value_that_is_not_local_features_is_refused_and_nothing_is_applied(tmp_path: Path) -> None:
    """All changes of a call or none: half of them would leave the version lying."""
    index = LocalCollection.open(tmp_path, LocalKind())
    with pytest.raises(SignalValueError, match="hash the picture again"):
        index.apply([add(1), Add(2, 2, "local/1", b"not features")])
    assert index.version == 0


def test_repeats_are_ignored(tmp_path: Path) -> None:
    """A reader that starts over sends what is known already."""
    index = LocalCollection.open(tmp_path, LocalKind())
    index.apply(changes(3))
    index.apply(changes(4))
    assert (index.version, len(index.searcher())) == (4, 4)


def test_a_bank_grown_one_by_one_is_few_parts_with_every_reference(tmp_path: Path) -> None:
    """Each part costs every query a visit."""
    index = LocalCollection.open(tmp_path, LocalKind())
    for change in changes(20):
        index.apply([change])
    searcher = index.searcher()
    assert len(searcher.growing) <= 5
    assert sorted(np.concatenate([part.references["item_id"] for part in searcher.growing])) == list(range(1, 21))


def test_what_another_process_sealed_is_taken_over_without_a_reference_twice(tmp_path: Path) -> None:
    """A reference in a sealed part and in memory would vote twice."""
    writer, reader = LocalCollection.open(tmp_path, LocalKind()), LocalCollection.open(tmp_path, LocalKind())
    log = changes(6)
    reader.apply(log)
    writer.apply(log[:4])
    writer.seal()
    assert reader.refresh()
    assert (reader.version, reader.applied_seq, len(reader.searcher())) == (6, 4, 6)
    assert not reader.refresh()
    assert [found(reader.searcher(), n) for n in (4, 6)] == [[4], [6]]


def test_only_one_process_maintains_a_folder(tmp_path: Path) -> None:
    """Two writers of one manifest would lose each other's parts."""
    index = LocalCollection.open(tmp_path, LocalKind())
    index.apply(changes(1))
    lock = SealLock(tmp_path)
    lock.acquire(wait=False)
    with pytest.raises(SealLockHeldError):
        index.seal()
    lock.release()
    assert index.seal()
    assert not index.seal()


def test_maintain_seals_and_merges_when_due(tmp_path: Path) -> None:
    """The worker's loop keeps restarts short and parts few."""
    index = LocalCollection.open(tmp_path, LocalKind())
    for change in changes(4):
        index.apply([change])
        assert index.maintain(seal_after=1)
    assert len(index.searcher().sealed) == 1
    assert not index.maintain(seal_after=1)


@pytest.mark.parametrize("point", faults.FAULT_POINTS[:9])
def test_a_merge_cut_short_anywhere_loses_nothing(tmp_path: Path, point: str) -> None:
    """Killed at any step, the folder is as before or as after; the log brings the rest."""
    index = LocalCollection.open(tmp_path, LocalKind())
    index.apply(changes(3))
    index.seal()
    index.apply([Remove(4, 1, "local/1"), add(5)])

    def stop(at: str) -> None:
        if at == point:
            raise KilledError

    faults.set_hook(stop)
    try:
        index.merge()
    except KilledError:
        pass
    finally:
        faults.set_hook(None)
    again = LocalCollection.open(tmp_path, LocalKind())
    again.apply([*changes(3), Remove(4, 1, "local/1"), add(5)])
    assert [found(again.searcher(), n) for n in (1, 2, 3, 5)] == [[], [2], [3], [5]]
    again.merge()
    assert {path.name for path in (tmp_path / "segments").iterdir()} == {part.segment for part in again.stats().parts}
    assert (again.stats().tombstones, len(again.searcher())) == (0, 3)
    again.compact()
    assert len(list((tmp_path / "segments").iterdir())) == 1


class KilledError(Exception):
    """Stands for a process that ends here."""


def test_a_full_disk_leaves_what_was_live_and_says_so(tmp_path: Path) -> None:
    """The index goes on serving, and the operator is told."""
    index = LocalCollection.open(tmp_path, LocalKind())
    index.apply(changes(2))

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
    assert found(index.searcher(), 2) == [2]
    assert list((tmp_path / "segments").iterdir()) == []
    assert index.seal()
    assert index.last_maintenance_error is None


def test_a_damaged_part_is_rebuilt_from_the_record(tmp_path: Path) -> None:
    """The index is derived: damage costs time, never a takedown."""
    index = LocalCollection.open(tmp_path, LocalKind())
    index.apply(changes(3))
    index.seal()
    index.verify()
    path = next(tmp_path.rglob("points.npy"))
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(SegmentDamagedError, match=r"points\.npy"):
        LocalCollection.open(tmp_path, LocalKind())
    rebuilt = LocalCollection.open_or_rebuild(tmp_path, LocalKind(), lambda: LiveItems(3, changes(3)))  # type: ignore[arg-type]
    assert (rebuilt.version, found(rebuilt.searcher(), 3)) == (3, [3])
    rebuilt.verify()


def test_searching_and_applying_at_once_never_disturbs_a_search(tmp_path: Path) -> None:
    """Uploads are matched while takedowns arrive."""
    index = LocalCollection.open(tmp_path, LocalKind())
    index.apply(changes(2))
    missed: list[int] = []

    def search() -> None:
        missed.extend(n for _ in range(10) for n in (1, 2) if found(index.searcher(), n) != [n])

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for seq in range(3, 9):
        index.apply([add(seq)])
    index.merge()
    for thread in threads:
        thread.join()
    assert missed == []


def test_a_reference_without_keypoints_is_kept_and_never_named(tmp_path: Path) -> None:
    """A plain picture can be taken down; its hash finds it, its local features find nothing."""
    plain = extract_reference(np.full((100, 100, 3), 127, np.uint8))
    assert len(plain.keypoints) == 0
    index = LocalCollection.open(tmp_path, LocalKind())
    index.apply([Add(1, 1, "local/1", plain.to_bytes()), add(2), Add(3, 3, "local/1", plain.to_bytes())])
    index.merge()
    again = LocalCollection.open(tmp_path, LocalKind())
    assert (len(again.searcher()), found(again.searcher(), 2)) == (3, [2])
    assert again.searcher().candidates(extract_query(np.full((100, 100, 3), 127, np.uint8))) == []


def test_probed_lists_hold_the_exact_nearest_neighbour_of_a_copy() -> None:
    """The inverted file may forget the far, not the near: compared with a full scan."""
    part = LocalPart.build([NewReference(n, n, extract_reference(picture(n))) for n in range(1, 9)])
    query = extract_query(picture(5)).descriptors
    distances, lists = lists_to_probe(query, rows=part.rows)
    bits, rows = part.search(query, distances, lists, k=1)
    stored = np.concatenate([extract_reference(picture(n)).descriptors for n in range(1, 9)])
    exact = np.array([np.bitwise_count(stored ^ one).sum(axis=1).min() for one in query])
    near = exact <= 20
    assert near.sum() > 50
    assert (bits[near, 0] == exact[near]).mean() > 0.95
    assert (np.bitwise_count(stored[rows[near, 0]] ^ query[near]).sum(axis=1) == bits[near, 0]).all()


def test_larger_banks_probe_fewer_lists() -> None:
    """A query costs about as much in a bank of a hundred thousand as in one of a thousand."""
    query = extract_query(picture(1)).descriptors[:5]
    probed = [int((lists_to_probe(query, rows=rows)[1][0] >= 0).sum()) for rows in (0, 256_000, 25_600_000, 10**9)]
    assert probed[0] == MAX_PROBES
    assert sorted(probed, reverse=True) == probed
    assert probed[-1] >= 1
    assert (lists_to_probe(query, rows=10**9)[1][:, 0] == nearest_list(query)).all()


def test_lists_are_those_a_flat_scan_finds() -> None:
    """Our loop is FAISS's flat index, ties and all, in half the time."""
    descriptors = extract_query(picture(3)).descriptors
    distances, lists = quantiser().search(descriptors, MAX_PROBES)
    ours = lists_to_probe(descriptors, rows=0)
    assert np.array_equal(ours[0], distances)
    assert np.array_equal(ours[1], lists)
    assert np.array_equal(nearest_list(descriptors), lists[:, 0])
    assert nearest_list(descriptors[:0]).shape == (0,)


def test_features_survive_their_bytes_in_the_index(tmp_path: Path) -> None:
    """What is searched is what the record holds, not what was extracted."""
    features = extract_reference(picture(1))
    stored = LocalFeatures.from_bytes(features.to_bytes())
    part = LocalPart.build([NewReference(1, 1, stored)])
    part.save(tmp_path)
    loaded = LocalPart.load(tmp_path)
    assert (loaded.points == part.points).all()
    assert np.array_equal(loaded.without(np.empty(0, np.int64))[2], features.descriptors)
