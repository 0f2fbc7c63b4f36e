"""
What a contestant of the robustness benchmark offers: it keeps references and says which of them a picture copies.

Invariant: a contestant sees files only, as a service does; decoding is part of its time. It names references by the
order in which they were added, and the runner knows which one is right.
"""

from dataclasses import dataclass
from typing import ClassVar, Protocol


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One reference a picture may copy.

    Args:
        reference: Its number, from 0 in the order of adding.

        distance: Smaller is surer. What it measures is the contestant's own affair.

        strength: ``"near"``, ``"partial"``, ``"weak"`` by the contestant's own thresholds; None where it has none and
            the runner chooses a largest distance for it.
    """

    reference: int
    distance: float
    strength: str | None = None


class CopyContestant(Protocol):
    """One way of finding copies."""

    name: ClassVar[str]

    tuned: ClassVar[bool]
    """Whether the runner chooses its threshold, at the false-positive rate all are held to."""

    every: ClassVar[int]
    """It is asked every n-th question of an edit and every n-th negative only: 1 for ours, more for the others."""

    unites: ClassVar[tuple[str, ...]]
    """Contestants whose answers together are its own: where they run, too, they are not asked twice."""

    def add(self, data: bytes) -> None:
        """Keep one more reference."""

    def ready(self) -> None:
        """Do what a server does before it answers. Not timed."""

    def find(self, data: bytes) -> list[Finding]:
        """Name the references a picture may copy, surest first. Timed."""

    def bytes_per_reference(self) -> float:
        """Return what is kept of each reference."""
