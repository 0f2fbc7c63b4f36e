"""The pictures golden signal values are frozen for: integer arithmetic only, so that no library can change them."""

import hashlib

import numpy as np

from matcher.media import Image, MediaInfo, Pixels


def _grid(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    return np.indices((height, width), dtype=np.int64)


def _waves(height: int, width: int) -> Pixels:
    """Overlapping triangle waves, a different mix in each channel."""
    y, x = _grid(height, width)
    channels = []
    for a, b, c in ((3, 5, 91), (7, 2, 127), (4, 9, 203)):
        phase = (a * x + b * y + (x * y) // c) % 512
        channels.append(np.where(phase < 256, phase, 511 - phase))
    return np.dstack(channels).astype(np.uint8)


def _discs(height: int, width: int) -> Pixels:
    """Discs on a slope."""
    y, x = _grid(height, width)
    picture = (x * 200 // width + y * 55 // height)[:, :, None] + np.zeros(3, dtype=np.int64)
    for i in range(9):
        centre_x, centre_y, radius = (i * 7919 + 311) % width, (i * 104_729 + 97) % height, 12 + 9 * i
        inside = (x - centre_x) ** 2 + (y - centre_y) ** 2 < radius**2
        picture[inside] = ((i * 53) % 256, (i * 101) % 256, (i * 197) % 256)
    return picture.astype(np.uint8)


PICTURES: dict[str, Pixels] = {
    "waves 512x384": _waves(384, 512),
    "waves 321x481": _waves(481, 321),
    "discs 400x300": _discs(300, 400),
    "discs 131x512": _discs(512, 131),
    "small waves 40x30": _waves(30, 40),
}


def image(name: str) -> Image:
    """Wrap a picture as if it had been decoded from a file that holds its raw pixels."""
    pixels = PICTURES[name]
    height, width = pixels.shape[:2]
    info = MediaInfo(format="png", width_px=width, height_px=height, frames=1, size_bytes=pixels.nbytes)
    return Image(info=info, sha256=hashlib.sha256(pixels.tobytes()).digest(), canonical=pixels, pixels=pixels)
