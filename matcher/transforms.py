"""
Homographies on pictures: applying, fitting and doubting them.

A matrix is float64, shape (3, 3), and works on pixels, (0, 0) being the middle of the first. Fits are weighted least
squares in which points that miss lose weight (Geman-McClure), repeated a few times from a good beginning. Nothing is
drawn at random.
"""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
"""float64, shape (3, 3)."""

Points = npt.NDArray[np.float64]
"""float64, shape (n, 2), x and y."""

Solve = Callable[[Points, Points, npt.NDArray[np.float64]], Matrix | None]

MAX_STRETCH: Final = 3.0
"""How much more one side of a frame may grow than another: a squeeze to half, a screen seen from the side."""

MIN_SINE: Final = 0.35
"""Corners may open or close to about 20°."""

SCALES: Final = (0.03, 12.0)
MAX_DEPTH: Final = 4.0
"""How much nearer than its middle a part of the picture may seem."""

_ROUNDS = 4


def scaling(width: int, height: int, new_width: int, new_height: int) -> Matrix:
    """Return the map between the pixels of a picture at two sizes."""
    across, down = new_width / width, new_height / height
    return np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]])


def outline(width: int, height: int) -> Points:
    """Return the four corners of a picture, clockwise from the upper left, at the outer edge of its pixels."""
    return np.array([[-0.5, -0.5], [width - 0.5, -0.5], [width - 0.5, height - 0.5], [-0.5, height - 0.5]])


def transformed(matrix: Matrix, xy: npt.NDArray[Any]) -> Points:
    """Map points, shape (n, 2)."""
    x, y = xy[:, 0].astype(np.float64), xy[:, 1].astype(np.float64)
    depth = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
    return np.stack(
        [
            (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / depth,
            (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / depth,
        ],
        axis=1,
    )


def area(corners: Points) -> float:
    """Return the area of a polygon, in square pixels."""
    after = np.roll(corners, -1, axis=0)
    return abs(float((corners[:, 0] * after[:, 1] - corners[:, 1] * after[:, 0]).sum())) / 2


def derivative(matrix: Matrix, x: float, y: float) -> Matrix:
    """Return how a small step at (x, y) moves, shape (2, 2)."""
    depth = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
    at = (matrix[:2, 0] * x + matrix[:2, 1] * y + matrix[:2, 2]) / depth
    return np.asarray((matrix[:2, :2] - np.outer(at, matrix[2, :2])) / depth)


def growth(matrix: Matrix, width: int, height: int) -> float:
    """Return how many pixels one pixel in the middle of a picture becomes, along a side."""
    return float(np.sqrt(abs(np.linalg.det(derivative(matrix, width / 2, height / 2)))))


def stretch(matrix: Matrix, width: int, height: int) -> float:
    """Return how much more a picture grows in one direction or at one corner than in another; 1 for a similarity."""
    grown = [np.linalg.svd(derivative(matrix, x, y), compute_uv=False) for x, y in outline(width, height)]
    return float(np.max(grown) / max(np.min(grown), 1e-9))


def is_sane(matrix: Matrix, width: int, height: int) -> bool:
    """Tell whether a map keeps a frame unfolded and unmirrored, and no side shrinks or grows beyond reason."""
    corners = outline(width, height)
    depth = corners @ matrix[2, :2] + matrix[2, 2]
    if not (np.isfinite(matrix).all() and depth.min() > 0 and depth.max() < MAX_DEPTH * depth.min()):
        return False
    at = transformed(matrix, corners)
    sides = np.roll(at, -1, axis=0) - at
    after = np.roll(sides, -1, axis=0)
    lengths = np.hypot(sides[:, 0], sides[:, 1])
    turns = sides[:, 0] * after[:, 1] - sides[:, 1] * after[:, 0]
    grown = lengths / [width, height, width, height]
    if turns.min() <= 0 or grown.min() < SCALES[0] or grown.max() > SCALES[1]:
        return False
    sines = turns / (lengths * np.roll(lengths, -1))
    return bool(grown.max() < MAX_STRETCH * grown.min() and sines.min() > MIN_SINE)


def fit(source: npt.NDArray[Any], target: npt.NDArray[Any], trust: npt.NDArray[Any], solve: Solve) -> Matrix | None:
    """
    Fit a map that most points agree with.

    Args:
        source: Shape (n, 2), pixels.

        target: Shape (n, 2), where they should arrive.

        trust: Shape (n,), above 0: what each is worth beforehand.

        solve: `similarity`, `affine` or `homography`.

    Returns:
        None where the points do not determine one.
    """
    p, q = source.astype(np.float64), target.astype(np.float64)
    trust = trust.astype(np.float64)
    weights, matrix = trust, None
    for _ in range(_ROUNDS):
        matrix = solve(p, q, weights)
        if matrix is None:
            return None
        misses = np.hypot(*(transformed(matrix, p) - q).T)
        scale = max(1.5 * _weighted_median(misses, trust), 1.0)
        weights = trust / (1 + (misses / scale) ** 2) ** 2
    return matrix


def _weighted_median(values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64]) -> float:
    order = np.argsort(values)
    reached = np.cumsum(weights[order])
    return float(values[order[np.searchsorted(reached, reached[-1] / 2)]])


def similarity(p: Points, q: Points, weights: npt.NDArray[np.float64]) -> Matrix | None:
    """Fit a turn, a scale and a shift."""
    w = weights / weights.sum()
    middle, to = w @ p, w @ q
    a, b = p - middle, q - to
    power = float(w @ (a**2).sum(1))
    if power < 1e-9:
        return None
    cos = float(w @ (a * b).sum(1)) / power
    sin = float(w @ (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])) / power
    turn = np.array([[cos, -sin], [sin, cos]])
    matrix = np.eye(3)
    matrix[:2, :2], matrix[:2, 2] = turn, to - turn @ middle
    return matrix


