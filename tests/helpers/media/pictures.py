"""Generated pictures for tests: photo-like, seeded, free of any licence."""

import io

import numpy as np
from PIL import Image


def photo(seed: int, *, width: int = 480, height: int = 320) -> Image.Image:
    """
    Make a picture with large and small structure, as a photo has.

    Args:
        seed: The same seed gives the same pixels.

        width: Pixels.

        height: Pixels.
    """
    random = np.random.default_rng(seed)
    layers = np.zeros((height, width, 3))
    for cells, weight in ((3, 1.0), (7, 0.7), (17, 0.4), (41, 0.2)):
        noise = random.uniform(0, 255, (cells, cells, 3)).astype(np.uint8)
        layer = Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)
        layers += weight * np.asarray(layer)
    layers -= layers.min()
    return Image.fromarray((layers * (255 / layers.max())).astype(np.uint8))


def encoded(picture: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """Encode a picture."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def jpeg(picture: Image.Image | np.ndarray) -> bytes:
    """Encode a picture, or its pixels, as sites do."""
    return encoded(picture if isinstance(picture, Image.Image) else Image.fromarray(picture), quality=80)


def photo_bytes(seed: int, *, quality: int = 90) -> bytes:
    """Make a photo-like JPEG."""
    return encoded(photo(seed), quality=quality)


def plain_bytes(shade: int = 40) -> bytes:
    """Make a picture without structure: its PDQ quality is 0."""
    return encoded(Image.new("RGB", (300, 200), (shade, shade, shade)), "PNG")
