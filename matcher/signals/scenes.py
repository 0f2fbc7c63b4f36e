"""
`scenes/1`: a few frames of a video, each with its times and its `local/1`: what is left of a clip that was cropped,
written on, or set into another.

A value is its scenes, one after the other, at most 64, in little-endian order:

    0          4          8       12
    | begin ms | until ms | bytes | local/1 … |
    |   u32    |   u32    |  u32  |           |

Invariant: each scene is searched among pictures' `local/1`, so a photo finds the scene it was taken from. Thumbnails
show what the video shows, so these bytes must be kept as safely as the video.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from matcher.errors import SignalValueError
from matcher.media import Image
from matcher.signals.base import Searched, Signal, SignalType
from matcher.signals.hexadecimal import parse_whole
from matcher.signals.local import MAX_VALUE_BYTES, LocalFeatures, extract_reference
from matcher.signals.local import NAME as LOCAL
from matcher.thresholds import NEAR_DESCRIPTOR_BITS

NAME: Final = "scenes/1"
REFERENCE_SCENES: Final = 64

_HEADER = struct.Struct("<III")


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """
    One frame of a video, as it is stored.

    Args:
        time_s: When it appears.

        until_s: When the next scene does, or the end.

        features: To find it by, and to verify that.
    """

    time_s: float
    until_s: float
    features: LocalFeatures


class Scenes(SignalType):
    """A row of `SIGNAL_TYPES`. Its threshold is that of one descriptor; no two whole values have a distance."""

    name = NAME
    bits = REFERENCE_SCENES * (_HEADER.size + MAX_VALUE_BYTES) * 8
    threshold = NEAR_DESCRIPTOR_BITS
    label = "Scenes of the video (local features)"
    searched = Searched.RANKED
    minimum_quality = 0

    def of_image(self, image: Image) -> Signal:
        """Treat a still picture as a video of one scene."""
        return signal_of([Scene(0.0, 0.0, extract_reference(image.pixels))])

    def parse(self, text: str) -> bytes:
        """
        Read hex of a whole value.

        Raises:
            SignalValueError: If it is anything else.
        """
        value = parse_whole(text, name=NAME)
        scenes_of(value)
        return value

    def searched_as(self, signal: Signal) -> Sequence[Signal]:
        """Return `local/1` of each scene: a photo finds the scene it was taken from."""
        return [Signal(LOCAL, scene.features.to_bytes()) for scene in scenes_of(signal.value)]


def signal_of(scenes: Sequence[Scene]) -> Signal:
    """Return scenes, at least one, as a signal."""
    pieces = []
    for scene in scenes:
        value = scene.features.to_bytes()
        pieces += [_HEADER.pack(round(1000 * scene.time_s), round(1000 * scene.until_s), len(value)), value]
    return Signal(NAME, b"".join(pieces))


def scenes_of(value: bytes) -> tuple[Scene, ...]:
    """
    Read a value.

    Raises:
        SignalValueError: If it is empty, cut short, too long, or its times do not rise.
    """
    scenes: list[Scene] = []
    at = 0
    earlier_ms = 0
    while at < len(value):
        if len(value) - at < _HEADER.size or len(scenes) == REFERENCE_SCENES:
            raise SignalValueError(f"{len(value)} bytes are no {NAME} value; hash the video again")
        begin_ms, until_ms, size = _HEADER.unpack_from(value, at)
        at += _HEADER.size
        # Whole milliseconds are compared: 1000 × 2.007 s is more than 2007.
        if not earlier_ms <= begin_ms <= until_ms:
            raise SignalValueError(f"the scenes of a {NAME} value are not in order; hash the video again")
        if at + size > len(value):
            message = f"a scene of a {NAME} value has {len(value) - at} bytes, not the {size} it says; send it whole"
            raise SignalValueError(message)
        scenes.append(Scene(begin_ms / 1000, until_ms / 1000, LocalFeatures.from_bytes(value[at : at + size])))
        at += size
        earlier_ms = begin_ms
    if not scenes:
        raise SignalValueError(f"a {NAME} value has at least one scene; leave the signal out where there is none")
    return tuple(scenes)
