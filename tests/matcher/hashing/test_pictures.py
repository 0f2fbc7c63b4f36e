"""One call gives everything that is kept of a picture."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from matcher.errors import TooLargeError
from matcher.hashing.features import Features
from matcher.hashing.pictures import hash_media
from matcher.reading.decode import Limits, decode
from matcher.signals import is_hash, taken_types
from tests.helpers.media.pictures import encoded, photo

DATA = encoded(photo(5, width=700, height=500), quality=80)


def test_stored_signals_are_those_of_the_table():
    """The fast path through the variants must store what each signal type's own definition says."""
    image = decode(DATA, limits=Limits())
    hashed = hash_media(DATA, limits=Limits())
    assert hashed.signals == tuple(row.of_image(image) for row in taken_types() if is_hash(row.name))
    assert hashed.query.signals() == hashed.signals


def test_preview_does_not_change_the_signals():
    """Asking for something to look at must not make another hash."""
    plain, shown = hash_media(DATA, limits=Limits()), hash_media(DATA, limits=Limits(), preview_side_px=600)
    assert plain.signals == shown.signals
    assert plain.preview is None
    assert shown.preview is not None


def test_file_and_its_bytes_give_the_same(tmp_path: Path):
    """Large uploads are streamed to disk and hashed from there."""
    path = tmp_path / "upload"
    path.write_bytes(DATA)
    assert hash_media(path, limits=Limits()).signals == hash_media(DATA, limits=Limits()).signals


def test_large_file_on_disk_is_refused_unread(tmp_path: Path):
    """One byte more than the limit is all that is ever read."""
    path = tmp_path / "upload"
    path.write_bytes(DATA)
    with pytest.raises(TooLargeError):
        hash_media(path, limits=Limits(max_bytes=100))


def plain_pictures(width: int, height: int) -> Iterator[Image.Image]:
    """Show next to nothing: one colour, one colour but for one pixel, halves, a frame around less than a picture."""
    one_colour = np.full((height, width, 3), 77, np.uint8)
    yield Image.fromarray(one_colour)
    for y, x in ((0, 0), (height // 2, width // 2), (height - 1, width - 1)):
        dotted = one_colour.copy()
        dotted[y, x] = 255
        yield Image.fromarray(dotted)
    side_by_side, stacked, framed = (np.zeros_like(one_colour) for _ in range(3))
    side_by_side[:, width // 2 :] = 255
    stacked[height // 2 :] = 255
    framed[height // 4 : height - height // 4, width // 4 : width - width // 4] = 255
    yield from map(Image.fromarray, (side_by_side, stacked, framed))


def check_hashed(data: bytes, size: tuple[int, int]) -> None:
    """Take everything that can be asked of a picture; what shows nothing must say so."""
    everything = hash_media(data, limits=Limits(), preview_side_px=512, features=Features.ASKED | Features.STORED)
    assert (everything.info.width_px, everything.info.height_px) == size
    signals = {signal.type: signal for signal in everything.signals}
    assert {"sha256/1", "pdq/1", "phash/1"} <= set(signals)
    assert "local/1" not in signals  # too little to be told by
    if min(size) < 5:  # the reference code gives up on such pictures
        assert signals["pdq/1"].quality == 0
    assert everything.preview is not None


@pytest.mark.parametrize("width", range(1, 10))
def test_picture_of_few_pixels_is_hashed(width: int):
    """A tracking pixel or an empty avatar is a picture like any other: whatever decodes has an answer."""
    for height in range(1, 10):
        for picture in plain_pictures(width, height):
            check_hashed(encoded(picture, "PNG"), (width, height))


@pytest.mark.parametrize("size", [(1, 20_000), (20_000, 1), (9760, 32), (32, 9760), (5000, 3), (513, 1), (31, 600)])
def test_picture_of_extreme_shape_is_hashed(size: tuple[int, int]):
    """Reduced to 512 pixels, a ruler is one or two pixels wide."""
    for picture in plain_pictures(*size):
        for codec in ("PNG", "JPEG"):
            check_hashed(encoded(picture, codec), size)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "I", "F"])
def test_plain_picture_of_every_layout_is_hashed(mode: str):
    """Layouts of few colours, of many, and with opacity take ways of their own to RGB."""
    for size in ((1, 1), (2, 3), (40, 36)):
        for picture in plain_pictures(*size):
            grey = np.asarray(picture.convert("L"))
            layouts = {"I;16": grey.astype(np.uint16) * 257, "I": grey.astype(np.int32) * 70_000 - 900}
            layouts["F"] = grey.astype(np.float32) * 1e5 - 3e4
            shown = (
                Image.fromarray(layouts[mode]) if mode in layouts else picture.convert(mode, dither=Image.Dither.NONE)
            )
            if mode in ("LA", "RGBA"):
                shown.putalpha(Image.fromarray(255 - grey))
            check_hashed(encoded(shown, "TIFF"), size)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_picture_of_few_pixels_is_hashed_however_it_was_held(orientation: int):
    """Turning one row of pixels makes one column."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    for picture in plain_pictures(3, 1):
        check_hashed(encoded(picture, "PNG", exif=exif), (1, 3) if orientation > 4 else (3, 1))


@pytest.mark.parametrize("codec", ["GIF", "WEBP", "PNG", "AVIF"])
@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 9), (600, 2)])
def test_animation_that_shows_nothing_is_hashed(codec: str, size: tuple[int, int]):
    """Frames of one colour, of a few pixels or wholly transparent are frames."""
    pictures = [*plain_pictures(*size), *(picture.convert("L") for picture in plain_pictures(*size))]
    pictures = [picture.convert("RGBA") for picture in pictures]
    pictures[1].putalpha(0)
    check_hashed(encoded(pictures[0], codec, save_all=True, append_images=pictures[1:]), size)
