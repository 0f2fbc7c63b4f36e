"""
Which moments of two videos, or of a video and a picture, agree; how closely, and what that is worth.

    near      2 frames in order, or a picture and a frame, at a median of `NEAR_FRAME_BITS` bits or less
    partial   2 frames in order, or a picture and a frame, within the threshold
    weak      one frame of two videos: a title card or a still is not yet a stretch of video

Scenes found by local features (`comparing/scenes.py`) are partial or weak by the same rules.

Different recordings of one person before one background agree in order, too, at medians from 19 bits; copies of one
recording, re-encoded, resized, played faster or mirrored, at 0 to 12.

Invariant: pure; times are those of the two files, in seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np

from matcher.moments.alignment import Span
from matcher.moments.sides import Side, stretches
from matcher.moments.timeline import Seconds, rounded, share_of
from matcher.signals.video import NAME
from matcher.strength import Strength
from matcher.thresholds import FEWEST_FRAMES, MINIMUM_QUALITY, NEAR_FRAME_BITS, PDQ_MAX_DISTANCE, PHASH_MAX_DISTANCE


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoEvidence:
    """
    A stretch of a query that is a stretch of a reference.

    Args:
        signal: ``"video/1"``, or ``"local/1"`` where scenes were found by local features.

        query_span_s: Where it begins and ends in the query, or None if the query is a picture.

        reference_span_s: Where in the reference, or None if that is a picture.

        frames: How many of the query's frames agree, in order.

        distance: Median of the bits in which they differ; None for scenes.

        threshold: Largest distance at which a frame counts as agreeing (inclusive); None for scenes.

        second_opinion: Share (0..1) of them whose pHash agrees too, or None where it is not known of one side.

        query_share: Share (0..1) of the query's length that all such stretches cover; None for a picture.

        reference_share: Share of the reference's.

        speed: Seconds of the reference that pass in a second of the query.

        query_quality: Lowest PDQ quality of the agreeing frames, 0..100, or None where unknown.

        reference_quality: Lowest PDQ quality of the reference's agreeing frames, 0..100, or None where unknown.

        transformation: What was done to the reference to arrive at the query: ``"mirrored"``.

        stretches: How many such stretches there are; this is the one with most votes.
    """

    signal: str
    query_span_s: Seconds | None
    reference_span_s: Seconds | None
    frames: int
    distance: int | None
    threshold: int | None
    second_opinion: float | None
    query_share: float | None
    reference_share: float | None
    speed: float
    query_quality: int | None
    reference_quality: int | None
    transformation: str
    stretches: int

    @property
    def agrees(self) -> bool:
        """Whether any frame does; evidence without one is not made."""
        return self.frames > 0

    @property
    def quality(self) -> int | None:
        """The lower of the two qualities, or None where neither is known."""
        return min((q for q in (self.query_quality, self.reference_quality) if q is not None), default=None)

    @property
    def opinions(self) -> int:
        """How many independent signals say so: PDQ, and pHash where it agrees on most of the same frames."""
        return 1 + (self.second_opinion is not None and self.second_opinion > 0.5)

    @property
    def strength(self) -> Strength:
        """How sure this alone makes us."""
        if self.query_span_s is not None and self.reference_span_s is not None and self.frames < FEWEST_FRAMES:
            return Strength.WEAK
        if self.reference_quality is not None and self.reference_quality < MINIMUM_QUALITY:
            return Strength.WEAK
        if self.query_quality is not None and self.query_quality < MINIMUM_QUALITY:
            return Strength.PARTIAL
        near = self.distance is not None and self.distance <= NEAR_FRAME_BITS
        return Strength.NEAR if near else Strength.PARTIAL

    def swapped(self, transformation: str) -> Self:
        """
        Exchange query and reference.

        Args:
            transformation: What was done to the query to arrive at the reference.
        """
        return replace(
            self,
            query_span_s=self.reference_span_s,
            reference_span_s=self.query_span_s,
            query_share=self.reference_share,
            reference_share=self.query_share,
            speed=round(1 / self.speed, 3),
            query_quality=self.reference_quality,
            reference_quality=self.query_quality,
            transformation=transformation,
        )

    def as_record(self) -> dict[str, Any]:
        """Write it as stored and sent, in the API's names."""
        record = {field.name: getattr(self, field.name) for field in fields(self)}
        record["query_span_s"] = None if self.query_span_s is None else list(self.query_span_s)
        record["reference_span_s"] = None if self.reference_span_s is None else list(self.reference_span_s)
        return record | {"quality": self.quality}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Self:
        """Read what `as_record` wrote."""
        values = {field.name: record[field.name] for field in fields(cls)}
        for name in ("query_span_s", "reference_span_s"):
            values[name] = None if values[name] is None else (values[name][0], values[name][1])
        return cls(**values)


def video_evidence(query: Side, reference: Side) -> VideoEvidence | None:
    """
    Find the stretch on which two sides agree, at least one of which is a video.

    Of the query's variants, the one that agrees most.

    Returns:
        None if no frame agrees.
    """
    best: tuple[float, int, int, list[Span]] | None = None
    for variant in range(len(query.names)):
        found = stretches(query, variant, reference)
        if not found:
            continue
        rank = (sum(span.votes for span in found), -int(np.median(found[0].pairs.distance)))
        if best is None or rank > best[:2]:
            best = (*rank, variant, found)
    return None if best is None else _evidence(query, best[2], reference, best[3])


def _evidence(query: Side, variant: int, reference: Side, found: list[Span]) -> VideoEvidence:
    span, *others = found
    pairs = span.pairs
    found = [span, *(other for other in others if len(other.pairs) >= FEWEST_FRAMES)]
    second = None
    if query.phash is not None and reference.phash is not None:
        differing = np.bitwise_count(query.phash[pairs.query, variant] ^ reference.phash[pairs.reference, 0])
        second = round(float((differing.sum(axis=1) <= PHASH_MAX_DISTANCE).mean()), 3)
    return VideoEvidence(
        signal=NAME,
        query_span_s=None if query.frames is None else rounded(span.query_s),
        reference_span_s=None if reference.frames is None else rounded(span.reference_s),
        frames=len(pairs),
        distance=int(np.median(pairs.distance)),
        threshold=PDQ_MAX_DISTANCE,
        second_opinion=second,
        query_share=_share([one.query_s for one in found], query),
        reference_share=_share([one.reference_s for one in found], reference),
        speed=round(span.speed, 3),
        query_quality=int(query.qualities[pairs.query].min()),
        reference_quality=int(reference.qualities[pairs.reference].min()),
        transformation=query.names[variant],
        stretches=len(found),
    )


def _share(stretches: list[Seconds], side: Side) -> float | None:
    return None if side.frames is None else share_of(stretches, side.frames.duration_s)
