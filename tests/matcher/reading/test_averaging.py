"""Averaging areas gives what OpenCV gives: hash signals are made from it, and a stored one must never change."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.reading.averaging import average_areas

SIDES = st.integers(1, 700)


def by_opencv(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Ask the definition."""
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 2**32 - 1), SIDES, SIDES, st.integers(1, 512), st.booleans())
def test_values_are_those_of_opencv(seed: int, width: int, height: int, side: int, two_shades: bool):
    """At every ratio, of noise and of the steepest steps: one grey level more would make another hash."""
    rng = np.random.default_rng(seed)
    shades = np.array([0, 255], np.uint8) if two_shades else np.arange(256, dtype=np.uint8)
    pixels = rng.choice(shades, (height, width, 3))
    shrink = min(1.0, side / max(width, height))
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    assert np.array_equal(average_areas(pixels, size), by_opencv(pixels, size))


@pytest.mark.parametrize("shape", [(1, 20_000, 3), (9_000, 2, 3), (1_024, 768, 3), (333, 777), (333, 777, 4)])
def test_extreme_shapes_and_other_layouts_are_averaged_alike(shape: tuple[int, ...]):
    """One row, whole ratios, grey and four channels go another way to the same values."""
    pixels = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    longest = max(shape[:2])
    for side in (512, longest // 2):
        size = (max(1, round(shape[1] * side / longest)), max(1, round(shape[0] * side / longest)))
        if size[0] <= shape[1] and size[1] <= shape[0]:
            assert np.array_equal(average_areas(pixels, size), by_opencv(pixels, size))


def test_a_view_is_averaged_as_its_copy():
    """Codecs hand over rows with gaps between them."""
    pixels = np.random.default_rng(2).integers(0, 256, (700, 900, 3), dtype=np.uint8)[3:-40, 5:-7]
    assert np.array_equal(average_areas(pixels, (512, 380)), by_opencv(np.ascontiguousarray(pixels), (512, 380)))
