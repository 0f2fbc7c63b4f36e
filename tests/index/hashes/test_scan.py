"""The scan reads memory it does not own; this is where its edges are."""

import faiss
import numpy as np
import pytest

from index.hashes.hits import ordered
from index.hashes.scan import scan
from tests.index.oracle import as_found, random_codes


def test_it_scans_a_slice_of_a_growing_buffer():
    """Rows behind the slice are not there yet, whatever bytes they hold."""
    buffer = np.zeros((100, 32), np.uint8)
    hits = scan(buffer[:3], np.arange(100)[:3] + 1, np.zeros((1, 32), np.uint8), 0)
    assert sorted(hits.item_ids.tolist()) == [1, 2, 3]


def test_queries_need_not_lie_together_in_memory():
    """A caller may pass every second row of its own array."""
    codes = random_codes(np.random.default_rng(1), 10)
    hits = scan(codes, np.arange(10), codes[::2], 0)
    assert as_found(ordered(hits)) == [(row, 0, 2 * row) for row in range(5)]


@pytest.mark.parametrize(("codes", "queries"), [(0, 0), (0, 3), (3, 0)])
def test_nothing_in_nothing_out(codes, queries):
    """Empty batches and empty collections are ordinary."""
    rng = np.random.default_rng(2)
    assert as_found(scan(random_codes(rng, codes), np.arange(codes), random_codes(rng, queries), 256)) == []


def test_the_callers_thread_setting_is_left_as_it_was():
    """Others use FAISS in the same process; a benchmark sets its threads itself."""
    before = faiss.omp_get_max_threads()
    codes = random_codes(np.random.default_rng(3), 2)
    scan(codes, np.arange(2), codes, 5)
    assert faiss.omp_get_max_threads() == before
