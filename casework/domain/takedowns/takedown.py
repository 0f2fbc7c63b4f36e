"""
A takedown: the standing effect of an upheld decision.

    pending -> active -> withdrawn      by the person depicted, or by staff for a mistake
                      -> overturned     by an appeal
    pending -> withdrawn

Invariant: its items are in the index exactly while it is active.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from casework.domain.banking import HashAction
from casework.domain.errors import WrongStateError
from casework.domain.ids import CaseId, DecisionId, TakedownId


class TakedownState(StrEnum):
    """Whether its signals are matched."""

    PENDING = "pending"
    ACTIVE = "active"
    WITHDRAWN = "withdrawn"
    OVERTURNED = "overturned"


@dataclass(frozen=True, slots=True)
class Takedown:
    """
    What was taken down, by which decision, and how copies of it are handled.

    Args:
        hash_action: How its signals are banked.

        subject_uploader_id: Account of the person depicted; their own uploads are no violation.

        low_quality: Whether a reference is of PDQ quality below 50 and so acts by itself on exact copies alone.
    """

    id: TakedownId
    case_id: CaseId
    decision_id: DecisionId
    state: TakedownState
    hash_action: HashAction
    created_at: datetime
    effective_at: datetime | None = None
    reversed_at: datetime | None = None
    reversed_by: str | None = None
    reversal_reason: str | None = None
    subject_uploader_id: str | None = None
    low_quality: bool = False

    def activate(self, now: datetime) -> "Takedown":
        """
        Let it take effect.

        Raises:
            WrongStateError: If it is not pending.
        """
        self._require(TakedownState.PENDING)
        return replace(self, state=TakedownState.ACTIVE, effective_at=now)

    def reverse(self, to: TakedownState, *, by: str, reason: str, now: datetime) -> "Takedown":
        """
        Take it back.

        Args:
            to: `WITHDRAWN` or `OVERTURNED`.

            by: Actor's id.

            reason: What the history says.

            now: When.

        Raises:
            WrongStateError: If it was taken back before.
        """
        self._require(TakedownState.PENDING, TakedownState.ACTIVE)
        return replace(self, state=to, reversed_at=now, reversed_by=by, reversal_reason=reason)

    def _require(self, *states: TakedownState) -> None:
        if self.state not in states:
            message = f"takedown {self.id} is {self.state.value}"
            raise WrongStateError(message)
