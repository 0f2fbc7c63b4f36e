"""
The picture a person judges by: reference and query with what matched, one laid onto the other, and the difference.

    reference, its matched keypoints      query, the outline of the copy, its matched keypoints
    query laid back onto the reference    how they differ: dark is alike

Invariant: shows, decides nothing. Both originals have to be at hand, so it serves the command line and benchmarks;
what a service stores of a reference is too small to look at.
"""

from typing import Final

import cv2
import numpy as np
import numpy.typing as npt

from matcher.local.evidence import LocalComparison
from matcher.local.transforms import outline, scaling, transformed
from matcher.signals.local import LocalFeatures, QueryFeatures

Pixels = npt.NDArray[np.uint8]
"""uint8, shape (height, width, 3), RGB."""

PANEL_PX: Final = 560
_GREEN, _ORANGE, _GROUND = (40, 200, 90), (255, 140, 0), 24
_LINES = 40


def draw_comparison(
    query: Pixels, reference: Pixels, features: tuple[QueryFeatures, LocalFeatures], found: LocalComparison | None
) -> Pixels:
    """
    Draw two pictures and what they have in common.

    Args:
        query: RGB, of any size.

        reference: RGB, of any size.

        features: What was extracted of the query and of the reference, and compared.

        found: How they compare; None draws them side by side.
    """
    left, right = _panel(reference), _panel(query)
    if found is None:
        return np.concatenate([left, right], axis=1)
    asked, known = features
    to_left = scaling(known.width, known.height, *_shown(reference)[::-1])
    to_right = scaling(asked.width, asked.height, *_shown(query)[::-1])
    ours = transformed(to_left, known.keypoints.xy[found.alignment.pairs[:, 1]])
    # A form keeps the rows of keypoints, so the query's own places are read, whichever form matched.
    theirs = transformed(to_right, asked.keypoints.xy[found.alignment.pairs[:, 0]])
    corners = transformed(to_right @ found.alignment.matrix, outline(known.width, known.height))
    height, width = _shown(query)
    # Drawn on the query's part alone: the outline of a crop reaches far outside.
    part = np.ascontiguousarray(right[:height, :width])
    cv2.polylines(part, [np.rint(corners).astype(np.int32)], isClosed=True, color=_ORANGE, thickness=3)
    right[:height, :width] = part
    both = np.concatenate([left, right], axis=1)
    shift = np.array([PANEL_PX, 0])
    for a, b in zip(ours, theirs + shift, strict=True):
        for place in (a, b):
            cv2.circle(both, _pixel(place), 3, _GREEN, 1, cv2.LINE_AA)
    for a, b in list(zip(ours, theirs + shift, strict=True))[:: max(1, len(ours) // _LINES)]:
        cv2.line(both, _pixel(a), _pixel(b), _GREEN, 1, cv2.LINE_AA)
    return np.concatenate([both, _laid_over(query, reference, features, found)], axis=0)


def _laid_over(
    query: Pixels, reference: Pixels, features: tuple[QueryFeatures, LocalFeatures], found: LocalComparison
) -> Pixels:
    asked, known = features
    height, width = _shown(reference)
    shown = cv2.resize(reference, (width, height), interpolation=cv2.INTER_AREA)
    onto = (
        scaling(asked.width, asked.height, query.shape[1], query.shape[0])
        @ found.alignment.matrix
        @ scaling(width, height, known.width, known.height)
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    back = cv2.warpPerspective(query, onto, (width, height), flags=flags)
    inside = cv2.warpPerspective(np.ones(query.shape[:2], np.uint8), onto, (width, height), flags=flags) > 0
    if found.alignment.form.is_inverted:
        back = 255 - back
    panels = [np.full((PANEL_PX, PANEL_PX, 3), _GROUND, np.uint8) for _ in range(2)]
    panels[0][:height, :width] = cv2.addWeighted(shown, 0.5, back, 0.5, 0)
    difference = np.full_like(shown, _GROUND)
    difference[inside] = cv2.absdiff(shown, back)[inside]
    panels[1][:height, :width] = difference
    return np.concatenate(panels, axis=1)


def _shown(picture: Pixels) -> tuple[int, int]:
    """Return height and width of a picture in its panel."""
    shrink = PANEL_PX / max(picture.shape[:2])
    return max(1, round(picture.shape[0] * shrink)), max(1, round(picture.shape[1] * shrink))


def _panel(picture: Pixels) -> Pixels:
    height, width = _shown(picture)
    panel = np.full((PANEL_PX, PANEL_PX, 3), _GROUND, np.uint8)
    panel[:height, :width] = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return panel


def _pixel(place: npt.NDArray[np.float64]) -> tuple[int, int]:
    return round(float(place[0])), round(float(place[1]))
