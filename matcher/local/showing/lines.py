"""
A picture as a line drawing: shapes and what happens, hardly any skin.

People who judge drawings instead of photos are distressed less and understand nearly all of them; blur and grey
help little. For whether one picture is a copy of another, lines are enough.

Method: XDoG, an extended difference of Gaussians (Winnemöller, Kyprianidis and Olsen, "XDoG: An eXtended
difference-of-Gaussians compendium including advanced image stylization", Computers & Graphics 36, 2012), after a
smoothing that keeps edges. We differ in that contrast is evened out first, so that dark pictures have lines, too.

Invariant: pure; the same pixels give the same lines.
"""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

Grey = npt.NDArray[np.uint8]
"""uint8, shape (height, width)."""

_FINE_PX, _WIDER = 0.9, 1.6
"""Standard deviation of the narrower Gaussian in pixels, and how many times as wide the other is."""

_SHARPENING: Final = 14.0
_SOFTNESS: Final = 14.0
_LEVEL: Final = 0.62
"""A pixel darker than this, of 1, after sharpening is on a line."""

_NEIGHBOURHOOD: Final = (97, 97)
_USUAL, _MOST = 0.006, 2.6
"""Where the neighbourhood is fainter than usual, as out of focus or in the dark, fainter lines are drawn, too."""

LEVELS: Final = 5
"""Greys between ink and paper: enough for smooth lines, and files stay small."""

PAPER: Final = 255


def _ink() -> Grey:
    """Return how dark a pixel is drawn, by 255 times how far it is darker than what surrounds it, after sharpening."""
    sharpened = 1.0 - np.arange(256) / 255
    drawn = np.where(sharpened >= _LEVEL, 1.0, 1.0 + np.tanh(_SOFTNESS * (sharpened - _LEVEL)))
    levels: Grey = (np.rint(np.clip(drawn, 0.0, 1.0) * LEVELS) * (PAPER / LEVELS)).astype(np.uint8)
    return levels


_INK: Final = _ink()


def line_drawing(grey: Grey) -> Grey:
    """
    Draw a picture in lines.

    Args:
        grey: uint8, shape (height, width), at least 2 pixels a side.

    Returns:
        uint8, the same shape: 255 is paper, darker is a line.
    """
    even = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(4, 4)).apply(grey)
    smooth = cv2.bilateralFilter(even, 5, 28, 4).astype(np.float32)
    narrow = cv2.GaussianBlur(smooth, (0, 0), _FINE_PX)
    wide = cv2.GaussianBlur(smooth, (0, 0), _FINE_PX * _WIDER)
    # Only how far a pixel is darker than what surrounds it makes a line; how dark it is itself does not.
    _, darker = cv2.threshold(cv2.subtract(wide, narrow), 0.0, 0.0, cv2.THRESH_TOZERO)
    usual = np.maximum(cv2.blur(darker, _NEIGHBOURHOOD), 255 * _USUAL / _MOST)
    clearer = np.maximum(cv2.divide(255 * _USUAL, usual), 1.0)
    drawn = cv2.LUT(cv2.convertScaleAbs(cv2.multiply(darker, clearer), alpha=_SHARPENING), _INK)
    return drawn.astype(np.uint8, copy=False)
