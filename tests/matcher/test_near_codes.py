"""Pairs within a radius: those of the full matrix, in its order, whatever is left out to be fast."""

import numpy as np
import pytest

from matcher.distance import hamming_matrix
from matcher.near_codes import near_codes


def alike(seed: int, count: int, bits: int) -> np.ndarray:
    """Make codes a few bits away from one another."""
    random = np.random.default_rng(seed)
    flips = random.random((count, 256)) < bits / 256
    return np.packbits(flips, axis=1) ^ np.random.default_rng(99).integers(0, 256, 32, dtype=np.uint8)


@pytest.mark.parametrize("most", [0, 1, 7, 100, 1_000, 100_000])
@pytest.mark.parametrize("radius", [0, 8, 31])
@pytest.mark.parametrize("bits", [0, 6, 18])
def test_pairs_are_those_of_the_full_matrix(bits: int, radius: int, most: int) -> None:
    """The nearest, and of those equally far the first."""
    queries, references = alike(1, 60, bits), alike(2, 50, bits)
    distances = hamming_matrix(queries, references)
    rows, columns = np.nonzero(distances <= radius)
    kept = np.sort(np.argsort(distances[rows, columns], kind="stable")[:most])
    expected = rows[kept], columns[kept], distances[rows, columns][kept]
    for ours, right in zip(near_codes(queries, references, radius=radius, most=most), expected, strict=True):
        assert np.array_equal(ours, right)


@pytest.mark.parametrize(("n", "m"), [(0, 0), (0, 3), (3, 0)])
def test_nothing_is_near_nothing(n: int, m: int) -> None:
    """A video of plain frames alone has none that vote."""
    rows, columns, bits = near_codes(np.zeros((n, 32), np.uint8), np.zeros((m, 32), np.uint8), radius=31, most=10)
    assert len(rows) == len(columns) == len(bits) == 0
