"""
How much better two pictures fit where one is said to lie on the other than some pixels beside.

Blocks that agree (`overlap.py`) say that nothing else is to be seen. Where another picture, text or noise is mixed in,
nearly all blocks say no; but the fine detail of the reference that is left still correlates at exactly one place.

Invariant: pure. Look-alikes in one pose correlate there as well: it counts only for what lies exactly.
"""

from typing import Any, Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from matcher.local.overlap import Overlap
from matcher.signals.points.keypoints import Grey

_FINE: Final = 1.5
"""Pixels of the thumbnail: what is coarser is the light, which look-alikes share."""

_FURTHEST: Final = 4
_NEAREST_BESIDE: Final = 3
_LEAST_PIXELS: Final = 64
_NOISE: Final = 1e3
"""Grey levels squared over all pixels: keeps a plain picture from fitting anything."""

Floats = npt.NDArray[np.floating[Any]]


class Peak(NamedTuple):
    """
    How two pictures fit.

    Args:
        height: Correlation of fine detail where they should lie, less the highest of any 3 to 4 pixels beside: -2..2.

        pixels: How many are compared.
    """

    height: float
    pixels: int


def fine_peak(thumbnail: Grey, overlap: Overlap) -> Peak:
    """
    Compare fine detail at each shift.

    Args:
        thumbnail: The reference's, uint8, shape (height, width).

        overlap: The query laid onto it.

    Returns:
        A height of 0 where too little is seen.
    """
    inside = cv2.erode(overlap.inside.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1) > 0
    pixels = int(np.count_nonzero(inside))
    if pixels < _LEAST_PIXELS:
        return Peak(0.0, pixels)
    a, b = (_fine(each) * inside for each in (thumbnail, overlap.query))
    fits = _correlations(a, b)
    beside = np.ones(fits.shape, np.bool_)
    nearer = slice(_FURTHEST - _NEAREST_BESIDE + 1, _FURTHEST + _NEAREST_BESIDE)
    beside[nearer, nearer] = False
    return Peak(float(fits[_FURTHEST, _FURTHEST] - fits[beside].max()), pixels)


def _fine(grey: Grey) -> Floats:
    values = grey.astype(np.float32)
    return np.asarray(values - cv2.GaussianBlur(values, (0, 0), _FINE), np.float32)


def _correlations(a: Floats, b: Floats) -> Floats:
    """Correlate a with b at each shift of up to `_FURTHEST` pixels, over what then lies on each other."""
    everywhere = np.ones_like(a)
    wider, wider_squares, wider_everywhere = (np.pad(each, _FURTHEST) for each in (b, b * b, everywhere))
    products = cv2.matchTemplate(wider, a, cv2.TM_CCORR)
    powers = cv2.matchTemplate(wider_everywhere, a * a, cv2.TM_CCORR)
    other_powers = cv2.matchTemplate(wider_squares, everywhere, cv2.TM_CCORR)
    # Sums taken by a Fourier transform may fall a little below nothing.
    return np.asarray(products / np.sqrt(np.maximum(powers, 0) * np.maximum(other_powers, 0) + _NOISE), np.float32)
