"""
Which frames of a video are hashed, and why.

    keyframe     they cost least to decode, and an encoder puts one where a scene begins
    gap          no more than `Pace.gap_s` passes between two hashed frames: no second of a video goes unseen
    cut          a decoded frame that looks unlike the one before it
    end          the last frame

`frame_decoder.py` decodes as little as that takes. A reference is hashed once and compared often: at its pace every
frame is decoded and hashed, for where a picture moves, a tenth of a second changes half of what a query may show of it.

Invariant: times rise from frame to frame, from 0, whatever the file's timestamps say. Memory does not grow with the
video's length. Damage ends nothing: what can be decoded is hashed, and `VideoInfo.seen_s` says how much that was.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from matcher.errors import UndecodableError
from matcher.media import CANONICAL_SIDE_PX, Frame, Grey, VideoInfo
from matcher.reading.containers import VideoLimits, check_duration, open_video
from matcher.reading.files import File
from matcher.reading.frame_decoder import Decoder

Progress = Callable[[float], None]
"""Called with the share (0..1) of the video that was read, now and then."""

_LARGE_PIXELS = 1280 * 720
_SHORTEST_STEP_S = 1 / 30


@dataclass(frozen=True, slots=True)
class Pace:
    """
    How closely a video is looked at.

    Args:
        gap_s: Most seconds between two hashed frames; 0 hashes every frame.

        large_gap_s: The same for frames of more than 1280 × 720 pixels, which cost several times as much to reach.

        fewest: Frames a short video is looked at with, where it has them.

        closest_s: Least seconds between two hashed frames.

        trimmed: Whether frames are hashed without their borders too, as a query needs them.

        most: Frames a video is looked at with at most where `gap_s` is 0: a long one is looked at less closely.
    """

    gap_s: float = 1.0
    large_gap_s: float = 2.0
    fewest: int = 16
    closest_s: float = 0.1
    trimmed: bool = True
    most: int = 18_000

    def gap_of(self, *, pixels: int, duration_s: float | None) -> float:
        """Return the gap for one video, in seconds; 0 for every frame."""
        gap_s = self.large_gap_s if pixels > _LARGE_PIXELS else self.gap_s
        if duration_s is None:
            return gap_s
        if gap_s == 0:
            return duration_s / self.most if duration_s > self.most * _SHORTEST_STEP_S else 0.0
        return min(gap_s, max(duration_s / self.fewest, self.closest_s))


QUERY = Pace()
"""For a video that is looked for: there are thousands of them, so each must be cheap."""

REFERENCE = Pace(gap_s=0.0, large_gap_s=0.0, closest_s=0.0, trimmed=False)
"""For a video that is stored to be found: every frame of up to ten minutes, every 0.2 s of an hour."""


class VideoReader:
    """
    The frames of one video that are to be hashed, in order, once.

    Args:
        video: The file.

        pace: How closely to look.

        limits: What it may cost.

        progress: Called with the share (0..1) that was read, now and then.

    Raises:
        MediaError: While iterating, as `open_video` says, and `UndecodableError` if not one frame could be read.
    """

    def __init__(
        self, video: File, *, pace: Pace = QUERY, limits: VideoLimits | None = None, progress: Progress | None = None
    ) -> None:
        self._video = video
        self._pace = pace
        self._limits = limits or VideoLimits()
        self._progress = progress or (lambda _: None)
        self._info: VideoInfo | None = None

    @property
    def info(self) -> VideoInfo:
        """What the video is; known once every frame was read."""
        if self._info is None:
            message = "a video's duration and damage are known after its last frame; iterate to the end first"
            raise ValueError(message)
        return self._info

    def __iter__(self) -> Iterator[Frame]:
        with open_video(self._video, limits=self._limits) as source:
            context = source.stream.codec_context
            gap_s = self._pace.gap_of(pixels=context.width * context.height, duration_s=source.duration_s)
            decoder = Decoder(source, gap_s=gap_s, closest_s=self._pace.closest_s)
            scaler = VideoReformatter()
            held: tuple[int, float, Grey] | None = None
            size = (context.width, context.height)
            count, seen_s, expected_s = 0, 0.0, max(2 * gap_s, 0.5)
            for number, time_s, picture in decoder.wanted():
                check_duration(time_s, self._limits)
                if held is not None:
                    count += 1
                    seen_s += min(time_s - held[1], expected_s)
                    yield Frame(held[0], held[1], time_s, held[2], size[::-1])
                held = number, time_s, _grey_upright(picture, scaler)
                size = _upright_size(picture)
                self._progress(min(time_s / source.duration_s, 1.0) if source.duration_s else 0.0)
            if held is None:
                raise UndecodableError(
                    f"not one frame of the {context.name} video could be decoded "
                    f"({decoder.damaged} damaged packets); it is truncated or damaged. Send the whole file"
                )
            last_s = max(decoder.end_s, held[1])
            duration_s = max(source.duration_s or 0.0, last_s)
            yield Frame(held[0], held[1], last_s, held[2], size[::-1])
            self._progress(1.0)
            self._info = VideoInfo(
                format=source.format,
                codec=context.name,
                width_px=size[0],
                height_px=size[1],
                duration_s=round(duration_s, 3),
                seen_s=round(min(seen_s + min(last_s - held[1], expected_s), duration_s), 3),
                frames=count + 1,
                damaged=decoder.damaged,
                size_bytes=source.size_bytes,
            )


def _grey_upright(picture: VideoFrame, scaler: VideoReformatter) -> Grey:
    """
    Reduce a frame by area averaging to brightness, and turn it as the file says it is to be shown.

    Args:
        picture: Decoded.

        scaler: One for all frames of a video: a new one costs more than to scale a frame.
    """
    shrink = min(1.0, CANONICAL_SIDE_PX / max(picture.width, picture.height))
    width, height = (max(1, round(side * shrink)) for side in (picture.width, picture.height))
    scaled = scaler.reformat(picture, width=width, height=height, format="gray", interpolation=Interpolation.AREA)
    grey = scaled.to_ndarray()
    return np.ascontiguousarray(np.rot90(grey, _quarter_turns(picture)))


def _upright_size(picture: VideoFrame) -> tuple[int, int]:
    sideways = _quarter_turns(picture) % 2
    return (picture.height, picture.width) if sideways else (picture.width, picture.height)


def _quarter_turns(picture: VideoFrame) -> int:
    """Return how many counter-clockwise quarter turns make a frame upright (display matrix, ISO/IEC 14496-12)."""
    return round(picture.rotation / 90) % 4
