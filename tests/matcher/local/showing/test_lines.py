"""Line drawings: what is there, and little of how it looks."""

import numpy as np
import pytest

from matcher.local.showing.lines import PAPER, line_drawing


def shapes(ground: int, shape: int) -> np.ndarray:
    """Return a square on a ground, each of one shade."""
    grey = np.full((120, 160), ground, np.uint8)
    grey[40:80, 50:110] = shape
    return grey


def test_what_has_no_shape_is_paper() -> None:
    """Skin without edges is drawn as nothing."""
    assert (line_drawing(np.full((60, 80), 130, np.uint8)) == PAPER).all()
    slope = np.tile(np.linspace(60, 200, 160), (120, 1)).astype(np.uint8)
    assert (line_drawing(slope) == PAPER).mean() > 0.98


@pytest.mark.parametrize(("ground", "shape"), [(200, 60), (60, 200), (120, 150)])
def test_edge_of_a_shape_is_a_line_and_its_inside_is_paper(ground: int, shape: int) -> None:
    """A dark shape on light ground, a light one on dark ground, a faint one."""
    drawn = line_drawing(shapes(ground, shape))
    assert (drawn[50:70, 60:100] == PAPER).all()
    assert (drawn[5:30, 5:40] == PAPER).all()
    rows, columns = drawn[46:74, 44:116] < PAPER, drawn[34:86, 56:104] < PAPER
    assert rows.any(axis=1).all()
    assert columns.any(axis=0).all()


def test_same_picture_in_another_light_has_the_same_lines() -> None:
    """A dark photo is as easy to read as a light one."""
    light, dark = line_drawing(shapes(220, 120)), line_drawing(shapes(110, 60))
    assert ((light < PAPER) == (dark < PAPER)).mean() > 0.97


def test_smallest_and_odd_sizes_are_drawn() -> None:
    """A preview may be a strip."""
    for size in ((2, 2), (3, 500), (500, 3), (511, 333)):
        grey = np.random.default_rng(1).integers(0, 256, size, np.uint8)
        assert line_drawing(grey).shape == size
