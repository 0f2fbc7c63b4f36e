"""
Which frames of a video are hashed, and why.

    keyframe     they cost least to decode, and an encoder puts one where a scene begins
    gap          no more than `Pace.gap_s` passes between two hashed frames: no second of a video goes unseen
    cut          a decoded frame that looks unlike the one before it
    end          the last frame

Between keyframes a codec must decode what a needed frame builds on, so most of the time goes there. Frames nothing
builds on are skipped, and so is the smoothing of blocks. Once the gap reaches to the next keyframe everything up to it
is skipped, and where twice the gap reaches to it, the first frame that is near enough to both bridges them.

A reference is banked once and asked for often: its pace decodes and hashes every frame, for in a moving picture even a
tenth of a second changes half of what an upload may show of it.

Invariant: times rise from frame to frame, from 0, whatever the file's timestamps say. Memory does not grow with the
video's length. Damage costs the frames it hits and no others.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import av
import cv2
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from av.video.stream import VideoStream

from matcher.containers import Source, VideoLimits, check_duration, open_video
from matcher.errors import UndecodableError
from matcher.media import CANONICAL_SIDE_PX, Frame, Grey, VideoInfo

VideoPacket: TypeAlias = "Packet[VideoStream]"
Progress = Callable[[float], None]
"""Told the share (0..1) of the video that was read, now and then."""

_LARGE_PIXELS = 1280 * 720
_CUT_MEAN_STEP = 24.0
"""Mean difference of sampled brightness, of 255, between neighbouring frames of different scenes."""

_SAMPLES_A_SIDE = 24
_LOOK_AHEAD_PACKETS = 600
_TICK_S = 0.001
_DEFAULT_STEP_S = 0.04
_SHORTEST_STEP_S = 1 / 30
_LATEST_S = 0.5
_NOWHERE = (np.inf, -np.inf)
_SKIP_BY_FRAME = frozenset({"h263", "h264", "hevc", "mpeg1video", "mpeg2video", "mpeg4"})
"""Decoders that look at `skip_frame` anew for each frame."""


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


UPLOAD = Pace()
"""What passes by in thousands."""

REFERENCE = Pace(gap_s=0.0, large_gap_s=0.0, closest_s=0.0, trimmed=False)
"""What is banked: every frame of up to ten minutes, every 0.2 s of an hour."""


class VideoReader:
    """
    The frames of one video that are to be hashed, in order, once.

    Args:
        path: Where it is.

        pace: How closely to look.

        limits: What it may cost.

        progress: Told how far it is.

    Raises:
        MediaError: While iterating, as `open_video` says, and `UndecodableError` if not one frame could be read.
    """

    def __init__(
        self, path: Path, *, pace: Pace = UPLOAD, limits: VideoLimits | None = None, progress: Progress | None = None
    ) -> None:
        self._path = path
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
        with open_video(self._path, limits=self._limits) as source:
            context = source.stream.codec_context
            gap_s = self._pace.gap_of(pixels=context.width * context.height, duration_s=source.duration_s)
            decoder = _Decoder(source, gap_s=gap_s, closest_s=self._pace.closest_s)
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


class _Decoder:
    """
    Packets -> the wanted frames, decoding as little as they need.

    `pending` holds packets read ahead, at most the gap's worth: enough to know whether a keyframe comes soon.
    """

    def __init__(self, source: Source, *, gap_s: float, closest_s: float) -> None:
        self._stream = source.stream
        self._context = source.stream.codec_context
        self._packets = self._readable(source)
        self._pending: deque[VideoPacket] = deque()
        self._gap_s = gap_s
        self._closest_s = closest_s
        self._clock = _Clock(source.stream)
        self._decoded = 0
        self._last_s = -np.inf
        self.damaged = 0
        self.end_s = 0.0
        if gap_s > 0:
            self._context.skip_frame = "NONREF"
            # A fifth of the time of decoding goes into smoothing the edges of blocks. Without, a frame late after a
            # keyframe is up to 10 bits away from its hash, half of them 2 or fewer; keyframes are at most 2 away.
            self._context.options = {**self._context.options, "skip_loop_filter": "all"}

    def wanted(self) -> Iterator[tuple[int, float, VideoFrame]]:
        """Yield number, time in seconds and picture of each frame that is to be hashed."""
        before: tuple[int, float, VideoFrame] | None = None
        look: Grey | None = None
        for number, time_s, picture in self._frames():
            now = number, time_s, picture
            look_before, look = look, _look(picture) if self._gap_s else None
            if before is not None and before[1] > self._last_s and time_s - self._last_s > self._gap_s > 0:
                self._last_s = before[1]
                yield before
            if self._is_wanted(picture, time_s - self._last_s, look, look_before):
                self._last_s = time_s
                yield now
            before = now
        if before is not None and before[1] - self._last_s > self._gap_s / 4:
            yield before

    def _is_wanted(
        self,
        picture: VideoFrame,
        since_s: float,
        look: Grey | None,
        look_before: Grey | None,
    ) -> bool:
        if since_s >= self._gap_s:
            return True
        if since_s < self._closest_s:
            return False
        if picture.key_frame and since_s >= self._gap_s / 4:
            return True
        if look is None or look_before is None or look.shape != look_before.shape:
            return False
        return cv2.norm(look, look_before, cv2.NORM_L1) > _CUT_MEAN_STEP * look.size

    def _frames(self) -> Iterator[tuple[int, float, VideoFrame]]:
        """Decode, leaving out stretches that end in a keyframe before the gap is over."""
        if self._gap_s == 0:
            while (packet := self._next_packet()) is not None:
                yield from self._decode(packet)
        else:
            yield from self._frames_between_skips()
        yield from self._drain()

    def _frames_between_skips(self) -> Iterator[tuple[int, float, VideoFrame]]:
        last_s = -np.inf  # of the frames the decoder was given, the last that is hashed for certain
        bridge = _NOWHERE  # where one frame is near enough to both the last and the next keyframe
        while (packet := self._next_packet()) is not None:
            time_s = self._clock.of_packet(packet)
            bridges = bridge[0] <= time_s <= bridge[1]
            if bridges:
                self._context.skip_frame = "DEFAULT"
            yield from self._decode(packet)
            last_s = max(last_s, self._last_s, time_s if packet.is_keyframe else -np.inf)
            key_s = self._key_ahead(last_s + 2 * self._gap_s + _TICK_S)
            bridge = _NOWHERE
            if key_s is None or key_s <= last_s:
                continue
            if bridges or key_s - last_s <= self._gap_s + _TICK_S:
                yield from self._drain()
                self._context.skip_frame = "NONREF"
                self._skip_to_key()
            elif self._context.name in _SKIP_BY_FRAME:
                bridge = key_s - self._gap_s - _TICK_S, last_s + self._gap_s + _TICK_S

    def _next_packet(self) -> "VideoPacket | None":
        if self._pending:
            return self._pending.popleft()
        return next(self._packets, None)

    def _key_ahead(self, until_s: float) -> float | None:
        """Return when the next keyframe is shown, if that is by `until_s`; read ahead to know."""
        while not (self._pending and self._pending[-1].is_keyframe):  # reading ahead ends with the first one
            if self._pending and self._clock.of_packet(self._pending[-1]) > until_s:
                return None
            ahead = next(self._packets, None) if len(self._pending) < _LOOK_AHEAD_PACKETS else None
            if ahead is None:
                return None
            self._pending.append(ahead)
        time_s = self._clock.of_packet(self._pending[-1])
        return time_s if time_s <= until_s else None

    def _skip_to_key(self) -> None:
        while self._pending and not self._pending[0].is_keyframe:
            self._note_end(self._pending.popleft())

    def _drain(self) -> Iterator[tuple[int, float, VideoFrame]]:
        """Get the frames the decoder holds back for ordering, and make it ready for a keyframe."""
        yield from self._decode(None)
        self._context.flush_buffers()

    def _decode(self, packet: "VideoPacket | None") -> Iterator[tuple[int, float, VideoFrame]]:
        if packet is not None:
            self._note_end(packet)
        try:
            pictures = self._context.decode(packet)
        except av.error.FFmpegError:
            self.damaged += 1
            return
        for picture in pictures:
            number, self._decoded = self._decoded, self._decoded + 1
            if picture.is_corrupt:
                self.damaged += 1
                continue
            yield number, self._clock.of_frame(picture), picture

    def _readable(self, source: Source) -> Iterator[VideoPacket]:
        """Read packets to the end of the file, or to where its structure breaks."""
        packets = source.container.demux(source.stream)
        try:
            for packet in packets:
                if packet.size == 0:  # the end, which `_drain` asks for itself
                    continue
                self.damaged += packet.is_corrupt
                yield packet
        except av.error.FFmpegError:
            self.damaged += 1

    def _note_end(self, packet: VideoPacket) -> None:
        self.end_s = max(self.end_s, self._clock.of_packet(packet) + self._clock.length_of(packet))


class _Clock:
    """Timestamps as they are -> seconds after the first frame that rise from frame to frame."""

    def __init__(self, stream: VideoStream) -> None:
        self._base = float(stream.time_base or _TICK_S)
        self._start = stream.start_time
        self._step_s = float(1 / stream.average_rate) if stream.average_rate else _DEFAULT_STEP_S
        self._last_s = -self._step_s
        self._late_s: float | None = None

    def of_frame(self, picture: VideoFrame) -> float:
        """Return when a frame is shown; one without a sensible time follows the one before it."""
        stamp = picture.pts if picture.pts is not None else picture.dts
        if self._late_s is None:
            # Where a container starts with the time of decoding, the first frame is late by what is held for ordering;
            # where it is later than that can be, what came before it is damaged.
            first_s = 0.0 if stamp is None else self._seconds(stamp)
            self._late_s = first_s if first_s <= _LATEST_S else 0.0
        time_s = self._last_s + self._step_s if stamp is None else self._seconds(stamp) - self._late_s
        if time_s <= self._last_s:
            time_s = self._last_s + (self._step_s if stamp is None else _TICK_S)
        self._last_s = max(time_s, 0.0)
        return self._last_s

    def of_packet(self, packet: VideoPacket) -> float:
        """Return when a packet's frame is shown, as far as the packet says."""
        stamp = packet.pts if packet.pts is not None else packet.dts
        return self._last_s if stamp is None else max(self._seconds(stamp), 0.0)

    def length_of(self, packet: VideoPacket) -> float:
        """Return for how long a packet's frame is shown; 0 where the packet does not say."""
        return (packet.duration or 0) * self._base

    def _seconds(self, stamp: int) -> float:
        if self._start is None:
            self._start = stamp
        return (stamp - self._start) * self._base


def _look(picture: VideoFrame) -> Grey:
    """Sample the brightness of a frame at a few hundred places, without converting it."""
    plane = picture.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    stride_y, stride_x = max(1, plane.height // _SAMPLES_A_SIDE), max(1, plane.width // _SAMPLES_A_SIDE)
    return np.ascontiguousarray(rows[::stride_y, : plane.width : stride_x])


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
