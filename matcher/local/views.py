"""
The four forms a query is searched in: as it is, as its mirror image, as its negative, and as that of its mirror image.

A copy that was mirrored matches when the query is mirrored back. No pixel is touched for it: keypoints move, angles
turn, and the bits of descriptors change places (`signals/points/descriptors.py`). Turns need no form, as keypoints have
angles. What is found in a view has the view's coordinates; `to_query` leads from there to the query.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from matcher.local.agreement import Cells, Places
from matcher.signals.local import QueryFeatures
from matcher.signals.points.descriptors import Descriptors, inverted, mirrored
from matcher.signals.points.keypoints import Keypoints

CELL_PX: Final = 24
"""Side of the cells by which a view's keypoints are looked up."""


class Form(StrEnum):
    """What was done to a query before its descriptors matched."""

    AS_IS = "as is"
    MIRRORED = "mirrored"
    INVERTED = "inverted"
    MIRRORED_INVERTED = "mirrored and inverted"

    @classmethod
    def of(cls, *, mirrored: bool, inverted: bool) -> Self:
        """Return the form in which both, one or neither was done."""
        return next(form for form in cls if (form.is_mirrored, form.is_inverted) == (mirrored, inverted))

    @property
    def is_mirrored(self) -> bool:
        """Whether the query's mirror image matched."""
        return self in (Form.MIRRORED, Form.MIRRORED_INVERTED)

    @property
    def is_inverted(self) -> bool:
        """Whether the query's negative matched."""
        return self in (Form.INVERTED, Form.MIRRORED_INVERTED)


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """
    A query's keypoints and descriptors in one form.

    Args:
        form: What was done to the query to get this view.

        width: Of the query, in pixels.

        height: Of the query, in pixels.

        places: Its keypoints as they lie in that form.

        descriptors: uint8, shape (n, 32).

        cells: Where the keypoints lie.
    """

    form: Form
    width: int
    height: int
    places: Places
    descriptors: Descriptors
    cells: Cells

    @property
    def to_query(self) -> npt.NDArray[np.float64]:
        """The map, shape (3, 3), from the view's pixels to the query's."""
        if self.form.is_mirrored:
            return np.array([[-1.0, 0, self.width - 1], [0, 1, 0], [0, 0, 1]])
        return np.eye(3)


def view(query: QueryFeatures, form: Form, *, first: int | None = None) -> View:
    """
    Return a query in one form.

    Args:
        query: The features, as extracted.

        form: What is done to the query.

        first: How many keypoints to take; the first ones are always spread over place and scale. None for all.
    """
    xy, scale, angle = query.keypoints.xy[:first], query.keypoints.scale[:first], query.keypoints.angle[:first]
    bits = query.descriptors[:first]
    if form.is_mirrored:
        xy = np.stack([np.float32(query.width - 1) - xy[:, 0], xy[:, 1]], axis=1)
        angle, bits = np.float32(np.pi) - angle, mirrored(bits)
    if form.is_inverted:
        angle, bits = angle + np.float32(np.pi), inverted(bits)
    across, down = query.width // CELL_PX + 1, query.height // CELL_PX + 1
    column, row = (np.clip(xy // CELL_PX, 0, [across - 1, down - 1]).astype(np.int32)).T
    cell = row * across + column
    starts = np.zeros(across * down + 1, np.int32)
    np.cumsum(np.bincount(cell, minlength=across * down), out=starts[1:])
    by_cell = np.argsort(cell, kind="stable").astype(np.int32)
    cells = Cells(starts, by_cell, across, CELL_PX)
    return View(form, query.width, query.height, Places(xy, np.log2(scale), angle), np.ascontiguousarray(bits), cells)


def places(keypoints: Keypoints) -> Places:
    """Return keypoints as the compiled loops take them."""
    return Places(keypoints.xy, np.log2(keypoints.scale), keypoints.angle)


def some_of(of: Places, rows: npt.NDArray[np.integer]) -> Places:
    """Return some rows of keypoints."""
    return Places(of.xy[rows], of.octave[rows], of.angle[rows])
