"""
Decoded media: what every codec's output is turned into, and the only thing signals are made from.

Invariant: pixels are what a viewer shows: upright (EXIF orientation applied), flattened on white, 8-bit RGB. Two files
that look alike give alike pixels, whatever their format. `canonical` depends on the file's bytes and on nothing the
caller asks for, because stored signals are made from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
"""uint8, shape (height, width, 3), RGB, 0..255, row 0 on top, C-contiguous."""

CANONICAL_SIDE_PX = 512
"""Longest side of the picture that hash signals are made from. Changing it makes new versions of `pdq` and `phash`."""

ImageFormat = Literal["jpeg", "png", "webp", "gif", "avif", "heic", "bmp", "tiff"]
VideoFormat = Literal["mp4", "mov", "webm", "mkv", "avi"]

Grey = npt.NDArray[np.uint8]
"""uint8, shape (height, width), brightness 0..255, row 0 on top, C-contiguous."""


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """
    What a piece of media is, without its pixels: safe to log and to store.

    Args:
        format: Decided by content, never by name.

        width_px: Width of the upright original, before any reduction.

        height_px: Height of the upright original.

        frames: Number of frames by its header; 1 unless animated. Signals are made from the first.

        size_bytes: Size of the file.

        duration_s: Seconds that an animation lasts, to the millisecond; None of a picture that is none. Frames that
            cannot be read are taken to stay as long as the others do on average.

        seen_s: Seconds of the frames that could be read: fewer where a later one is damaged or cut short.
    """

    format: ImageFormat
    width_px: int
    height_px: int
    frames: int
    size_bytes: int
    duration_s: float | None = None
    seen_s: float | None = None
    kind: Literal["image"] = field(default="image", init=False)


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """
    One decoded picture.

    Args:
        info: What it was decoded from.

        sha256: 32 bytes, of the whole file.

        canonical: Longest side at most `CANONICAL_SIDE_PX`, never enlarged: what hash signals are made from.

        pixels: The same picture, longest side at most the working side the caller asked for: what finer work
            (keypoints, previews) is done on. It is `canonical` itself where the caller asked for no more.

        other_readings: How programs that treat transparency or 16-bit greys otherwise show it, by name, reduced like
            `canonical`. Empty for nearly every file.

        exchanged: Name of the reading whose hash the published tools give for this layout, and so exchange; None where
            it is `canonical`, as for nearly every file.
    """

    info: MediaInfo
    sha256: bytes
    canonical: Pixels
    pixels: Pixels
    other_readings: Mapping[str, Pixels] = field(default_factory=dict)
    exchanged: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """
    One picture of a video that is to be hashed.

    Args:
        number: Its place among the decoded frames, from 0; the frame number where every frame is decoded.

        time_s: When it appears, in seconds after the first frame; rises from frame to frame.

        until_s: How long it stands for what is seen: to the frame after it, or to the end.

        grey: Upright, longest side at most `CANONICAL_SIDE_PX`, never enlarged.

        whole: Height and width before it was reduced, upright, in pixels.
    """

    number: int
    time_s: float
    until_s: float
    grey: Grey
    whole: tuple[int, int]


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """
    What a video is, without its pixels: safe to log and to store.

    Args:
        format: Decided by content, never by name.

        codec: FFmpeg's name of it: ``"h264"``.

        width_px: Width of the upright original.

        height_px: Height of the upright original.

        duration_s: Seconds, to the millisecond, from its frames where the header says nothing or too little.

        seen_s: Seconds, to the millisecond, for which a frame could be read: fewer where it is damaged or cut short.

        frames: Number of frames that were hashed.

        damaged: Number of packets and frames that could not be read.

        size_bytes: Size of the file.
    """

    format: VideoFormat | ImageFormat
    codec: str
    width_px: int
    height_px: int
    duration_s: float
    seen_s: float
    frames: int
    damaged: int
    size_bytes: int
    kind: Literal["video"] = field(default="video", init=False)
