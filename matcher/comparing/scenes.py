"""
Scenes that local features found -> which stretch of a video holds a changed copy of which stretch of another.

The hash of a frame fits the whole frame or not at all: a crop, a caption or an inset spoils it. Local features find
single frames in any of these. Here, too, times must agree: only scenes that follow each other in the same order count.
Two clips of one person in one place look like a copy in single frames, so this is never more than `partial`.

A clip that is cropped or set into another is treated the same from beginning to end, but where the camera moves, a
wrong moment lies at another place. So scenes in which the reference lies where it does in most others say more about
the time, and only such scenes lengthen a stretch, even those that are worth little by themselves (`moments/ends.py`).

Invariant: pure. The caller finds candidates and examines each of them.
"""

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from matcher.local.evidence import LocalEvidence, Point
from matcher.moments.alignment import Pairs, spans
from matcher.moments.evidence import VideoEvidence
from matcher.moments.timeline import Floats, Mask, Rows, Timeline, Unlike, rounded, share_of
from matcher.strength import Strength
from matcher.thresholds import FEWEST_FRAMES, LOCAL_PLAUSIBLE

SAME_PLACE: Final = 0.08
"""
How far corners of the reference may be from where they are in most scenes: of the query's sides or, where the reference
reaches outside, of its own. Of cropped and inset clips, right moments lie within 0.05, a moving camera's others beyond.
"""

_NEAR_BITS, _PARTIAL_BITS, _ELSEWHERE_BITS = 0, 8, 16
"""
What a scene is worth, in bits of a frame, of which 8 halve a vote: near 1, partial a half. A scene in which the
reference lies at another place than usual is worth a quarter of that.
"""

Times = Sequence[tuple[float, float]]
"""When each scene appears and when the next one does, in seconds, rising."""


@dataclass(frozen=True, slots=True)
class SceneHit:
    """
    A scene of a reference that was found in a scene of a query.

    Args:
        query: Its place among the query's scenes.

        reference: Its place among the reference's.

        strength: What the single pictures are worth to each other; None where that is nothing by itself.

        transformation: What was done: ``"cropped to 70 %"``.

        score: How sure that is, as `LocalEvidence` has it.

        region: Where the reference's corners lie in the query, as `LocalEvidence` has it.
    """

    query: int
    reference: int
    strength: Strength | None
    transformation: str
    score: float
    region: tuple[Point, ...]

    @classmethod
    def of(cls, query: int, reference: int, evidence: LocalEvidence) -> Self:
        """Take what local features say of a scene of the query and one of the reference."""
        return cls(query, reference, evidence.strength, evidence.transformation, evidence.score, evidence.region)


def scene_evidence(
    hits: Sequence[SceneHit], query: Times, reference: Times, *, reference_s: float | None = None
) -> VideoEvidence | None:
    """
    Put scenes together.

    Args:
        hits: Of one reference; those weaker than `partial` do not count, and only say how far a stretch reaches.

        query: Times of the query's scenes; none where it is a picture, which is scene 0.

        reference: Times of the reference's scenes; none where it is a picture, which is scene 0.

        reference_s: How long the reference is; None where its last scene ends with it. Plain scenes are not stored.

    Returns:
        The stretch with most scenes, or None if there is none.
    """
    sure = [hit for hit in hits if _is_sure(hit)]
    if not sure:
        return None
    if not query or not reference:
        return _still_evidence(sure, query, reference)
    place = _usual_place(sure)
    pairs = Pairs(
        np.array([hit.query for hit in sure], np.int64),
        np.array([hit.reference for hit in sure], np.int64),
        np.array([_bits(hit, place) for hit in sure], np.int64),
    )
    times = _timeline(reference, reference_s)
    found = spans(pairs, _timeline(query), times, unlike=_unlike(hits, place))
    if not found:
        return None
    best, *others = found
    said = {(hit.query, hit.reference): hit.transformation for hit in sure}
    along = zip(best.pairs.query.tolist(), best.pairs.reference.tolist(), strict=True)
    words = Counter(said[pair] for pair in along)
    return VideoEvidence(
        signal="local/1",
        query_span_s=rounded(best.query_s),
        reference_span_s=rounded(best.reference_s),
        frames=len(best.pairs),
        distance=None,
        threshold=None,
        second_opinion=None,
        query_share=share_of([best.query_s], query[-1][1]),
        reference_share=share_of([best.reference_s], times.end_s),
        speed=round(best.speed, 3),
        query_quality=None,
        reference_quality=None,
        transformation=words.most_common(1)[0][0],
        stretches=1 + sum(len(span.pairs) >= FEWEST_FRAMES for span in others),
    )


