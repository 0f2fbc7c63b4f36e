"""
Which cases a list shows, in which order, and how open ones are grouped.

A group is of open cases that ask about matches with one takedown, or about those of them that rest on one kind of
evidence. Its key says which:

    tkd_1KZ6Q0W7T4M8X2N5B9C3D7F1G                                all of the takedown
    tkd_1KZ6Q0W7T4M8X2N5B9C3D7F1G near pdq/1+phash/1 mirrored    of one kind of evidence
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self

from casework.domain.cases.case import CaseState, Queue
from matcher.strength import Strength


class Order(StrEnum):
    """In which order cases are listed."""

    DEADLINE = "deadline"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """
    What a list asks for; what is None is not asked for.

    Args:
        state: Where the cases stand.

        queue: Where they wait.

        takedown_id: The takedown that was matched.

        uploader_id: Who posted what they are about: the upload that matched, or the post a report names.

        strength: How sure the match is that opened them.

        of_person: Actor who holds their lease now, or decided them.

        text: An id of the case, its report, its upload or its takedown, a receipt's number, the platform's id of the
            upload, who posted it, or the address of the post; whole, as it was given.

        order: In which order.
    """

    state: CaseState | None = CaseState.OPEN
    queue: Queue | None = None
    takedown_id: str | None = None
    uploader_id: str | None = None
    strength: Strength | None = None
    of_person: str | None = None
    text: str | None = None
    order: Order = Order.DEADLINE


class GroupBy(StrEnum):
    """What the cases of a group have in common."""

    TAKEDOWN = "takedown"
    EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class GroupKey:
    """
    Which group.

    Args:
        takedown_id: Whose matches.

        evidence: Key of the kind of evidence they rest on (`EvidenceKind`); None for all kinds.
    """

    takedown_id: str
    evidence: str | None = None

    def __str__(self) -> str:
        """Write it as it is sent."""
        return self.takedown_id if self.evidence is None else f"{self.takedown_id} {self.evidence}"

    @classmethod
    def read(cls, text: str) -> Self:
        """Read what `str` wrote; of other words it makes the key of a group that nothing is in."""
        takedown_id, _, evidence = text.partition(" ")
        return cls(takedown_id, evidence or None)


@dataclass(frozen=True, slots=True)
class CaseGroup:
    """
    A group of open cases.

    Args:
        key: Which.

        cases: How many.

        oldest_deadline: When the first of them is due.
    """

    key: GroupKey
    cases: int
    oldest_deadline: datetime
