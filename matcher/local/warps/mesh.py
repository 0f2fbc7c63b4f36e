"""
A smooth mesh of shifts: how far each place of a bent picture lies beside where a flat map puts it.

A cubic B-spline surface (free-form deformation, Rueckert et al. 1999) of 6 × 6 fields, fitted by weighted least squares
in which points that miss lose weight, its second differences held small. With fewer fields a barrel lens is followed,
and a wave is not.

Invariant: pure and deterministic. Shifts are of the reference: mirroring and the flat map come after them.
"""

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

Shifts = npt.NDArray[np.float64]
"""float64, shape (n, 2): x and y, pixels of the reference."""

FIELDS: Final = 6
"""Fields of the mesh along each side."""

MOST_SHIFT: Final = 0.12
"""Of the longer side: how far a place may lie beside its flat one."""

LEAST_GROWN: Final = 0.45
"""What a small step may shrink to, or its inverse: a strong barrel lens halves it at the edge."""

_STIFFNESS: Final = 0.001
_RIDGE: Final = 1e-3
"""Per unit of trust. A wave of 1.5 % is followed in 24 of 24 photographs, with ten times the stiffness in 17."""

_ROUNDS: Final = 2
_CHECKED: Final = 12


@dataclass(frozen=True, slots=True, eq=False)
class Bend:
    """
    A smooth mesh of shifts.

    Args:
        mesh: float64, shape ((`FIELDS` + 3)², 2). Shifts at the crossings, pixels of the reference.

        width: Of the reference.

        height: Of the reference.
    """

    mesh: Shifts
    width: int
    height: int

    @classmethod
    def none(cls, width: int, height: int) -> Self:
        """Return the mesh that shifts nothing."""
        return cls(np.zeros(((FIELDS + 3) ** 2, 2)), width, height)

    def applied(self, xy: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Return where places of the reference, shape (n, 2), go before the flat map is applied."""
        return np.asarray(xy + _basis(xy, self.width, self.height) @ self.mesh, np.float64)

    def usual_shift(self, xy: npt.NDArray[Any]) -> float:
        """Return the median shift of some places of the reference, shape (n, 2): a share (0..1) of its longer side."""
        shifts = _basis(xy, self.width, self.height) @ self.mesh
        return float(np.median(np.hypot(*shifts.T))) / max(self.width, self.height)

    @property
    def is_sane(self) -> bool:
        """Whether it bends no further than lenses and paper do."""
        x, y = np.meshgrid(np.linspace(0, self.width - 1, _CHECKED), np.linspace(0, self.height - 1, _CHECKED))
        at = self.applied(np.stack([x.ravel(), y.ravel()], axis=1)).reshape(_CHECKED, _CHECKED, 2)
        if np.abs(at - np.stack([x, y], axis=-1)).max() > MOST_SHIFT * max(self.width, self.height):
            return False
        step = np.array([max(self.width - 1, 1), max(self.height - 1, 1)]) / (_CHECKED - 1)
        across, down = np.diff(at, axis=1)[:-1] / step[0], np.diff(at, axis=0)[:, :-1] / step[1]
        grown = np.linalg.svd(np.stack([across, down], axis=-1), compute_uv=False)
        return bool(grown.min() >= LEAST_GROWN and grown.max() <= 1 / LEAST_GROWN)


def fit_bend(xy: npt.NDArray[Any], shifts: Shifts, trust: npt.NDArray[np.float64], width: int, height: int) -> Bend:
    """
    Fit a mesh to shifts known at some places.

    Args:
        xy: Shape (n, 2). Places of the reference.

        shifts: How far each lies beside its flat place; those that no smooth mesh explains lose weight.

        trust: Shape (n,), above 0: what each is worth beforehand.

        width: Of the reference.

        height: Of the reference.
    """
    basis, weights = _basis(xy, width, height), trust
    mesh = np.zeros((basis.shape[1], 2))
    for _ in range(_ROUNDS):
        weighed = basis.T * weights
        held = weights.sum() * (_STIFFNESS * _STIFF / len(_STIFF) + _RIDGE * np.eye(len(_STIFF)) / len(_STIFF))
        mesh = np.linalg.solve(weighed @ basis + held, weighed @ shifts)
        misses = np.hypot(*(basis @ mesh - shifts).T)
        weights = trust / (1 + (misses / max(1.5 * float(np.median(misses)), 1.0)) ** 2) ** 2
    return Bend(mesh, width, height)


def _basis(xy: npt.NDArray[Any], width: int, height: int) -> npt.NDArray[np.float64]:
    """Return what each crossing says at each place: float64, shape (n, (`FIELDS` + 3)²)."""
    across, down = _along(xy[:, 0], width), _along(xy[:, 1], height)
    return np.asarray((down[:, :, None] * across[:, None, :]).reshape(len(xy), -1))


def _along(at: npt.NDArray[Any], length: int) -> npt.NDArray[np.float64]:
    """Return the cubic B-splines along one side: shape (n, `FIELDS` + 3)."""
    place = np.clip(at.astype(np.float64) * (FIELDS / max(length - 1, 1)), 0.0, FIELDS - 1e-9)
    field = place.astype(np.int64)
    t = place - field
    splines = np.stack([(1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3], axis=1) / 6
    values = np.zeros((len(place), FIELDS + 3))
    np.put_along_axis(values, field[:, None] + np.arange(4), splines, axis=1)
    return values


def _stiffness() -> npt.NDArray[np.float64]:
    """Return what second differences of the mesh cost, along both sides and across: a quadratic form."""
    side = FIELDS + 3
    one, second = np.eye(side), np.diff(np.eye(side), n=2, axis=0)
    first = np.diff(np.eye(side), axis=0)
    parts = [np.kron(one, second), np.kron(second, one), np.sqrt(2) * np.kron(first, first)]
    return np.asarray(sum(part.T @ part for part in parts), np.float64)


_STIFF: Final = _stiffness()
