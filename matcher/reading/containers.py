"""
A video file -> its stream of pictures: the only file that opens what others made with FFmpeg.

Invariant: the container is decided by content. FFmpeg gets its bytes and may open nothing: a playlist, or a
reference to another file, is never followed. The file is read in pieces; memory does not grow with
its length. What FFmpeg raises becomes an error of ours that says what to do.

Run this in a sandbox (`matcher/sandbox/pool.py`) when the file comes from outside.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from matcher.errors import (
    EmptyFileError,
    MissingCodecError,
    NoPictureError,
    TooLargeError,
    TooLongError,
    TooManyPixelsError,
    UndecodableError,
    UnsupportedFormatError,
)
from matcher.media import VideoFormat
from matcher.reading.files import File, open_file, size_of
from matcher.reading.formats import FORMAT_NAMES, VIDEO_FORMAT_NAMES, sniff_video

_HEAD_BYTES = 4096
_BUFFER_BYTES = 2**16
_DEMUXERS: dict[VideoFormat, str] = {"mp4": "mov", "mov": "mov", "webm": "matroska", "mkv": "matroska", "avi": "avi"}
_OPTIONS = {"protocol_whitelist": "none", "enable_drefs": "0", "use_absolute_path": "0"}
_TEXTS: dict[str, Any] = {} if int(av.__version__.split(".")[0]) >= 19 else {"metadata_errors": "replace"}
"""A title that is not UTF-8 must not stop the reading: PyAV 19 does so by itself, PyAV 18 needs this option."""

_LONGEST_BELIEVED_S = 30 * 86_400.0
"""A header that promises more than a month is damaged, not long."""


@dataclass(frozen=True, slots=True)
class VideoLimits:
    """
    What one video may cost. Anything beyond is refused with an error of its own.

    Args:
        max_bytes: Size of the file.

        max_duration_s: Seconds, by its header and by its frames.

        max_pixels: Width × height promised by its header.

        max_frames: Frames that are kept of it.
    """

    max_bytes: int = 2_000_000_000
    max_duration_s: float = 4 * 3600.0
    max_pixels: int = 100_000_000
    max_frames: int = 50_000


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """
    An open video.

    Args:
        container: FFmpeg's, at its beginning.

        stream: The pictures in it.

        format: The container that `sniff_video` named by content.

        duration_s: Seconds, as its header says; None where it says nothing one can believe.

        size_bytes: Size of the file.
    """

    container: InputContainer
    stream: VideoStream
    format: VideoFormat
    duration_s: float | None
    size_bytes: int


def is_video(path: Path) -> bool:
    """Tell whether a file's content is a video container we read."""
    with open_file(path) as file:
        return sniff_video(file.read(_HEAD_BYTES)) is not None


@contextmanager
def open_video(video: File, *, limits: VideoLimits) -> Iterator[Source]:
    """
    Open a video within limits.

    Args:
        video: Its name is not asked for its type.

        limits: What it may cost.

    Raises:
        EmptyFileError: If there are no bytes.
        TooLargeError: If there are more than `limits.max_bytes`.
        UnsupportedFormatError: If it is not MP4, QuickTime, WebM, Matroska or AVI.
        NoPictureError: If it holds sound only.
        MissingCodecError: If its video is in a codec without a decoder.
        TooManyPixelsError: If its header promises more than `limits.max_pixels`.
        TooLongError: If its header promises more than `limits.max_duration_s`.
        UndecodableError: If its structure is damaged or cut off.
    """
    size_bytes = size_of(video)
    if size_bytes == 0:
        raise EmptyFileError("the file is empty; send the bytes of a video")
    if size_bytes > limits.max_bytes:
        raise TooLargeError(f"the video has {size_bytes:,} bytes; the limit is {limits.max_bytes:,}. Send it in parts")
    with open_file(video) as file:
        head = file.read(_HEAD_BYTES)
        file.seek(0)
        format_ = sniff_video(head)
        if format_ is None:
            known = ", ".join((*FORMAT_NAMES.values(), *VIDEO_FORMAT_NAMES.values()))
            raise UnsupportedFormatError(
                f"the file begins with the bytes {head[:8].hex(' ')}, which is no format we read; send {known}"
            )
        try:
            container = av.open(file, format=_DEMUXERS[format_], options=_OPTIONS, buffer_size=_BUFFER_BYTES, **_TEXTS)
        except av.error.FFmpegError as error:
            raise UndecodableError(
                f"the file starts like {VIDEO_FORMAT_NAMES[format_]} and its structure cannot be read "
                f"({error.strerror}); it is truncated or damaged. Send the whole file"
            ) from error
        with container:
            stream = _pictures(container)
            duration_s = _promised_duration_s(container, stream)
            _check(stream, duration_s, limits)
            yield Source(container, stream, format_, duration_s, size_bytes)


def _pictures(container: InputContainer) -> VideoStream:
    """Choose the largest stream of moving pictures; a cover picture does not count."""
    covers = av.stream.Disposition.attached_pic
    streams = [stream for stream in container.streams.video if not stream.disposition & covers]
    if not streams:
        kinds = " and ".join(sorted({stream.type for stream in container.streams})) or "nothing"
        raise NoPictureError(f"the file holds {kinds} and no moving picture; send a video")
    readable = [stream for stream in streams if _has_decoder(stream)]
    if not readable:
        raise MissingCodecError(
            "no decoder for the video's codec is built in; send it as H.264, H.265, VP8, VP9, AV1 or MPEG-4"
        )
    stream = max(readable, key=lambda one: one.codec_context.width * one.codec_context.height)
    stream.codec_context.thread_count = 1  # workers are the parallelism, and frame threads hold frames back
    return stream


def _has_decoder(stream: VideoStream) -> bool:
    try:
        return bool(stream.codec_context.codec.is_decoder)
    except (AttributeError, av.error.FFmpegError, av.codec.codec.UnknownCodecError):
        return False


def _promised_duration_s(container: InputContainer, stream: VideoStream) -> float | None:
    promised: list[float] = []
    if stream.duration is not None and stream.time_base is not None:
        promised.append(float(stream.duration * stream.time_base))
    if container.duration is not None:
        # Matroska counts from 0 even where its first picture is shown later: what was cut out of a longer stream.
        late = max(container.start_time or 0, 0) if "matroska" in container.format.name else 0
        promised.append((container.duration - late) / av.time_base)
    return next((one for one in promised if 0 < one < _LONGEST_BELIEVED_S), None)


def _check(stream: VideoStream, duration_s: float | None, limits: VideoLimits) -> None:
    width, height = stream.codec_context.width, stream.codec_context.height
    if width * height > limits.max_pixels:
        raise TooManyPixelsError(
            f"the header promises {width:,} × {height:,} pixels; the limit is {limits.max_pixels:,}. Send it reduced"
        )
    if duration_s is not None:
        check_duration(duration_s, limits)


def check_duration(duration_s: float, limits: VideoLimits) -> None:
    """
    Refuse what is too long.

    Raises:
        TooLongError: If it is more than `limits.max_duration_s`.
    """
    if duration_s > limits.max_duration_s:
        raise TooLongError(
            f"the video is {duration_s:,.0f} s long; the limit is {limits.max_duration_s:,.0f} s. Send it in parts"
        )
