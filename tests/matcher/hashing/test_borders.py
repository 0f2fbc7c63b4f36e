"""A frame around a picture is cut off, whatever its colour; a picture without one is left alone."""

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageOps

from matcher.hashing.borders import trim_border, trim_border_or_bars
from matcher.reading.decode import Limits, decode
from tests.helpers.media.pictures import encoded, photo

PHOTO = photo(4, width=300, height=200)


def trimmed(picture: Image.Image) -> np.ndarray:
    """Cut off the border, as found."""
    return trim_border(np.asarray(picture))["border added"]


@pytest.mark.parametrize("colour", ["black", "white", (200, 30, 30)])
@pytest.mark.parametrize("widths", [(40, 40, 40, 40), (0, 50, 0, 50), (60, 0, 60, 0), (20, 10, 30, 90), (0, 0, 0, 40)])
def test_border_of_any_colour_and_width_is_cut_off(colour: str, widths: tuple[int, int, int, int]):
    """Frames, letterbox bars and captions' empty strips are how copies are made to look new."""
    inside = trimmed(ImageOps.expand(PHOTO, widths, colour))
    # One blended row or column goes with each bar.
    assert all(0 <= whole - left <= 2 for whole, left in zip((200, 300), inside.shape[:2], strict=True))


def test_border_survives_compression():
    """Nobody uploads a frame that is one colour to the last bit; a halo of a few pixels may stay."""
    framed = encoded(ImageOps.expand(PHOTO, 40, (200, 30, 30)), quality=40)
    inside = trim_border(decode(framed, limits=Limits()).canonical)["border added"]
    assert abs(inside.shape[0] - 200) <= 12
    assert abs(inside.shape[1] - 300) <= 12


def test_bars_of_two_colours_are_cut_off():
    """A screenshot has a white strip above and a black one below."""
    canvas = np.zeros((280, 300, 3), np.uint8)
    canvas[:40] = 255
    canvas[40:240] = np.asarray(PHOTO)
    assert 196 <= len(trim_border(canvas)["border added"]) <= 200


def test_nested_bars_are_cut_off():
    """A letterboxed picture on a wide page has bars on all sides that no single scan sees."""
    inner = ImageOps.expand(PHOTO, (0, 30, 0, 30), "black")
    inside = trimmed(ImageOps.expand(inner, (50, 0, 50, 0), "white"))
    assert 196 <= inside.shape[0] <= 200


def test_dark_edge_of_the_picture_is_not_taken_for_more_frame():
    """A black frame around a night sky: what is on both sides is the frame, the rest may be picture."""
    night = np.asarray(PHOTO).copy()
    night[:30] = 8
    found = trim_border(np.asarray(ImageOps.expand(Image.fromarray(night), 40, "black")))
    assert len(found["border added"]) <= 170
    assert 196 <= len(found["even border added"]) <= 200


def test_picture_without_border_is_left_alone():
    """No variant, no cost, no chance of a false match."""
    assert trim_border(np.asarray(PHOTO)) == {}


@pytest.mark.parametrize("size", [(1, 1), (300, 200), (512, 1)])
def test_one_colour_is_not_a_border(size: tuple[int, int]):
    """Nothing would be left of it."""
    assert trim_border(np.asarray(Image.new("RGB", size, "navy"))) == {}


def test_stamp_on_a_page_is_too_little_to_look_for():
    """A hash of a small icon would match every page with that icon."""
    page = Image.new("RGB", (500, 500), "white")
    page.paste(PHOTO.resize((90, 60)), (200, 200))
    assert trim_border(np.asarray(page)) == {}


@pytest.mark.parametrize("trim", [trim_border, trim_border_or_bars])
@pytest.mark.parametrize("size", [(2, 2), (3, 1), (9, 9), (300, 305)])
def test_two_plain_halves_side_by_side_are_not_a_border(trim: Callable[..., dict], size: tuple[int, int]):
    """Bars that meet leave no picture between them, below and above one another or side by side."""
    height, width = size
    halves = np.zeros((height, width, 3), np.uint8)
    halves[:, width // 2 :] = 255
    assert trim(halves) == {}
    assert trim(np.ascontiguousarray(halves.swapaxes(0, 1))) == {}


def test_two_plain_halves_in_a_letterbox_are_not_a_border():
    """The bars above and below do not make a picture of what is plain on both sides."""
    canvas = np.full((300, 300, 3), 128, np.uint8)
    canvas[50:250, :150], canvas[50:250, 150:] = 0, 255
    assert trim_border(canvas) == {}
