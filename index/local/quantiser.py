"""
Which lists a descriptor belongs to: the nearest of 4,096 centroids that come with the program.

They were trained once (`benchmarks/training/centroids.py`) on photographs in the public domain, so that a bank of one
reference is searched as one of a million, and parts written by different processes can be merged. A part remembers the
checksum of the centroids it was written with.

Invariant: read-only after the first use, shared by every part, safe from any thread.
"""

import zlib
from functools import cache
from pathlib import Path
from typing import Final

import faiss
import numpy as np
import numpy.typing as npt

from matcher.compiled import compiled
from matcher.local.agreement import ones
from matcher.signals.points.descriptors import Descriptors

BITS: Final = 256
MAX_PROBES: Final = 8
"""Lists looked at for each of a query's descriptors, in a small bank: 88 % of what lies within 30 bits is in them."""

MIN_PROBES: Final = 2
CODES_A_DESCRIPTOR: Final = 12_000
"""How many references' descriptors one of the query's is compared with, about: it decides how many lists are probed."""

_FOLD: Final = 16

_SKEW = 1.25
"""Descriptors of queries fall into full lists more often than into empty ones."""

Lists = npt.NDArray[np.int64]
"""int64: numbers of lists, -1 for none."""


@cache
def centroids() -> Descriptors:
    """Return the centroids, uint8, shape (4096, 32)."""
    return np.asarray(np.load(Path(__file__).with_name("centroids.npy")), np.uint8)


@cache
def checksum() -> int:
    """Return the CRC-32 of the centroids."""
    return zlib.crc32(centroids().tobytes())


@cache
def quantiser() -> faiss.IndexBinaryFlat:
    """Return FAISS's index of the centroids."""
    flat = faiss.IndexBinaryFlat(BITS)
    flat.add(centroids())
    return flat


def nearest_list(descriptors: Descriptors) -> Lists:
    """Return the list each descriptor is kept in, shape (n,)."""
    return np.asarray(_nearest(_words(descriptors), _columns(), 1)[1][:, 0])


def probes_for(rows: int) -> int:
    """Return how many lists are worth a look in a bank of `rows` descriptors: `MIN_PROBES`..`MAX_PROBES`."""
    expected = _SKEW * max(rows, 1) / len(centroids())
    return int(np.clip(CODES_A_DESCRIPTOR / expected, MIN_PROBES, MAX_PROBES))


def lists_to_probe(descriptors: Descriptors, *, rows: int) -> tuple[npt.NDArray[np.int32], Lists]:
    """
    Return the lists worth a look, nearest first, for a bank of `rows` descriptors.

    Returns:
        Distances and lists, shape (n, `MAX_PROBES`), padded with -1: the larger the bank, the fewer are probed.
    """
    probes = probes_for(rows)
    distances = np.zeros((len(descriptors), MAX_PROBES), np.int32)
    lists = np.full((len(descriptors), MAX_PROBES), -1, np.int64)
    distances[:, :probes], lists[:, :probes] = _nearest(_words(descriptors), _columns(), probes)
    return distances, lists


def _words(descriptors: Descriptors) -> npt.NDArray[np.uint64]:
    return np.ascontiguousarray(descriptors).view(np.uint64)


@cache
def _columns() -> npt.NDArray[np.uint64]:
    """Return the centroids word by word, uint64, shape (4, 4096): the first of each fold, then the second of each."""
    folds = centroids().view(np.uint64).reshape(-1, _FOLD, 4)
    return np.ascontiguousarray(folds.transpose(2, 1, 0).reshape(4, -1))


@compiled
def _nearest(
    queries: npt.NDArray[np.uint64], columns: npt.NDArray[np.uint64], count: int
) -> tuple[npt.NDArray[np.int32], Lists]:
    """
    Return the `count` nearest centroids of each query, the first of equals; FAISS's flat index takes twice the time.

    Distances are taken to all, then the least of each fold of `_FOLD`: only folds that hold something near enough are
    looked into.

    Bounds: shape (n, count) each. 1 <= count <= `MAX_PROBES`, and the centroids are more, a multiple of `_FOLD`; so
    every place is filled. Distances are 0..256, which int16 holds.
    """
    folds = columns.shape[1] // _FOLD
    distances, nearest = np.empty((len(queries), count), np.int32), np.empty((len(queries), count), np.int64)
    all_bits, least = np.empty(columns.shape[1], np.int16), np.empty(folds, np.int16)
    for i in range(len(queries)):
        a, b, c, d = queries[i, 0], queries[i, 1], queries[i, 2], queries[i, 3]
        for j in range(columns.shape[1]):
            first_half = ones(a ^ columns[0, j]) + ones(b ^ columns[1, j])
            all_bits[j] = np.int16(first_half + ones(c ^ columns[2, j]) + ones(d ^ columns[3, j]))
        least[:] = all_bits[:folds]
        for row in range(1, _FOLD):
            for j in range(folds):
                least[j] = min(least[j], all_bits[row * folds + j])
        distances[i] = BITS + 1
        for fold in range(folds):
            if least[fold] >= distances[i, count - 1]:
                continue
            for row in range(_FOLD):
                bits, place = all_bits[row * folds + fold], count - 1
                if bits >= distances[i, place]:
                    continue
                while place > 0 and distances[i, place - 1] > bits:
                    distances[i, place], nearest[i, place] = distances[i, place - 1], nearest[i, place - 1]
                    place -= 1
                distances[i, place], nearest[i, place] = bits, fold * _FOLD + row
    return distances, nearest
