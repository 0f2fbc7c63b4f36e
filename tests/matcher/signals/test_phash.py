"""`phash/1` is imagehash's pHash, bit for bit; its turned and inverted values are those of the turned picture."""

import imagehash
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from matcher.signals.orientations import TURNS
from matcher.signals.phash import inverted, phash_bits, phash_coefficients, phash_turns, phash_turns_of_grey
from tests.matcher.signals.test_pdq_turns import UNDO
from tests.pictures import photo


def slow_phash(pixels: np.ndarray) -> bytes:
    """Ask imagehash."""
    return np.packbits(imagehash.phash(Image.fromarray(pixels), hash_size=16).hash).tobytes()


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 512), st.integers(1, 512))
def test_bits_are_those_of_imagehash(seed: int, width: int, height: int):
    """The definition is somebody else's code, so that anybody can check a value."""
    pixels = np.asarray(photo(seed, width=width, height=height))
    assert phash_bits(phash_coefficients(pixels)).tobytes() == slow_phash(pixels)


def test_one_colour_hashes_as_in_imagehash():
    """Where all coefficients are rounding noise, the same arithmetic in the same order still gives the same bits."""
    for shade in (0, 77, 255):
        pixels = np.full((40, 60, 3), shade, np.uint8)
        assert phash_bits(phash_coefficients(pixels)).tobytes() == slow_phash(pixels)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.integers(64, 512), st.integers(64, 512))
def test_turned_and_inverted_values_are_those_of_the_turned_picture(seed: int, width: int, height: int):
    """The second opinion must follow the first through every transformation."""
    pixels = np.asarray(photo(seed, width=width, height=height))
    turned = phash_turns(pixels)
    for code, negative, turn in zip(phash_bits(turned), phash_bits(inverted(turned)), TURNS, strict=True):
        really = np.ascontiguousarray(UNDO[turn](pixels))
        assert np.bitwise_count(code ^ np.frombuffer(slow_phash(really), np.uint8)).sum() <= 4, turn
        assert np.bitwise_count(negative ^ np.frombuffer(slow_phash(255 - really), np.uint8)).sum() <= 4, turn


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.integers(64, 512), st.integers(64, 512))
def test_frame_of_a_video_hashes_as_the_same_picture_does(seed: int, width: int, height: int):
    """A frame is reduced by matrices to be fast: posted as a photo it must still be the same picture."""
    grey = np.asarray(photo(seed, width=width, height=height).convert("L"))
    fast, slow = phash_bits(phash_turns_of_grey(grey)), phash_bits(phash_turns(grey))
    assert np.bitwise_count(fast ^ slow).sum(axis=1).max() <= 8
