"""
The uniform border around a picture: letterbox bars, frames, the page around a screenshot.

Invariant: pure, and cheap where there is no border: the outermost rows and columns of most pictures settle it.
"""

import numpy as np
import numpy.typing as npt

from matcher.media import Pixels

TOLERANCE = 16
"""How far, of 255, a channel may be from the border's colour: compression leaves noise and halos."""

MINIMUM_UNIFORM_SHARE = 0.98
"""Share of a row's or column's pixels that must be within the tolerance: a small watermark does not hide a border."""

MINIMUM_LEFT_SHARE = 0.1
"""A picture of which less than this share of its area would be left is plain, not bordered."""

MINIMUM_SIDE_PX = 32


def trim_border(pixels: Pixels) -> Pixels | None:
    """
    Cut off the uniform border, of any colour, each side its own.

    Args:
        pixels: uint8, shape (h, w, 3), RGB.

    Returns:
        What is left, or None if there is no border or too little would be left.
    """
    top, bottom = _bars(pixels)
    left, right = _bars(pixels[top:bottom].swapaxes(0, 1))
    if (left, right) != (0, pixels.shape[1]):
        # With the side bars gone, rows that only they kept from being uniform may be border, too.
        inner_top, inner_bottom = _bars(pixels[top:bottom, left:right])
        top, bottom = top + inner_top, top + inner_bottom
    left_over = pixels[top:bottom, left:right]
    height, width = left_over.shape[:2]
    if left_over.shape == pixels.shape or min(height, width) < MINIMUM_SIDE_PX:
        return None
    if height * width < MINIMUM_LEFT_SHARE * pixels.shape[0] * pixels.shape[1]:
        return None
    return np.ascontiguousarray(left_over)


def _bars(pixels: Pixels) -> tuple[int, int]:
    """Return the first and the one after the last row that do not belong to a bar at the top or bottom."""
    rows = len(pixels)
    top = _uniform_rows(pixels)
    if top == rows:
        return 0, rows
    return top, rows - _uniform_rows(pixels[::-1])


def _uniform_rows(pixels: Pixels) -> int:
    """Count the rows from the top that have the colour of the first; the blended row where they end counts, too."""
    colour = np.median(pixels[0], axis=0)
    if not _is_uniform(pixels[:1], colour)[0]:
        return 0
    uniform = _is_uniform(pixels, colour)
    count = len(pixels) if uniform.all() else int(uniform.argmin())
    return min(count + 1, len(pixels))


def _is_uniform(pixels: Pixels, colour: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
    """Tell for each row whether nearly all of it has this colour."""
    low = np.clip(colour - TOLERANCE, 0, 255).astype(np.uint8)
    high = np.clip(colour + TOLERANCE, 0, 255).astype(np.uint8)
    inside = ((pixels >= low) & (pixels <= high)).all(axis=2)
    share: npt.NDArray[np.float64] = inside.mean(axis=1)
    return share >= MINIMUM_UNIFORM_SHARE
