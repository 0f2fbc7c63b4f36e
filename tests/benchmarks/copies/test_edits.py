"""Edits are named once, make the same picture twice, and leave the original alone."""

import numpy as np
import pytest

from benchmarks.copies.edits import EDITS, Edit, Surroundings
from tests.helpers.media.textures import texture

STRANGERS = [texture(n, width=200, height=260) for n in (50, 51, 52)]


def around(seed: int) -> Surroundings:
    return Surroundings(np.random.default_rng(seed), STRANGERS)


def test_there_are_at_least_120_and_no_name_twice() -> None:
    """Figures are kept by name."""
    names = [edit.name for edit in EDITS]
    assert len(names) >= 120
    assert len(set(names)) == len(names)


def test_two_edits_are_drawn_anew_for_each_photo() -> None:
    """One pair for all would say little of any two."""
    any_two = next(edit for edit in EDITS if edit.family == "any two")
    photo = texture(1, width=240, height=160)
    made = [any_two.apply(photo, around(seed)) for seed in (1, 2, 3)]
    assert len({each.tobytes() for each in made}) == 3


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
def test_an_edit_is_repeatable_and_spares_the_original(edit: Edit) -> None:
    """A failure can be made again and looked at."""
    photo = texture(1, width=240, height=160)
    before = photo.copy()
    first, second = edit.apply(photo, around(3)), edit.apply(photo, around(3))
    assert np.array_equal(first, second)
    assert np.array_equal(photo, before)
    assert first.dtype == np.uint8
    assert first.ndim == 3
    assert first.shape[2] == 3
    assert first.shape != photo.shape or not np.array_equal(first, photo)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.name)
@pytest.mark.parametrize("size", [(64, 96), (300, 70), (70, 300), (300, 44)])
def test_an_edit_takes_pictures_of_any_shape(edit: Edit, size: tuple[int, int]) -> None:
    """Banks hold thumbnails and panoramas too."""
    out = edit.apply(texture(2, width=size[0], height=size[1]), around(4))
    assert min(out.shape[:2]) >= 1
