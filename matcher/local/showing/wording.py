"""
The words for a transform and a comparison of pixels: "mirrored, rotated by 20°, cropped to 31 %, caption added".

Invariant: says only what was measured, in the order things were probably done: to the picture, then around it. It never
decides anything; a wrong word here misleads a reader, and makes no false match.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from matcher.local.overlap import AGREES, Overlap
from matcher.local.transforms import Matrix, area, outline, scaling, transformed
from matcher.local.views import Form
from matcher.signals.local import LocalFeatures, QueryFeatures

_CROPPED_BELOW = 0.97
_SMALL_ANGLE = 1.5
_QUARTER_WITHIN = 2.0
_SQUEEZED_FROM = 1.07
_SLANTED_FROM = 1.12
_COVERED_FROM = 0.04
_WHOLE_FROM = 0.93
_PLAIN_DEVIATION = 3.0
_PLAIN_SHARE = 0.9
_TALL = 1.5

FLIPPED: Final = "flipped top to bottom"
QUARTERS: Final = ("", "rotated 90° clockwise", "upside down", "rotated 90° counter-clockwise")
"""The words of `orientations.TURNS`, whichever signal saw the turn."""

_BAND_ACROSS: Final = 0.6
"""A covered part at least this wide and less than half as high is a band of text."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """
    What a transform does, in terms people use.

    Args:
        turned_degrees: Clockwise, -180..180, after mirroring.

        squeezed: Width over height of what was square, 1 if nothing.

        slanted: How much nearer the nearest corner seems than the farthest, 1 if the picture is seen straight on.
    """

    turned_degrees: float
    squeezed: float
    slanted: float


def in_words(
    query: QueryFeatures, reference: LocalFeatures, matrix: Matrix, form: Form, overlap: Overlap
) -> tuple[str, ...]:
    """
    Say what was done to a reference to arrive at a query, in a few words each.

    Args:
        query: The features, as extracted.

        reference: The features, as stored.

        matrix: From the reference's pixels to the query's, mirroring included.

        form: The form of the query that matched.

        overlap: How the pixels compare.

    Returns:
        Empty where nothing but the encoding differs.
    """
    seen = geometry(query, reference, matrix, form)
    words = [*_turned(seen, form), *_shape(seen)]
    if overlap.coverage < _CROPPED_BELOW:
        words.append(f"cropped to {max(1, round(100 * overlap.coverage))} %")
    words += _covered(overlap)
    if form.is_inverted:
        words.append("colours inverted")
    share = share_of_query(query, reference, matrix)
    if share < _WHOLE_FROM:
        words.append(_surroundings(query, reference, matrix, share))
    return tuple(words)


def geometry(query: QueryFeatures, reference: LocalFeatures, matrix: Matrix, form: Form) -> Geometry:
    """Measure turn, squeeze and slant of a transform."""
    if form.is_mirrored:
        matrix = np.array([[-1.0, 0, query.width - 1], [0, 1, 0], [0, 0, 1]]) @ matrix
    corners = outline(reference.width, reference.height)
    at = transformed(matrix, corners)
    across, down = (at[1] + at[2] - at[0] - at[3]) / 2, (at[2] + at[3] - at[0] - at[1]) / 2
    depth = corners @ matrix[2, :2] + matrix[2, 2]
    return Geometry(
        turned_degrees=float(np.degrees(np.arctan2(across[1] - down[0], across[0] + down[1]))),
        squeezed=float(np.hypot(*across) / reference.width / (np.hypot(*down) / reference.height)),
        slanted=float(depth.max() / depth.min()),
    )


def share_of_query(query: QueryFeatures, reference: LocalFeatures, matrix: Matrix) -> float:
    """Return the part of a query (0..1) a reference covers."""
    region = transformed(matrix, outline(reference.width, reference.height)).astype(np.float32)
    clipped = cv2.intersectConvexConvex(region, outline(query.width, query.height).astype(np.float32))[0]
    return min(1.0, float(clipped) / (query.width * query.height))


def _turned(seen: Geometry, form: Form) -> list[str]:
    angle = seen.turned_degrees
    quarter = round(angle / 90) % 4
    exact = abs(angle - 90 * round(angle / 90)) < _QUARTER_WITHIN
    if form.is_mirrored and exact and quarter == 2:
        return [FLIPPED]
    words = ["mirrored"] if form.is_mirrored else []
    if exact and quarter:
        return [*words, QUARTERS[quarter]]
    if abs(angle) >= _SMALL_ANGLE:
        words.append(f"rotated by {round(abs(angle))}°")
    return words


def _shape(seen: Geometry) -> list[str]:
    words = []
    if seen.squeezed < 1 / _SQUEEZED_FROM:
        words.append(f"squeezed to {round(100 * seen.squeezed)} % of its width")
    elif seen.squeezed > _SQUEEZED_FROM:
        words.append(f"stretched to {round(100 * seen.squeezed)} % of its width")
    if seen.slanted > _SLANTED_FROM:
        words.append("seen at an angle")
    return words


def _covered(overlap: Overlap) -> list[str]:
    """Name the largest patch of blocks that differ: text is a band, a sticker is not."""
    differs = (overlap.correlations < AGREES).astype(np.uint8)
    _, _, boxes, _ = cv2.connectedComponentsWithStats(differs, connectivity=4)
    words: list[str] = []
    for _, _, across, down, blocks in sorted(boxes[1:].tolist(), key=lambda box: -box[-1]):
        if blocks < max(2, _COVERED_FROM * differs.size) or words:
            break
        band = across >= _BAND_ACROSS * differs.shape[1] and down <= differs.shape[0] / 2
        words.append("caption added" if band else f"{round(100 * blocks / differs.size)} % of it covered or changed")
    return words


def _surroundings(query: QueryFeatures, reference: LocalFeatures, matrix: Matrix, share: float) -> str:
    """Tell a plain border, a screenshot and a larger picture apart by what lies around the reference."""
    height, width = query.grey.shape
    corners = transformed(
        scaling(query.width, query.height, width, height) @ matrix, outline(reference.width, reference.height)
    )
    around = np.full((height, width), 255, np.uint8)
    cv2.fillConvexPoly(around, np.rint(corners).astype(np.int32), 0)
    outside_only = cv2.erode(around, np.ones((5, 5), np.uint8)) > 0
    mean = cv2.blur(query.grey.astype(np.float32), (7, 7))
    deviation = np.sqrt(np.maximum(cv2.blur(query.grey.astype(np.float32) ** 2, (7, 7)) - mean**2, 0))
    outside = deviation[outside_only]
    plain = float((outside < _PLAIN_DEVIATION).mean()) if len(outside) else 1.0
    percent = max(1, round(100 * share))
    if plain >= _PLAIN_SHARE:
        return f"framed, covering {percent} %"
    upright = area(corners) > 0.97 * float(np.prod(np.ptp(corners, axis=0)))
    if height >= _TALL * width and upright and plain >= 0.3:
        return f"in a screenshot, covering {percent} %"
    return f"inset covering {percent} % of a larger picture"