def _is_sure(hit: SceneHit) -> bool:
    return hit.strength is not None and hit.strength >= Strength.PARTIAL


def _usual_place(sure: Sequence[SceneHit]) -> Floats:
    """Return the corners, shape (4, 2), near which the reference lies in most scenes, each at its surest."""
    corners = np.array([hit.region for hit in sure], np.float64)
    scenes = np.array([hit.query for hit in sure])
    support = [len(np.unique(scenes[_is_near(corners, one)])) for one in corners]
    best = max(range(len(sure)), key=lambda place: (support[place], sure[place].score))
    place: Floats = corners[best]
    return place


def _is_near(corners: Floats, place: Floats) -> Mask:
    size = max(1.0, float(np.ptp(place, axis=0).max()))
    near: Mask = np.abs(corners - place).max(axis=(-2, -1)) <= SAME_PLACE * size
    return near


def _bits(hit: SceneHit, place: Floats) -> int:
    is_near = hit.strength is not None and hit.strength >= Strength.NEAR
    elsewhere = not _is_near(np.array(hit.region), place)
    return (_NEAR_BITS if is_near else _PARTIAL_BITS) + _ELSEWHERE_BITS * elsewhere


def _unlike(hits: Sequence[SceneHit], place: Floats) -> Unlike:
    """Rank the scenes of a reference that lie where they usually do, the surest first; the others say nothing."""
    scores = {
        (hit.query, hit.reference): hit.score
        for hit in hits
        if hit.score >= LOCAL_PLAUSIBLE and _is_near(np.array(hit.region), place)
    }

    def unlike(row: int, rows: Rows) -> Floats:
        return np.array([-scores.get((row, one), -np.inf) for one in rows.tolist()])

    return unlike


def _still_evidence(sure: Sequence[SceneHit], query: Times, reference: Times) -> VideoEvidence:
    """Say when a picture is seen in a video: at the surest hit, and with the scenes beside it that are as sure."""
    best = max(sure, key=lambda hit: (hit.strength or Strength.WEAK, hit.score))
    as_sure = [hit for hit in sure if hit.strength is best.strength]
    return VideoEvidence(
        signal="local/1",
        query_span_s=_run(query, best.query, {hit.query for hit in as_sure}) if query else None,
        reference_span_s=_run(reference, best.reference, {hit.reference for hit in as_sure}) if reference else None,
        frames=len({(hit.query, hit.reference) for hit in sure}),
        distance=None,
        threshold=None,
        second_opinion=None,
        query_share=None,
        reference_share=None,
        speed=1.0,
        query_quality=None,
        reference_quality=None,
        transformation=best.transformation,
        stretches=1,
    )


def _run(times: Times, place: int, found: Set[int]) -> tuple[float, float]:
    """Return from when to when scenes in a row were found, of which this is one."""
    first = last = place
    while first - 1 in found:
        first -= 1
    while last + 1 in found:
        last += 1
    return rounded((times[first][0], times[last][1]))


def _timeline(times: Times, duration_s: float | None = None) -> Timeline:
    bounds = np.array(times, np.float64)
    none = np.zeros(len(bounds), np.bool_)
    return Timeline(bounds[:, 0], bounds[:, 1], none, moments=True, duration_s=duration_s)
