"""What an upload pipeline is answered, as three words in order."""

from enum import StrEnum
from typing import Final


class Verdict(StrEnum):
    """
    What a pipeline is answered; ordered, `ALLOW < HOLD < BLOCK`, so `max` is the strictest.

    Attributes:
        ALLOW: The post may be published.

        HOLD: It waits until a person has looked.

        BLOCK: It is a copy of what was removed, and is not published.
    """

    ALLOW = "allow"
    HOLD = "hold"
    BLOCK = "block"

    @property
    def rank(self) -> int:
        """0 for the mildest, 2 for the strictest."""
        return _RANKS[self]

    def __lt__(self, other: str) -> bool:
        return self.rank < Verdict(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Verdict(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Verdict(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Verdict(other).rank


_RANKS: Final = {verdict: rank for rank, verdict in enumerate(Verdict)}
