"""Whatever the file, the same picture comes out, or an error that says what to do."""

import hashlib
import struct
import zlib

import numpy as np
import pytest
from PIL import Image as PillowImage

from matcher.errors import (
    EmptyFileError,
    TooLargeError,
    TooManyFramesError,
    TooManyPixelsError,
    UndecodableError,
    UnsupportedFormatError,
)
from matcher.media import Image
from matcher.reading.decode import Limits, decode
from tests.helpers.media.pictures import encoded, photo

LIMITS = Limits()
PHOTO = photo(1)


def decoded(data: bytes, **options: int) -> Image:
    """Decode within the usual limits."""
    return decode(data, limits=LIMITS, **options)


def difference(a: np.ndarray, b: np.ndarray) -> float:
    """Mean difference of two pictures' channels, of 255."""
    assert a.shape == b.shape
    return float(np.abs(a.astype(int) - b.astype(int)).mean())


@pytest.mark.parametrize(
    ("codec", "options", "name"),
    [
        ("JPEG", {"quality": 90}, "jpeg"),
        ("JPEG", {"quality": 90, "progressive": True}, "jpeg"),
        ("PNG", {}, "png"),
        ("WEBP", {"quality": 90}, "webp"),
        ("WEBP", {"lossless": True}, "webp"),
        ("GIF", {}, "gif"),
        ("AVIF", {"quality": 90}, "avif"),
        ("HEIF", {"quality": 90}, "heic"),
        ("BMP", {}, "bmp"),
        ("TIFF", {}, "tiff"),
        ("TIFF", {"compression": "tiff_lzw"}, "tiff"),
    ],
)
def test_every_format_shows_the_same_picture(codec: str, options: dict, name: str):
    """A copy saved in another format must give nearly the same pixels, or its hash drifts."""
    image = decoded(encoded(PHOTO, codec, **options))
    assert image.info.format == name
    assert (image.info.width_px, image.info.height_px, image.info.frames) == (480, 320, 1)
    assert image.canonical.dtype == np.uint8
    assert image.canonical.flags.c_contiguous
    assert difference(image.canonical, np.asarray(PHOTO)) < 6


