"""
An animated GIF, WebP, AVIF or PNG, or the pages of a TIFF or HEIC -> frames, as a video has them.

Frames are composed as a viewer shows them, on white, and reduced like every picture. A file says how long each stays;
one that says nothing, or less than browsers obey, stays for a tenth of a second, as in browsers.

Invariant: one frame is in memory at a time, and none is larger than the limit. The number of frames was checked when
the picture was decoded. A damaged frame ends neither the work nor, where FFmpeg reads the format too, the frames: it
goes on after damage at which Pillow stops, and so do the programs that show and convert animations. What one bad byte
hides from us must not be shown by them.
"""

import io
from collections.abc import Iterator
from contextlib import suppress
from typing import Final

import av
import cv2
import numpy as np
from av import VideoFrame
from PIL import Image as PillowImage
from PIL.ImageFile import ImageFile

from matcher.errors import TooManyPixelsError, UndecodableError
from matcher.media import CANONICAL_SIDE_PX, Frame, ImageFormat
from matcher.reading.decode import Limits, check_all_pixels, check_pixels, open_picture
from matcher.reading.flatten import Picture, readings
from matcher.reading.formats import FORMAT_NAMES
from matcher.reading.video_clock import VideoPacket

_DEFAULT_S = 0.1
_SHORTEST_S = 0.02


class AnimationReader:
    """
    The frames of one animation, in order. From the first that is damaged on they are FFmpeg's, as far as it reads them.

    Args:
        data: The whole file, of which the first frame was decoded.

        format_: The format that `sniff` named by content.

        frames: How many there are by its header.

        limits: What a frame may cost.

    Attributes:
        seen: Frames that could be read so far.

        seen_s: Seconds that they stay.

    Raises:
        UndecodableError: While iterating, if the first frame is damaged.
        TooManyPixelsError: While iterating, if a later frame is larger than the limit, or all together are.
    """

    def __init__(self, data: bytes, format_: ImageFormat, *, frames: int, limits: Limits) -> None:
        self._data = data
        self._format = format_
        self._frames = frames
        self._limits = limits
        self.seen = 0
        self.seen_s = 0.0

    @property
    def duration_s(self) -> float:
        """Seconds that all frames stay; those that cannot be read are taken to stay as long as the others do."""
        return self.seen_s * self._frames / self.seen

    def __iter__(self) -> Iterator[Frame]:
        picture = open_picture(self._data, self._format)
        pixels = 0
        for number in range(self._frames):
            try:
                _go_to(picture, number)
                check_pixels(picture.size, self._limits)
                pixels += picture.size[0] * picture.size[1]  # pages may be larger than the first
                check_all_pixels(pixels, self._limits)
                picture.load()
            except (MemoryError, TooManyPixelsError):
                raise
            except Exception as error:  # a codec may raise anything at all on damaged bytes; none of it is ours
                if number == 0:
                    raise UndecodableError(
                        f"the first frame of the {FORMAT_NAMES[self._format]} animation cannot be decoded ({error}); "
                        "it is truncated or damaged. Send the whole file"
                    ) from error
                yield from self._as_others_show_it(number)
                return
            begin_s = self.seen_s
            self.seen, self.seen_s = number + 1, begin_s + _stays_s(picture.info.get("duration", 0))
            yield _frame(next(readings(picture)).picture, number, (begin_s, self.seen_s))

    def _as_others_show_it(self, first: int) -> Iterator[Frame]:
        """Yield FFmpeg's frames from `first` on, without those that it cannot decode either."""
        begin_s = self.seen_s
        for number, packet in enumerate(_packets(self._data, self._format, self._limits)):
            picture = _decoded(packet)
            if not first <= number < self._frames:
                continue
            stays_s = _stays_s(1000 * float((packet.duration or 0) * (packet.time_base or 0)))
            if picture is not None:
                self.seen, self.seen_s = self.seen + 1, self.seen_s + stays_s
                yield _frame(_on_white(picture), number, (begin_s, begin_s + stays_s))
            begin_s += stays_s


_DEMUXERS: Final[dict[ImageFormat, str]] = {"gif": "gif", "png": "apng"}
"""The formats of which FFmpeg reads animations frame by frame, too, and what it calls them."""


def _packets(data: bytes, format_: ImageFormat, limits: Limits) -> Iterator[VideoPacket]:
    """Yield what FFmpeg takes for the frames, up to where it finds no more; nothing of a format it does not read."""
    if format_ not in _DEMUXERS:
        return
    with suppress(av.error.FFmpegError), av.open(io.BytesIO(data), "r", format=_DEMUXERS[format_]) as container:
        for stream in container.streams.video[:1]:
            stream.codec_context.thread_count = 1
            check_pixels((stream.codec_context.width, stream.codec_context.height), limits)
            yield from (packet for packet in container.demux(stream) if packet.size)


def _decoded(packet: VideoPacket) -> VideoFrame | None:
    try:
        pictures = packet.decode()
    except av.error.FFmpegError:
        return None
    return pictures[-1] if pictures else None


def _on_white(picture: VideoFrame) -> PillowImage.Image:
    shown = PillowImage.fromarray(picture.to_ndarray(format="rgba"))
    white = PillowImage.new("RGBA", shown.size, "white")
    return PillowImage.alpha_composite(white, shown).convert("RGB")


def _go_to(picture: ImageFile, number: int) -> None:
    """Read where a frame lies; what its codec would refuse to decode, because it covers nothing, changes nothing."""
    picture.seek(number)
    extents = [tile.extents for tile in picture.tile if tile.extents is not None]
    if number and any(left >= right or top >= bottom for left, top, right, bottom in extents):
        picture.tile = []


def _frame(picture: Picture, number: int, stays: tuple[float, float]) -> Frame:
    shown = picture.convert("L")
    longest = max(shown.size)
    grey = np.asarray(shown)
    if longest > CANONICAL_SIDE_PX:
        size = tuple(max(1, round(side * CANONICAL_SIDE_PX / longest)) for side in shown.size)
        grey = cv2.resize(grey, (size[0], size[1]), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return Frame(number, *stays, grey, (shown.height, shown.width))


def _stays_s(stated_ms: object) -> float:
    seconds = float(stated_ms) / 1000 if isinstance(stated_ms, (int, float)) else 0.0
    return seconds if seconds >= _SHORTEST_S else _DEFAULT_S
