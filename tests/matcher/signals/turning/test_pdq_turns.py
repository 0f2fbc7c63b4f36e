"""The fast PDQ is the reference code's PDQ, of the picture and of the really turned picture."""

import tracemalloc

import numpy as np
import pdqhash
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from matcher.signals.turning.orientations import TURNS
from matcher.signals.turning.pdq_turns import pdq_of_reduced, pdq_turns, pdq_turns_of_grey
from tests.helpers.media.pictures import photo
from tests.helpers.media.turns import UNDO


def slow_pdq(pixels: np.ndarray) -> tuple[bytes, int]:
    """Ask the reference code."""
    bits, quality = pdqhash.compute(np.ascontiguousarray(pixels))
    return np.packbits(bits).tobytes(), quality


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.integers(1, 512), st.integers(1, 512))
def test_turned_hashes_equal_those_of_really_turned_pixels(seed: int, width: int, height: int):
    """A mirrored copy must not lose half the search radius to a shortcut."""
    pixels = np.asarray(photo(seed, width=width, height=height))
    turns = pdq_turns(pixels)
    for turn, code in zip(TURNS, turns.codes, strict=True):
        expected, _ = slow_pdq(UNDO[turn](pixels))
        assert np.bitwise_count(code ^ np.frombuffer(expected, np.uint8)).sum() <= 2, turn
    assert turns.quality == slow_pdq(pixels)[1]


def test_symmetric_picture_hashes_as_in_the_reference_code():
    """Half its frequencies are 0 and rounding decides their bits: a peer's hash of the same file must still be met."""
    half = np.asarray(photo(3, width=200, height=300))
    for pixels in (np.hstack([half, half[:, ::-1]]), np.repeat(half[:, :1], 400, axis=1), np.full((400, 300, 3), 9)):
        pixels = pixels.astype(np.uint8)
        turns = pdq_turns(pixels)
        assert (turns.codes[0].tobytes(), turns.quality) == slow_pdq(pixels)


@pytest.mark.parametrize("shape", [(1, 1), (4, 512), (512, 4), (5, 5)])
def test_tiny_pictures_hash_as_in_the_reference_code(shape: tuple[int, int]):
    """Below 5 pixels the reference gives up; so do we, in the same way."""
    pixels = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    turns = pdq_turns(pixels)
    assert (turns.codes[0].tobytes(), turns.quality) == slow_pdq(pixels)


def test_one_colour_has_no_quality():
    """Nothing can be told from it, and whoever banks it must be warned."""
    assert pdq_turns(np.full((64, 64, 3), 90, np.uint8)).quality == 0


def test_photographs_hash_as_in_the_reference_code(shared_data):
    """Real pictures, real sizes: the same bits and the same quality."""
    for path in sorted((shared_data / "photos" / "bsds500").iterdir())[::25]:
        pixels = np.asarray(Image.open(path).convert("RGB"))
        turns = pdq_turns(pixels)
        assert (turns.codes[0].tobytes(), turns.quality) == slow_pdq(pixels), path.name


@pytest.mark.parametrize(("size", "whole"), [((288, 512), (480, 854)), ((512, 288), (1920, 1080)), ((4, 9), (40, 90))])
def test_hash_at_the_size_before_reduction_is_the_same_however_it_is_asked(size, whole):
    """What vPDQ is sent is the first of the eight orientations, taken alone to be fast."""
    grey = np.asarray(photo(3, width=size[1], height=size[0]).convert("L"))
    assert np.array_equal(pdq_of_reduced(grey, whole), pdq_turns_of_grey(grey, whole=whole).codes[0])


def test_filter_of_an_8k_frame_fits_in_little_memory():
    """The filter's own matrix would fill two gigabytes, and the process that decodes the video with it."""
    tracemalloc.start()
    try:
        pdq_turns_of_grey(np.zeros((288, 512), np.uint8), whole=(4320, 7680))
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()
