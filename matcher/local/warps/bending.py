"""
A copy that no flat map explains: bent by a lens, by curled paper, by an app that pulls at faces.

The reference's keypoints are shifted by a mesh (`mesh.py`) and looked up again, nearer each time, so what agrees in the
end was found where the mesh said, as with flat maps. A mesh gives in more easily than a plane, and strangers gain by it
too: so it is asked only where as many keypoints agree already as no stranger has, and what it finds is `PARTIAL` at
most (`score.py`).

Invariant: pure and deterministic; what bends further than lenses and paper do is not followed.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from matcher.local.alignment import FADES_BITS, FINAL_TOLERANCE_PX, Alignment, Sides
from matcher.local.transforms import growth, transformed
from matcher.local.views import View
from matcher.local.warps.mesh import Bend, fit_bend
from matcher.signals.local import LocalFeatures
from matcher.thresholds import BENT_INLIERS

_TOLERANCES_PX: Final = (20.0, 10.0, 5.0)
"""In pixels of the reference, as the stages of a flat alignment have them."""


def follow_bend(seen: View, reference: LocalFeatures, alignment: Alignment) -> Alignment | None:
    """
    Let a smooth mesh say what the flat map of an alignment does not.

    Args:
        seen: The query in the form that matched, with all its keypoints.

        reference: The candidate.

        alignment: Of the two, by a flat map.

    Returns:
        The alignment with a bend; None where too few keypoints agree on one, or it bends too far.
    """
    flat = np.asarray(np.linalg.inv(seen.to_query) @ alignment.matrix, np.float64)
    back = np.asarray(np.linalg.inv(flat), np.float64)
    sides = Sides.of(seen, reference)
    xy, pivot = sides.reference.xy, np.zeros(2)
    shifted, bend = sides, Bend.none(reference.width, reference.height)
    for tolerance_px in _TOLERANCES_PX:
        found, bits = shifted.found_again(flat, pivot, tolerance_px, 0.0)
        if len(found) < BENT_INLIERS:
            return None
        at, trust = xy[found[:, 1]], np.exp(-((bits / FADES_BITS) ** 2))
        shifts = transformed(back, seen.places.xy[found[:, 0]]) - at
        bend = fit_bend(at, shifts, trust, reference.width, reference.height)
        shifted = replace(sides, reference=sides.reference._replace(xy=bend.applied(xy).astype(np.float32)))
    found, bits = shifted.found_again(flat, pivot, FINAL_TOLERANCE_PX, 0.0)
    if len(found) < BENT_INLIERS or not bend.is_sane:
        return None
    return replace(
        alignment,
        pairs=found,
        inliers=len(found),
        visible=shifted.visible(flat),
        bits=float(bits.mean()),
        **shifted.exactness(flat, found, bits, growth(flat, reference.width, reference.height))._asdict(),
        bend=bend,
    )
