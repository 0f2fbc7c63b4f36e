"""
A second look: somebody else answers, without being told, what was answered about a copy before.

Which decisions are looked at twice is chosen by their ids, whose last characters are random: nobody knows beforehand,
nothing has to be kept, and the choice stays the same. Invariant: a second look changes nothing by itself. It says how
often two people agree, and where they do not.
"""

from dataclasses import dataclass
from datetime import datetime

from casework.domain.ids import CaseId, DecisionId, pairs


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """
    What a person decided about a match.

    Args:
        is_copy: What they said.
    """

    decision_id: DecisionId
    case_id: CaseId
    is_copy: bool
    decided_by: str
    approved_by: str | None
    decided_at: datetime

    def had_part(self, actor_id: str) -> bool:
        """Tell whether somebody decided it, or agreed."""
        return actor_id in (self.decided_by, self.approved_by)


@dataclass(frozen=True, slots=True)
class SecondAnswer:
    """
    What somebody else said.

    Args:
        is_copy: None where they could not tell.
    """

    by: str
    at: datetime
    is_copy: bool | None


def chosen_endings(percent: float) -> list[str]:
    """Return the last two characters of the ids of decisions that are looked at twice, one of 1,024 each."""
    every = pairs()
    return every[: round(len(every) * percent / 100)]


def is_chosen(decision_id: str, percent: float) -> bool:
    """Tell whether a decision is looked at twice."""
    return decision_id[-2:] in chosen_endings(percent)
