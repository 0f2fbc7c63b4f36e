"""
Scenes that local features found -> which stretch of a video holds a changed copy of which stretch of another.

Frame hashes see a whole frame or nothing; a crop, a caption or an inset spoils each. Local features find single frames
in any of these, and here, too, times must agree: scenes count in order along a line. That two clips show one person in
one place is something pixels of single frames cannot tell from a copy, so this is never more than `partial`: a person
looks.

Invariant: pure. Whoever calls has the index name candidates and has each examined.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matcher.strength import Strength
from matcher.time_alignment import Pairs, spans
from matcher.timeline import Timeline
from matcher.video_evidence import FEWEST_FRAMES, VideoEvidence

Times = Sequence[tuple[float, float]]
"""When scenes appear and when the next one does, seconds, rising."""


@dataclass(frozen=True, slots=True)
class SceneHit:
    """
    A scene of a reference that was found in a scene of a query.

    Args:
        query: Its place among the query's scenes.

        reference: Its place among the reference's.

        strength: What the single pictures are worth to each other.

        transformation: What was done: ``"cropped to 70 %"``.
    """

    query: int
    reference: int
    strength: Strength
    transformation: str


def scene_evidence(hits: Sequence[SceneHit], query: Times, reference: Times) -> VideoEvidence | None:
    """
    Put scenes together.

    Args:
        hits: Of one reference; those weaker than `partial` do not count.

        query: Times of the query's scenes; none where it is a picture, which is scene 0.

        reference: Times of the reference's scenes, likewise.

    Returns:
        The stretch with most scenes, or None if there is none.
    """
    sure = [hit for hit in hits if hit.strength >= Strength.PARTIAL]
    if not sure:
        return None
    if not query or not reference:
        return _still_evidence(sure, query, reference)
    pairs = Pairs(
        np.array([hit.query for hit in sure], np.int64),
        np.array([hit.reference for hit in sure], np.int64),
        np.array([0 if hit.strength >= Strength.NEAR else 8 for hit in sure], np.int64),
    )
    found = spans(pairs, _timeline(query), _timeline(reference))
    if not found:
        return None
    best, *others = found
    said = {(hit.query, hit.reference): hit.transformation for hit in sure}
    along = zip(best.pairs.query.tolist(), best.pairs.reference.tolist(), strict=True)
    words = Counter(said[pair] for pair in along)
    return VideoEvidence(
        signal="local/1",
        query_span_s=_rounded(best.query_s),
        reference_span_s=_rounded(best.reference_s),
        frames=len(best.pairs),
        distance=None,
        threshold=None,
        second_opinion=None,
        query_share=_share(best.query_s, query[-1][1]),
        reference_share=_share(best.reference_s, reference[-1][1]),
        speed=round(best.speed, 3),
        query_quality=None,
        reference_quality=None,
        transformation=words.most_common(1)[0][0],
        stretches=1 + sum(len(span.pairs) >= FEWEST_FRAMES for span in others),
    )


def _still_evidence(sure: Sequence[SceneHit], query: Times, reference: Times) -> VideoEvidence:
    """Say when a picture is seen in a video: at the surest hit, the first of equals."""
    best = max(sure, key=lambda hit: hit.strength.rank)
    return VideoEvidence(
        signal="local/1",
        query_span_s=_rounded(query[best.query]) if query else None,
        reference_span_s=_rounded(reference[best.reference]) if reference else None,
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


def _timeline(times: Times) -> Timeline:
    bounds = np.array(times, np.float64)
    return Timeline(bounds[:, 0], bounds[:, 1], np.zeros(len(bounds), np.bool_))


def _rounded(seconds: tuple[float, float]) -> tuple[float, float]:
    return round(seconds[0], 2), round(seconds[1], 2)


def _share(seconds: tuple[float, float], duration_s: float) -> float:
    return round(min(1.0, (seconds[1] - seconds[0]) / max(duration_s, 1e-3)), 3)
