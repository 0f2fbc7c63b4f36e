"""
Attacks on PDQ, on pHash and on both: slow shades laid over a picture until bits of its hash turn over.

Both hashes compare coefficients of the 64 × 64 picture's cosine transform with their median. A search without gradients
(random coordinates, kept where more bits turn) finds the shades within a budget; they are then laid over the whole
picture, where they are as hard to see as shades are.

Invariant: the search reads an approximation of both (area averages); what counts is the real hashes of the file.
"""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
from scipy.fft import dctn, idctn

from benchmarks.copies.edits import Pixels

SIDE: Final = 64
PDQ_BAND: Final = slice(1, 17)
PHASH_BAND: Final = slice(0, 16)
MOST_RMS: Final = 40.0
"""Grey levels that shades may differ by, root mean square, at a strength of 1."""

_STEPS: Final = 1500
_AT_ONCE: Final = 6
_BAND: Final = 17

Coefficients = npt.NDArray[np.float64]


def shades(
    photo: Pixels, rng: np.random.Generator, *, bands: tuple[slice, ...] = (PDQ_BAND, PHASH_BAND)
) -> Callable[[float], Pixels]:
    """
    Prepare shades that turn bits over.

    Args:
        photo: RGB.

        rng: The only source of chance.

        bands: Which coefficients are compared: those of PDQ, of pHash, or both.

    Returns:
        Strength, 0..1 -> the photo under shades of that many times `MOST_RMS`.
    """
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY).astype(np.float64)
    plain = dctn(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA), norm="ortho")[:_BAND, :_BAND]
    seed = int(rng.integers(1 << 32))

    def make(strength: float) -> Pixels:
        found = _searched(plain, bands, MOST_RMS * strength * SIDE, np.random.default_rng(seed))
        whole = np.zeros((SIDE, SIDE))
        whole[:_BAND, :_BAND] = found
        shade = cv2.resize(idctn(whole, norm="ortho"), photo.shape[1::-1], interpolation=cv2.INTER_CUBIC)
        shaded: Pixels = np.clip(np.rint(photo + shade[..., None]), 0, 255).astype(np.uint8)
        return shaded

    return make


def _searched(plain: Coefficients, bands: tuple[slice, ...], budget: float, rng: np.random.Generator) -> Coefficients:
    """Return what to add to the coefficients, of length `budget`: most bits turn in the band where fewest do."""
    before = [_above_median(plain[band, band]) for band in bands]

    def worth(added: Coefficients) -> float:
        turned = []
        for band, was in zip(bands, before, strict=True):
            distance = _above_median((plain + added)[band, band]) * np.sign(was)
            turned.append(float((1 / (1 + np.exp(np.clip(distance / 8, -50, 50)))).sum()))
        return min(turned)

    reads = np.zeros((_BAND, _BAND), bool)
    for band in bands:
        reads[band, band] = True
    reads[0, 0] = False
    places = np.flatnonzero(reads)
    # The cheapest bits first: those whose coefficients lie nearest to the median.
    start = -np.where(reads, _above_median(plain), 0.0)
    start = np.where(np.abs(start) <= np.median(np.abs(start[reads])), start, 0.0)
    best = _of_length(start, budget)
    score = worth(best)
    for _ in range(_STEPS):
        tried = best.copy()
        chosen = rng.choice(places, _AT_ONCE, replace=False)
        tried.flat[chosen] += rng.normal(0, budget / np.sqrt(len(places)), _AT_ONCE)
        tried = _of_length(tried, budget)
        reached = worth(tried)
        if reached > score:
            best, score = tried, reached
    return best


def _above_median(coefficients: Coefficients) -> Coefficients:
    return np.asarray(coefficients - np.median(coefficients))


def _of_length(values: Coefficients, length: float) -> Coefficients:
    return np.asarray(values * (length / max(float(np.linalg.norm(values)), 1e-9)))
