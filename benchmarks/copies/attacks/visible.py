"""
How much of a change is seen: structural similarity (SSIM) and peak signal to noise, of what is posted, after JPEG.

SSIM as in Wang, Bovik, Sheikh and Simoncelli 2004: a Gaussian window of 11 × 11 pixels, sigma 1.5, on the luma. 1 is no
change; at 0.95 most people see none beside the original, at 0.9 grain or shade, at 0.8 it is a poor copy.

Invariant: pure. `within` keeps to its bound on the file that is posted, not on pixels before they are encoded.
"""

from collections.abc import Callable
from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.copies.edits import Pixels
from benchmarks.copies.photos import read, save

_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
_HALVINGS: Final = 7

Floats = npt.NDArray[np.floating[Any]]


def ssim(first: Pixels, second: Pixels) -> float:
    """Return the mean structural similarity of two RGB pictures of one shape, at most 1."""
    a, b = (_luma(each) for each in (first, second))
    mean_a, mean_b = _window(a), _window(b)
    variance_a, variance_b = _window(a * a) - mean_a**2, _window(b * b) - mean_b**2
    covariance = _window(a * b) - mean_a * mean_b
    similar = (2 * mean_a * mean_b + _C1) * (2 * covariance + _C2)
    return float((similar / ((mean_a**2 + mean_b**2 + _C1) * (variance_a + variance_b + _C2))).mean())


def psnr(first: Pixels, second: Pixels) -> float:
    """Return the peak signal to noise of two RGB pictures of one shape, in decibels; infinite where they are equal."""
    error = float(np.mean((first.astype(np.float64) - second) ** 2))
    return float(10 * np.log10(255**2 / error)) if error else float("inf")


def within(photo: Pixels, bound: float, make: Callable[[float], Pixels]) -> bytes:
    """
    Make an attack as strong as a bound lets it be.

    Args:
        photo: The original.

        bound: SSIM that the posted file keeps at least.

        make: Strength, 0..1 -> picture of the same shape.

    Returns:
        The file: JPEG, as every edited copy is saved.
    """
    posted = save(make(1.0))
    if ssim(photo, read(posted)) >= bound:
        return posted
    low, high, posted = 0.0, 1.0, save(photo)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        tried = save(make(middle))
        if ssim(photo, read(tried)) >= bound:
            low, posted = middle, tried
        else:
            high = middle
    return posted


def _luma(picture: Pixels) -> Floats:
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)


def _window(values: Floats) -> Floats:
    return np.asarray(cv2.GaussianBlur(values, (11, 11), 1.5), np.float32)
