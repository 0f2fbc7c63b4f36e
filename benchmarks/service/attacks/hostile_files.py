"""Files of twelve formats, whole and then broken in the ways attackers break them; from a seed alone."""

import io
import random
import struct
from collections.abc import Iterator, Mapping
from typing import cast

import av
import numpy as np
from av.video.stream import VideoStream
from PIL import Image

PICTURES = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "avif": "AVIF", "bmp": "BMP", "tiff": "TIFF"}
VIDEOS = {"mp4": "mpeg4", "mov": "mpeg4", "mkv": "mpeg4", "avi": "mpeg4", "webm": "libvpx"}
"""Container → the codec in it."""


def hostile_files(count: int, *, seed: int) -> Iterator[bytes]:
    """
    Make files that no honest program makes: a format after another, each broken in another way.

    Args:
        count: How many.

        seed: Of what is broken, and where.
    """
    rng = random.Random(seed)
    whole = list(whole_files(seed).values())
    for number in range(count):
        break_it = _WAYS[number % len(_WAYS)]
        yield break_it(rng.choice(whole), rng)


def whole_files(seed: int) -> Mapping[str, bytes]:
    """Return a good file of each of the twelve formats."""
    noise = np.random.default_rng(seed)
    frames = [noise.integers(0, 256, (30, 40, 3), dtype=np.uint8).repeat(8, axis=0).repeat(8, axis=1) for _ in range(6)]
    files = {}
    for name, kind in PICTURES.items():
        moving = {"save_all": True, "append_images": [Image.fromarray(one) for one in frames[1:]]}
        written = io.BytesIO()
        Image.fromarray(frames[0]).save(written, kind, **(moving if name in {"gif", "webp", "tiff"} else {}))
        files[name] = written.getvalue()
    for container, codec in VIDEOS.items():
        files[container] = _video(frames, "matroska" if container == "mkv" else container, codec)
    return files


def animation_of_dots(frames: int, side_px: int) -> bytes:
    """Make a GIF of which each frame draws one pixel: 23 bytes each, and a whole picture to whoever decodes it."""
    parts = [b"GIF89a", struct.pack("<HHBBB", side_px, side_px, 0xF0, 0, 0), bytes([0, 0, 0, 255, 255, 255])]
    for number in range(frames):
        place = struct.pack("<HHHHB", number % side_px, number // side_px, 1, 1, 0)
        pixel = bytes.fromhex("02024c0100" if number % 2 else "0202440100")
        parts += [bytes.fromhex("21f9040005000000"), b"\x2c", place, pixel]
    return b"".join([*parts, b"\x3b"])


def _video(frames: list[np.ndarray], container: str, codec: str) -> bytes:
    written = io.BytesIO()
    with av.open(written, "w", format=container) as output:
        stream = cast("VideoStream", output.add_stream(codec, rate=5))
        stream.height, stream.width = frames[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            output.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        output.mux(stream.encode())
    return written.getvalue()


def _truncated(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(1, len(data))]


def _flipped(data: bytes, rng: random.Random) -> bytes:
    broken = bytearray(data)
    for _ in range(rng.randrange(1, 30)):
        broken[rng.randrange(len(broken))] ^= 1 << rng.randrange(8)
    return bytes(broken)


def _zeroed(data: bytes, rng: random.Random) -> bytes:
    begin = rng.randrange(len(data))
    size = rng.randrange(1, 2000)
    return data[:begin] + bytes(min(size, len(data) - begin)) + data[begin + size :]


def _boastful(data: bytes, rng: random.Random) -> bytes:
    """Let a field near the beginning, where sizes stand, say the most it can."""
    begin = rng.randrange(4, min(200, len(data) - 4))
    return data[:begin] + b"\xff" * rng.choice([2, 4]) + data[begin + 4 :]


def _grown(data: bytes, rng: random.Random) -> bytes:
    begin = rng.randrange(len(data))
    return data[:begin] + rng.randbytes(rng.randrange(1, 5000)) + data[begin:]


def _moving(_: bytes, rng: random.Random) -> bytes:
    return animation_of_dots(rng.randrange(20, 120), rng.choice([300, 1000]))


def _intact(data: bytes, _: random.Random) -> bytes:
    return data


_WAYS = (_truncated, _flipped, _zeroed, _boastful, _grown, _flipped, _truncated, _moving, _zeroed, _intact)
