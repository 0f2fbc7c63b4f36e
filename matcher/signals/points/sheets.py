"""
A sheet of several pictures laid out in a grid: a collage, a contact sheet, a page of tiles.

Keypoints are shared out over the whole of a query, so of nine tiles each has a ninth, too few to be told by. A sheet is
known by its gutters: straight strips of one colour from edge to edge, by which it falls apart into pictures, which may
fall apart again.

Invariant: pure. Photographs and pages of text have no four such parts.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from matcher.signals.points.keypoints import Grey

SHEET_TILES: Final = 4
"""Tiles from which a picture is a sheet; of two and three each has enough keypoints."""

_OF_LONGER_SIDE: Final = 8
"""A tile's sides are at least so much of the longer side: lines of text and icons are no tiles."""

_SAME_COLOUR: Final = 24
"""Grey levels within which a row or column is of one colour; what JPEG leaves of one is within 12."""

_EVERY: Final = 4
"""Of a row or column every fourth pixel is looked at."""

_DEEPEST: Final = 4
"""How often a part is cut again."""


def is_sheet(grey: Grey) -> bool:
    """Tell whether a picture, uint8, shape (height, width), falls apart into `SHEET_TILES` tiles or more."""
    least = max(1, max(grey.shape) // _OF_LONGER_SIDE)
    return sum(1 for _ in _tiles(grey, least, _DEEPEST)) >= SHEET_TILES


def _tiles(grey: Grey, least: int, deeper: int) -> Iterator[Grey]:
    """Return the parts of a picture that no gutter divides, each at least `least` pixels a side."""
    if min(grey.shape) < least:
        return
    for axis in (0, 1) if deeper else ():
        parts = [part for part in _between(_of_one_colour(grey, axis)) if part.stop - part.start >= least]
        if len(parts) > 1:
            for part in parts:
                yield from _tiles(grey[part] if axis == 0 else grey[:, part], least, deeper - 1)
            return
    yield grey


def _of_one_colour(grey: Grey, axis: int) -> npt.NDArray[np.bool_]:
    """Tell which rows (axis 0) or columns (axis 1) show one colour."""
    some = grey[:, ::_EVERY] if axis == 0 else grey[::_EVERY].T
    few = np.ascontiguousarray(some.T)
    return np.asarray(few.max(axis=0) - few.min(axis=0) <= _SAME_COLOUR)


def _between(gutter: npt.NDArray[np.bool_]) -> list[slice]:
    """Return the runs that are no gutter."""
    ends = np.flatnonzero(np.diff(np.concatenate([[True], gutter, [True]]).astype(np.int8)))
    return [slice(int(start), int(stop)) for start, stop in ends.reshape(-1, 2)]
