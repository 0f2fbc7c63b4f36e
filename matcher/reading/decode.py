"""
Bytes -> picture: with `animations.py` the only file that meets an image codec; it bounds what a file may cost.

Invariant: the format is decided by content, never by name, and a header that promises too much is refused before
anything of that size is allocated. `Image.canonical` depends on the bytes alone.

A JPEG is decoded at the smallest of 1/8, 1/4, 1/2 and 1/1 that still has the side that is needed (its codec skips the
higher frequencies), then reduced by area averaging like every other picture. Colour profiles are ignored. Truncated
files are errors: half a picture must not be hashed as if it were one.

Run this in a sandbox (`matcher/sandbox/pool.py`) when the bytes come from outside.
"""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import pillow_heif
from PIL import AvifImagePlugin
from PIL import Image as PillowImage
from PIL.ImageFile import ImageFile

from matcher.errors import (
    EmptyFileError,
    MediaError,
    TooLargeError,
    TooManyFramesError,
    TooManyPixelsError,
    UndecodableError,
)
from matcher.media import CANONICAL_SIDE_PX, Image, ImageFormat, MediaInfo, Pixels
from matcher.reading.averaging import average_areas
from matcher.reading.flatten import Picture, exchanged_reading, readings
from matcher.reading.formats import FORMAT_NAMES, declared_size, sniff

# Our own limits are checked from the header; Pillow's would warn at 89 megapixels and refuse at 179, per process.
PillowImage.MAX_IMAGE_PIXELS = None
pillow_heif.register_heif_opener(thumbnails=False)
# Workers are the parallelism; by default a file of a few bytes starts a thread for every core.
pillow_heif.options.DECODE_THREADS = 1
AvifImagePlugin.DEFAULT_MAX_THREADS = 1

_EXIF_ORIENTATION = 0x0112
_TURN_UPRIGHT: dict[int, Callable[[Pixels], Pixels]] = {
    2: np.fliplr,
    3: lambda pixels: np.rot90(pixels, 2),
    4: np.flipud,
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: np.rot90(pixels, -1),
    7: lambda pixels: np.rot90(pixels, 2).swapaxes(0, 1),
    8: np.rot90,
}
_SIDEWAYS = (5, 6, 7, 8)
_HARDLY_SMALLER = 0.75


@dataclass(frozen=True, slots=True)
class Limits:
    """
    What one file may cost. Anything beyond is refused with an error of its own.

    Args:
        max_bytes: Size of the file.

        max_pixels: Width × height promised by its header, checked before anything is allocated.

        max_frames: Frames of an animation.

        max_animation_pixels: Width × height × frames of an animation: what it takes to look at all of it.
    """

    max_bytes: int = 50_000_000
    max_pixels: int = 100_000_000
    max_frames: int = 500
    max_animation_pixels: int = 2_500_000_000


def decode(data: bytes, *, limits: Limits, working_side_px: int = CANONICAL_SIDE_PX) -> Image:
    """
    Decode the first frame of a picture.

    Args:
        data: The whole file.

        limits: What it may cost.

        working_side_px: Longest side of `Image.pixels`, at least `CANONICAL_SIDE_PX`. It never changes
            `Image.canonical`.

    Raises:
        EmptyFileError: If there are no bytes.
        UnsupportedFormatError: If the bytes are not JPEG, PNG, WebP, GIF, AVIF, HEIC, BMP or TIFF.
        TooLargeError: If there are more than `limits.max_bytes`.
        TooManyPixelsError: If the header promises more than `limits.max_pixels`, or an animation more than
            `limits.max_animation_pixels`.
        TooManyFramesError: If it is animated for more than `limits.max_frames`.
        UndecodableError: If it is truncated or damaged.
    """
    if not data:
        raise EmptyFileError("the file is empty; send the bytes of a picture")
    if len(data) > limits.max_bytes:
        raise TooLargeError(f"the file has {len(data):,} bytes; the limit is {limits.max_bytes:,}. Send a smaller one")
    format_ = sniff(data)
    if (declared := declared_size(data, format_)) is not None:
        check_pixels(declared, limits)
    try:
        return _decode(data, format_, limits, max(working_side_px, CANONICAL_SIDE_PX))
    except (MediaError, MemoryError):
        raise
    except Exception as error:  # a codec may raise anything at all on damaged bytes; none of it is ours
        raise UndecodableError(
            f"the file starts like {FORMAT_NAMES[format_]} and cannot be decoded ({error}); "
            "it is truncated or damaged. Send the whole file"
        ) from error


