"""
As many frames of each shot of a video as of any other: so a clip of seconds is seen several times in minutes.

Frames are compared with the one before in a few pixels; one too unlike it begins another shot. Where there are more
frames than wanted, one of the shot that has most goes: that whose neighbours lie nearest to each other. A video of one
shot has its frames spread over all of it, and one of more shots than frames has them spread over its shots.

Invariant: at most 2 × `QUERY_SCENES` reduced frames are in memory, whatever the video's length.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from matcher.hashing.scenes import (
    QUERY_GAP_S,
    QUERY_SCENES,
    STORED_QUERY_SCENES,
    SceneQuery,
    asked_scenes,
    stored_scenes,
)
from matcher.media import Frame, Grey
from matcher.signals.scenes import Scene

SAME_SHOT: Final = 0.5
"""Correlation of two frames in 16 × 16 pixels below which another shot begins. Chosen, not measured."""

_SMALL_PX: Final = 16
_SHADES: Final = 1.0
"""Grey levels of deviation below which a frame is plain: it begins no shot."""


_Small = npt.NDArray[np.float32]


class _Kept(NamedTuple):
    frame: Frame
    shot: int


class ShotKeeper:
    """Keeps a few frames of a video that is looked for, as it passes by."""

    def __init__(self) -> None:
        self._kept: list[_Kept] = []
        self._shot = 0
        self._before: _Small | None = None
        self._end_s = 0.0

    def watch(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """Pass frames on, keeping some: the first of a shot however soon it comes."""
        for frame in frames:
            small = _small(frame.grey)
            begins = not self._kept or _differ(self._before, small)
            self._before, self._end_s = self._before if small is None else small, frame.until_s
            self._shot += begins
            if begins or frame.time_s - self._kept[-1].frame.time_s >= QUERY_GAP_S:
                self._kept = _thinned([*self._kept, _Kept(frame, self._shot)], 2 * QUERY_SCENES)
            yield frame

    def reference(self) -> tuple[Scene, ...]:
        """Return as many of the kept frames as are stored."""
        kept = _thinned(_thinned(self._kept, QUERY_SCENES), STORED_QUERY_SCENES)
        return stored_scenes([one.frame for one in kept], end_s=self._end_s)

    def query(self) -> tuple[SceneQuery, ...]:
        """Return the kept frames as they are looked for."""
        return asked_scenes([one.frame for one in _thinned(self._kept, QUERY_SCENES)], end_s=self._end_s)


def _thinned(kept: Sequence[_Kept], most: int) -> list[_Kept]:
    """Leave out the frames that are missed least, until there are no more than `most`."""
    left = list(kept)
    while len(left) > most:
        shots = np.array([one.shot for one in left])
        counts = np.bincount(shots)[shots]
        times = np.array([one.frame.time_s for one in left])
        between = np.append(times[1:], np.inf) - np.append(-np.inf, times[:-1])
        del left[int(np.where(counts == counts.max(), between, np.inf).argmin())]
    return left


def _differ(before: _Small | None, small: _Small | None) -> bool:
    return before is not None and small is not None and float((small * before).mean()) < SAME_SHOT


def _small(grey: Grey) -> _Small | None:
    """Return a frame in 16 × 16 pixels, of mean 0 and deviation 1; None for a plain one."""
    small = cv2.resize(grey, (_SMALL_PX, _SMALL_PX), interpolation=cv2.INTER_AREA).astype(np.float32)
    deviation = float(small.std())
    if deviation < _SHADES:
        return None
    return np.asarray((small - small.mean()) / deviation, np.float32)
