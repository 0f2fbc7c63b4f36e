"""
A query: the values by which one picture or video is looked for.

A picture is looked for as it is, mirrored, turned, with its colours inverted, and without its uniform border.

Invariant: a variant's name says what was done to the reference to arrive at the query, and its code is that of the
query with that undone. All hash signals of one query have the same names in the same rows, so "two signals agree" can
mean "under the same transformation".
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from matcher.distance import Codes, as_codes
from matcher.hashing.borders import trim_border
from matcher.hashing.scenes import STORED_QUERY_SCENES, SceneQuery
from matcher.hashing.video_query import VideoQuery
from matcher.media import Image
from matcher.signals import is_hash, taken_types
from matcher.signals.base import Searched, Signal, SignalType
from matcher.signals.local import NAME as LOCAL
from matcher.signals.local import LocalFeatures, QueryFeatures
from matcher.signals.pdq import Pdq
from matcher.signals.scenes import NAME as SCENES
from matcher.signals.scenes import scenes_of
from matcher.signals.sha256 import Sha256
from matcher.signals.turning.orientations import AS_IS, TURNS
from matcher.signals.turning.variants import Variants, View
from matcher.signals.video import NAME as VIDEO
from matcher.signals.video import VideoFrames, signal_of

INVERTED: Final = "colours inverted"


@dataclass(frozen=True, slots=True)
class Query:
    """
    What is looked for: for each signal type, its values.

    Args:
        variants: By signal type. A type that is missing is not asked for.

        video: The frames, where a video is looked for, or a picture that moves.

        features: Local features of the picture, to find parts of it; None where parts are not looked for.

        scenes: Scenes of a video with their local features; none where parts are not looked for.

        stored: Names of the variants that are stored of the picture itself: each way programs show it, the one that the
            field exchanges first.
    """

    variants: Mapping[str, Variants]
    stored: tuple[str, ...] = (AS_IS,)
    video: VideoQuery | None = None
    features: QueryFeatures | None = None
    scenes: tuple[SceneQuery, ...] = ()

    @classmethod
    def of_signals(cls, signals: Iterable[Signal]) -> Self:
        """Ask for values as they were sent, several of a type if so; no picture is at hand to turn."""
        by_type: dict[str, list[Signal]] = {}
        for signal in signals:
            by_type.setdefault(signal.type, []).append(signal)
        frames, parts, scenes = (by_type.pop(name, None) for name in (VIDEO, LOCAL, SCENES))
        video = VideoQuery.of_frames(VideoFrames.from_bytes(frames[0].value)) if frames else None
        features = QueryFeatures.of_stored(LocalFeatures.from_bytes(parts[0].value)) if parts else None
        return cls(
            {name: _as_sent(values) for name, values in by_type.items() if is_hash(name)},
            video=video,
            features=features,
            scenes=_asked_scenes(scenes[0].value) if scenes else (),
        )

    @property
    def parts(self) -> tuple[QueryFeatures, ...]:
        """The pictures whose parts are asked for: the scenes of the video in order, then the picture itself."""
        still = () if self.features is None else (self.features,)
        return (*(scene.features for scene in self.scenes), *still)

    def without_parts(self) -> "Query":
        """The same by hashes alone."""
        return replace(self, features=None, scenes=())

    @classmethod
    def of_video(cls, video: VideoQuery, sha256: bytes) -> Self:
        """Ask for a video by its file and by its frames."""
        return cls({Sha256.name: Variants((AS_IS,), as_codes(sha256), (None,))}, video=video)

    @classmethod
    def of_image(cls, image: Image, types: Iterable[SignalType] | None = None) -> Self:
        """
        Ask for a picture in every variant.

        8 orientations, the same with colours inverted, and 8 orientations each of what is inside a uniform border, if
        there is one, and of every other way programs show this file.

        Args:
            image: Decoded.

            types: Those to ask by; the hashes among them are taken. None for all that are not optional.
        """
        rows = taken_types() if types is None else types
        views = [View(image, (*TURNS, *_after(INVERTED)), inverted=True)]
        for edit, pixels in (*trim_border(image.canonical).items(), *image.other_readings.items()):
            views.append(View(replace(image, canonical=pixels, pixels=pixels), _after(edit)))
        return cls(
            {row.name: row.variants(views) for row in rows if row.searched is Searched.HAMMING},
            stored=tuple(sorted((AS_IS, *image.other_readings), key=lambda name: name != image.exchanged)),
        )

    def codes(self) -> dict[str, Codes]:
        """Return what an index is asked: by signal type, uint8 of shape (n, bits // 8)."""
        asked = {name: variants.codes for name, variants in self.variants.items()}
        if self.video is not None:
            frames = self.video.codes()
            asked[Pdq.name] = np.concatenate([asked[Pdq.name], frames]) if Pdq.name in asked else frames
        return asked

    def signals(self) -> tuple[Signal, ...]:
        """Return the values as they are stored: each type in each way the picture is shown."""
        moving = () if self.video is None else (signal_of(self.video.frames),)
        return moving + tuple(
            Signal(name, variants.codes[row].tobytes(), variants.qualities[row])
            for shown in self.stored
            for name, variants in self.variants.items()
            if shown in variants.names
            for row in (variants.names.index(shown),)
        )


def _asked_scenes(value: bytes) -> tuple[SceneQuery, ...]:
    """Ask for no more scenes than are taken of a query, spread over the video."""
    scenes = scenes_of(value)
    every = -(-len(scenes) // STORED_QUERY_SCENES)
    return tuple(SceneQuery.of_stored(one) for one in scenes[::every])


def _as_sent(signals: Sequence[Signal]) -> Variants:
    if len(signals) == 1:
        return Variants((AS_IS,), as_codes(signals[0].value), (signals[0].quality,))
    names = (AS_IS, *(f"as sent, value {n}" for n in range(2, len(signals) + 1)))
    return Variants(names, np.concatenate([as_codes(s.value) for s in signals]), tuple(s.quality for s in signals))


def _after(edit: str) -> tuple[str, ...]:
    """Name the 8 orientations of what had this edit, too, done to it."""
    return tuple(edit if turn == AS_IS else f"{turn}, {edit}" for turn in TURNS)
