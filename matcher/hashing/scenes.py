"""
A few frames of a video with their local features: by them a clip is found that was cropped, captioned or inset.

Of a reference, and of an animation, frames are spread evenly (`SceneKeeper`): every frame that comes `gap_s` after the
last is kept, and when there are more than `most`, every second one goes and the gap doubles. Of a video that is looked
for each shot has as many as any other (`shots.py`). Features are taken of those that stay.

Of the frames a query is looked for by some are stored, where it is stored: it can be found later by what it was asked
by. Invariant: at most 2 × `most` reduced frames are in memory. Scenes keep what the picture shows (`signals/local.py`),
so they are stored as the picture is.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Self

from matcher.media import Frame
from matcher.signals.local import QUERY_KEYPOINTS, QueryFeatures, extract_query, extract_reference
from matcher.signals.scenes import Scene

REFERENCE_GAP_S: Final = 0.25
"""
A hand-held camera that follows somebody shows another picture after half a second. Where references have a scene every
half second, one scene in six of a cropped clip of three seconds is found; with one every quarter second, five in six of
a clip set into another video.
"""
STORED_QUERY_SCENES: Final = 16
"""With half of them whole clips are found as well, but a fifth fewer by a photo, and half as many inside others."""

QUERY_SCENES: Final = 32
"""
Scenes a video is looked for by, at most. Clips of 5 s, cropped, mirrored and banded, inside 45 s of others: with 16
spread evenly 0 of 11 are found, with 16 by shots 2, with 32 by shots 9. Where there are more than 16, each has fewer
keypoints: together they cost what 16 did.
"""

QUERY_GAP_S: Final = 0.5
ANIMATION_GAP_S: Final = 0.25
"""Animations are short."""


@dataclass(frozen=True, slots=True, eq=False)
class SceneQuery:
    """
    One frame of a video that is looked for.

    Args:
        time_s: When it appears.

        until_s: When the next one does, or the end.

        features: All that was extracted of it or, where only `scenes/1` is left of the video, what that holds.
    """

    time_s: float
    until_s: float
    features: QueryFeatures

    @classmethod
    def of_stored(cls, scene: Scene) -> Self:
        """Make a query of a stored scene."""
        return cls(scene.time_s, scene.until_s, QueryFeatures.of_stored(scene.features))


def times_of(scenes: Sequence[Scene | SceneQuery]) -> list[tuple[float, float]]:
    """Return when each scene appears and when the next one does, in seconds."""
    return [(scene.time_s, scene.until_s) for scene in scenes]


class SceneKeeper:
    """
    Keeps a few frames of a video as it passes by, spread evenly.

    Args:
        most: How many scenes at most.

        gap_s: Least seconds between two, at first.
    """

    def __init__(self, *, most: int, gap_s: float) -> None:
        self._most = most
        self._gap_s = gap_s
        self._kept: list[Frame] = []
        self._end_s = 0.0

    def watch(self, frames: Iterable[Frame]) -> Iterator[Frame]:
        """Pass frames on, keeping some."""
        for frame in frames:
            if not self._kept or frame.time_s - self._kept[-1].time_s >= self._gap_s:
                self._kept.append(frame)
                if len(self._kept) == 2 * self._most:
                    self._kept, self._gap_s = self._kept[::2], 2 * self._gap_s
            self._end_s = frame.until_s
            yield frame

    def reference(self) -> tuple[Scene, ...]:
        """Return the kept frames as they are stored."""
        return stored_scenes(self._chosen(), end_s=self._end_s)

    def query(self) -> tuple[SceneQuery, ...]:
        """Return the kept frames as they are looked for."""
        return asked_scenes(self._chosen(), end_s=self._end_s)

    def _chosen(self) -> list[Frame]:
        return self._kept[:: -(-len(self._kept) // self._most) or 1]


def stored_scenes(frames: Sequence[Frame], *, end_s: float) -> tuple[Scene, ...]:
    """Take what is stored of frames of a video that ends at `end_s`."""
    return tuple(Scene(begin, end, extract_reference(frame.grey)) for begin, end, frame in _timed(frames, end_s))


def asked_scenes(frames: Sequence[Frame], *, end_s: float) -> tuple[SceneQuery, ...]:
    """Take what is looked for of frames of a video that ends at `end_s`."""
    count = QUERY_KEYPOINTS * STORED_QUERY_SCENES // max(len(frames), STORED_QUERY_SCENES)
    return tuple(
        SceneQuery(begin, end, extract_query(frame.grey, keypoints=count))
        for begin, end, frame in _timed(frames, end_s)
    )


def _timed(frames: Sequence[Frame], end_s: float) -> list[tuple[float, float, Frame]]:
    ends = [*(frame.time_s for frame in frames[1:]), end_s]
    return [(frame.time_s, end, frame) for frame, end in zip(frames, ends, strict=True)]
