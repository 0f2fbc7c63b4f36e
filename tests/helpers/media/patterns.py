"""Pictures made of dots and lines: what prints, screens and old hardware make of a picture, or a fool of a kernel."""

from collections.abc import Iterator

import numpy as np

Grey = np.ndarray
"""uint8, shape (height, width)."""


def dithered(grey: Grey, size: int = 8) -> Grey:
    """Make black and white of a picture by ordered dither, with Bayer's matrix of `size` (a power of two) a side."""
    matrix = np.zeros((1, 1))
    while len(matrix) < size:
        matrix = np.block([[4 * matrix, 4 * matrix + 2], [4 * matrix + 3, 4 * matrix + 1]])
    rows, columns = np.indices(grey.shape)
    return _black_and_white(grey > 255 * (matrix[rows % size, columns % size] + 0.5) / size**2)


def halftoned(grey: Grey, pitch_px: float = 5.0, degrees: float = 15.0) -> Grey:
    """Print a picture in round dots, `pitch_px` apart, along lines turned by an angle."""
    rows, columns = np.indices(grey.shape) * (2 * np.pi / pitch_px)
    cos, sin = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    screen = np.cos(columns * cos + rows * sin) + np.cos(rows * cos - columns * sin)
    return _black_and_white(grey > 127.5 + 63.5 * screen)


def checkered(height: int, width: int, square_px: int = 1) -> Grey:
    """Alternate black and white squares."""
    rows, columns = np.indices((height, width)) // square_px
    return _black_and_white((rows + columns) % 2 == 1)


def dotted(height: int, width: int, apart_px: int = 2) -> Grey:
    """Set single white pixels; two pixels apart, every fourth is a maximum."""
    rows, columns = np.indices((height, width))
    return _black_and_white((rows % apart_px == 0) & (columns % apart_px == 0))


def patterns(height: int, width: int, rng: np.random.Generator) -> Iterator[tuple[str, Grey]]:
    """Yield a picture of every kind, by name; the noisy ones are drawn from `rng`."""
    rows, columns = np.indices((height, width))
    slope = (255 * columns / max(width - 1, 1)).astype(np.uint8)
    shade = np.full((height, width), 90, np.uint8)
    yield "black", np.zeros((height, width), np.uint8)
    yield "white", np.full((height, width), 255, np.uint8)
    yield "checkered, 1 px", checkered(height, width, 1)
    yield "checkered, 2 px", checkered(height, width, 2)
    yield "dotted, 2 px", dotted(height, width, 2)
    yield "dotted, 3 px", dotted(height, width, 3)
    yield "dithered slope", dithered(slope)
    yield "dithered shade", dithered(shade)
    yield "halftoned slope", halftoned(slope)
    yield "halftoned shade", halftoned(shade, pitch_px=3, degrees=45)
    yield "one row", _black_and_white(rows == height // 2)
    yield "one column", _black_and_white(columns == width // 2)
    yield "columns", _black_and_white(columns % 2 == 0)
    yield "noise", rng.integers(0, 256, (height, width), dtype=np.uint8)
    yield "black and white noise", _black_and_white(rng.random((height, width)) < 0.5)


def _black_and_white(white: np.ndarray) -> Grey:
    return (white * 255).astype(np.uint8)
