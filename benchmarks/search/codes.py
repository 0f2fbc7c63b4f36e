"""
Seeded codes and queries, made in blocks: 100 million need no more memory than they fill.

Invariant: the same kind, count and seed give the same codes on every machine, so a process can make its own instead of
being sent gigabytes.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from index.base import Codes
from index.hashes.tables.plan import CODE_BYTES

CLUSTER_SIZE = 20
CLUSTER_FLIPS = 40
BLOCK = 1 << 18


def random_codes(count: int, seed: int) -> Codes:
    """Draw independent uniform bits: unrelated pictures, but for what real bits have in common."""
    rng = np.random.default_rng(seed)
    codes = np.empty((count, CODE_BYTES), np.uint8)
    for block in _blocks(count):
        codes[block] = rng.integers(0, 256, (block.stop - block.start, CODE_BYTES), dtype=np.uint8)
    return codes


def clustered_codes(count: int, seed: int) -> Codes:
    """
    Draw codes around centres: one picture, many times, each 0 to 40 bits away.

    A cluster has 20 codes on average. One in 41 is its centre itself, so some codes are equal.
    """
    rng = np.random.default_rng(seed)
    centres = random_codes(max(1, count // CLUSTER_SIZE), seed + 1)
    codes = np.empty((count, CODE_BYTES), np.uint8)
    for block in _blocks(count):
        size = block.stop - block.start
        codes[block] = centres[rng.integers(0, len(centres), size)]
        _flip(codes[block], rng.integers(0, CLUSTER_FLIPS + 1, size), rng)
    return codes


CODE_KINDS: dict[str, Callable[[int, int], Codes]] = {"random": random_codes, "clustered": clustered_codes}
"""Name on the command line → function of count and seed."""


@dataclass(frozen=True, slots=True, eq=False)
class Queries:
    """
    What is asked.

    Args:
        hits: uint8, shape (n, 32). Each within the radius of at least one code.

        misses: uint8, shape (n, 32). Uniform bits; with 256 of them none is near anything.
    """

    hits: Codes
    misses: Codes


def queries_for(codes: Codes, count: int, radius: int, seed: int) -> Queries:
    """Draw as many queries of both kinds; a hit is a code with 0..radius bits flipped."""
    rng = np.random.default_rng(seed + 2)
    hits = codes[rng.integers(0, len(codes), count)]
    _flip(hits, rng.integers(0, radius + 1, count), rng)
    return Queries(hits, rng.integers(0, 256, (count, CODE_BYTES), dtype=np.uint8))


def _blocks(count: int) -> Iterator[slice]:
    for first in range(0, count, BLOCK):
        yield slice(first, min(first + BLOCK, count))


def _flip(codes: Codes, flips: np.ndarray, rng: np.random.Generator) -> None:
    """Flip, in place, a random bit of each code as often as `flips` says; a bit flipped twice is as it was."""
    for step in range(int(flips.max(initial=0))):
        rows = np.flatnonzero(flips > step)
        bits = rng.integers(0, CODE_BYTES * 8, len(rows))
        codes[rows, bits // 8] ^= np.left_shift(1, bits % 8).astype(np.uint8)
