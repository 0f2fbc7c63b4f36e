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
    steps = range(-_FURTHEST, _FURTHEST + 1)
    beside = [(x, y) for x in steps for y in steps if max(abs(x), abs(y)) >= _NEAREST_BESIDE]
    return Peak(_correlation(a, b, 0, 0) - max(_correlation(a, b, x, y) for x, y in beside), pixels)


def _fine(grey: Grey) -> Floats:
    values = grey.astype(np.float32)
    return np.asarray(values - cv2.GaussianBlur(values, (0, 0), _FINE), np.float32)


def _correlation(a: Floats, b: Floats, x: int, y: int) -> float:
    """Correlate a, moved by (x, y), with b; 0 where nothing is left to compare."""
    height, width = a.shape
    if abs(x) >= width or abs(y) >= height:
        return 0.0
    one = a[max(0, y) : height + min(0, y), max(0, x) : width + min(0, x)]
    other = b[max(0, -y) : height + min(0, -y), max(0, -x) : width + min(0, -x)]
    return float((one * other).sum() / np.sqrt((one * one).sum() * (other * other).sum() + _NOISE))
