"""
PDQ of a picture as if it had been turned or mirrored, from one look at its pixels.

PDQ is linear up to its last step: two box filters along rows and columns, decimation to 64 × 64, a DCT to 16 × 16. Each
of these works on rows and columns apart, so the 16 × 16 coefficients are `P_h @ luma @ P_w.T` for two small matrices
that depend only on height and width. Mirroring the picture is reversing the columns of a matrix; turning it by 90° is
transposing the result.

Why not the reference code's own dihedral hashes: they flip signs of the coefficients, which would be right if filter
and decimation were symmetric. At most sizes they are not, and the result is 8–30 bits away from the hash of the really
mirrored picture: much of the radius of 31. These are the hash of the really mirrored picture, within 2 bits.

Source: github facebook/ThreatExchange, pdq/cpp/downscaling/downscaling.cpp and pdq/cpp/hashing/pdqhashing.cpp.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pdqhash

from matcher.distance import Codes
from matcher.media import Pixels
from matcher.orientations import orientations, turned_pixels

_DOWNSAMPLED_SIDE = 64
_HASH_SIDE = 16
_ROUNDING = 0.01
"""How far, in units of a coefficient, two orders of float32 additions may differ; a wave of 1 grey level has 32."""

_TOLERATED_DOUBTS = 2
"""Coefficients that may lie so near the median by chance. None of 600 photographs measured has more."""

_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)

Matrix = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class PdqTurns:
    """
    PDQ of one picture in its 8 orientations.

    Args:
        codes: uint8, shape (8, 32), in the order of `orientations.TURNS`: row i is the hash of the picture with that
            turn undone. Row 0 is the hash of the picture as it is.

        quality: 0..100, of the picture as it is.
    """

    codes: Codes
    quality: int


def pdq_turns(pixels: Pixels) -> PdqTurns:
    """
    Hash a picture in its 8 orientations.

    Args:
        pixels: uint8, shape (h, w, 3), RGB, h and w at most `CANONICAL_SIDE_PX`.
    """
    height, width = pixels.shape[:2]
    if min(height, width) < _DOWNSAMPLED_SIDE:
        return _by_reference(pixels)
    luma = pixels.astype(np.float32) @ _LUMA
    rows, columns = _axis(height), _axis(width)
    coefficients = (rows.both_ways @ luma @ columns.both_ways.T).reshape(2, _HASH_SIDE, 2, _HASH_SIDE)
    flat = orientations(coefficients.swapaxes(1, 2)).reshape(8, -1)
    # The reference's median of 256 values is the 128th smallest; its first bit is our last.
    median = np.partition(flat, 127, axis=1)[:, 127:128]
    if np.count_nonzero(np.abs(flat[0] - median[0]) < _ROUNDING) > 1 + _TOLERATED_DOUBTS:
        return _by_reference(pixels)
    smoothed = rows.sampling @ luma @ columns.sampling.T
    return PdqTurns(np.packbits((flat > median)[:, ::-1], axis=1), _quality(smoothed))


def _by_reference(pixels: Pixels) -> PdqTurns:
    """
    Ask the reference code for each really turned picture.

    In tiny, symmetric and plain pictures whole bands of frequencies are 0, and rounding decides their bits: only the
    same operations in the same order give the same ones.
    """
    hashes = [pdqhash.compute(np.ascontiguousarray(turned)) for turned in turned_pixels(pixels)]
    return PdqTurns(np.packbits(np.stack([bits for bits, _ in hashes]), axis=1), int(hashes[0][1]))


def _quality(smoothed: Matrix) -> int:
    """Sum the steps between neighbours, each cut to a whole percent of 255, as the reference code does."""
    steps = sum(int(np.abs((np.diff(smoothed, axis=axis) * 100 / 255).astype(np.int32)).sum()) for axis in (0, 1))
    return min(steps // 90, 100)


@dataclass(frozen=True, slots=True, eq=False)
class _Axis:
    """
    What PDQ does along one axis, as matrices.

    Args:
        sampling: float32, shape (64, length): filter, then decimate.

        both_ways: float32, shape (32, length): filter, decimate and transform the axis as it is, then reversed.
    """

    sampling: Matrix
    both_ways: Matrix


@lru_cache(maxsize=128)
def _axis(length: int) -> _Axis:
    box = _box(length)
    centres = ((np.arange(_DOWNSAMPLED_SIDE) + 0.5) * length / _DOWNSAMPLED_SIDE).astype(int)
    sampling = box[centres] @ box
    frequency, sample = np.ogrid[1 : _HASH_SIDE + 1, 0:_DOWNSAMPLED_SIDE]
    dct = np.sqrt(2 / _DOWNSAMPLED_SIDE) * np.cos(np.pi / 2 / _DOWNSAMPLED_SIDE * frequency * (2 * sample + 1))
    transformed = dct @ sampling
    return _Axis(sampling.astype(np.float32), np.vstack([transformed, transformed[:, ::-1]]).astype(np.float32))


def _box(length: int) -> npt.NDArray[np.float64]:
    """Return the matrix, (length, length), of one pass of the box filter; at the edges it averages what there is."""
    window = -(-length // (2 * _DOWNSAMPLED_SIDE))
    ahead = (window + 2) // 2 - 1
    behind = window - 1 - ahead
    offset = np.arange(length)[None, :] - np.arange(length)[:, None]
    inside = ((offset >= -behind) & (offset <= ahead)).astype(np.float64)
    mean: npt.NDArray[np.float64] = inside / inside.sum(axis=1, keepdims=True)
    return mean
