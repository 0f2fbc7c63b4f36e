"""
What local features saw of one piece of media in another, put together: places in a picture, or stretches of a video.

Either side may be a picture, the scenes of a video, or both: a picture that moves has its first frame as a picture.

    picture in picture      where it lies and what was done to it     `LocalEvidence`
    scenes on either side   when, and the same of most scenes         `VideoEvidence`, by `scene_evidence`

Invariant: pure. It makes no difference whether an index found what is seen or `find_parts`, without one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from matcher.comparing.scenes import SceneHit, Times, scene_evidence
from matcher.local.evidence import LocalEvidence
from matcher.moments.evidence import VideoEvidence

PartEvidence: TypeAlias = LocalEvidence | VideoEvidence


@dataclass(frozen=True, slots=True)
class PartSeen:
    """
    A part of the reference that is seen in a part of the query.

    Args:
        query: The place of the scene among the query's scenes; None for the picture itself.

        reference: The place of the scene among the reference's scenes; None for the picture itself.

        evidence: How sure that is, where, and what was done.
    """

    query: int | None
    reference: int | None
    evidence: LocalEvidence


def part_evidence(
    seen: Sequence[PartSeen], query: Times, reference: Times, *, reference_s: float | None = None
) -> PartEvidence | None:
    """
    Put together what was seen of one reference.

    Args:
        seen: Every part of this reference that was found.

        query: Times of the query's scenes; none where it is a picture.

        reference: Times of the reference's scenes; none where it is a picture.

        reference_s: How long the reference is, as for `scene_evidence`.

    Returns:
        The evidence that is surest; of two as sure, the one that says when. None where nothing is seen.
    """
    found: list[PartEvidence | None] = [
        scene_evidence(_hits(seen, moving=(True, True)), query, reference, reference_s=reference_s),
        scene_evidence(_hits(seen, moving=(True, False)), query, ()),
        scene_evidence(_hits(seen, moving=(False, True)), (), reference),
        max(
            (one.evidence for one in seen if one.query is None and one.reference is None),
            key=lambda one: one.score,
            default=None,
        ),
    ]
    return max((one for one in found if one is not None), key=_sureness, default=None)


def _hits(seen: Sequence[PartSeen], *, moving: tuple[bool, bool]) -> list[SceneHit]:
    """Return what was seen between scenes or pictures of either side."""
    return [
        SceneHit.of(one.query or 0, one.reference or 0, one.evidence)
        for one in seen
        if (one.query is not None, one.reference is not None) == moving
    ]


def _sureness(evidence: PartEvidence) -> int:
    return -1 if evidence.strength is None else evidence.strength.rank
