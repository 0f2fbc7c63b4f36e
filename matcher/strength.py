"""How sure it is that a query is a copy: four words that evidence, policy and people share."""

from enum import StrEnum
from typing import Final


class Strength(StrEnum):
    """
    How sure it is that query and reference show the same; ordered, `WEAK < PARTIAL < NEAR < EXACT`.

    Attributes:
        WEAK: Agreement on a reference too plain to be distinguished (quality below 50), or on a single moment of
            two videos.

        PARTIAL: Agreement on part of the picture, by a query too plain to be sure, or by frames that are alike without
            being the same.

        NEAR: The same picture, or the same stretch of a video, edited. Whether one or more signals agree is
            `Comparison.agreeing`.

        EXACT: The same file.
    """

    WEAK = "weak"
    PARTIAL = "partial"
    NEAR = "near"
    EXACT = "exact"

    @property
    def rank(self) -> int:
        """0 for the weakest, 3 for the strongest."""
        return _RANKS[self]

    def __lt__(self, other: str) -> bool:
        return self.rank < Strength(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Strength(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Strength(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Strength(other).rank


_RANKS: Final = {strength: rank for rank, strength in enumerate(Strength)}
