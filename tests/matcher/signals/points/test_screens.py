"""Pictures printed in dots are asked for without the dots; all others as they are."""

import numpy as np
import pytest

from benchmarks.copies.edits import Surroundings, tone
from matcher.local.evidence import compare_local
from matcher.signals.local import LocalFeatures, extract_query, extract_reference, readings
from matcher.signals.points.screens import TILE_PX, descreened, raster
from matcher.strength import Strength
from tests.helpers.media.textures import texture

AROUND = Surroundings(np.random.default_rng(1), [texture(50)])


def laid(copy: np.ndarray, original: np.ndarray) -> Strength | None:
    """Return how sure the surest reading of a copy is."""
    known = LocalFeatures.from_bytes(extract_reference(original).to_bytes())
    found = [compare_local(one, known) for one in readings(extract_query(copy))]
    return max((one.evidence for one in found if one), key=lambda one: one.score).strength


def grey_of(picture: np.ndarray) -> np.ndarray:
    return picture.mean(axis=2).astype(np.uint8)


@pytest.mark.parametrize("pitch", [3, 4, 5, 6, 8])
def test_a_raster_is_told_by_its_frequency(pitch: int) -> None:
    """What is blurred away is the dots, and no more."""
    found = raster(grey_of(tone.halftone(texture(1, width=480, height=320), AROUND, pitch=pitch)))
    assert found == pytest.approx(1 / pitch, abs=0.02)


def test_a_picture_without_a_raster_is_left_alone() -> None:
    """Whoever has no dots to hide must be found as before, bit for bit."""
    for seed in range(8):
        grey = grey_of(texture(seed, width=480, height=320))
        assert descreened(grey) is grey


def test_blocks_of_a_jpeg_are_no_raster() -> None:
    """They lie on the axes of the spectrum, and every second upload has them."""
    grey = grey_of(tone.recompress(texture(2, width=480, height=320), AROUND, quality=10))
    assert descreened(grey) is grey


SIZES = [(1, 1), (1, 900), (TILE_PX - 1, 800), (TILE_PX, TILE_PX), (800, TILE_PX), (600, 800)]


@pytest.mark.parametrize("shape", SIZES)
def test_pictures_of_any_shape_are_looked_at(shape: tuple[int, int]) -> None:
    """Tiny, long and plain pictures are uploads like any other."""
    for grey in (np.zeros(shape, np.uint8), np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8)):
        assert descreened(grey) is grey
    board = ((np.indices(shape).sum(axis=0) % 2) * 255).astype(np.uint8)
    assert min(descreened(board).shape) >= 1


def test_dots_are_gone_and_the_picture_is_not() -> None:
    """A cut print in large dots is found by what it shows."""
    photo = texture(4, width=640, height=480)
    printed = tone.newsprint(photo[60:, 80:], AROUND, pitch=6)
    assert laid(printed, photo) in (Strength.PARTIAL, Strength.NEAR)


def test_a_print_that_was_banked_is_found_by_its_dots() -> None:
    """Without them a copy of it would be another picture: what is stored of it are the dots."""
    printed = tone.halftone(texture(6, width=640, height=480), AROUND, pitch=6)
    assert laid(tone.recompress(printed[60:, 80:], AROUND, quality=70), printed) is Strength.NEAR
