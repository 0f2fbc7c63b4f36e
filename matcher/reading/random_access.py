"""
Where decoding can begin in a stream, which is not wherever a container says "keyframe".

In H.264 a container also flags where a gradual refresh begins (a recovery point): the picture is whole only seconds
later, and a decoder that starts there shows nothing until then. Only an IDR picture can be skipped to.

Source: ITU-T H.264, 7.4.1 (types of NAL units); ISO/IEC 14496-15, 5.3.3 (`avcC`, units after their length).
"""

from collections.abc import Callable, Iterator
from typing import Final

from av.video.codeccontext import VideoCodecContext

from matcher.reading.video_clock import VideoPacket

_SLICE: Final = 1
_IDR_SLICE: Final = 5
_START: Final = b"\x00\x00\x01"


def access_test(context: VideoCodecContext) -> Callable[[VideoPacket], bool]:
    """
    Return a test that says of a packet of a stream whether decoding can begin with it.

    Args:
        context: The codec context of the stream's decoder.
    """
    if context.name != "h264":
        return lambda packet: packet.is_keyframe
    head = bytes(context.extradata or b"")
    length_bytes = (head[4] & 3) + 1 if len(head) > 4 and head[0] == 1 else 0  # 0: units after start codes
    return lambda packet: packet.is_keyframe and _is_idr(memoryview(packet), length_bytes)


def _is_idr(data: memoryview, length_bytes: int) -> bool:
    """Tell whether the first slice of a picture is one of an IDR picture."""
    units = _after_lengths(data, length_bytes) if length_bytes else _after_start_codes(bytes(data))
    return next((kind for kind in units if kind in (_SLICE, _IDR_SLICE)), None) == _IDR_SLICE


def _after_lengths(data: memoryview, length_bytes: int) -> Iterator[int]:
    at = 0
    while at + length_bytes < len(data):
        yield data[at + length_bytes] & 31
        at += length_bytes + int.from_bytes(data[at : at + length_bytes], "big")


def _after_start_codes(data: bytes) -> Iterator[int]:
    at = data.find(_START)
    while 0 <= at < len(data) - len(_START):
        yield data[at + len(_START)] & 31
        at = data.find(_START, at + len(_START))
