"""
Two sides of a comparison in time, and the stretches on which their frames agree.

The side of which fewer frames were hashed is aligned with the other: of each of its frames it is known whether it
agrees. Most queries have a frame a second and references all frames, so that side is the query; where a reference is
used as the query (`comparing/from_reference.py`), it is the other.

Invariant: pure. Spans are given as the query sees them, whichever of the two was aligned.
"""

from dataclasses import dataclass
from typing import Final, Self

import numpy as np

from matcher.distance import Codes, as_codes
from matcher.hashing.video_query import FOLD_BITS, VideoQuery
from matcher.moments.alignment import Pairs, Span, alike, spans
from matcher.moments.timeline import Floats, Rows, Timeline, Unlike
from matcher.signals.base import Signal
from matcher.signals.turning.orientations import AS_IS, TURNS
from matcher.signals.video import VideoFrames
from matcher.thresholds import LOOSE_FRAME_BITS, MINIMUM_QUALITY

_CLOSER: Final = 0.5
"""A video has closer frames than another if its usual time between two is less than this share of the other's."""

_STILL: Final = Timeline(np.zeros(1), np.zeros(1), np.zeros(1, np.bool_))


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """
    One side of a comparison: a video, or a picture, which is one frame without a time.

    Args:
        names: Of its variants; one for a reference.

        pdq: uint8, shape (n, variants, 32).

        phash: uint8, shape (n, variants, 32), or None where unknown.

        qualities: uint8, shape (n,), 0..100; a quality nobody knows counts as 100.

        frames: The video; None for a picture.
    """

    names: tuple[str, ...]
    pdq: Codes
    phash: Codes | None
    qualities: Codes
    frames: VideoFrames | None

    @property
    def times(self) -> Timeline:
        """When its frames are shown."""
        return _STILL if self.frames is None else Timeline.of(self.frames)

    @classmethod
    def of_video(cls, query: VideoQuery) -> Self:
        """Make a side of a query in all its variants."""
        return cls(query.names, query.pdq, query.phash, query.frames.qualities, query.frames)

    @classmethod
    def of_frames(cls, frames: VideoFrames) -> Self:
        """Make a side of a stored video."""
        return cls.of_video(VideoQuery.of_frames(frames))

    @classmethod
    def of_picture(cls, names: tuple[str, ...], pdq: Codes, phash: Codes | None, quality: int | None) -> Self:
        """Make a side of a picture in some variants: codes are uint8, shape (variants, 32)."""
        qualities = np.array([100 if quality is None else quality], np.uint8)
        return cls(names, pdq[None], None if phash is None else phash[None], qualities, None)

    @classmethod
    def of_stored_picture(cls, pdq: Signal, phash: Signal | None) -> Self:
        """Make a side of the stored signals of a picture."""
        second = None if phash is None else as_codes(phash.value)
        return cls.of_picture((AS_IS,), as_codes(pdq.value), second, pdq.quality)


def stretches(query: Side, variant: int, reference: Side) -> list[Span]:
    """
    Find the stretches on which two sides agree, the most voted first.

    Args:
        query: One side.

        variant: The variant of the query: how it is turned and trimmed.

        reference: The other; one of the two is a video.
    """
    codes = np.ascontiguousarray(query.pdq[:, variant])
    pairs = alike(codes, reference.pdq[:, 0], query_quality=query.qualities, reference_quality=reference.qualities)
    if not len(pairs):
        return []
    if query.frames is None or reference.frames is None:
        return [_moment(pairs, query, reference)]
    if not _is_closer(query.frames, reference.frames):
        return spans(pairs, query.times, reference.times, unlike=_unlike(query, variant, reference))
    # A frame of the query may be unlike what was shown between two looks at the reference: the other way round it is
    # known of each look whether it agrees.
    turned = spans(
        pairs.swapped(), reference.times, query.times, unlike=_unlike(query, variant, reference, swapped=True)
    )
    return [span.swapped() for span in turned]


def _is_closer(one: VideoFrames, other: VideoFrames) -> bool:
    """Tell whether a video has closer frames than another: by the usual time between two frames."""
    gaps = [float(np.median(np.diff(frames.times_s))) if len(frames) > 1 else np.inf for frames in (one, other)]
    return gaps[0] < _CLOSER * gaps[1]


def _unlike(query: Side, variant: int, reference: Side, *, swapped: bool = False) -> Unlike:
    """
    Count the bits between frames of the query, turned as a variant is, and of the reference, in steps of `FOLD_BITS`.

    Whether it has a border is asked of each frame by itself, for in a dark one the picture's edge looks like border.

    Args:
        query: One side.

        variant: The variant of the query.

        reference: The other of the two.

        swapped: Whether one frame of the reference is compared with some of the query, not the other way round.
    """
    alike_turned = range(variant % len(TURNS), len(query.names), len(TURNS))

    def unlike(row: int, rows: Rows) -> Floats:
        one = np.full_like(rows, row)
        asked, known = (rows, one) if swapped else (one, rows)
        telling = (query.qualities[asked] >= MINIMUM_QUALITY) & (reference.qualities[known] >= MINIMUM_QUALITY)
        differing = query.pdq[asked][:, alike_turned] ^ reference.pdq[known]
        bits = np.bitwise_count(differing).sum(axis=2).min(axis=1)
        return np.where(telling & (bits <= LOOSE_FRAME_BITS), bits // FOLD_BITS, np.inf)

    return unlike


def _moment(pairs: Pairs, query: Side, reference: Side) -> Span:
    """Take the frame of a video that is nearest to a picture, and how long it is shown with those beside it."""
    best = pairs.where(np.array([int(pairs.distance.argmin())]))
    rows, row, times = (
        (pairs.reference, int(best.reference[0]), reference.times)
        if query.frames is None
        else (pairs.query, int(best.query[0]), query.times)
    )
    shown = set(rows.tolist())
    first = last = row
    while first - 1 in shown:
        first -= 1
    while last + 1 in shown:
        last += 1
    seconds = float(times.start_s[first]), float(times.until_s[last])
    return Span(seconds, seconds, 1.0, best, 1.0)
