"""
Edits that move no pixel: recompression, size, blur, noise, colour, print.

Invariant: the picture's outline is the same afterwards; only its size in pixels may differ.
"""

import cv2
import numpy as np

from benchmarks.copies.edits.base import Pixels, Surroundings


def recompress(photo: Pixels, _: Surroundings, *, quality: int, codec: str = ".jpg") -> Pixels:
    """Write and read the picture as JPEG or WebP at a quality of 0..100."""
    flag = cv2.IMWRITE_JPEG_QUALITY if codec == ".jpg" else cv2.IMWRITE_WEBP_QUALITY
    data = cv2.imencode(codec, cv2.cvtColor(photo, cv2.COLOR_RGB2BGR), [flag, quality])[1]
    written = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert written is not None, "what was just encoded can be decoded"
    return _as_pixels(cv2.cvtColor(written, cv2.COLOR_BGR2RGB))


def resize(photo: Pixels, _: Surroundings, *, factor: float) -> Pixels:
    """Scale both sides by `factor`."""
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return _as_pixels(cv2.resize(photo, None, fx=factor, fy=factor, interpolation=method))


def blur(photo: Pixels, _: Surroundings, *, sigma: float) -> Pixels:
    """Blur by a Gaussian of `sigma` pixels."""
    return _as_pixels(cv2.GaussianBlur(photo, (0, 0), sigma))


def noise(photo: Pixels, around: Surroundings, *, sigma: float) -> Pixels:
    """Add Gaussian noise of `sigma` grey levels to each channel."""
    return _clip(photo + around.rng.normal(0, sigma, photo.shape))


def sharpen(photo: Pixels, _: Surroundings) -> Pixels:
    """Sharpen by an unsharp mask, as phone filters do."""
    soft = cv2.GaussianBlur(photo, (0, 0), 2).astype(np.float64)
    return _clip(photo + 1.2 * (photo - soft))


def tint(photo: Pixels, _: Surroundings, *, shift: float) -> Pixels:
    """Warm the picture by `shift` (0..1) and take some of its contrast, as a filter named after a city does."""
    gains = np.array([1 + shift, 1.0, 1 - shift])
    return _clip(photo * gains * 0.85 + 25)


def saturate(photo: Pixels, _: Surroundings, *, factor: float) -> Pixels:
    """Multiply each pixel's distance from grey; 0 gives a grey picture."""
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[..., None].astype(np.float64)
    return _clip(grey + factor * (photo - grey))


def gamma(photo: Pixels, _: Surroundings, *, exponent: float) -> Pixels:
    """Raise each value (0..1) to `exponent`: below 1 brightens."""
    return _clip(255 * (photo / 255.0) ** exponent)


def contrast(photo: Pixels, _: Surroundings, *, factor: float) -> Pixels:
    """Multiply each value's distance from mid-grey; what leaves 0..255 is cut off."""
    return _clip(128 + factor * (photo - 128.0))


def posterise(photo: Pixels, _: Surroundings, *, levels: int) -> Pixels:
    """Keep `levels` values a channel."""
    step = 255 / (levels - 1)
    return _clip(np.round(photo / step) * step)


def halftone(photo: Pixels, _: Surroundings, *, pitch: float, degrees: float = 45) -> Pixels:
    """Print in black dots on white, `pitch` pixels apart, on lines turned by `degrees`."""
    grey = _as_pixels(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY))
    return np.repeat(_dots(grey, pitch, degrees)[..., None], 3, axis=2)


def newsprint(photo: Pixels, _: Surroundings, *, pitch: float) -> Pixels:
    """Print in dots of cyan, magenta and yellow on grey paper, each at its own angle, the ink run a little."""
    channels = [_dots(photo[..., i], pitch, degrees) for i, degrees in enumerate((15, 75, 0))]
    inked = cv2.GaussianBlur(np.stack(channels, axis=2), (0, 0), 0.7).astype(np.float64)
    return _clip(45 + inked * (175 / 255))


def dither(photo: Pixels, _: Surroundings, *, side: int) -> Pixels:
    """Turn each channel on or off by Bayer's matrix of `side` (a power of two) a side."""
    matrix = np.zeros((1, 1))
    while len(matrix) < side:
        matrix = np.block([[4 * matrix, 4 * matrix + 2], [4 * matrix + 3, 4 * matrix + 1]])
    rows, columns = np.indices(photo.shape[:2])
    limits = 255 * (matrix[rows % side, columns % side] + 0.5) / side**2
    return _as_pixels((photo > limits[..., None]) * np.uint8(255))


def _dots(grey: Pixels, pitch: float, degrees: float) -> Pixels:
    rows, columns = np.indices(grey.shape) * (2 * np.pi / pitch)
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    screen = np.cos(columns * cos + rows * sin) + np.cos(rows * cos - columns * sin)
    return _as_pixels((grey > 127.5 + 63.5 * screen) * np.uint8(255))


def invert(photo: Pixels, _: Surroundings) -> Pixels:
    """Turn the picture into its negative."""
    return 255 - photo


def _clip(values: np.ndarray) -> Pixels:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)


def _as_pixels(values: np.ndarray) -> Pixels:
    return values.astype(np.uint8, copy=False)
