"""Which segments are merged, and what a merge forgets."""

import numpy as np
import pytest

from index.changes import Add, Remove
from index.hashes.kind import FIRST_TIER_ROWS, HashCollection, HashKind
from index.local.kind import LocalKind
from index.storage.merge import (
    MOST_ROWS_AT_REST,
    REST_S,
    at_rest,
    due_groups,
    merge_segments,
    remove_leftovers,
    tombstoned,
)
from index.storage.segment import Segment, SegmentRef
from tests.index.hash_collections import code, found
from tests.index.oracle import NEVER_ADDED


def sized(*rows: int, written_s: float = 0.0) -> list[Segment]:
    """Return segments that only have a size, and a date."""
    return [Segment(SegmentRef(f"{n}", 0, {"pdq/1": count}), {}, {}, written_s) for n, count in enumerate(rows)]


@pytest.mark.parametrize(
    ("rows", "groups"),
    [
        ((), []),
        ((1, 1, 1), []),
        ((1, 5, 9, 100), [[1, 5, 9, 100]]),
        ((1, 1, 1, 50_000), []),
        ((50_000, 1, 60_000, 1, 70_000, 1, 80_000, 1), [[1, 1, 1, 1], [50_000, 60_000, 70_000, 80_000]]),
        ((FIRST_TIER_ROWS, FIRST_TIER_ROWS, FIRST_TIER_ROWS, FIRST_TIER_ROWS + 1), []),
        ((10_000_000, 1, 1, 1), []),
    ],
)
def test_four_segments_of_about_a_size_are_due(rows, groups):
    """A large segment must not be rewritten for every few small ones."""
    due = due_groups(sized(*rows), first_tier_rows=FIRST_TIER_ROWS)
    assert [[segment.row_count for segment in group] for group in due] == groups


@pytest.mark.parametrize(
    ("rows", "age_s", "resting"),
    [
        ((), REST_S, []),
        ((5,), REST_S, []),
        ((9, 5), REST_S, [5, 9]),
        ((9, 5), REST_S - 0.1, []),
        ((9, 5), -1.0, []),  # the folder's clock, of another machine perhaps, is ahead
        ((9, 5), -REST_S, [5, 9]),  # the clock was put back since
        ((1_000_000, 5, 7), 99.9, []),
        ((1_000_000, 5, 7), 100.0, [5, 7, 1_000_000]),
        ((MOST_ROWS_AT_REST - 5, 5), 1_600.0, [5, MOST_ROWS_AT_REST - 5]),
        ((MOST_ROWS_AT_REST, 5), 1_600.0, []),
        ((MOST_ROWS_AT_REST, 5, 7), REST_S, [5, 7]),
    ],
)
def test_what_lies_still_for_long_enough_becomes_one(rows, age_s, resting):
    """A search pays for each segment, a merge for each row: the more rows, the longer they rest."""
    found = at_rest(sized(*rows, written_s=1_000.0), rest_s_a_row=1e-4, now_s=1_000.0 + age_s)
    assert [segment.row_count for segment in found] == resting


def test_where_a_kind_does_not_ask_for_it_nothing_becomes_one():
    """Local features are large, and four of any size are merged anyway."""
    assert not at_rest(sized(1, 1), rest_s_a_row=LocalKind().rest_s_a_row, now_s=1e9)


def three_segments(folder) -> HashCollection:
    """Return a collection of three segments with one item each, and tombstones in the first two and in none."""
    index = HashCollection.open(folder, HashKind())
    for item in (1, 2, 3):
        index.apply([Add(item, item, "pdq/1", code(item))])
        index.seal()
    index.apply([Remove(4, 1, "pdq/1"), Remove(5, 2, "pdq/1"), Remove(6, NEVER_ADDED, "pdq/1")])
    index.seal()
    return index


def test_a_partial_merge_forgets_only_the_tombstones_it_used_up(tmp_path):
    """Forgetting one too many brings a removed item back; keeping all grows for ever."""
    index = three_segments(tmp_path)
    snapshot = index._snapshot
    merge_segments(HashKind(), tmp_path, snapshot, snapshot.segments[1:])
    index.refresh()
    assert index._snapshot.tombstones.ids("pdq/1").tolist() == [1, NEVER_ADDED]
    assert [found(index, item) for item in (1, 2, 3)] == [[], [], [3]]


def test_only_segments_with_a_removed_value_are_rewritten_for_erasure(tmp_path):
    """Erasing one value must not cost a rewrite of everything."""
    index = three_segments(tmp_path)
    untouched = index._snapshot.segments[2]
    assert tombstoned(HashKind(), index._snapshot) == list(index._snapshot.segments[:2])
    index.merge()
    assert [segment.ref.name for segment in index._snapshot.segments] == [untouched.ref.name]
    assert index._snapshot.segments[0] is untouched


@pytest.mark.parametrize("operation", ["merge", "compact"])
def test_tombstones_of_items_that_never_were_end_with_the_next_merge(tmp_path, operation):
    """They belong to no segment, so no rewrite uses them up, and they would be carried along for ever."""
    index = three_segments(tmp_path)
    getattr(index, operation)()
    assert index.stats().tombstones == 0
    assert not getattr(index, operation)()


def test_leftovers_are_removed_and_nothing_else(tmp_path):
    """A process that was killed leaves files; a person may leave others."""
    index = three_segments(tmp_path)
    kept = set(tmp_path.rglob("*"))
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "segments" / "README").write_text("mine")
    (tmp_path / "segments" / "0123456789abcdef" / "pdq-1").mkdir(parents=True)
    (tmp_path / "tombstones-0123456789abcdef").write_bytes(bytes(8))
    (tmp_path / "MANIFEST.json.new").write_bytes(b"{")
    assert index.maintain() is False
    assert set(tmp_path.rglob("*")) == kept | {tmp_path / "notes.txt", tmp_path / "segments" / "README"}
    remove_leftovers(tmp_path, index._snapshot.manifest)
    assert found(index, 3) == [3]


def test_merged_items_keep_their_types(tmp_path):
    """Segments may hold different types; a merge holds all of them."""
    index = HashCollection.open(tmp_path, HashKind())
    for seq, signal_type in enumerate(("pdq/1", "sha256/1", "pdq/1", "phash/1"), start=1):
        index.apply([Add(seq, seq, signal_type, code(1))])
        index.seal()
    index.merge()
    stats = index.stats()
    assert {part.signal_type: part.rows for part in stats.parts} == {"pdq/1": 2, "phash/1": 1, "sha256/1": 1}
    query = np.frombuffer(code(1), np.uint8).reshape(1, 32)
    assert index.searcher().search("pdq/1", query, 0).item_ids.tolist() == [1, 3]
