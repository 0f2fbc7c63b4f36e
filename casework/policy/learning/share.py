"""A share of some that were counted, with how sure that makes us."""

from dataclasses import dataclass
from math import sqrt
from typing import Final

_Z: Final = 1.96
"""Of a normal distribution 95 % lie within so many deviations."""


@dataclass(frozen=True, slots=True)
class Share:
    """
    So many of so many.

    Args:
        found: 0..of.

        of: How many were counted.
    """

    found: int
    of: int

    @property
    def value(self) -> float | None:
        """The share, 0..1; None where nothing was counted."""
        return self.found / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float]:
        """Where the true share lies with 95 % confidence."""
        return wilson(self.found, self.of)


def wilson(found: int, of: int, *, z: float = _Z) -> tuple[float, float]:
    """
    Return the confidence interval of a share: sane near 0 and 1, unlike the usual one (E. B. Wilson 1927).

    Args:
        found: 0..of.

        of: How many were counted; of none, everything is possible.

        z: Deviations of the normal distribution; 1.96 for 95 %.
    """
    if not of:
        return 0.0, 1.0
    share, spread = found / of, z * z / of
    middle = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / of + spread / (4 * of)) / (1 + spread)
    return max(0.0, middle - half), min(1.0, middle + half)
