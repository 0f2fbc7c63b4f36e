"""
The reduced picture a person is shown: a JPEG made afresh from pixels, so that nothing of the file's metadata (place,
camera, person, embedded thumbnails) survives in it.
"""

import io

from PIL import Image as PillowImage

from matcher.media import Image

PREVIEW_SIDE_PX = 512
_JPEG_QUALITY = 80


def encode_preview(image: Image, *, side_px: int = PREVIEW_SIDE_PX) -> bytes:
    """
    Write a picture as a JPEG without metadata, its longest side at most `side_px`; it is never enlarged.

    Args:
        image: Decoded with a working side of at least `side_px`, or what is there is used as it is.

        side_px: Pixels.
    """
    picture = PillowImage.fromarray(image.pixels)
    picture.thumbnail((side_px, side_px), PillowImage.Resampling.BOX)
    encoded = io.BytesIO()
    picture.save(encoded, "JPEG", quality=_JPEG_QUALITY)
    return encoded.getvalue()
