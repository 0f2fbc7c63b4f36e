"""Costs are found again in times that were made from them, and how wrong they are is told where it is not known."""

import itertools

import numpy as np
import pytest

from benchmarks.cluster.model.fitting import Point, TooFewPointsError, costs_of, fit

COSTS = 0.02, 0.011, 2.5e-9
SIZES = 1_000_000, 3_000_000, 10_000_000


def points(costs: tuple[float, ...] = COSTS, *, noise: float = 0.0, bent: float = 1.0) -> list[Point]:
    """Make times; the largest size takes `bent` times as long."""
    rng = np.random.default_rng(1)
    made = []
    for size, slots in itertools.product(SIZES, (1, 2, 4)):
        terms = 1.0, float(slots), float(size)
        ms = float(np.dot(costs, terms)) * (1 + noise * rng.uniform(-1, 1))
        made.append(Point(size, slots, terms, ms * (bent if size == SIZES[-1] else 1.0)))
    return made


def test_costs_are_found_again() -> None:
    """Otherwise nothing that follows means anything."""
    found = fit(points())
    assert found.costs == pytest.approx(COSTS, rel=1e-6)
    assert found.fitted_error == pytest.approx(0, abs=1e-6)
    assert found.worst == pytest.approx(0, abs=1e-6)


def test_costs_are_found_again_in_noise() -> None:
    """Machines are busy: 5 % more or less is usual."""
    found = fit(points(noise=0.05))
    assert found.ms(1, 2, 3e6) == pytest.approx(float(np.dot(COSTS, (1, 2, 3e6))), rel=0.1)
    assert 0 < found.fitted_error < 0.1


def test_no_cost_is_negative() -> None:
    """A size at which a hash pays us would be recommended."""
    falling = [Point(size, 1, (1.0, float(size)), 1 / size) for size in SIZES]
    assert min(costs_of(falling)) >= 0


def test_the_largest_size_is_held_out_and_the_error_there_is_told() -> None:
    """A model that was fitted to all it is compared with flatters itself."""
    found = fit(points(bent=2.0))
    assert [slots for slots, _ in found.held_out] == [1, 2, 4]
    assert [error for _, error in found.held_out] == pytest.approx([-0.5] * 3)
    assert found.worst == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("given", "reason"),
    [([p for p in points() if p.size == SIZES[0]], "two sizes"), ([points()[0], points()[-1]], "1 points")],
)
def test_too_few_points_are_refused(given: list[Point], reason: str) -> None:
    """Two points through three unknowns fit perfectly and say nothing."""
    with pytest.raises(TooFewPointsError, match=reason):
        fit(given)
