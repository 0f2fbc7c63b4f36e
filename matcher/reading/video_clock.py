"""
Timestamps as they are in a file -> seconds that can be relied on.

Invariant: times of frames rise from frame to frame, from 0, whatever the file says.
"""

from typing import Final, TypeAlias

from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

VideoPacket: TypeAlias = "Packet[VideoStream]"

TICK_S: Final = 0.001
"""Times closer than this are the same."""

_DEFAULT_STEP_S = 0.04
_LATEST_S = 0.5


class Clock:
    """
    Timestamps as they are -> seconds after the first frame that rise from frame to frame.

    Args:
        stream: The stream whose frames and packets are asked about, in the order they come.
    """

    def __init__(self, stream: VideoStream) -> None:
        self._base = float(stream.time_base or TICK_S)
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
            time_s = self._last_s + (self._step_s if stamp is None else TICK_S)
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
