"""
Is a reference in this picture, where, what was done to it, and how sure is that?

Invariant: pure. The same query, reference and pairs always give the same evidence.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final, Self

import numpy as np
import numpy.typing as npt

from matcher import thresholds
from matcher.local.alignment import Alignment, Pairs, align, near_pairs
from matcher.local.overlap import Overlap, blocks_of_points, overlay, repeats
from matcher.local.score import score, second_look, strength
from matcher.local.showing.wording import in_words, share_of_query
from matcher.local.transforms import outline, transformed
from matcher.local.views import Form, View, view
from matcher.local.warps.bending import follow_bend
from matcher.local.warps.realignment import realign
from matcher.signals import local
from matcher.signals.local import LocalFeatures, QueryFeatures
from matcher.signals.turning.orientations import AS_IS
from matcher.strength import Strength

Point = tuple[float, float]

NO_COPY: Final = "no copy"
BENT: Final = "bent, as by a lens"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalEvidence:
    """
    Where a reference lies in a query, and how sure that is.

    Args:
        inliers: Keypoints that agree on the transform.

        agreement: Share (0..1) of the blocks compared that agree.

        coverage: Share (0..1) of the reference that is seen.

        changed: Share (0..1) of it that one patch takes in which the pixels are others: a sticker, another text.

        share_of_query: Share (0..1) of the query it covers.

        region: The reference's outline in the query, clockwise from its upper left corner, each coordinate 0..1 of the
            query's width and height; it may reach outside.

        transform: 2 × 3: from the reference to the query at the reference's middle, both measured 0..1.

        score: Logit that this is a copy.

        strength: `NEAR`, `PARTIAL`, `WEAK`, or None where the score is below all of them: no match.

        transformation: What was done, ``"mirrored, cropped to 52 %"``; ``"as is"`` where only the encoding differs,
            ``"no copy"`` where it is no match.
    """

    inliers: int
    agreement: float
    coverage: float
    changed: float
    share_of_query: float
    region: tuple[Point, Point, Point, Point]
    transform: tuple[tuple[float, float, float], tuple[float, float, float]]
    score: float
    strength: Strength | None
    transformation: str

    signal: ClassVar[str] = local.NAME

    @property
    def agrees(self) -> bool:
        """Whether it is a match of any strength."""
        return self.strength is not None

    @property
    def opinions(self) -> int:
        """How many independent signals say that it is the picture and no look-alike: this one, where it is sure."""
        return int(self.strength is not None and self.strength >= Strength.NEAR)

    def as_record(self) -> dict[str, Any]:
        """Write it as stored and sent, in the API's names."""
        return {
            "signal": self.signal,
            "strength": None if self.strength is None else self.strength.value,
            "inliers": self.inliers,
            "agreement": round(self.agreement, 3),
            "coverage": round(self.coverage, 3),
            "changed": round(self.changed, 3),
            "share_of_query": round(self.share_of_query, 3),
            "region": [[round(x, 4), round(y, 4)] for x, y in self.region],
            "transform": [[round(value, 5) for value in row] for row in self.transform],
            "score": round(self.score, 2),
            "transformation": self.transformation,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Read what `as_record` wrote."""
        (a, b, x), (c, d, y) = record["transform"]
        corners = tuple((float(x), float(y)) for x, y in record["region"])
        return cls(
            inliers=record["inliers"],
            agreement=record["agreement"],
            coverage=record["coverage"],
            changed=record["changed"],
            share_of_query=record["share_of_query"],
            region=(corners[0], corners[1], corners[2], corners[3]),
            transform=((a, b, x), (c, d, y)),
            score=record["score"],
            strength=None if record["strength"] is None else Strength(record["strength"]),
            transformation=record["transformation"],
        )


def examine(query: QueryFeatures, seen: View, reference: LocalFeatures, pairs: Pairs) -> LocalEvidence | None:
    """
    Judge one candidate.

    Args:
        query: The query with all its keypoints.

        seen: The query in the form the candidate was found in.

        reference: The candidate, as stored.

        pairs: Keypoints whose descriptors are near, from an index or from `near_pairs`.

    Returns:
        None where no transform explains the pairs.
    """
    found = _judged(query, seen, reference, pairs)
    return None if found is None else found.evidence


def lay(query: QueryFeatures, seen: View, reference: LocalFeatures, pairs: Pairs) -> tuple[Alignment, Overlap] | None:
    """Align and compare the pixels, of squeezed copies twice, of bent ones by a mesh; arguments as for `examine`."""
    alignment = align(seen, reference, pairs)
    if alignment is None:
        return None
    flat = alignment, overlay(query, reference, alignment)
    if score(*flat) >= thresholds.LOCAL_PLAUSIBLE:
        again = realign(query, reference, alignment)
        if again is not alignment:
            straight = again, overlay(query, reference, again)
            # A few keypoints of a small crop may only seem squeezed: laid straight they agree with more, and less well.
            flat = max(straight, flat, key=lambda each: _worth(each, reference))
    worth_bending = alignment.inliers >= thresholds.BENT_INLIERS and alignment.bits <= thresholds.BENT_BITS
    if score(*flat) >= thresholds.LOCAL_PARTIAL or not worth_bending:
        return flat
    bent = follow_bend(seen, reference, alignment)
    if bent is None:
        return flat
    laid = bent, overlay(query, reference, bent)
    return laid if _worth(laid, reference) >= thresholds.LOCAL_PARTIAL else flat


def evidence_of(
    query: QueryFeatures, reference: LocalFeatures, alignment: Alignment, overlap: Overlap
) -> LocalEvidence:
    """Make the evidence of an alignment and of how the pixels compare."""
    size = np.array([query.width, query.height])
    corners = (transformed(alignment.matrix, outline(reference.width, reference.height)) + 0.5) / size
    centre = np.array([[(reference.width - 1) / 2, (reference.height - 1) / 2]])
    middle = (transformed(alignment.matrix, centre)[0] + 0.5) / size
    across = (corners[1] + corners[2] - corners[0] - corners[3]) / 2
    down = (corners[2] + corners[3] - corners[0] - corners[1]) / 2
    shift = middle - across / 2 - down / 2
    logit = score(alignment, overlap)
    looked_again = logit < thresholds.LOCAL_PARTIAL and _found_by_a_second_look(alignment, overlap, reference)
    if looked_again:
        logit = thresholds.LOCAL_PARTIAL
    if _rests_on_common_parts(overlap, reference):
        logit = min(logit, thresholds.LOCAL_WEAK)
    region = tuple((float(x), float(y)) for x, y in corners)
    share = share_of_query(query, reference, alignment.matrix)
    # Most candidates are strangers: what only matters of a match is not worked out for them.
    repeating = logit >= thresholds.LOCAL_PARTIAL and repeats(reference.thumbnail)
    for_people = looked_again or alignment.bend is not None
    found = strength(logit, overlap, share_of_query=share, repeats=repeating, for_people=for_people)
    return LocalEvidence(
        inliers=alignment.inliers,
        agreement=overlap.agreement,
        coverage=overlap.coverage,
        changed=overlap.changed,
        share_of_query=share,
        region=(region[0], region[1], region[2], region[3]),
        transform=(
            (float(across[0]), float(down[0]), float(shift[0])),
            (float(across[1]), float(down[1]), float(shift[1])),
        ),
        score=logit,
        strength=found,
        transformation=_words(query, reference, alignment, overlap) if found is not None else NO_COPY,
    )


def _worth(laid: tuple[Alignment, Overlap], reference: LocalFeatures) -> float:
    """Return the logit that this is a copy, after a second look where one is needed."""
    logit = score(*laid)
    looks_again = logit < thresholds.LOCAL_PARTIAL and _found_by_a_second_look(*laid, reference)
    return thresholds.LOCAL_PARTIAL if looks_again else logit


def _found_by_a_second_look(alignment: Alignment, overlap: Overlap, reference: LocalFeatures) -> bool:
    """Tell whether a copy was refused only for what was laid over it."""
    logit = second_look(alignment, overlap, reference.thumbnail)
    return logit is not None and logit >= thresholds.LOCAL_PARTIAL


def _words(query: QueryFeatures, reference: LocalFeatures, alignment: Alignment, overlap: Overlap) -> str:
    words = in_words(query, reference, alignment.matrix, alignment.form, overlap)
    return ", ".join((*words, BENT) if _is_bent(reference, alignment) else words) or AS_IS


def _is_bent(reference: LocalFeatures, alignment: Alignment) -> bool:
    """Tell whether people would see that it was bent: a mesh also takes up what recompression moves."""
    if alignment.bend is None:
        return False
    agreeing = reference.keypoints.xy[alignment.pairs[:, 1]]
    return alignment.bend.usual_shift(agreeing) >= thresholds.BENT_SHIFT


@dataclass(frozen=True, slots=True, eq=False)
class LocalComparison:
    """
    How two pictures compare when one is laid onto the other.

    Args:
        alignment: Where the reference lies in the query.

        overlap: How the pixels compare.

        evidence: What it is worth.
    """

    alignment: Alignment
    overlap: Overlap
    evidence: LocalEvidence


def compare_local(query: QueryFeatures, reference: LocalFeatures) -> LocalComparison | None:
    """Judge one reference without an index, in the form that fits best; None where no transform explains anything."""
    found = []
    for form in Form:
        seen = view(query, form)
        judged = _judged(query, seen, reference, near_pairs(seen, reference))
        if judged is not None:
            found.append(judged)
    return max(found, key=lambda each: each.evidence.score, default=None)


def _judged(query: QueryFeatures, seen: View, reference: LocalFeatures, pairs: Pairs) -> LocalComparison | None:
    """Lay a reference onto a query; where only parts agree that strangers have too, once more without these."""
    laid = lay(query, seen, reference, pairs)
    if laid is None:
        return None
    found = LocalComparison(*laid, evidence_of(query, reference, *laid))
    if reference.common is None or not _rests_on_common_parts(found.overlap, reference):
        return found
    # What is its own may lie elsewhere in the frame, or among other things: the frame must not say where.
    own = own_part(reference, reference.common)
    alignment = align(seen, own, near_pairs(seen, own))
    if alignment is None:
        return found
    overlap = overlay(query, own, alignment).without(reference.common)
    again = LocalComparison(alignment, overlap, evidence_of(query, own, alignment, overlap))
    return max(found, again, key=lambda each: each.evidence.score)


def own_part(reference: LocalFeatures, common: npt.NDArray[np.bool_]) -> LocalFeatures:
    """Leave out the keypoints of a reference that lie in parts strangers have too."""
    at = blocks_of_points(reference.keypoints.xy, reference.width, reference.height, common.shape)
    kept = ~common[at]
    return replace(reference, keypoints=reference.keypoints.some(kept), descriptors=reference.descriptors[kept])


def _rests_on_common_parts(overlap: Overlap, reference: LocalFeatures) -> bool:
    """Tell whether what agrees is only what strangers have too."""
    common = reference.common
    return common is not None and overlap.agreement_outside(common) < thresholds.LOCAL_OWN_AGREEMENT
