"""What only local features do; for what every kind does see `tests/index/storage/scenarios/test_every_kind.py`."""

from pathlib import Path

import numpy as np
import pytest

from index.changes import Add, Change, Remove
from index.local import votes as local_votes
from index.local.choosing import first_rows_near
from index.local.kind import LocalCollection, LocalKind
from index.local.part import LocalPart, NewReference
from index.local.quantiser import MAX_PROBES, lists_to_probe, nearest_list, quantiser
from index.local.searcher import LocalSearcher
from matcher.errors import SignalValueError
from matcher.local.views import Form
from matcher.signals.local import LocalFeatures, QueryFeatures, extract_query, extract_reference
from tests.helpers.media.forms import shown_as
from tests.helpers.media.textures import texture


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


def test_mirrored_and_inverted_copies_are_found_by_their_form(tmp_path: Path) -> None:
    """Nothing is extracted twice for them; the form says how the copy was made."""
    index = LocalCollection.open(tmp_path, LocalKind())
    index.apply(changes(3))
    for form in (Form.MIRRORED, Form.INVERTED, Form.MIRRORED_INVERTED):
        best = index.searcher().candidates(extract_query(shown_as(picture(2), form)))[0]
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


def test_a_value_that_is_not_local_features_is_refused_and_nothing_is_applied(tmp_path: Path) -> None:
    """All changes of a call or none: half of them would leave the version lying."""
    index = LocalCollection.open(tmp_path, LocalKind())
    with pytest.raises(SignalValueError, match="hash the picture again"):
        index.apply([add(1), Add(2, 2, "local/1", b"not features")])
    assert index.version == 0


def test_a_bank_grown_one_by_one_is_few_parts_with_every_reference(tmp_path: Path) -> None:
    """Each part costs every query a visit."""
    index = LocalCollection.open(tmp_path, LocalKind())
    for change in changes(20):
        index.apply([change])
    searcher = index.searcher()
    assert len(searcher.growing) <= 5
    assert sorted(np.concatenate([part.references["item_id"] for part in searcher.growing])) == list(range(1, 21))


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
    bits, _, _, rows = first_rows_near([part], np.empty(0, np.int64), query, distances, lists, 1)
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
