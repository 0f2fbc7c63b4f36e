"""
Edits no single plane explains: lenses, waves, curled paper, a mesh pulled about.

Invariant: each moves pixels smoothly, and far ones by at most a tenth of a side; where the picture ends is black.
"""

from collections.abc import Callable

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.copies.edits.base import Pixels, Surroundings

_Floats = npt.NDArray[np.float64]


def lens(photo: Pixels, _: Surroundings, *, strength: float) -> Pixels:
    """Bend outwards as a wide lens does (`strength` above 0: a barrel) or inwards (below 0: a cushion)."""

    def from_where(x: _Floats, y: _Floats) -> tuple[_Floats, _Floats]:
        grown = 1 + strength * (x * x + y * y)
        return x * grown / (1 + strength), y * grown / (1 + strength)

    return _bent(photo, from_where)


def wave(photo: Pixels, around: Surroundings, *, share: float, waves: float) -> Pixels:
    """Shift rows and columns along sines of `share` of a side, `waves` of them over the picture."""
    phases = around.rng.uniform(0, 2 * np.pi, 2)

    def from_where(x: _Floats, y: _Floats) -> tuple[_Floats, _Floats]:
        return (
            x + 2 * share * np.sin(np.pi * waves * y + phases[0]),
            y + 2 * share * np.sin(np.pi * waves * x + phases[1]),
        )

    return _bent(photo, from_where)


def swirl(photo: Pixels, _: Surroundings, *, degrees: float) -> Pixels:
    """Turn the middle by `degrees`, less and less towards the corners."""

    def from_where(x: _Floats, y: _Floats) -> tuple[_Floats, _Floats]:
        angle = np.deg2rad(degrees) * np.exp(-2 * (x * x + y * y))
        return x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)

    return _bent(photo, from_where)


def curled(photo: Pixels, around: Surroundings, *, share: float) -> Pixels:
    """Show it printed on paper that curls: along one side it arches by `share` of the height, and is lit unevenly."""
    lean = float(around.rng.uniform(-0.5, 0.5))

    def from_where(x: _Floats, y: _Floats) -> tuple[_Floats, _Floats]:
        return x + 0.25 * share * x * (1 - x * x), y + 2 * share * ((x - lean) ** 2 - 0.4) * (0.6 + 0.4 * y)

    bent = _bent(photo, from_where).astype(np.float64)
    light = 0.85 + 0.25 * np.cos(np.linspace(-1.5 + lean, 1.5 + lean, photo.shape[1]))
    return np.clip(np.round(bent * light[None, :, None]), 0, 255).astype(np.uint8)


def pulled(photo: Pixels, around: Surroundings, *, share: float) -> Pixels:
    """Pull the crossings of a mesh of 4 × 4 about by `share` of a side, as an app that slims people does."""
    moves = around.rng.normal(0, 2 * share, (2, 4, 4)).astype(np.float32)

    def from_where(x: _Floats, y: _Floats) -> tuple[_Floats, _Floats]:
        wide, high = x.shape[1], x.shape[0]
        dx, dy = (cv2.resize(one, (wide, high), interpolation=cv2.INTER_CUBIC).astype(np.float64) for one in moves)
        return x + dx, y + dy

    return _bent(photo, from_where)


def _bent(photo: Pixels, from_where: Callable[[_Floats, _Floats], tuple[_Floats, _Floats]]) -> Pixels:
    """Fetch each pixel from where it is said to come from, both measured -1..1 from edge to edge."""
    height, width = photo.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    at_x, at_y = from_where(2 * x / (width - 1) - 1, 2 * y / (height - 1) - 1)
    return cv2.remap(
        photo,
        ((at_x + 1) / 2 * (width - 1)).astype(np.float32),
        ((at_y + 1) / 2 * (height - 1)).astype(np.float32),
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(0, 0, 0),
    ).astype(np.uint8, copy=False)
