"""
What was decided, and what waits, read in order to ask the policy about it again.

Invariant: nothing is written. Each list is in the order of its positions, which none of its things ever changes.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from casework.domain.cases.past import OpenCase, PastDecision, PastMatch


class Past(Protocol):
    """
    All cases that wait, all decisions and all matches, a portion at a time.

    Each method takes the position to go on after, how many to read at most, and since when: by when a case was opened,
    a decision made, or a match found.
    """

    def open_cases(self, *, after: str | None, limit: int, since: datetime | None = None) -> Sequence[OpenCase]:
        """Read cases that wait for a decision, but for those that ask about a takedown in quarantine."""

    def decisions(self, *, after: str | None, limit: int, since: datetime | None = None) -> Sequence[PastDecision]:
        """Read decisions, those that were overturned since, too."""

    def matches(
        self, *, after: str | None, limit: int, since: datetime | None = None, with_evidence: bool
    ) -> Sequence[PastMatch]:
        """Read what uploads matched; without evidence it is several times as fast."""

    def count(self, *, since: datetime | None = None) -> int:
        """Count all of these together."""
