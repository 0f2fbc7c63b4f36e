"""What fits best exactly where keypoints put it is found though little of it agrees; what lies beside is not."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from matcher.local.evidence import compare_local
from matcher.local.overlap import compare_blocks
from matcher.local.peak import fine_peak
from matcher.local.score import second_look
from matcher.signals.local import LocalFeatures, extract_query, extract_reference
from matcher.strength import Strength
from matcher.thresholds import LOCAL_PARTIAL, SECOND_LOOK_MISS
from tests.helpers.media.textures import texture

PHOTO = texture(71, width=640, height=480)
REFERENCE = LocalFeatures.from_bytes(extract_reference(PHOTO).to_bytes())


def laid(picture: np.ndarray, shift: int = 0) -> tuple[float, int]:
    """Lay a picture onto the reference's thumbnail, some pixels beside."""
    small = extract_reference(picture).thumbnail
    moved = np.roll(small, shift, axis=1)
    return fine_peak(REFERENCE.thumbnail, compare_blocks(REFERENCE.thumbnail, moved, np.ones(moved.shape, bool)))


def slow_peak(thumbnail: np.ndarray, query: np.ndarray, inside: np.ndarray) -> float:
    """The height, one shift after the other, as `fine_peak` says what it is."""
    whole = cv2.erode(inside.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1)
    soft = [cv2.GaussianBlur(each.astype(np.float32), (0, 0), 1.5) for each in (thumbnail, query)]
    a, b = (whole * (each.astype(np.float64) - blurred) for each, blurred in zip((thumbnail, query), soft, strict=True))
    height, width = a.shape
    found = {}
    for x in range(-4, 5):
        for y in range(-4, 5):
            one = a[max(0, y) : height + min(0, y), max(0, x) : width + min(0, x)]
            other = b[max(0, -y) : height + min(0, -y), max(0, -x) : width + min(0, -x)]
            power = (one * one).sum() * (other * other).sum()
            found[x, y] = (one * other).sum() / np.sqrt(power + 1e3)
    return found[0, 0] - max(fit for (x, y), fit in found.items() if max(abs(x), abs(y)) >= 3)


@pytest.mark.parametrize(("height", "width"), [(55, 74), (64, 64), (9, 300), (1, 200), (70, 8)])
def test_all_shifts_at_once_are_one_after_the_other(height: int, width: int) -> None:
    """The fast way leaves out no shift, and weighs each by what then lies on each other."""
    rng = np.random.default_rng(height)
    for seed in range(4):
        thumbnail = cv2.resize(texture(seed).mean(axis=2).astype(np.uint8), (width, height))
        other = cv2.resize(texture(seed + 1).mean(axis=2).astype(np.uint8), (width, height))
        query = (0.6 * np.roll(thumbnail, seed, axis=1) + 0.4 * other).astype(np.uint8)
        inside = np.ones(thumbnail.shape, bool)
        inside[: int(rng.integers(height)), : int(rng.integers(width))] = False
        found = fine_peak(thumbnail, compare_blocks(thumbnail, query, inside))
        if found.height:
            assert found.height == pytest.approx(slow_peak(thumbnail, query, inside), abs=1e-4)


def test_a_picture_fits_best_where_it_lies() -> None:
    """A shift of three pixels of the thumbnail is another picture's place."""
    assert laid(PHOTO)[0] > 0.7
    assert laid(PHOTO, shift=3)[0] < -0.5


def test_another_picture_mixed_in_leaves_a_peak_and_a_stranger_has_none() -> None:
    """Half of every pixel is somebody else's, and the other half still lies where it lay."""
    other = texture(72, width=640, height=480)
    mixed = (0.5 * PHOTO + 0.5 * other).astype(np.uint8)
    assert laid(mixed)[0] > 0.3
    assert abs(laid(other)[0]) < 0.25


def test_too_little_is_no_peak() -> None:
    """A corner of a few pixels fits anything."""
    thumbnail = REFERENCE.thumbnail
    inside = np.zeros(thumbnail.shape, bool)
    inside[:6, :6] = True
    assert fine_peak(thumbnail, compare_blocks(thumbnail, thumbnail, inside)).height == 0
    tiny = np.arange(12, dtype=np.uint8).reshape(3, 4)
    assert fine_peak(tiny, compare_blocks(tiny, tiny, np.ones(tiny.shape, bool))).height == 0


def test_what_lies_inexactly_gets_no_second_look() -> None:
    """Photographs of one studio in one pose fit each other, but never to half a pixel."""
    found = compare_local(extract_query(PHOTO), REFERENCE)
    assert found is not None
    assert second_look(replace(found.alignment, miss=SECOND_LOOK_MISS), found.overlap, REFERENCE.thumbnail) is not None
    beyond = replace(found.alignment, miss=SECOND_LOOK_MISS + 0.01, best_miss=SECOND_LOOK_MISS)
    assert second_look(beyond, found.overlap, REFERENCE.thumbnail) is None


@pytest.mark.parametrize(
    ("best_miss", "octaves_apart", "inliers", "is_asked"),
    [(0.3, 0.04, 48, True), (0.3, 0.05, 48, False), (0.37, 0.0, 48, False), (0.3, 0.04, 47, False)],
)
def test_what_half_lies_exactly_gets_a_second_look_where_there_is_much_of_it(
    best_miss: float, octaves_apart: float, inliers: int, is_asked: bool
) -> None:
    """Another picture mixed in moves half of the keypoints; look-alikes have none that lie so well."""
    found = compare_local(extract_query(PHOTO), REFERENCE)
    assert found is not None
    half = replace(found.alignment, miss=0.9, best_miss=best_miss, octaves_apart=octaves_apart, inliers=inliers)
    assert (second_look(half, found.overlap, REFERENCE.thumbnail) is not None) == is_asked


@pytest.mark.parametrize("seed", [73, 82])
def test_half_a_copy_mixed_with_half_a_stranger_is_shown(seed: int) -> None:
    """Neither its keypoints lie as a copy's do, nor do its blocks agree; the best of them still do."""
    mixed = (0.5 * PHOTO + 0.5 * texture(seed, width=640, height=480)).astype(np.uint8)
    found = compare_local(extract_query(mixed), REFERENCE)
    assert found is not None
    assert found.alignment.bend is None
    assert found.alignment.miss > SECOND_LOOK_MISS
    assert found.evidence.strength is Strength.PARTIAL


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_a_copy_found_by_a_second_look_is_for_people(seed: int) -> None:
    """However sure the pixels are, most blocks show something else: nothing acts on it alone."""
    part = PHOTO[150 : 150 + 152, 200 : 200 + 203]
    noise = np.random.default_rng(seed).normal(0, 6, part.shape)
    found = compare_local(extract_query(np.clip(part + noise, 0, 255).astype(np.uint8)), REFERENCE)
    assert found is not None
    assert found.evidence.strength in (Strength.PARTIAL, Strength.WEAK)
    assert (found.evidence.strength is Strength.WEAK) == (found.evidence.score < LOCAL_PARTIAL)
