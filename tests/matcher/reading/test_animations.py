"""An animation is hashed as far as anybody can read it, and says how far that is; no frame costs more than allowed."""

import struct

import numpy as np
import pytest
from PIL import Image

from matcher.errors import MediaError, TooManyPixelsError, UndecodableError
from matcher.hashing.features import Features
from matcher.hashing.pictures import HashedImage, hash_media
from matcher.media import Frame
from matcher.reading.animations import AnimationReader
from matcher.reading.decode import Limits, decode
from tests.helpers.media.animations import ANIMATED, animation, animation_of_dots, damaged, gif_code_sizes, gif_images
from tests.helpers.media.pictures import encoded
from tests.helpers.media.textures import texture


def pictures(count: int, *, size: tuple[int, int] = (160, 120)) -> list[Image.Image]:
    """Make frames that all differ."""
    return [Image.fromarray(texture(3000 + n, width=size[0], height=size[1])) for n in range(count)]


def hashed(data: bytes, **limits: int) -> HashedImage:
    """Take all there is of a file."""
    return hash_media(data, limits=Limits(**limits), preview_side_px=512, features=Features.ASKED | Features.STORED)


def frames_of(data: bytes) -> list[Frame]:
    """Read the frames of an animation."""
    info = decode(data, limits=Limits()).info
    return list(AnimationReader(data, info.format, frames=info.frames, limits=Limits()))


@pytest.mark.parametrize("codec", ANIMATED)
def test_whole_animation_says_how_long_it_is(codec: str):
    """Whoever reads the answer sees that nothing is missing."""
    info = hashed(animation(pictures(4), codec)).info
    assert (info.frames, info.duration_s, info.seen_s) == (4, 2.0, 2.0)


def test_animation_of_too_many_pixels_is_refused_before_it_is_decoded():
    """11 KB can promise 500 frames of 100 megapixels: they took a decoder for as long as it was allowed."""
    limits = Limits(max_animation_pixels=3_999_999)
    with pytest.raises(TooManyPixelsError, match="4,000,000"):
        decode(animation_of_dots(4, side_px=1000), limits=limits)
    assert decode(animation_of_dots(3, side_px=1000), limits=limits).info.frames == 3


def test_pages_larger_than_the_first_are_counted():
    """The first page of a TIFF says nothing about the others."""
    pages = [pictures(1)[0], *pictures(2, size=(1600, 1200))]
    data = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    with pytest.raises(TooManyPixelsError, match="together"):
        hashed(data, max_animation_pixels=3_000_000)


def test_picture_has_no_duration():
    """What does not move lasts no time."""
    info = hashed(encoded(pictures(1)[0], "PNG")).info
    assert (info.frames, info.duration_s, info.seen_s) == (1, None, None)


@pytest.mark.parametrize("codec", ["WEBP", "AVIF"])
def test_animation_is_hashed_up_to_its_damaged_frame(codec: str):
    """One bad sector hides no animation: what comes before it is hashed, and the answer says how much that was."""
    whole = animation(pictures(4), codec)
    found = hashed(damaged(whole, codec, frame=2))
    assert (found.info.frames, found.info.duration_s, found.info.seen_s) == (4, 2.0, 1.0)
    assert found.query.video is not None
    frames, all_frames = found.query.video.frames, hashed(whole).query.video.frames
    assert frames.pdq.tolist() == all_frames.pdq[:2].tolist()
    assert [frame.grey.tolist() for frame in frames_of(damaged(whole, codec, frame=2))] == [
        frame.grey.tolist() for frame in frames_of(whole)[:2]
    ]


@pytest.mark.parametrize("codec", ["GIF", "PNG"])
def test_frames_after_a_damaged_one_are_hashed_as_others_show_them(codec: str):
    """Browsers and converters go on behind the damage, so what it hid from us would be published."""
    whole = animation(pictures(4), codec)
    broken = damaged(whole, codec, frame=2)
    found, last = hashed(broken).info, frames_of(broken)[-1]
    assert (found.frames, found.duration_s) == (4, 2.0)
    assert found.seen_s in (1.5, 2.0)
    assert (last.number, last.time_s, last.until_s) == (3, 1.5, 2.0)
    assert np.abs(last.grey.astype(int) - frames_of(whole)[3].grey).mean() < 1


