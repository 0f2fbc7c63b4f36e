"""
Packets -> the frames that are to be hashed, decoding as little as they need.

Between keyframes a codec must decode what a needed frame builds on, so most of the time goes there. Frames nothing
builds on are skipped, and so is the smoothing of blocks. Once the gap reaches to the next keyframe everything up to it
is skipped, and where twice the gap reaches to it, the first frame that is near enough to both bridges them.

Invariant: times rise; no more than the gap passes between two frames of an undamaged video. Damage costs the frames it
hits, those that build on them and, where it hits a frame that was to bridge, what was skipped after that.
"""

from collections import deque
from collections.abc import Iterator

import av
import cv2
import numpy as np
from av.video.frame import VideoFrame

from matcher.media import Grey
from matcher.reading.containers import Source
from matcher.reading.random_access import access_test
from matcher.reading.video_clock import TICK_S, Clock, VideoPacket

_CUT_MEAN_STEP = 24.0
"""Mean difference of sampled brightness, of 255, between neighbouring frames of different scenes."""

_SAMPLES_A_SIDE = 24
_LOOK_AHEAD_PACKETS = 600
_NOWHERE = (np.inf, -np.inf)
_SKIP_BY_FRAME = frozenset({"h263", "h264", "hevc", "mpeg1video", "mpeg2video", "mpeg4"})
"""Decoders that look at `skip_frame` again for each frame."""


class Decoder:
    """
    Decodes one video, once.

    Args:
        source: At its beginning.

        gap_s: Most seconds between two frames; 0 for every frame.

        closest_s: Least seconds between two frames.

    Attributes:
        damaged: Packets and frames so far that could not be read.

        end_s: When the last picture read so far ends, seconds.
    """

    def __init__(self, source: Source, *, gap_s: float, closest_s: float) -> None:
        self._context = source.stream.codec_context
        self._packets = self._readable(source)
        self._begins = access_test(self._context)
        self._pending: deque[VideoPacket] = deque()  # read ahead, to know whether a keyframe comes soon
        self._gap_s = gap_s
        self._closest_s = closest_s
        self._clock = Clock(source.stream)
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
            stays = self._clock.length_of(packet) > self._gap_s  # nothing else is seen meanwhile
            self._context.skip_frame = "DEFAULT" if bridges or stays else "NONREF"
            yield from self._decode(packet)
            last_s = max(last_s, self._last_s, time_s if self._begins(packet) else -np.inf)
            key_s = self._key_ahead(last_s + 2 * self._gap_s + TICK_S)
            bridge = _NOWHERE
            if key_s is None or key_s <= last_s:
                continue
            if bridges or key_s - last_s <= self._gap_s + TICK_S:
                yield from self._drain()
                self._skip_to_key()
            elif self._context.name in _SKIP_BY_FRAME:
                bridge = key_s - self._gap_s - TICK_S, last_s + self._gap_s + TICK_S

    def _next_packet(self) -> "VideoPacket | None":
        if self._pending:
            return self._pending.popleft()
        return next(self._packets, None)

    def _key_ahead(self, until_s: float) -> float | None:
        """Return when the next keyframe is shown, if that is by `until_s`; read ahead to know."""
        while not (self._pending and self._begins(self._pending[-1])):  # reading ahead ends with the first one
            if self._pending and self._clock.of_packet(self._pending[-1]) > until_s:
                return None
            ahead = next(self._packets, None) if len(self._pending) < _LOOK_AHEAD_PACKETS else None
            if ahead is None:
                return None
            self._pending.append(ahead)
        time_s = self._clock.of_packet(self._pending[-1])
        return time_s if time_s <= until_s else None

    def _skip_to_key(self) -> None:
        while self._pending and not self._begins(self._pending[0]):
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


def _look(picture: VideoFrame) -> Grey:
    """Sample the brightness of a frame at a few hundred places, without converting it."""
    plane = picture.planes[0]
    rows = np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)
    stride_y, stride_x = max(1, plane.height // _SAMPLES_A_SIDE), max(1, plane.width // _SAMPLES_A_SIDE)
    return np.ascontiguousarray(rows[::stride_y, : plane.width : stride_x])
