"""Distances are counted the same one by one and in bulk, and thresholds are inclusive."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.distance import agrees, as_codes, hamming, hamming_matrix
from matcher.errors import WidthMismatchError

value = st.binary(min_size=32, max_size=32)


def slow_hamming(a: bytes, b: bytes) -> int:
    """Count differing bits as one would by hand."""
    return sum(f"{x:08b}"[i] != f"{y:08b}"[i] for x, y in zip(a, b, strict=True) for i in range(8))


@given(value, value)
def test_distance_counts_differing_bits(a: bytes, b: bytes):
    """Everything else rests on this number."""
    assert hamming(a, b) == slow_hamming(a, b) == hamming(b, a)


@given(st.lists(value, max_size=5), st.lists(value, max_size=5))
def test_matrix_equals_one_by_one(queries: list[bytes], references: list[bytes]):
    """The batch is only a faster way to say the same, and empty batches are no special case."""
    q = np.frombuffer(b"".join(queries), np.uint8).reshape(-1, 32)
    r = np.frombuffer(b"".join(references), np.uint8).reshape(-1, 32)
    found = hamming_matrix(q, r)
    assert found.dtype == np.int32
    assert found.tolist() == [[hamming(a, b) for b in references] for a in queries]


def test_threshold_is_inclusive():
    """PDQ's published radius is 31: 31 bits agree, 32 do not."""
    assert agrees(31, threshold=31)
    assert not agrees(32, threshold=31)


def test_different_widths_are_refused():
    """Comparing a 64-bit hash with a 256-bit one would give a number that means nothing."""
    with pytest.raises(WidthMismatchError, match="64 bits"):
        hamming(bytes(8), bytes(32))
    with pytest.raises(WidthMismatchError, match="64 bits"):
        hamming_matrix(as_codes(bytes(8)), as_codes(bytes(32)))
