"""Order and cut of what is found."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.base import Hits
from index.hashes.hits import NO_HITS, joined, ordered
from tests.index.oracle import as_found

FOUND = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5), st.integers(1, 99)), unique_by=lambda hit: hit[2])


def hits(found) -> Hits:
    """Make hits of (query, distance, item id)."""
    columns = np.array(found, np.int64).reshape(-1, 3).T
    return Hits(columns[0].astype(np.int32), columns[2], columns[1].astype(np.int32))


@given(found=FOUND, k=st.none() | st.integers(1, 4))
def test_order_is_query_then_distance_then_item(found, k):
    """Every process must show the same first match; ties go to the older item."""
    expected = [
        hit
        for query in range(4)
        for hit in sorted(hit for hit in found if hit[0] == query)[: len(found) if k is None else k]
    ]
    assert as_found(ordered(hits(found), k)) == expected


@given(parts=st.lists(FOUND, max_size=4))
def test_joining_loses_and_adds_nothing(parts):
    """Segments and delta each bring their part."""
    answer = joined([NO_HITS, *(hits(part) for part in parts)])
    assert sorted(as_found(answer)) == sorted(hit for part in parts for hit in part)
