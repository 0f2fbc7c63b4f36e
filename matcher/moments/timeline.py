"""
When the frames of a video are shown, and the line along which one video plays another.

A frame of `video/1` is shown until the next one: what came between was hashed too and had not changed, up to a second.
Scenes are moments: nothing is known of the time between two of them. The border is put half way, but no more than a
second from a scene that agrees.

Invariant: pure; seconds of the two files.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from matcher.signals.video import VideoFrames
from matcher.thresholds import MINIMUM_QUALITY

TOLERANCE_S: Final = 0.35
"""How far a pair may lie off the line. Frames of a query are up to a second apart, those of a reference far closer."""

LOOKED_S: Final = 1.0
"""Longest time between two frames of a query: a still picture ends somewhere within its last second."""

CLAIMED_S: Final = 1.0
"""How far a stretch may reach beyond a scene that agrees where no frame was compared: spans may be as far off."""

Seconds = tuple[float, float]
"""From when to when."""

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

Unlike = Callable[[int, Rows], Floats]
"""How unlike a frame of the query is to some of the reference: infinite where that says nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """
    When the frames of a video are shown.

    Args:
        start_s: float64, shape (n,), rising.

        until_s: float64, shape (n,): when the next appears, or the end.

        plain: bool, shape (n,): whether it is too plain to vote.

        moments: Whether each was seen when it appeared and not looked at again until the next.

        duration_s: How long the video is; None where its last frame ends with it.
    """

    start_s: Floats
    until_s: Floats
    plain: Mask
    moments: bool = False
    duration_s: float | None = None

    @classmethod
    def of(cls, frames: VideoFrames) -> "Timeline":
        """Return the times of a value's frames."""
        return cls(frames.times_s, frames.until_s, frames.qualities < MINIMUM_QUALITY)

    @property
    def end_s(self) -> float:
        """When the video ends."""
        return float(self.until_s.max()) if self.duration_s is None else self.duration_s

    def shown(self, at_s: Floats | float, rows: Rows | slice = slice(None), *, within_s: float = TOLERANCE_S) -> Mask:
        """Tell which frames are shown at some moments, or nearly; a scene halfway to its neighbours."""
        start, until = self.start_s[rows], self.until_s[rows]
        if self.moments:
            half = (until - start) / 2
            start, until = start - half, start + half
        shown: Mask = np.maximum(start - at_s, at_s - until) <= within_s
        return shown

    def nearest(self, at_s: Floats, rows: Rows) -> Floats:
        """Return the moments nearest to some at which frames are known to be shown."""
        start = self.start_s[rows]
        return start if self.moments else np.clip(at_s, start, self.until_s[rows])

    def border_after(self, row: int) -> float:
        """Return where what a frame shows ends, if the next shows something else: half way between the last looks."""
        start, until = float(self.start_s[row]), float(self.until_s[row])
        return min(start + (until - start) / 2, start + CLAIMED_S) if self.moments else until - _half(until - start)

    def border_before(self, row: int) -> float:
        """Return where what a frame shows begins, if the one before shows something else."""
        start, before = float(self.start_s[row]), float(self.start_s[row - 1])
        return max(start - (start - before) / 2, start - CLAIMED_S) if self.moments else start - _half(start - before)


def _half(gap_s: float) -> float:
    return min(LOOKED_S, gap_s) / 2


@dataclass(frozen=True, slots=True)
class Line:
    """Reference time = speed × query time + offset."""

    speed: float
    offset_s: float

    def at(self, query_s: float) -> float:
        """Return where a moment of the query is in the reference."""
        return self.speed * query_s + self.offset_s

    def back(self, reference_s: float) -> float:
        """Return where a moment of the reference is in the query."""
        return (reference_s - self.offset_s) / self.speed


def rounded(stretch: Seconds) -> Seconds:
    """Round to hundredths of a second, as evidence is stored."""
    return round(stretch[0], 2), round(stretch[1], 2)


def share_of(stretches: Sequence[Seconds], duration_s: float) -> float:
    """
    Return which share (0..1, to a thousandth) of a video some stretches cover together.

    Args:
        stretches: In any order; none begins before 0. What several cover counts once.

        duration_s: How long the video is.
    """
    covered, reached = 0.0, 0.0
    for begin, end in sorted(stretches):
        covered += max(0.0, end - max(begin, reached))
        reached = max(reached, end)
    return round(min(1.0, covered / max(duration_s, 1e-3)), 3)
