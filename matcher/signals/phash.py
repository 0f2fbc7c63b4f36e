"""
`phash/1`: the DCT hash, 256 bits, of the canonical picture: a second opinion that fails differently from PDQ.

Source: imagehash 4.3 `phash(hash_size=16)`, after Zauner 2010, "Implementation and Benchmarking of Perceptual Image
Hash Functions". Ours is the same arithmetic in the same order and gives the same bits; ours also hands out the
coefficients, from which the mirrored, turned and inverted values follow without another look at the pixels.

Bit order: row by row, horizontal frequency rising within a row, most significant bit first.
"""

from functools import lru_cache
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image as PillowImage

from matcher.media import Grey, Image, Pixels
from matcher.signals.base import Signal, SignalType, Worth
from matcher.signals.turning.orientations import orientations
from matcher.signals.turning.variants import Turned
from matcher.thresholds import PHASH_MAX_DISTANCE

HASH_SIDE = 16
PICTURE_SIDE_PX = 64
_LOBES = 3

Coefficients: TypeAlias = npt.NDArray[np.float64]
"""float64, shape (..., 16, 16): DCT-II, vertical frequency first; [0, 0] is 4 × the sum of the 64 × 64 greys."""


class PHash(SignalType):
    """The DCT hash of a picture, the other opinion that decides; quality is PDQ's alone."""

    name = "phash/1"
    bits = 256
    threshold = PHASH_MAX_DISTANCE
    label = "Second opinion (pHash)"
    worth = Worth.OPINION

    def of_image(self, image: Image) -> Signal:
        """Hash the canonical picture; pHash has no quality of its own."""
        return Signal(self.name, phash_bits(phash_coefficients(image.canonical)).tobytes())

    def turned(self, image: Image, *, with_inverted: bool) -> Turned:
        """Hash the 8 orientations by one look at the pixels."""
        found = phash_turns(image.canonical)
        return Turned(phash_bits(np.concatenate([found, inverted(found)]) if with_inverted else found))


def phash_coefficients(pixels: Pixels) -> Coefficients:
    """
    Take the low frequencies of a picture's luma.

    Args:
        pixels: uint8, shape (h, w, 3), RGB.
    """
    luma = PillowImage.fromarray(pixels).convert("L")
    small = np.asarray(luma.resize((PICTURE_SIDE_PX, PICTURE_SIDE_PX), PillowImage.Resampling.LANCZOS))
    return _low_frequencies(small)


def phash_turns(pixels: Pixels) -> Coefficients:
    """
    Take the low frequencies of a picture in its 8 orientations.

    Args:
        pixels: uint8, shape (h, w, 3), RGB.

    Returns:
        float64, shape (8, 16, 16), in the order of `orientations.TURNS`, each turn undone. Row 0 is the picture as it
        is. The flips are those of the flipped picture; quarter turns are those of the reduced picture turned, for which
        1 in 5 is 2 bits from the hash of the turned picture, few are 4 or 6: Pillow rounds between its two axes.
    """
    return _turned(phash_coefficients(pixels))


def phash_turns_of_grey(grey: Grey) -> Coefficients:
    """
    Take the low frequencies of a video's frame in its 8 orientations, in a third of the time.

    Frames come by the thousand. Their reduction is two products of matrices, which rounds one pixel in ten thousand to
    the neighbouring grey: 1 of 300 photographs has another hash for it, by 2 bits.

    Args:
        grey: uint8, shape (h, w).

    Returns:
        As `phash_turns`.
    """
    height, width = grey.shape
    narrow = np.clip(np.rint(grey.astype(np.float32) @ _lanczos(width).T), 0, 255)
    return _turned(_low_frequencies(np.clip(np.rint(_lanczos(height) @ narrow), 0, 255)))


@lru_cache(maxsize=128)
def _lanczos(length: int) -> npt.NDArray[np.float32]:
    """Return Pillow's reduction of an axis (`libImaging/Resample.c`, three lobes); float32, shape (64, length)."""
    scale = length / PICTURE_SIDE_PX
    stretch = max(scale, 1.0)
    centres = (np.arange(PICTURE_SIDE_PX)[:, None] + 0.5) * scale
    first, end = (np.floor(centres + side * _LOBES * stretch + 0.5) for side in (-1, 1))
    places = np.arange(length)
    away = (places - centres + 0.5) / stretch
    within = (places >= first) & (places < end) & (np.abs(away) < _LOBES)
    weights = np.where(within, np.sinc(away) * np.sinc(away / _LOBES), 0.0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


def _low_frequencies(small: npt.NDArray[np.generic]) -> Coefficients:
    # SciPy takes a quarter of a second to load: only processes that hash spend it, and not those that serve.
    from scipy.fftpack import dct

    frequencies = dct(dct(small, axis=0), axis=1)
    return np.asarray(frequencies[:HASH_SIDE, :HASH_SIDE], np.float64)


def _turned(plain: Coefficients) -> Coefficients:
    # Reversing an axis changes the sign of its odd frequencies.
    sign = np.where(np.arange(HASH_SIDE) % 2, -1.0, 1.0)
    columns = plain * sign
    flips = np.stack([plain, columns, plain * sign[:, None], columns * sign[:, None]])
    return orientations(flips.reshape(2, 2, HASH_SIDE, HASH_SIDE))


def inverted(coefficients: Coefficients) -> Coefficients:
    """
    Return the coefficients of the same pictures with every grey g turned into 255 - g.

    Args:
        coefficients: float64, shape (..., 16, 16).
    """
    other = -coefficients
    other[..., 0, 0] += 4 * 255 * PICTURE_SIDE_PX**2
    return other


def phash_bits(coefficients: Coefficients) -> npt.NDArray[np.uint8]:
    """
    Compare each coefficient with the median of all.

    Args:
        coefficients: float64, shape (..., 16, 16).

    Returns:
        uint8, shape (..., 32): one packed hash for each picture.
    """
    flat = coefficients.reshape(*coefficients.shape[:-2], HASH_SIDE * HASH_SIDE)
    middle = flat.shape[-1] // 2
    ordered = np.partition(flat, (middle - 1, middle), axis=-1)
    return np.packbits(flat > ordered[..., middle - 1 : middle + 1].mean(axis=-1, keepdims=True), axis=-1)