def affine(p: Points, q: Points, weights: npt.NDArray[np.float64]) -> Matrix | None:
    """Fit a turn, two scales, a slant and a shift."""
    w = weights / weights.sum()
    middle, to = w @ p, w @ q
    a, b = (p - middle) * w[:, None], p - middle
    power = a.T @ b
    if np.linalg.cond(power) > 1e6:
        return None
    linear = np.linalg.solve(power, a.T @ (q - to)).T
    matrix = np.eye(3)
    matrix[:2, :2], matrix[:2, 2] = linear, to - linear @ middle
    return matrix


def homography(p: Points, q: Points, weights: npt.NDArray[np.float64]) -> Matrix | None:
    """Fit a view of a plane: the normalised direct linear transform (Hartley 1997)."""
    from_norm, to_norm = _normaliser(p), _normaliser(q)
    a, b = transformed(from_norm, p), transformed(to_norm, q)
    rows = np.zeros((2 * len(a), 9))
    rows[0::2, 0:2], rows[0::2, 2], rows[0::2, 6:8], rows[0::2, 8] = a, 1, -a * b[:, :1], -b[:, 0]
    rows[1::2, 3:5], rows[1::2, 5], rows[1::2, 6:8], rows[1::2, 8] = a, 1, -a * b[:, 1:], -b[:, 1]
    weighted = rows * np.repeat(weights, 2)[:, None]
    values, vectors = np.linalg.eigh(weighted.T @ rows)
    matrix: Matrix = np.linalg.inv(to_norm) @ vectors[:, 0].reshape(3, 3) @ from_norm
    if abs(matrix[2, 2]) < 1e-12 or values[1] < 1e-12 * values[-1]:
        return None
    return np.asarray(matrix / matrix[2, 2])


def _normaliser(xy: Points) -> Matrix:
    middle = xy.mean(0)
    scale = np.sqrt(2) / max(float(np.hypot(*(xy - middle).T).mean()), 1e-9)
    return np.array([[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1]])
