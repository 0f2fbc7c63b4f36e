"""
A copy that was squeezed or slanted is warped straight and aligned again.

Descriptors survive a change of size and a turn. But of a copy squeezed to half its width only a fifth of the keypoints
are found again, and at rough places. The first alignment says how the copy was squeezed. So the part of the query it
covers is warped back, keypoints are found in the result, and the reference is aligned with those. What agrees then is
what would have agreed if nobody had squeezed it, so one score serves for both.

Invariant: pure. Where the second alignment finds no more than the first, the first is kept.
"""

from dataclasses import replace
from typing import Final

import cv2
import numpy as np

from matcher.local.alignment import Alignment, align, near_pairs
from matcher.local.transforms import Matrix, growth, scaling, stretch
from matcher.local.views import Form, view
from matcher.signals.local import LocalFeatures, QueryFeatures, extract_points
from matcher.signals.points.keypoints import Grey

STRETCHED_FROM: Final = 1.25
"""How much more one direction must have grown than another: a 4:3 picture made 16:9 is 1.33."""

_KEYPOINTS: Final = 600
_SMALLEST_PX: Final = 48


def realign(query: QueryFeatures, reference: LocalFeatures, alignment: Alignment) -> Alignment:
    """
    Align once more, with what a squeezed copy looks like when it is warped straight.

    Args:
        query: The query with all its keypoints.

        reference: The candidate, as stored.

        alignment: The first alignment of the two.

    Returns:
        The alignment with more inliers of the two, from the reference to the query. Its `pairs` are those of the first.
    """
    only_thumbnail = 2 * query.grey.shape[1] < query.width
    if only_thumbnail or stretch(alignment.matrix, reference.width, reference.height) < STRETCHED_FROM:
        return alignment
    straight, to_query = _straightened(query, reference, alignment)
    if straight is None:
        return alignment
    points, bits = extract_points(straight, _KEYPOINTS)
    height, width = straight.shape
    seen = view(QueryFeatures(width, height, points, bits, straight), Form.AS_IS)
    again = align(seen, reference, near_pairs(seen, reference))
    if again is None or again.inliers <= alignment.inliers:
        return alignment
    return replace(again, matrix=to_query @ again.matrix, form=alignment.form, pairs=alignment.pairs)


def _straightened(query: QueryFeatures, reference: LocalFeatures, alignment: Alignment) -> tuple[Grey | None, Matrix]:
    """Return the reference's frame as the query shows it, at the query's own resolution, and the map back."""
    down, across = query.grey.shape
    onto_grey = scaling(query.width, query.height, across, down) @ alignment.matrix
    size = growth(onto_grey, reference.width, reference.height)
    shrink = min(1.0, size)
    width, height = round(reference.width * shrink), round(reference.height * shrink)
    to_reference = scaling(width, height, reference.width, reference.height)
    if min(width, height) < _SMALLEST_PX:
        return None, to_reference
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    straight = cv2.warpPerspective(
        query.grey, onto_grey @ to_reference, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE
    ).astype(np.uint8, copy=False)
    straight = 255 - straight if alignment.form.is_inverted else straight
    return straight, alignment.matrix @ to_reference
