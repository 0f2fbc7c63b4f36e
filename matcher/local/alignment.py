"""
Keypoints -> transform: which map lays a reference onto a query, and how many keypoints say so.

`align` starts from the pairs the index proposes, follows the similarity most of them agree with, and then looks the
whole reference up in the query where that transform says it should be: first as an affine map, then as a homography,
each with a tighter tolerance. The pairs that began it count for nothing in the end; only what is found again does.

Invariant: deterministic, and an alignment is sane (`transforms.is_sane`): upright, unfolded, of a plausible size.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from matcher.local.agreement import Places, best_pair, look_up, most_alike
from matcher.local.transforms import (
    Matrix,
    Solve,
    affine,
    fit,
    growth,
    homography,
    is_sane,
    octaves_grown,
    similarity,
    transformed,
)
from matcher.local.views import Form, View, places, some_of
from matcher.local.warps.mesh import Bend
from matcher.signals.local import LocalFeatures
from matcher.thresholds import (
    FEW_INLIERS_SEEN,
    FEW_INLIERS_TRUST,
    FEWEST_INLIERS,
    MINIMUM_INLIERS,
    NEAR_DESCRIPTOR_BITS,
)

Pairs = npt.NDArray[np.int32]
"""int32, shape (n, 2): rows of the query's and of the reference's keypoints."""


class Exactness(NamedTuple):
    """How exactly what was found lies, as `Alignment` has it."""

    miss: float
    best_miss: float
    octaves_apart: float


class _Stage(NamedTuple):
    tolerance_px: float
    slack: float
    solve: Solve
    least: int
    least_trust: float


_STAGES: Final = (
    _Stage(6.0, 0.4, similarity, 3, 2.0),
    _Stage(6.0, 0.12, affine, 8, 1.2),
    _Stage(6.0, 0.08, affine, 8, 1.2),
    _Stage(5.0, 0.02, affine, 8, 1.2),
    _Stage(5.0, 0.0, homography, 16, 1.2),
    _Stage(4.0, 0.0, homography, 16, 1.2),
)
"""
Tolerance in pixels of the reference, and for each pixel from the pivot; what is fitted, and to how many pairs; and how
much trust in all that was found ends it there. Half of the strangers end at the first, no copy of 14 inliers or more at
any (its least: 3.3, 1.4, 1.7, 1.9).
"""

FINAL_TOLERANCE_PX: Final = 3.0
"""In pixels of the reference: what agrees in the end is this near."""

FADES_BITS: Final = 40.0
"""A pair weighs exp(-(bits / 40)²) in a fit: where the tolerance is wide, most that is found is another place."""


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """
    Where a reference lies in a query.

    Args:
        matrix: From pixels of the reference's frame to pixels of the query's, mirroring included.

        form: The form of the query that matched.

        pairs: The keypoints that agree, each once.

        inliers: How many agree. After `warps/realignment.py` more than there are pairs.

        visible: How many of the reference's keypoints should be seen in the query.

        bits: Mean Hamming distance of the agreeing descriptors, 0..256.

        miss: Median distance between where a keypoint is and where the transform puts it, over the square root of the
            keypoint's scale, in pixels of whichever of the two shows the picture smaller. A copy's are within half a
            pixel; look-alikes' are not.

        best_miss: Lower quartile of the same distances. Another picture mixed in moves half of what is found; what is
            left of the copy's still lies exactly.

        octaves_apart: Mean difference between a keypoint's octave and the one it should have where it is, each weighed
            by how alike the descriptors are. Look-alikes' differ more.

        bend: What is done to places of the reference before `matrix` is applied; None where that alone explains it.
    """

    matrix: Matrix
    form: Form
    pairs: Pairs
    inliers: int
    visible: int
    bits: float
    miss: float
    best_miss: float
    octaves_apart: float
    bend: Bend | None = None


def align(seen: View, reference: LocalFeatures, pairs: Pairs) -> Alignment | None:
    """
    Find the transform most keypoints agree with.

    Args:
        seen: The query in the form that matched, with all its keypoints.

        reference: The candidate.

        pairs: Keypoints whose descriptors are near; at least one.

    Returns:
        None where fewer than `MINIMUM_INLIERS` agree and these are not sure or not all that is left of a small crop, or
        no sane transform explains them.
    """
    if not len(pairs) or len(reference.keypoints) < MINIMUM_INLIERS:
        return None
    sides = Sides.of(seen, reference)
    matrix, pivot = sides.proposed(pairs)
    width, height = reference.width, reference.height
    for stage in _STAGES:
        found, bits = sides.found_again(matrix, pivot, stage.tolerance_px, stage.slack)
        trust = _trust(bits)
        if not _enough(trust) or trust.sum() < stage.least_trust:
            return None
        if len(found) >= stage.least:
            fitted = fit(sides.reference.xy[found[:, 1]], seen.places.xy[found[:, 0]], trust, stage.solve)
            matrix = fitted if fitted is not None and is_sane(fitted, width, height) else matrix
    found, bits = sides.found_again(matrix, pivot, FINAL_TOLERANCE_PX, 0.0)
    if not _enough(_trust(bits)) or not is_sane(matrix, width, height):
        return None
    visible = sides.visible(matrix)
    if len(found) < MINIMUM_INLIERS and visible > FEW_INLIERS_SEEN:
        return None
    return Alignment(
        matrix=seen.to_query @ matrix,
        form=seen.form,
        pairs=found,
        inliers=len(found),
        visible=visible,
        bits=float(bits.mean()),
        **sides.exactness(matrix, found, bits, growth(matrix, width, height))._asdict(),
    )


def _trust(bits: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """Return what a pair is worth whose descriptors differ by so many bits: 0..1."""
    return np.asarray(np.exp(-((bits / FADES_BITS) ** 2)), np.float64)


def _enough(trust: npt.NDArray[np.float64]) -> bool:
    """Tell whether pairs are enough to go on with; of a small crop few are left, but these are hardly changed."""
    few_but_sure = len(trust) >= FEWEST_INLIERS and float(trust.sum()) >= FEW_INLIERS_TRUST
    return few_but_sure or len(trust) >= MINIMUM_INLIERS


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """
    Both sides of an alignment as the compiled loops take them.

    Args:
        seen: The query in one form.

        reference: The reference's keypoints; a bend shifts them.

        bits: uint64, shape (n, 4). Their descriptors.
    """

    seen: View
    reference: Places
    bits: npt.NDArray[np.uint64]

    @classmethod
    def of(cls, seen: View, reference: LocalFeatures) -> Self:
        """Lay a query and a reference side by side."""
        bits = np.ascontiguousarray(reference.descriptors).view(np.uint64)
        return cls(seen, places(reference.keypoints), bits)

    def proposed(self, pairs: Pairs) -> tuple[Matrix, npt.NDArray[np.float64]]:
        """Return the similarity that most pairs agree with, and the place in the reference it was proposed at."""
        query, other = some_of(self.seen.places, pairs[:, 0]), some_of(self.reference, pairs[:, 1])
        best, _ = best_pair(query, other, np.ones(len(pairs), np.float32))
        scale, angle = 2.0 ** float(query.octave[best] - other.octave[best]), query.angle[best] - other.angle[best]
        turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        pivot = np.asarray(other.xy[best], np.float64)
        matrix = np.eye(3)
        matrix[:2, :2], matrix[:2, 2] = turn, query.xy[best] - turn @ pivot
        return matrix, pivot

    def found_again(
        self, matrix: Matrix, pivot: npt.NDArray[np.float64], tolerance_px: float, slack: float
    ) -> tuple[Pairs, npt.NDArray[np.int32]]:
        """Look the reference's keypoints up; where two fall on one of the query's, the one more like it keeps it."""
        query_bits = self.seen.descriptors.view(np.uint64)
        rows, bits = look_up(
            self.seen.places, query_bits, self.seen.cells, self.reference, self.bits, matrix, pivot, tolerance_px, slack
        )
        matched = np.flatnonzero(rows >= 0)
        order = matched[np.argsort(bits[matched], kind="stable")]
        _, first = np.unique(rows[order], return_index=True)
        kept = order[np.sort(first)]
        return np.stack([rows[kept], kept.astype(np.int32)], axis=1), bits[kept]

    def visible(self, matrix: Matrix) -> int:
        """Count the reference's keypoints that should be seen in the query."""
        at = transformed(matrix, self.reference.xy)
        return int(((at >= 0) & (at < [self.seen.width, self.seen.height])).all(axis=1).sum())

    def exactness(self, matrix: Matrix, found: Pairs, bits: npt.NDArray[np.int32], grown: float) -> Exactness:
        """Measure how exactly what was found lies."""
        query, reference = some_of(self.seen.places, found[:, 0]), some_of(self.reference, found[:, 1])
        back = transformed(np.asarray(np.linalg.inv(matrix), np.float64), query.xy)
        misses = np.hypot(*(back - reference.xy).T) * min(1.0, grown) / np.exp2(reference.octave / 2)
        apart = np.abs(query.octave - reference.octave - octaves_grown(matrix, reference.xy))
        trust = _trust(bits)
        misses.sort()
        middle = (misses[(len(misses) - 1) // 2] + misses[len(misses) // 2]) / 2
        return Exactness(float(middle), float(misses[len(misses) // 4]), float(apart @ trust / trust.sum()))


def near_pairs(seen: View, reference: LocalFeatures) -> Pairs:
    """Pair each reference keypoint with the query keypoint most like it, without an index; far ones are left out."""
    if not len(seen.descriptors) or not len(reference.descriptors):
        return np.empty((0, 2), np.int32)
    columns = np.ascontiguousarray(seen.descriptors.view(np.uint64).T)
    nearest, bits = most_alike(np.ascontiguousarray(reference.descriptors).view(np.uint64), columns)
    kept = np.flatnonzero(bits <= NEAR_DESCRIPTOR_BITS)
    return np.stack([nearest[kept], kept], axis=1).astype(np.int32)
