"""A scan of few codes finds what a full scan finds."""

import numpy as np
import pytest

from index.hashes.hits import ordered
from index.hashes.scan import scan
from index.hashes.tables.few import FEW, scan_few
from tests.index.oracle import as_found


@pytest.mark.parametrize("width", [8, 32])
@pytest.mark.parametrize(("known", "asked"), [(0, 3), (3, 0), (1, 1), (200, 7), (FEW, 1), (FEW, 2)])
def test_few_codes_are_scanned_as_many_are(known: int, asked: int, width: int) -> None:
    """The way that is taken depends on how many there are, and on their width; the answer never does."""
    rng = np.random.default_rng(known + asked)
    codes = rng.integers(0, 256, (known, width), dtype=np.uint8)
    queries = rng.integers(0, 256, (asked, width), dtype=np.uint8)
    if known and asked:
        queries[0] = codes[-1]
        queries[0, 0] ^= 0b101
    ids = rng.permutation(known).astype(np.int64) + 1
    for radius in (0, 1, 2, 31, 3 * width, 8 * width):
        slow = as_found(ordered(scan(codes, ids, queries, radius)))
        assert as_found(ordered(scan_few(codes, ids, queries, radius))) == slow


def test_codes_that_lie_at_odd_addresses_are_read_right() -> None:
    """A file of FAISS has a head of 33 bytes, after which its codes are mapped."""
    rng = np.random.default_rng(3)
    memory = rng.integers(0, 256, 33 + 10 * 32, dtype=np.uint8)
    codes = memory[33:].reshape(10, 32)
    assert as_found(scan_few(codes, np.arange(10), codes[3:4].copy(), 0)) == [(0, 0, 3)]
