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

from matcher.compiled import compiled

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
_NO_GROWTH = 1e-12


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


def octaves_grown(matrix: Matrix, xy: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Return by how many octaves a picture grows at some places, shape (n, 2): float64, shape (n,)."""
    depth = xy.astype(np.float64) @ matrix[2, :2] + matrix[2, 2]
    # The determinant of the derivative of a homography: of its matrix, over the depth cubed.
    grown = np.abs(np.linalg.det(matrix) / np.where(depth == 0, np.inf, depth) ** 3)
    return np.asarray(0.5 * np.log2(np.maximum(grown, _NO_GROWTH)), np.float64)


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
    p, q = np.ascontiguousarray(source, np.float64), np.ascontiguousarray(target, np.float64)
    trust = trust.astype(np.float64)
    weights, matrix = trust, None
    for _ in range(_ROUNDS):
        matrix = solve(p, q, weights)
        if matrix is None:
            return None
        weights = _doubted(p, q, trust, matrix)
    return matrix


def similarity(p: Points, q: Points, weights: npt.NDArray[np.float64]) -> Matrix | None:
    """Fit a turn, a scale and a shift."""
    middle, to, moments = _moments(p, q, weights)
    power = moments[0, 0] + moments[1, 1]
    if power < 1e-9:
        return None
    cos, sin = (moments[0, 2] + moments[1, 3]) / power, (moments[0, 3] - moments[1, 2]) / power
    return _laid(np.array([[cos, -sin], [sin, cos]]), middle, to)


def affine(p: Points, q: Points, weights: npt.NDArray[np.float64]) -> Matrix | None:
    """Fit a turn, two scales, a slant and a shift."""
    middle, to, moments = _moments(p, q, weights)
    power = moments[:, :2]
    spread, determinant = float(power.trace()), float(power[0, 0] * power[1, 1] - power[0, 1] * power[1, 0])
    if determinant <= 1e-6 * spread**2:  # the points lie on a line
        return None
    return _laid(np.asarray(np.linalg.solve(power, moments[:, 2:]).T, np.float64), middle, to)


def homography(p: Points, q: Points, weights: npt.NDArray[np.float64]) -> Matrix | None:
    """Fit a view of a plane: the normalised direct linear transform (Hartley 1997)."""
    from_norm, to_norm = _normaliser(p), _normaliser(q)
    values, vectors = np.linalg.eigh(_equations(transformed(from_norm, p), transformed(to_norm, q), weights))
    matrix: Matrix = np.linalg.inv(to_norm) @ vectors[:, 0].reshape(3, 3) @ from_norm
    if abs(matrix[2, 2]) < 1e-12 or values[1] < 1e-12 * values[-1]:
        return None
    return np.asarray(matrix / matrix[2, 2])


def _laid(linear: Matrix, middle: npt.NDArray[np.float64], to: npt.NDArray[np.float64]) -> Matrix:
    matrix = np.eye(3)
    matrix[:2, :2], matrix[:2, 2] = linear, to - linear @ middle
    return matrix


@compiled
def _doubted(p: Points, q: Points, trust: npt.NDArray[np.float64], matrix: Matrix) -> npt.NDArray[np.float64]:
    """
    Return what each point is worth once it is seen how far it misses: less than half from the median miss on.

    Bounds: one number a point; p, q and trust have n rows. A miss may be infinite or NaN, and is then sorted last.
    """
    misses = np.empty(len(p))
    for i in range(len(p)):
        x, y = p[i, 0], p[i, 1]
        depth = matrix[2, 0] * x + matrix[2, 1] * y + matrix[2, 2]
        miss_x = (matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2]) / depth - q[i, 0]
        miss_y = (matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2]) / depth - q[i, 1]
        misses[i] = np.sqrt(miss_x * miss_x + miss_y * miss_y)
    reached, half, median = 0.0, trust.sum() / 2, 0.0
    for i in np.argsort(misses):
        reached += trust[i]
        median = misses[i]
        if reached >= half:
            break
    scale = max(1.5 * median, 1.0)
    return np.asarray(trust / (1 + (misses / scale) ** 2) ** 2)


@compiled
def _moments(
    p: Points, q: Points, weights: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], Matrix]:
    """
    Return both weighted middles, and shape (2, 4): moments of p about its middle with itself and with q.

    Bounds: what is made has a fixed size; p, q and weights have n rows.
    """
    middle, to, moments = np.zeros(2), np.zeros(2), np.zeros((2, 4))
    total = weights.sum()
    for i in range(len(p)):
        for k in range(2):
            middle[k] += weights[i] / total * p[i, k]
            to[k] += weights[i] / total * q[i, k]
    for i in range(len(p)):
        for k in range(2):
            lever = weights[i] / total * (p[i, k] - middle[k])
            moments[k, 0] += lever * (p[i, 0] - middle[0])
            moments[k, 1] += lever * (p[i, 1] - middle[1])
            moments[k, 2] += lever * (q[i, 0] - to[0])
            moments[k, 3] += lever * (q[i, 1] - to[1])
    return middle, to, moments


@compiled
def _equations(a: Points, b: Points, weights: npt.NDArray[np.float64]) -> Matrix:
    """
    Return the normal matrix, shape (9, 9), of the two equations each pair of points gives.

    Bounds: what is made has a fixed size; a, b and weights have n rows.
    """
    normal, row = np.zeros((9, 9)), np.zeros(9)
    for i in range(len(a)):
        for k in range(2):
            row[:] = 0
            row[3 * k], row[3 * k + 1], row[3 * k + 2] = a[i, 0], a[i, 1], 1
            row[6], row[7], row[8] = -a[i, 0] * b[i, k], -a[i, 1] * b[i, k], -b[i, k]
            for m in range(9):
                for n in range(9):
                    normal[m, n] += weights[i] * row[m] * row[n]
    return normal


def _normaliser(xy: Points) -> Matrix:
    middle = xy.mean(0)
    scale = np.sqrt(2) / max(float(np.hypot(*(xy - middle).T).mean()), 1e-9)
    return np.array([[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1]])
