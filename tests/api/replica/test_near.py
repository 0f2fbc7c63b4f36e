"""Which items are near, alone: the same that are found with their distances."""

from pathlib import Path

import numpy as np

from api.replica.replica import find_rows, near_rows, rows_of
from index.changes import Add
from index.hashes.kind import HashCollection, HashKind
from tests.index.oracle import random_codes


def test_the_same_items_are_near_as_are_found(tmp_path: Path) -> None:
    """What a decision hits is counted by the one, and acted on by the other."""
    rng = np.random.default_rng(5)
    codes = random_codes(rng, 40)
    types = ("pdq/1", "phash/1")
    adds = [Add(seq=n + 1, item_id=n + 7, signal_type=types[n % 2], value=codes[n // 4].tobytes()) for n in range(40)]
    collection = HashCollection.open(tmp_path / "index", HashKind())
    collection.apply(adds)
    asked = [
        {types[0]: codes[[0, 1, 0]], types[1]: codes[[0]]},
        {types[1]: codes[[30]]},
        {},
        {types[0]: codes[[2]], types[1]: codes[[9, 2]]},
    ]
    searcher = collection.searcher()
    found = find_rows(searcher, rows_of(asked), len(asked))
    near = near_rows(searcher, rows_of(asked), len(asked))
    assert [len(one) for one in near.item_ids] == [6, 0, 0, 6]
    assert near.item_ids == tuple(frozenset(hit.item_id for hit in one.found) for one in found)
    assert near.of_any() == {7, 8, 9, 10, 11, 13, 15, 16, 17, 18, 44, 46}
    assert near.version == found[0].version == len(adds)
