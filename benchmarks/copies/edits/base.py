"""
What an edit is: a named, seeded way in which a copy of a picture comes to differ from it.

Invariant: the same picture, surroundings and seed give the same pixels. An edit draws chance only from the generator
it is handed, never from a global one, so that a figure can be made again and a failure looked at.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
"""An RGB picture: uint8, shape (height, width, 3)."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """
    What an edit may put beside, on or around the picture.

    Args:
        rng: The only source of chance.

        strangers: Pictures that are in no bank, for collages, insets and backgrounds; at least one.
    """

    rng: np.random.Generator
    strangers: Sequence[Pixels]

    def stranger(self) -> Pixels:
        """Draw one of the strangers."""
        return self.strangers[int(self.rng.integers(len(self.strangers)))]


@dataclass(frozen=True, slots=True)
class Edit:
    """
    One row of `EDITS`.

    Args:
        family: What people would call it: ``"crop"``. Figures are averaged within, then over families.

        strength: How much of it: ``"30 % of the area"``.

        apply: Picture and surroundings -> edited picture; the picture itself is left as it was.

        hopeless: True where the issue allows a low share (a crop below 20 % of the area, an inset below 15 %).
    """

    family: str
    strength: str
    apply: Callable[[Pixels, Surroundings], Pixels]
    hopeless: bool = False

    @property
    def name(self) -> str:
        """Family and strength: ``"crop, 30 % of the area"``."""
        return f"{self.family}, {self.strength}"
