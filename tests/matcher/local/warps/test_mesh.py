"""A mesh follows what is smooth, leaves out what is not, and says how far it bent."""

import numpy as np
import numpy.typing as npt
import pytest

from matcher.local.warps.mesh import Bend, fit_bend

WIDTH, HEIGHT = 480, 320


def places(count: int) -> npt.NDArray[np.float64]:
    return np.random.default_rng(4).uniform(0, 1, (count, 2)) * [WIDTH - 1, HEIGHT - 1]


def lens(xy: npt.NDArray[np.float64], strength: float) -> npt.NDArray[np.float64]:
    """Shifts of a lens: along the radius, growing with its cube."""
    from_middle = xy - [WIDTH / 2, HEIGHT / 2]
    radius = np.hypot(*from_middle.T)[:, None] / (WIDTH / 2)
    return np.asarray(strength * from_middle * radius**2)


def fitted(strength: float, *, wrong: int = 0) -> Bend:
    xy = places(200)
    shifts = lens(xy, strength)
    shifts[:wrong] += np.random.default_rng(5).normal(0, 40, (wrong, 2))
    return fit_bend(xy, shifts, np.ones(len(xy)), WIDTH, HEIGHT)


@pytest.mark.parametrize("wrong", [0, 20])
def test_a_lens_is_followed_within_a_pixel_whatever_a_few_points_say(wrong: int) -> None:
    """Pixels are compared where it says: two pixels off, nothing agrees."""
    bend, inside = fitted(0.06, wrong=wrong), places(900)[200:]
    inside = inside[(np.abs(inside / [WIDTH, HEIGHT] - 0.5) < 0.45).all(axis=1)]
    off = np.hypot(*(bend.applied(inside) - inside - lens(inside, 0.06)).T)
    assert np.percentile(off, 95) < 1.0
    assert bend.is_sane


def test_what_bends_further_than_a_lens_is_not_sane() -> None:
    """Whatever may be bent at will fits everything."""
    assert not fitted(0.5).is_sane
    assert not fitted(-0.5).is_sane


def test_a_fold_is_not_sane() -> None:
    """A picture that passes one place twice is no picture of a surface."""
    xy = places(200)
    folded = np.stack([np.where(xy[:, 0] > WIDTH / 2, -50.0, 50.0), np.zeros(len(xy))], axis=1)
    assert not fit_bend(xy, folded, np.ones(len(xy)), WIDTH, HEIGHT).is_sane


def test_no_bend_leaves_places_as_they_are() -> None:
    """It is where following begins."""
    xy = places(20)
    assert np.array_equal(Bend.none(WIDTH, HEIGHT).applied(xy), xy)
