"""
The files that are sent: the same bytes for ever, whatever libraries are installed.

Pictures are drawn with integers and written as PNG by hand, uncompressed. What a codec has to make (a JPEG copy, films)
was made once and lies beside the recording as base64; `python -m tests.contracts.recorded.films` made it.
"""

import base64
import json
import struct
import zlib
from pathlib import Path

import numpy as np

MADE_ONCE = Path(__file__).parents[2] / "golden" / "answers_media.json"

_LARGEST_STORED = 65_535
"""Bytes a stored block of deflate may hold (RFC 1951)."""


_DISCS = 24
"""With hard edges: what parts of a picture are recognised by."""


def scene(seed: int, *, width: int = 320, height: int = 240) -> np.ndarray:
    """
    Draw something with large and small structure, as a photo has, by integer arithmetic alone.

    Returns:
        uint8, shape (height, width, 3), RGB.
    """
    y, x = np.indices((height, width), dtype=np.int64)
    channels = []
    for channel in range(3):
        total = np.zeros((height, width), dtype=np.int64)
        for cell_px, weight in ((96, 8), (40, 5), (16, 3), (6, 1)):
            total += weight * _smooth_noise(x, y, cell_px=cell_px, seed=7 * seed + channel)
        channels.append(total // 17)
    picture = (2 * np.dstack(channels) - 128).clip(0, 255)
    for number in range(_DISCS):
        left, top, *colour = (int(_random(np.int64(number), np.int64(place), 7 * seed)) for place in range(5))
        inside = (x - left * width // 256) ** 2 + (y - top * height // 256) ** 2 < (4 + number) ** 2
        picture[inside] = colour
    return picture.astype(np.uint8)


def png(pixels: np.ndarray) -> bytes:
    """Write pixels (uint8, shape (height, width, 3)) as an uncompressed PNG."""
    height, width = pixels.shape[:2]
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", _stored(rows)) + _chunk(b"IEND", b"")


def _smooth_noise(x: np.ndarray, y: np.ndarray, *, cell_px: int, seed: int) -> np.ndarray:
    """Interpolate between random values at the corners of a grid; int64, 0..255."""
    left, top = x // cell_px, y // cell_px
    right_px, down_px = x % cell_px, y % cell_px
    upper = _random(left, top, seed) * (cell_px - right_px) + _random(left + 1, top, seed) * right_px
    lower = _random(left, top + 1, seed) * (cell_px - right_px) + _random(left + 1, top + 1, seed) * right_px
    return (upper * (cell_px - down_px) + lower * down_px) // cell_px**2


def _random(column: np.ndarray, row: np.ndarray, seed: int) -> np.ndarray:
    """Return what looks like chance, int64, 0..255, and is the same everywhere."""
    mixed = (column * 73_856_093) ^ (row * 19_349_663) ^ (seed * 83_492_791)
    mixed = (mixed % 2**31) * 2_654_435_761  # fits 63 bits
    return (mixed >> 15) % 256


def _stored(data: bytes) -> bytes:
    """Wrap data as zlib does, in stored blocks: a compressor's choices would change the file."""
    pieces = [data[begin : begin + _LARGEST_STORED] for begin in range(0, len(data), _LARGEST_STORED)]
    blocks = [
        struct.pack("<BHH", number == len(pieces) - 1, len(piece), len(piece) ^ 0xFFFF) + piece
        for number, piece in enumerate(pieces)
    ]
    return b"\x78\x01" + b"".join(blocks) + struct.pack(">I", zlib.adler32(data))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def files() -> dict[str, bytes]:
    """Return every file there is, by name."""
    coast, street, garden, portrait = (scene(seed) for seed in (1, 2, 3, 4))
    made = {
        "coast.png": png(coast),
        "coast-mirrored.png": png(coast[:, ::-1]),
        "coast-cropped.png": png(coast[40:210, 50:290]),
        "street.png": png(street),
        "street-turned.png": png(np.rot90(street)),
        "garden.png": png(garden),
        "portrait.png": png(portrait),
        "portrait-small.png": png(portrait[::2, ::2]),
        "harbour.png": png(scene(5)),
        "meadow.png": png(scene(6)),
        "tower.png": png(scene(7)),
        "plain.png": png(np.full((100, 150, 3), 40, dtype=np.uint8)),
        "wide.png": png(np.zeros((10, 3_000, 3), dtype=np.uint8)),
        "huge.png": png(scene(8, width=600, height=400)),
        "cut-off.png": png(coast)[:5_000],
        "empty.png": b"",
        "note.txt": b"no picture at all\n",
        "not-a-film.mp4": b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(200),
    }
    made_once = json.loads(MADE_ONCE.read_text())
    return made | {name: base64.b64decode(text) for name, text in made_once.items()}