@pytest.mark.parametrize("codec", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_camera_orientation_is_undone(codec: str, orientation: int):
    """Phones store pictures sideways and say so; viewers turn them, and so must we."""
    stored = {
        1: PHOTO,
        2: PHOTO.transpose(PillowImage.Transpose.FLIP_LEFT_RIGHT),
        3: PHOTO.transpose(PillowImage.Transpose.ROTATE_180),
        4: PHOTO.transpose(PillowImage.Transpose.FLIP_TOP_BOTTOM),
        5: PHOTO.transpose(PillowImage.Transpose.TRANSPOSE),
        6: PHOTO.transpose(PillowImage.Transpose.ROTATE_90),
        7: PHOTO.transpose(PillowImage.Transpose.TRANSVERSE),
        8: PHOTO.transpose(PillowImage.Transpose.ROTATE_270),
    }[orientation]
    exif = PillowImage.Exif()
    exif[0x0112] = orientation
    image = decoded(encoded(stored, codec, exif=exif, **({} if codec in ("PNG", "TIFF") else {"quality": 95})))
    assert (image.info.width_px, image.info.height_px) == (480, 320)
    assert difference(image.canonical, np.asarray(PHOTO)) < 6


def test_heic_is_turned_by_its_own_transform_and_not_by_exif():
    """ISO/IEC 23008-12 has viewers ignore Exif orientation in these files; phones write both, saying the same."""
    exif = PillowImage.Exif()
    exif[0x0112] = 6
    image = decoded(encoded(PHOTO, "HEIF", exif=exif, quality=95))
    assert difference(image.canonical, np.asarray(PHOTO)) < 6


def test_sixteen_bit_greys_are_scaled():
    """Clipped to 8 bits, as the codec would, a 16-bit photograph is white."""
    grey = np.asarray(PHOTO.convert("L"))
    deep = PillowImage.fromarray(grey.astype(np.uint16) * 257)
    for codec in ("PNG", "TIFF"):
        image = decoded(encoded(deep, codec))
        assert np.array_equal(image.canonical, np.dstack([grey] * 3))
        assert image.other_readings["16-bit greys clipped"].min() == 255 * (grey.min() > 0)


def test_sixteen_bit_colour_is_scaled():
    """Pillow cannot write such files, cameras and scanners do."""
    height, width = 4, 6
    values = np.full((height, width, 3), 0x8040, dtype=">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in values)
    image = decoded(png(width, height, bits=16, colour=2, data=rows))
    assert (image.canonical == 0x80).all()


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK"])
def test_other_pixel_layouts_are_read(mode: str):
    """Scans, palettes and print files are pictures like any other."""
    source = PHOTO.convert(mode)
    image = decoded(encoded(source, "TIFF"))
    assert difference(image.canonical, np.asarray(source.convert("RGB"))) < 1


def test_print_jpeg_is_read():
    """A CMYK JPEG is stored inverted by most programs; read plainly it would be a negative."""
    image = decoded(encoded(PHOTO.convert("CMYK"), "JPEG", quality=95))
    assert difference(image.canonical, np.asarray(PHOTO)) < 6


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_values_of_no_known_range_are_stretched(dtype: type):
    """A scientific picture in floats is shown from its darkest to its brightest."""
    ramp = np.linspace(-1, 1, 64 * 64).reshape(64, 64)
    image = decoded(encoded(PillowImage.fromarray((ramp * 1000).astype(dtype)), "TIFF"))
    assert image.canonical.min() == 0
    assert image.canonical.max() == 255


@pytest.mark.parametrize("layout", ["RGBA", "LA", "palette", "colour key"])
def test_transparency_is_shown_on_white(layout: str):
    """What a viewer shows behind a cut-out is the page, and pages are white."""
    if layout in ("RGBA", "LA"):
        picture = PillowImage.new(layout, (40, 20))
        picture.paste(PillowImage.new(layout, (20, 20), (*(10,) * (len(layout) - 1), 255)))
        data = encoded(picture, "PNG")
    else:
        picture = PillowImage.new("P" if layout == "palette" else "RGB", (40, 20))
        picture.putpalette([0, 0, 0, 10, 10, 10]) if layout == "palette" else None
        picture.paste(1 if layout == "palette" else (10, 10, 10), (0, 0, 20, 20))
        data = encoded(picture, "PNG", transparency=0 if layout == "palette" else (0, 0, 0))
    image = decoded(data)
    assert (image.canonical[:, 20:] == 255).all()
    assert (image.canonical[:, :20] == 10).all()
    assert (image.other_readings["transparency on black"][:, 20:] == 0).all()


def test_transparency_that_hides_nothing_changes_nothing():
    """Screenshots are saved with an opacity channel that is full everywhere; they have one reading only."""
    image = decoded(encoded(PHOTO.convert("RGBA"), "PNG"))
    assert np.array_equal(image.canonical, np.asarray(PHOTO))
    assert not image.other_readings


@pytest.mark.parametrize("codec", ["GIF", "WEBP", "PNG", "AVIF"])
def test_first_frame_of_an_animation_is_taken(codec: str):
    """Until whole animations are matched, the frame everyone sees first is."""
    frames = [photo(seed, width=64, height=48) for seed in (1, 2, 3)]
    data = encoded(frames[0], codec, save_all=True, append_images=frames[1:])
    image = decoded(data)
    assert image.info.frames == 3
    assert difference(image.canonical, np.asarray(frames[0])) < 12
    with pytest.raises(TooManyFramesError, match="3 frames; the limit is 2"):
        decode(data, limits=Limits(max_frames=2))


def test_large_jpeg_is_decoded_reduced_and_looks_the_same():
    """The shortcut through the codec's own scales must not change what is seen."""
    large = PHOTO.resize((2880, 1920), PillowImage.Resampling.BICUBIC)
    image = decoded(encoded(large, quality=92))
    assert (image.info.width_px, image.info.height_px) == (2880, 1920)
    assert image.canonical.shape == (341, 512, 3)
    slow = PHOTO.resize((512, 341), PillowImage.Resampling.BICUBIC)
    assert difference(image.canonical, np.asarray(slow)) < 3


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "CMYK", "P"])
def test_huge_picture_is_thinned_and_looks_the_same(mode: str):
    """The shortcut that keeps 100 megapixels within the sandbox's memory must not change what is seen."""
    huge = PHOTO.resize((4300, 2867), PillowImage.Resampling.BICUBIC).convert(mode)
    image = decoded(encoded(huge, "TIFF"), working_side_px=600)
    slow = huge.convert("RGB").resize((512, 341), PillowImage.Resampling.BOX)
    assert difference(image.canonical, np.asarray(slow)) < 1
    assert image.pixels.shape == (400, 600, 3)


@pytest.mark.parametrize("codec", ["JPEG", "PNG"])
def test_working_side_never_changes_the_canonical_picture(codec: str):
    """Stored hashes are made from it; asking for finer pixels must not make another hash."""
    data = encoded(PHOTO.resize((2880, 1920)), codec)
    plain, fine = decoded(data), decoded(data, working_side_px=1280)
    assert np.array_equal(plain.canonical, fine.canonical)
    assert plain.pixels is plain.canonical
    assert fine.pixels.shape == (853, 1280, 3)
    assert difference(np.asarray(PHOTO.resize((1280, 853))), fine.pixels) < 3


