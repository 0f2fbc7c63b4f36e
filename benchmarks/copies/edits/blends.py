"""
Edits that mix something into every pixel: another picture, light, darkness, a fade.

Invariant: the picture keeps its outline and its size; each pixel still shows some of it.
"""

import cv2
import numpy as np

from benchmarks.copies.edits.base import Pixels, Surroundings


def blend(photo: Pixels, around: Surroundings, *, share: float) -> Pixels:
    """Lay a stranger of the same size over it, seen to `share` (0..1)."""
    height, width = photo.shape[:2]
    other = cv2.resize(around.stranger(), (width, height), interpolation=cv2.INTER_AREA)
    return _clipped(photo * (1 - share) + other * share)


def double_exposure(photo: Pixels, around: Surroundings) -> Pixels:
    """Expose a stranger over it, as in one frame of film: light adds up."""
    height, width = photo.shape[:2]
    other = cv2.resize(around.stranger(), (width, height), interpolation=cv2.INTER_AREA)
    return _clipped(255 * (1 - (1 - photo / 255.0) * (1 - 0.5 * other / 255.0)))


def vignette(photo: Pixels, _: Surroundings, *, strength: float) -> Pixels:
    """Darken the corners to `1 - strength` of their brightness."""
    height, width = photo.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    return _clipped(photo * (1 - strength * np.clip((x * x + y * y) / 2, 0, 1))[..., None])


def night(photo: Pixels, around: Surroundings) -> Pixels:
    """Darken it to a fifth, tint it blue and add the noise of a camera in the dark."""
    return _clipped(0.2 * photo * [0.8, 0.9, 1.2] + around.rng.normal(0, 4, photo.shape) + 4)


def faded(photo: Pixels, around: Surroundings) -> Pixels:
    """Fade it as an old print: brown, of little contrast, with grain and scratches."""
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)[..., None] / 255.0
    out = 70 + 150 * grey * [1.0, 0.86, 0.66] + around.rng.normal(0, 7, grey.shape)
    for _ in range(6):
        x = int(around.rng.integers(photo.shape[1]))
        out[:, x : x + 1] = 225
    return _clipped(out)


def light_leak(photo: Pixels, around: Surroundings) -> Pixels:
    """Let orange light in from one side."""
    width = photo.shape[1]
    reach = np.exp(-np.arange(width) / (0.25 * width))
    reach = reach if around.rng.random() < 0.5 else reach[::-1]
    return _clipped(photo + reach[None, :, None] * [200, 110, 40])


def _clipped(values: np.ndarray) -> Pixels:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)
