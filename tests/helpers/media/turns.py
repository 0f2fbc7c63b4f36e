"""The eight orientations of a picture, done to its pixels."""

import numpy as np

UNDO = {
    "as is": lambda pixels: pixels,
    "mirrored": np.fliplr,
    "flipped top to bottom": np.flipud,
    "upside down": lambda pixels: np.rot90(pixels, 2),
    "rotated 90° clockwise": lambda pixels: np.rot90(pixels, 1),
    "rotated 90° counter-clockwise": lambda pixels: np.rot90(pixels, -1),
    "mirrored, rotated 90° clockwise": lambda pixels: np.fliplr(np.rot90(pixels, 1)),
    "mirrored, rotated 90° counter-clockwise": lambda pixels: np.fliplr(np.rot90(pixels, -1)),
}
"""What lays a copy of each name onto the picture it was made of: arrays of shape (height, width, ...)."""
