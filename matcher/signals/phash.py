"""
`phash/1`: the DCT hash, 256 bits, of the canonical picture: a second opinion that fails differently from PDQ.

Source: imagehash 4.3 `phash(hash_size=16)`, after Zauner 2010, "Implementation and Benchmarking of Perceptual Image
Hash Functions". Ours is the same arithmetic in the same order and gives the same bits; ours also hands out the
coefficients, from which the mirrored, turned and inverted values follow without another look at the pixels.

Bit order: row by row, horizontal frequency rising within a row, most significant bit first.
"""

from typing import TypeAlias, cast

import numpy as np
import numpy.typing as npt
import scipy.fftpack
from PIL import Image as PillowImage

from matcher.media import Image, Pixels
from matcher.orientations import orientations
from matcher.signals.base import Signal
from matcher.signals.hexadecimal import parse_hex
from matcher.thresholds import PHASH_MAX_DISTANCE

HASH_SIDE = 16
PICTURE_SIDE_PX = 64

Coefficients: TypeAlias = npt.NDArray[np.float64]
"""float64, shape (..., 16, 16): DCT-II, vertical frequency first; [0, 0] is 4 × the sum of the 64 × 64 greys."""


class PHash:
    """A row of `SIGNAL_TYPES`."""

    name = "phash/1"
    bits = 256
    threshold = PHASH_MAX_DISTANCE
    minimum_quality = 0
    label = "Second opinion (pHash)"
    still = True

    def of_image(self, image: Image) -> Signal:
        """Hash the canonical picture; pHash has no quality of its own."""
        return Signal(self.name, phash_bits(phash_coefficients(image.canonical)).tobytes())

    def parse(self, text: str) -> bytes:
        """
        Read 64 hex digits.

        Raises:
            SignalValueError: If it is anything else.
        """
        return parse_hex(text, name=self.name, bits=self.bits)

    def format(self, value: bytes) -> str:
        """Write 64 lower-case hex digits."""
        return value.hex()


def phash_coefficients(pixels: Pixels) -> Coefficients:
    """
    Take the low frequencies of a picture's luma.

    Args:
        pixels: uint8, shape (h, w, 3), RGB.
    """
    luma = PillowImage.fromarray(pixels).convert("L")
    small = np.asarray(luma.resize((PICTURE_SIDE_PX, PICTURE_SIDE_PX), PillowImage.Resampling.LANCZOS))
    frequencies = scipy.fftpack.dct(scipy.fftpack.dct(small, axis=0), axis=1)
    return cast("Coefficients", frequencies[:HASH_SIDE, :HASH_SIDE])


def phash_turns(pixels: Pixels) -> Coefficients:
    """
    Take the low frequencies of a picture in its 8 orientations.

    Args:
        pixels: uint8, shape (h, w, 3), RGB.

    Returns:
        float64, shape (8, 16, 16), in the order of `orientations.TURNS`, each turn undone. Row 0 is the picture as it
        is.
    """
    plain = phash_coefficients(pixels)
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
    return np.packbits(flat > np.median(flat, axis=-1, keepdims=True), axis=-1)
