"""What strangers share is told from what copies share: beside it, strangers show something else."""

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from matcher.local.common import common, distinct, pack, shared_with, unpack
from matcher.local.evidence import compare_local
from matcher.local.overlap import shape_in_blocks
from matcher.signals.local import LocalFeatures, QueryFeatures, extract_reference
from matcher.strength import Strength
from tests.helpers.media.textures import texture

Pixels = np.ndarray


def framed(seed: int, *, left: int = 50, top: int = 100) -> Pixels:
    """A picture of its own in a frame of one texture."""
    screen = texture(1, width=400, height=560)
    screen[top : top + 270, left : left + 300] = texture(seed, width=300, height=270)
    return screen


def stored(pixels: Pixels) -> LocalFeatures:
    return LocalFeatures.from_bytes(extract_reference(pixels).to_bytes())


def learned(reference: LocalFeatures, strangers: list[Pixels]) -> LocalFeatures:
    """The reference, with what all of these share."""
    shared = [one for one in (shared_with(stored(each), reference) for each in strangers) if one is not None]
    counts = sum((one.blocks.astype(int) for one in shared), np.zeros(shape_in_blocks(reference.thumbnail), int))
    return replace(reference, common=common(reference, counts, len(strangers)))


def strength(copy: Pixels, reference: LocalFeatures) -> Strength | None:
    found = compare_local(QueryFeatures.of_stored(stored(copy)), reference)
    return None if found is None else found.evidence.strength


@pytest.fixture(scope="module")
def reference() -> LocalFeatures:
    """Keep a framed picture."""
    return stored(framed(10))


@pytest.fixture(scope="module")
def taught(reference: LocalFeatures) -> LocalFeatures:
    """Keep it with what three strangers in the same frame share."""
    return learned(reference, [framed(seed) for seed in (11, 12, 13)])


def test_frame_is_common_and_what_it_shows_is_not(taught: LocalFeatures) -> None:
    """The part that was removed is what the reference still is found by."""
    assert taught.common is not None
    rows, columns = taught.common.shape
    assert not taught.common[rows // 3 : rows // 2, columns // 3 : columns // 2].any()
    assert taught.common[[0, 0, -1, -1], [0, -1, 0, -1]].all()


def test_frame_alone_is_no_more_than_weak(reference: LocalFeatures, taught: LocalFeatures) -> None:
    """Without what was learned it is shown to a person: fifteen of fifteen screenshots were."""
    assert strength(framed(14), reference) is Strength.PARTIAL
    assert strength(framed(14), taught) is Strength.WEAK


@pytest.mark.parametrize(
    "copy",
    [
        lambda: framed(10),
        lambda: framed(10)[:, ::-1],
        lambda: framed(10)[60:500],
        lambda: texture(10, width=300, height=270),
        lambda: framed(10, left=90, top=200),
    ],
    ids=["whole", "mirrored", "cropped", "without the frame", "elsewhere in the frame"],
)
def test_what_is_the_references_own_is_found_as_before(copy: Callable[[], Pixels], taught: LocalFeatures) -> None:
    """Also where the frame, laid onto the frame, would say that something else is shown."""
    found = strength(np.ascontiguousarray(copy()), taught)
    assert found is not None
    assert found >= Strength.PARTIAL


def barred(pixels: Pixels) -> Pixels:
    out = pixels.copy()
    out[160:300] = 0
    return out


def captioned(pixels: Pixels) -> Pixels:
    out = pixels.copy()
    out[:90] = 255
    cv2.putText(out, "look at this", (20, 60), cv2.FONT_HERSHEY_SIMPLEX, 1.6, (0, 0, 0), 3)
    return out


def in_a_collage(pixels: Pixels) -> Pixels:
    return np.concatenate([pixels, texture(77, width=400, height=560)], axis=1)


@pytest.mark.parametrize("edit", [np.copy, barred, captioned, in_a_collage, np.fliplr, lambda one: one[:350]])
def test_copies_are_no_strangers(edit: Callable[[Pixels], Pixels], reference: LocalFeatures) -> None:
    """A picture that was passed on for weeks before it was reported has no common parts."""
    assert shared_with(stored(np.ascontiguousarray(edit(framed(10)))), reference) is None


def test_one_picture_posted_often_is_one_stranger(reference: LocalFeatures) -> None:
    """Who wants a part to be common must show something else beside it each time."""
    same = framed(11)
    shared = [shared_with(stored(one), reference) for one in (same, same[4:], same[:, :-4], framed(12))]
    found = [one for one in shared if one is not None]
    assert len(found) == 4
    assert distinct(found) == [0, 3]


def test_reference_without_anything_of_its_own_has_no_common_parts(reference: LocalFeatures) -> None:
    """A picture that is everywhere is for people to judge; it is not let be by itself."""
    shape = shape_in_blocks(reference.thumbnail)
    assert common(reference, np.full(shape, 9), 5) is None
    assert common(reference, np.zeros(shape, int), 5) is None


def test_blocks_are_read_as_they_were_packed() -> None:
    """The record keeps a bit a block."""
    blocks = np.random.default_rng(1).random((7, 11)) < 0.5
    assert np.array_equal(unpack(pack(blocks)), blocks)