@pytest.mark.parametrize("size", [(1, 1), (1, 4000), (4000, 1), (3, 5), (513, 1)])
def test_extreme_shapes_are_pictures(size: tuple[int, int]):
    """Nothing divides by the side that rounds to zero."""
    for codec in ("PNG", "JPEG"):
        image = decoded(encoded(PillowImage.new("RGB", size, (200, 30, 60)), codec))
        assert (image.info.width_px, image.info.height_px) == size
        assert max(image.canonical.shape[:2]) == min(max(size), 512)
        assert min(image.canonical.shape[:2]) >= 1


def png(width: int, height: int, *, bits: int = 8, colour: int = 0, data: bytes = b"") -> bytes:
    """Write a PNG by hand: what its header says need not be true."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    chunks = (chunk(b"IHDR", header), chunk(b"IDAT", zlib.compress(data)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_pixel_bomb_is_refused_from_its_header():
    """900 megapixels in 70 bytes: decoding it would take gigabytes."""
    with pytest.raises(TooManyPixelsError, match="30,000 × 30,000 pixels; the limit is 100,000,000"):
        decoded(png(30_000, 30_000))


def test_webp_bomb_is_refused_before_its_codec_is_asked():
    """That codec allocates its canvas when it is opened."""
    size = (16_000 - 1).to_bytes(3, "little")
    with pytest.raises(TooManyPixelsError, match="16,000 × 16,000"):
        decoded(b"RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(4) + size + size)
    for lossless in (True, False):
        data = encoded(photo(1, width=300, height=200), "WEBP", lossless=lossless)
        with pytest.raises(TooManyPixelsError, match="300 × 200"):
            decode(data, limits=Limits(max_pixels=59_999))


def test_too_many_bytes_are_refused():
    """Size is the first thing asked, before any codec sees the file."""
    with pytest.raises(TooLargeError, match="51 bytes; the limit is 50"):
        decode(bytes(51), limits=Limits(max_bytes=50))


def test_empty_file_is_refused():
    """A form sent without its file is common, and deserves its own words."""
    with pytest.raises(EmptyFileError):
        decoded(b"")


@pytest.mark.parametrize(
    "data",
    [b"hello, I am text in a file named .jpg", b"BM is how this text starts", b"%PDF-1.7", b"\0" * 64, b"\xff\xd8"],
)
def test_other_content_is_refused_whatever_it_is_called(data: bytes):
    """The name is the sender's claim; the bytes are the file."""
    with pytest.raises(UnsupportedFormatError, match="send JPEG, PNG, WebP, GIF, AVIF, HEIC, BMP, TIFF"):
        decoded(data)


@pytest.mark.parametrize("codec", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF", "BMP", "TIFF"])
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_truncated_file_is_refused(codec: str, share: float):
    """Half a picture hashed as a whole one would bank, or miss, the wrong thing."""
    data = encoded(PHOTO, codec)
    with pytest.raises(UndecodableError, match="truncated or damaged"):
        decoded(data[: int(len(data) * share)])


@pytest.mark.parametrize("codec", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "HEIF", "BMP", "TIFF"])
def test_damaged_file_gives_a_picture_or_an_error_of_ours(codec: str):
    """Codecs raise anything on damaged bytes; callers must need to know one family of errors only."""
    random = np.random.default_rng(3)
    data = np.frombuffer(encoded(photo(1, width=64, height=48), codec), np.uint8)
    for _ in range(60):
        damaged = data.copy()
        places = random.integers(16, len(data), size=8)
        damaged[places] = random.integers(0, 256, size=8)
        try:
            image = decode(damaged.tobytes(), limits=Limits(max_pixels=10_000))
        except (UndecodableError, TooManyPixelsError, UnsupportedFormatError, TooManyFramesError):
            continue
        assert image.canonical.shape[2] == 3


def test_format_is_not_asked_of_other_codecs():
    """A file that starts like one format is never handed to a codec of another, however it goes on."""
    data = b"II*\0" + encoded(PHOTO, "PNG")[4:]
    with pytest.raises(UndecodableError, match="starts like TIFF"):
        decoded(data)


def test_digest_is_of_the_file():
    """sha256 is of the bytes as uploaded, not of pixels."""
    data = encoded(PHOTO)
    assert decoded(data).sha256 == hashlib.sha256(data).digest()
    assert decoded(data).info.size_bytes == len(data)


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([1e4, 1e4, 1e4], [0, 0, 0]),
        ([np.nan, np.nan, np.nan], [0, 0, 0]),
        ([-np.inf, 0, np.inf], [0, 127, 255]),
        ([-5, 0, 5], [0, 127, 255]),
    ],
)
def test_values_that_are_alike_or_infinite_are_shown(values: list[float], shown: list[int]):
    """Depth maps and scans hold any number at all; where all are alike there is nothing to stretch."""
    image = decoded(encoded(PillowImage.fromarray(np.array([values], np.float32)), "TIFF"))
    assert image.canonical[0, :, 0].tolist() == shown