@pytest.mark.parametrize(("hidden", "left"), [(1, [0, 2]), (2, [0, 1])])
def test_frame_that_nobody_can_read_hides_no_other(hidden: int, left: list[int]):
    """An invalid code size in one frame of a GIF: one byte must not be enough to hide the rest."""
    data = bytearray(animation(pictures(3), "GIF"))
    data[gif_code_sizes(bytes(data))[hidden]] = 13
    assert [frame.number for frame in frames_of(bytes(data))] == left
    info = hashed(bytes(data)).info
    assert (info.duration_s, info.seen_s) == (1.5, 1.0)


@pytest.mark.parametrize("codec", ANIMATED)
def test_animation_whose_first_frame_is_damaged_is_refused(codec: str):
    """Its signals are made from that frame, and half a picture is not hashed as if it were one."""
    with pytest.raises(UndecodableError, match="Send the whole file"):
        hashed(damaged(animation(pictures(4), codec), codec, frame=0))


@pytest.mark.parametrize("codec", ["GIF", "PNG"])
def test_animation_that_was_cut_off_anywhere_is_hashed_as_far_as_it_goes(codec: str):
    """An upload that broke off has lost its last frames; wherever that was, the first is there or it is refused."""
    whole = animation(pictures(3, size=(32, 24)), codec)
    seen = []
    for length in range(len(whole) // 8, len(whole), 7):
        try:
            info = hashed(whole[:length]).info
        except UndecodableError:
            seen.append(0.0)
            continue
        assert info.duration_s is None or info.seen_s <= info.duration_s
        seen.append(info.seen_s or 0.5)
    assert seen == sorted(seen)
    assert set(seen) == {0.0, 0.5, 1.0, 1.5}


@pytest.mark.parametrize("codec", ["GIF", "PNG"])
def test_animation_damaged_anywhere_is_hashed_or_refused(codec: str):
    """Two decoders read what is left; neither may end in an error that is not ours."""
    rng, whole = np.random.default_rng(5), animation(pictures(4, size=(32, 24)), codec)
    for _ in range(60):
        data = bytearray(whole)
        at, length = int(rng.integers(16, len(data))), int(rng.integers(0, 30))
        data[at : at + length] = rng.bytes(int(rng.integers(0, 10)))
        try:
            info = hashed(bytes(data)).info
        except MediaError:
            continue
        assert info.duration_s is None or 0 < (info.seen_s or 0) <= info.duration_s + 0.001


def test_page_larger_than_the_limit_is_refused_before_it_is_read():
    """The first page is small, and any of the others may promise what fills the memory."""
    small, large = pictures(1, size=(60, 40))[0], Image.new("RGB", (400, 300))
    data = encoded(small, "TIFF", save_all=True, append_images=[large])
    with pytest.raises(TooManyPixelsError, match="400 × 300"):
        hashed(data, max_pixels=10_000)
    assert hashed(data).info.seen_s == 0.2


def test_gif_that_grows_beyond_the_limit_is_refused():
    """A later frame may lie outside the picture the header promises, and Pillow makes room for it."""
    data = bytearray(animation(pictures(2, size=(40, 30)), "GIF"))
    at = gif_images(bytes(data))[1]
    data[at + 1 : at + 5] = struct.pack("<HH", 60_000, 60_000)
    with pytest.raises(TooManyPixelsError, match=r"60,0\d\d × 60,0\d\d"):
        hashed(bytes(data))


def test_gif_frame_that_covers_nothing_changes_nothing():
    """Some programs write one for a pause."""
    data = bytearray(animation(pictures(3, size=(40, 30)), "GIF"))
    at = gif_images(bytes(data))[1]
    data[at + 5 : at + 9] = struct.pack("<HH", 0, 0)
    first, second, third = frames_of(bytes(data))
    assert np.array_equal(first.grey, second.grey)
    assert not np.array_equal(second.grey, third.grey)


@pytest.mark.parametrize("size", [(1, 1), (40, 30)])
def test_heic_of_several_pictures_is_hashed(size: tuple[int, int]):
    """Phones put bursts into one file."""
    data = encoded(pictures(1, size=size)[0], "HEIF", save_all=True, append_images=pictures(3, size=size)[1:])
    info = hashed(data).info
    assert (info.format, info.frames, info.seen_s) == ("heic", 3, pytest.approx(0.3))
    assert len({frame.grey.tobytes() for frame in frames_of(data)}) == 3
