"""
Which lists a descriptor belongs to: the nearest of 4,096 centroids that come with the program.

They were trained once (`benchmarks/train_centroids.py`) on photographs in the public domain, so that a bank of one
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

from matcher.descriptors import Descriptors

BITS: Final = 256
MAX_PROBES: Final = 8
"""Lists looked at for each of a query's descriptors, in a small bank: 88 % of what lies within 30 bits is in them."""

MIN_PROBES: Final = 2
CODES_A_DESCRIPTOR: Final = 12_000
"""How many references' descriptors one of the query's is compared with, about: it decides how many lists are probed."""

_SKEW = 1.25
"""Descriptors of queries fall into full lists more often than into empty ones."""

Lists = npt.NDArray[np.int64]
"""int64: numbers of lists, -1 for none."""


@cache
def centroids() -> Descriptors:
    """Return the centroids, uint8, shape (4096, 32)."""
    return np.asarray(np.load(Path(__file__).with_name("local_centroids.npy")), np.uint8)


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
    if not len(descriptors):
        return np.empty(0, np.int64)
    return np.asarray(quantiser().search(descriptors, 1)[1][:, 0])


def lists_to_probe(descriptors: Descriptors, *, rows: int) -> tuple[npt.NDArray[np.int32], Lists]:
    """
    Return the lists worth a look, nearest first, for a bank of `rows` descriptors.

    Returns:
        Distances and lists, shape (n, `MAX_PROBES`), padded with -1: the larger the bank, the fewer are probed.
    """
    expected = _SKEW * max(rows, 1) / len(centroids())
    probes = int(np.clip(CODES_A_DESCRIPTOR / expected, MIN_PROBES, MAX_PROBES))
    distances = np.zeros((len(descriptors), MAX_PROBES), np.int32)
    lists = np.full((len(descriptors), MAX_PROBES), -1, np.int64)
    distances[:, :probes], lists[:, :probes] = quantiser().search(descriptors, probes)
    return distances, lists
