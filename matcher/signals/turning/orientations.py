"""
The 8 ways a picture can be turned and mirrored, said once: their names, and their algebra on DCT coefficients.

Invariant: a name says what was done to the reference to arrive at the query. What is computed is the query with that
undone, which should look like the reference.
"""

from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
import numpy.typing as npt

AS_IS = "as is"

TURNS = (
    AS_IS,
    "mirrored",
    "flipped top to bottom",
    "upside down",
    "rotated 90° clockwise",
    "rotated 90° counter-clockwise",
    "mirrored, rotated 90° clockwise",
    "mirrored, rotated 90° counter-clockwise",
)

_UNDO: tuple[Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.uint8]], ...] = (
    lambda pixels: pixels,
    np.fliplr,
    np.flipud,
    lambda pixels: np.rot90(pixels, 2),
    lambda pixels: np.rot90(pixels, 1),
    lambda pixels: np.rot90(pixels, -1),
    lambda pixels: np.rot90(pixels, 2).swapaxes(0, 1),
    lambda pixels: pixels.swapaxes(0, 1),
)

Float = TypeVar("Float", np.float32, np.float64)


def orientations(flips: npt.NDArray[Float]) -> npt.NDArray[Float]:
    """
    Arrange the coefficients of a picture and its flips as those of its 8 orientations.

    Args:
        flips: shape (2, 2, s, s): coefficients of the picture, vertical frequency first; the first axis says whether
            its rows were reversed (top to bottom), the second whether its columns were.

    Returns:
        shape (8, s, s), in the order of `TURNS`, each turn undone.
    """
    (plain, columns), (rows, both) = flips
    # Undoing a clockwise turn is a counter-clockwise one: transpose, then reverse the rows. Reversing the rows of the
    # transposed picture is reversing the columns of the picture.
    return np.stack([plain, columns, rows, both, columns.T, rows.T, both.T, plain.T])


def turned_pixels(pixels: npt.NDArray[np.uint8]) -> Iterator[npt.NDArray[np.uint8]]:
    """
    Turn the pixels themselves: what `orientations` does to coefficients.

    Args:
        pixels: uint8, shape (h, w, 3).

    Returns:
        Views of it, in the order of `TURNS`, each turn undone.
    """
    return (undo(pixels) for undo in _UNDO)
