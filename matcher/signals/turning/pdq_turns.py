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
from matcher.media import Grey, Pixels
from matcher.signals.turning.orientations import orientations, turned_pixels

_DOWNSAMPLED_SIDE = 64
_HASH_SIDE = 16
_ROUNDING = 0.01
"""How much, in units of a coefficient, two orders of float32 additions may differ; a wave of 1 grey level has 32."""

_TOLERATED_DOUBTS = 2
"""Coefficients that may lie so near the median by chance. None of 600 photographs measured has more."""

_MINIMUM_SIDE = 5
"""The reference code gives smaller pictures the hash 0."""

_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)

_NO_CODES: Codes = np.zeros((8, _HASH_SIDE**2 // 8), np.uint8)
_NO_CODES.setflags(write=False)

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
    luma, rows, columns = pixels.astype(np.float32) @ _LUMA, _axis(height), _axis(width)
    codes, doubts = _codes(luma, rows, columns)
    return PdqTurns(codes, _quality(luma, rows, columns)) if doubts <= _TOLERATED_DOUBTS else _by_reference(pixels)


def pdq_turns_of_grey(grey: Grey, *, whole: tuple[int, int] | None = None) -> PdqTurns:
    """
    Hash a video's frame in its 8 orientations.

    Frames come by the thousand, many of them plain: bits that rounding decides are left to rounding.

    Args:
        grey: uint8, shape (h, w), h and w at most `CANONICAL_SIDE_PX`.

        whole: Height and width of the frame before it was reduced: gives the hash of the frame at that size, which
            is what vPDQ takes. The reduced frame's own hash is up to 40 bits away from it, because the filter's
            window is a whole number of pixels. None hashes the frame as it is given.
    """
    if min(grey.shape) < _MINIMUM_SIDE:
        return PdqTurns(_NO_CODES, 0)
    luma, (rows, columns) = grey.astype(np.float32), _axes(grey, whole or grey.shape)
    return PdqTurns(_codes(luma, rows, columns)[0], _quality(luma, rows, columns))


def pdq_codes_of_grey(grey: Grey) -> Codes:
    """
    Hash a video's frame in its 8 orientations where its quality is not asked, which takes two thirds of the time.

    Args:
        grey: As for `pdq_turns_of_grey`.

    Returns:
        uint8, shape (8, 32): its `codes`.
    """
    if min(grey.shape) < _MINIMUM_SIDE:
        return _NO_CODES
    return _codes(grey.astype(np.float32), *_axes(grey, grey.shape))[0]


def pdq_of_reduced(grey: Grey, whole: tuple[int, int]) -> Codes:
    """
    Hash a video's frame as it is, at the size it had before it was reduced.

    Args:
        grey: As for `pdq_turns_of_grey`.

        whole: As for `pdq_turns_of_grey`.

    Returns:
        uint8, shape (32,): the first of its `codes`.
    """
    if min(grey.shape) < _MINIMUM_SIDE:
        return np.zeros_like(_NO_CODES[0])
    rows, columns = _axes(grey, whole)
    coefficients = rows.both_ways[:_HASH_SIDE] @ grey.astype(np.float32) @ columns.both_ways[:_HASH_SIDE].T
    (code,), _ = _packed(coefficients.reshape(1, -1))
    return np.asarray(code)


def _axes(grey: Grey, whole: tuple[int, int]) -> "tuple[_Axis, _Axis]":
    return _reduced_axis(whole[0], grey.shape[0]), _reduced_axis(whole[1], grey.shape[1])


def _codes(luma: Matrix, rows: "_Axis", columns: "_Axis") -> tuple[Codes, int]:
    """Return the hashes, and how many bits of the picture as it is only rounding decides."""
    coefficients = (rows.both_ways @ luma @ columns.both_ways.T).reshape(2, _HASH_SIDE, 2, _HASH_SIDE)
    flat = orientations(coefficients.swapaxes(1, 2)).reshape(8, -1)
    codes, median = _packed(flat)
    doubts = np.count_nonzero(np.abs(flat[0] - median[0]) < _ROUNDING) - 1  # the median itself does not count
    return codes, int(doubts)


def _packed(flat: npt.NDArray[np.floating]) -> tuple[Codes, npt.NDArray[np.floating]]:
    """Return a bit for each of 256 values that is above their median, and the medians; shapes (n, 32) and (n, 1)."""
    # The reference's median of 256 values is the 128th smallest; its first bit is our last.
    median = np.partition(flat, 127, axis=1)[:, 127:128]
    return np.packbits((flat > median)[:, ::-1], axis=1), median


def _by_reference(pixels: Pixels) -> PdqTurns:
    """
    Ask the reference code for each really turned picture.

    In tiny, symmetric and plain pictures whole bands of frequencies are 0, and rounding decides their bits: only the
    same operations in the same order give the same ones.
    """
    hashes = [pdqhash.compute(np.ascontiguousarray(turned)) for turned in turned_pixels(pixels)]
    return PdqTurns(np.packbits(np.stack([bits for bits, _ in hashes]), axis=1), int(hashes[0][1]))


def _quality(luma: Matrix, rows: "_Axis", columns: "_Axis") -> int:
    """Sum the steps between neighbours, each cut to a whole percent of 255, as the reference code does."""
    smoothed = (rows.sampling @ luma @ columns.sampling.T).astype(np.float32, copy=False)
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
    centres = ((np.arange(_DOWNSAMPLED_SIDE) + 0.5) * length / _DOWNSAMPLED_SIDE).astype(int)
    chosen = np.zeros((_DOWNSAMPLED_SIDE, length))
    chosen[np.arange(_DOWNSAMPLED_SIDE), centres] = 1.0
    sampling = _boxed(_boxed(chosen, length), length)
    frequency, sample = np.ogrid[1 : _HASH_SIDE + 1, 0:_DOWNSAMPLED_SIDE]
    dct = np.sqrt(2 / _DOWNSAMPLED_SIDE) * np.cos(np.pi / 2 / _DOWNSAMPLED_SIDE * frequency * (2 * sample + 1))
    transformed = dct @ sampling
    return _Axis(sampling.astype(np.float32), np.vstack([transformed, transformed[:, ::-1]]).astype(np.float32))


@lru_cache(maxsize=128)
def _reduced_axis(whole: int, length: int) -> _Axis:
    """
    Return what PDQ does along an axis of `whole` pixels, for one that was reduced to `length` by averaging.

    Reducing is a matrix, too. The one that comes closest to filtering the whole axis, given only the reduced one, is
    the filter times the pseudo-inverse of that matrix.
    """
    from scipy.sparse import csr_array  # takes long to load; see `phash.py`

    axis = _axis(whole)
    if length >= whole:
        return axis
    ratio = whole / length
    pixel = np.arange(whole)
    box = np.minimum((pixel / ratio).astype(int), length - 1)
    inside = np.minimum((box + 1) * ratio - pixel, 1.0)  # of a pixel; the rest of it is in the next box
    share, boxes = np.concatenate([inside, 1 - inside]) / ratio, np.concatenate([box, np.minimum(box + 1, length - 1)])
    reduce = csr_array((share, (boxes, np.tile(pixel, 2))), shape=(length, whole))
    overlap = (reduce @ reduce.T).toarray()
    sampling, both_ways = (
        np.linalg.solve(overlap, reduce @ matrix.T).T.astype(np.float32) for matrix in (axis.sampling, axis.both_ways)
    )
    return _Axis(sampling, both_ways)


def _boxed(weights: npt.NDArray[np.float64], length: int) -> npt.NDArray[np.float64]:
    """
    Put one pass of the box filter before weighted sums of samples; at the edges it averages what there is.

    Args:
        weights: float64, shape (n, length), of filtered samples.

        length: Samples.

    Returns:
        The same sums as weights of samples that are not filtered yet. The filter's own matrix, `length` squared, would
        fill gigabytes for the frames of an 8K video.
    """
    window = -(-length // (2 * _DOWNSAMPLED_SIDE))
    ahead = (window + 2) // 2 - 1
    back = window - 1 - ahead
    place = np.arange(length)
    averaged = np.minimum(place + ahead, length - 1) - np.maximum(place - back, 0) + 1
    before = np.cumsum(np.pad(weights / averaged, ((0, 0), (1, 0))), axis=1)
    # Sample j is in the windows of the places from j - ahead to j + back.
    reached, left = np.minimum(place + back, length - 1) + 1, np.maximum(place - ahead, 0)
    summed: npt.NDArray[np.float64] = before[:, reached] - before[:, left]
    return summed
