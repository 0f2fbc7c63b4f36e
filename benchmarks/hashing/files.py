"""
Files as they are uploaded, made from real photos and clips, or from noise like them where none are given.

Photos at hand are smaller than what a phone takes, so they are enlarged; a little grain is laid over, as a sensor does,
for an enlarged picture alone compresses and decodes too easily. Invariant: the same arguments make the same files.
"""

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import cv2
import numpy as np
import pillow_heif
from PIL import Image

from benchmarks.copies.edits.base import Pixels
from benchmarks.copies.photos import photos
from benchmarks.video.edits import Clip, read_clip, write_clip

SIZES: Final = {"0.3": 0.3e6, "2": 2e6, "12": 12e6}
"""Megapixels as they are named → pixels."""

_GRAIN = 2.0
"""Standard deviation of the noise, in grey levels of 256."""

_FPS = 30
_CLIP_SIDES = (1280, 720)


def originals(folder: Path | None, *, count: int, seed: int) -> list[Pixels]:
    """
    Return photos as they are, RGB: evenly from all of a folder, fewer where it holds fewer.

    Args:
        folder: Of photos; None to make some.

        count: How many.

        seed: Of what is made.
    """
    if folder is None:
        rng = np.random.default_rng(seed)
        return [rng.integers(0, 256, (60, 80, 3), dtype=np.uint8) for _ in range(count)]
    found = photos([folder])
    count = min(count, len(found))
    return [found[place * len(found) // count].pixels() for place in range(count)]


def enlarged(original: Pixels, pixels: float, seed: int) -> Pixels:
    """Return a picture of about so many pixels in the shape of the original, with grain."""
    scale = (pixels / (original.shape[0] * original.shape[1])) ** 0.5
    sides = round(original.shape[1] * scale), round(original.shape[0] * scale)
    large = cv2.resize(original, sides, interpolation=cv2.INTER_CUBIC)
    grain = np.random.default_rng(seed).normal(0, _GRAIN, large.shape[:2]).astype(np.int16)[..., None]
    made: Pixels = np.clip(large + grain, 0, 255).astype(np.uint8)
    return made


def numbered(data: bytes) -> tuple[bytes, bytes]:
    """
    Make room for a number of 16 digits in a JPEG or MP4 file: what is before it and what is after it.

    A JPEG gets a comment behind its first segment, an MP4 a free box at its end; what they show stays the same.

    Raises:
        ValueError: If it is neither.
    """
    if data[:3] == b"\xff\xd8\xff":
        place = 4 + int.from_bytes(data[4:6])
        return data[:place] + b"\xff\xfe" + (2 + 16).to_bytes(2), data[place:]
    if data[4:8] == b"ftyp":
        return data + (8 + 16).to_bytes(4) + b"free", b""
    message = f"a file that begins {data[:8]!r} is neither JPEG nor MP4"
    raise ValueError(message)


def _pillow(kind: str, **options: int) -> Callable[[Image.Image], bytes]:
    def save(picture: Image.Image) -> bytes:
        written = io.BytesIO()
        picture.save(written, kind, **options)
        return written.getvalue()

    return save


def _gif(picture: Image.Image) -> bytes:
    return _pillow("GIF")(picture.convert("P", palette=Image.Palette.ADAPTIVE))


def _heic(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    pillow_heif.from_pillow(picture).save(written, quality=80, enc_params={"preset": "ultrafast"})
    return written.getvalue()


FORMATS: Final[dict[str, Callable[[Image.Image], bytes]]] = {
    "JPEG": _pillow("JPEG", quality=90),
    "PNG": _pillow("PNG", compress_level=3),
    "WebP": _pillow("WEBP", quality=85, method=2),
    "GIF": _gif,
    "AVIF": _pillow("AVIF", quality=75, speed=8),
    "HEIC": _heic,
}
"""Format → what writes a picture so, about as strongly as cameras and services compress."""


def as_file(picture: Pixels, kind: str) -> bytes:
    """Write a picture in one of `FORMATS`."""
    return FORMATS[kind](Image.fromarray(picture))


def clip(folder: Path | None, *, seconds: float, seed: int) -> bytes:
    """
    Return an MP4 (H.264, 720p) of so many seconds.

    Args:
        folder: Of clips, which are joined; None to make one that pans over noise.

        seconds: How long.

        seed: Of what is made.
    """
    frames = _joined(folder, round(seconds * _FPS)) if folder else _panned(round(seconds * _FPS), seed)
    with TemporaryDirectory(prefix="staydown-clip-") as written:
        path = Path(written) / "clip.mp4"
        write_clip(Clip(frames, _FPS), path, keyframes_every=2 * _FPS)
        return path.read_bytes()


def _joined(folder: Path, count: int) -> list[Pixels]:
    found: list[Pixels] = []
    for path in sorted(one for one in folder.iterdir() if one.suffix.lower() in (".mp4", ".mkv", ".mov", ".webm")):
        found += [_fitted(frame) for frame in read_clip(path).frames[: count // 3 + 1]]
        if len(found) >= count:
            return found[:count]
    message = f"{folder} holds too few clips for {count} frames; name a folder of more"
    raise ValueError(message)


def _fitted(frame: Pixels) -> Pixels:
    return cv2.resize(frame, _CLIP_SIDES, interpolation=cv2.INTER_CUBIC).astype(np.uint8)


def _panned(count: int, seed: int) -> Sequence[Pixels]:
    wide = enlarged(originals(None, count=1, seed=seed)[0], 4e6, seed)
    width, height = _CLIP_SIDES
    steps = np.linspace(0, wide.shape[1] - width, count).astype(int)
    return [wide[:height, step : step + width] for step in steps]
