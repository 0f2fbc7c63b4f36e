"""
From times at several sizes to what each part of the work costs, and how wrong that is at a size it has not seen.

A time is a sum of terms that the code itself tells (slots, hashes, descriptors compared), each with a cost that is not
negative. The costs are those with the least sum of squares of relative errors, so that small sizes count as large ones.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import nnls


@dataclass(frozen=True, slots=True)
class Point:
    """
    One size that was run.

    Args:
        size: Items in all; the largest are held out.

        slots: In how many slots they lay.

        terms: How much of each kind of work a question was.

        ms: Processor ms a question, median.
    """

    size: int
    slots: int
    terms: tuple[float, ...]
    ms: float


@dataclass(frozen=True, slots=True)
class Fit:
    """
    What each kind of work costs.

    Args:
        costs: ms for one of each term.

        fitted_error: Largest relative error at the sizes it was fitted to, all of them.

        held_out: At each point of the largest size: slots, and the relative error (model over measured, less 1) of
            costs fitted without any of that size.
    """

    costs: tuple[float, ...]
    fitted_error: float
    held_out: tuple[tuple[int, float], ...]

    @property
    def worst(self) -> float:
        """The largest error at the size that was held out: the one to expect beyond it is no smaller."""
        return max(abs(error) for _, error in self.held_out)

    def ms(self, *terms: float) -> float:
        """Work out a time."""
        return float(np.dot(self.costs, terms))


class TooFewPointsError(ValueError):
    """There are not two sizes, or fewer points below the largest than costs."""


def costs_of(points: Sequence[Point]) -> tuple[float, ...]:
    """
    Fit costs to points.

    Raises:
        TooFewPointsError: If there are fewer points than terms.
    """
    terms, ms = _arrays(points)
    if len(points) < terms.shape[1]:
        raise TooFewPointsError(f"{len(points)} points do not tell {terms.shape[1]} costs; run more sizes or slots")
    scale = np.abs(terms).max(axis=0)
    scale[scale == 0] = 1.0
    found, _ = nnls(terms / scale / ms[:, None], np.ones(len(ms)))
    return tuple((found / scale).tolist())


def fit(points: Sequence[Point]) -> Fit:
    """
    Fit costs to all points, and tell how wrong those are that were fitted without the largest size.

    Raises:
        TooFewPointsError: If nothing is left to fit without the largest size.
    """
    largest = max(point.size for point in points)
    known = [point for point in points if point.size < largest]
    if not known:
        raise TooFewPointsError(f"every point has {largest} items; run at least two sizes")
    without = costs_of(known)
    held_out = tuple((p.slots, _error(without, p)) for p in points if p.size == largest)
    costs = costs_of(points)
    return Fit(costs, max(abs(_error(costs, point)) for point in points), held_out)


def _error(costs: tuple[float, ...], point: Point) -> float:
    return float(np.dot(costs, point.terms)) / point.ms - 1


def _arrays(points: Sequence[Point]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    return np.array([point.terms for point in points], float), np.array([point.ms for point in points], float)