def _decode(data: bytes, format_: ImageFormat, limits: Limits, working_side_px: int) -> Image:
    picture = open_picture(data, format_)
    check_pixels(picture.size, limits)
    try:
        frames = 1 if format_ == "jpeg" else getattr(picture, "n_frames", 1)
    except MemoryError:
        raise
    except Exception:  # the header of a later frame is damaged: that frame counts, and cannot be read
        frames, picture = picture.tell() + 2, open_picture(data, format_)
    if frames > limits.max_frames:
        raise TooManyFramesError(
            f"the animation has {frames:,} frames; the limit is {limits.max_frames:,}. Send it as a video"
        )
    if frames > 1:
        check_all_pixels(frames * picture.size[0] * picture.size[1], limits)
    whole = _load(picture, CANONICAL_SIDE_PX)
    orientation = picture.getexif().get(_EXIF_ORIENTATION, 1)
    exchanged = exchanged_reading(picture)
    (_, canonical), *others = (
        (reading.name, _upright(_reduce(reading.picture, whole, CANONICAL_SIDE_PX), orientation))
        for reading in readings(_thinned(picture, CANONICAL_SIDE_PX))
    )
    if working_side_px == CANONICAL_SIDE_PX:
        pixels = canonical
    else:
        # Decoded for the canonical side, which must not depend on the working side, and often large enough for both.
        if picture.size != whole and max(picture.size) < working_side_px:
            picture = open_picture(data, format_)
            _load(picture, working_side_px)
        shown = next(readings(_thinned(picture, working_side_px)))
        pixels = _upright(_reduce(shown.picture, whole, working_side_px), orientation)
    width_px, height_px = whole[::-1] if orientation in _SIDEWAYS else whole
    return Image(
        info=MediaInfo(format=format_, width_px=width_px, height_px=height_px, frames=frames, size_bytes=len(data)),
        sha256=hashlib.sha256(data).digest(),
        canonical=canonical,
        pixels=pixels,
        other_readings=dict(others),
        exchanged=exchanged if exchanged in dict(others) else None,
    )


def open_picture(data: bytes, format_: ImageFormat) -> ImageFile:
    """
    Read the header, by the codec of this format and no other.

    Args:
        data: The whole file.

        format_: The format that `sniff` named by content.

    Raises:
        Exception: Any at all, of a damaged file.
    """
    codec = "HEIF" if format_ == "heic" else format_.upper()
    return PillowImage.open(io.BytesIO(data), formats=[codec])


def _load(picture: Picture, side_px: int) -> tuple[int, int]:
    """Decode, a JPEG at the smallest scale whose longest side is still `side_px`; return the size of the whole."""
    stored = picture.size
    longest = max(stored)
    picture.draft(None, (max(1, stored[0] * side_px // longest), max(1, stored[1] * side_px // longest)))
    drafted = picture.size != stored
    picture.load()
    return stored if drafted else picture.size  # loading may turn a TIFF upright


def _thinned(picture: Picture, side_px: int) -> Picture:
    """Average whole blocks of a picture far larger than `side_px`, before anything copies it at full size."""
    block = max(picture.size) // (4 * side_px)
    averageable = picture.mode in ("L", "LA", "RGB", "RGBA", "CMYK") and "transparency" not in picture.info
    return picture.reduce(block) if averageable and block > 1 else picture


def _reduce(picture: Picture, whole: tuple[int, int], side_px: int) -> Pixels:
    """Average areas until the longest side is at most `side_px`; never enlarge."""
    pixels = np.asarray(picture)
    longest = max(whole)
    if longest <= side_px:
        return pixels
    size = (max(1, round(whole[0] * side_px / longest)), max(1, round(whole[1] * side_px / longest)))
    # Averaging fractions of pixels takes ten times as long; what hardly shrinks gains nothing by it.
    hardly = side_px != CANONICAL_SIDE_PX and size[0] > _HARDLY_SMALLER * pixels.shape[1]
    if hardly:
        return cv2.resize(pixels, size, interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)
    return average_areas(pixels, size)


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    """Undo how the camera was held (Exif 2.32, tag 0x0112)."""
    turn = _TURN_UPRIGHT.get(orientation)
    return pixels if turn is None else np.ascontiguousarray(turn(pixels))


def check_pixels(size: tuple[int, int], limits: Limits) -> None:
    """
    Refuse a picture, or a frame, before it is allocated.

    Args:
        size: Width and height that its header promises, pixels.

        limits: What it may cost.

    Raises:
        TooManyPixelsError: If there are more than `limits.max_pixels`.
    """
    width_px, height_px = size
    if width_px * height_px > limits.max_pixels:
        raise TooManyPixelsError(
            f"the header promises {width_px:,} × {height_px:,} pixels; the limit is {limits.max_pixels:,}. "
            "Send it reduced"
        )


def check_all_pixels(pixels: int, limits: Limits) -> None:
    """
    Refuse an animation that takes too long to look at; 20 bytes can promise a hundred megapixels more.

    Args:
        pixels: Those of all its frames or pages.

        limits: What it may cost.

    Raises:
        TooManyPixelsError: If there are more than `limits.max_animation_pixels`.
    """
    if pixels > limits.max_animation_pixels:
        raise TooManyPixelsError(
            f"the frames of the animation have {pixels:,} pixels together; the limit is "
            f"{limits.max_animation_pixels:,}. Send it reduced, or as a video"
        )
