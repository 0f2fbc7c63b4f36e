"""
A takedown: the standing effect of an upheld decision.

    pending -> active -> withdrawn      by the person depicted, or by staff for a mistake
                      -> overturned     by an appeal
    pending -> withdrawn

An active one may be in quarantine: it still matches, and nothing acts by itself on what it matches.

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

        most_uploaders: The most people whose uploads it matched within one `FLOOD_WINDOW`, where that was counted.

        agreed_uploaders: How many people a person has agreed that it matches; 0 if nobody was asked.

        quarantined_at: Since when nothing acts by itself on it; None while it acts.

        quarantine_reason: Why, in a sentence.

        quarantine_case_id: The case that asks a person; the last one, once it acts again.
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
    most_uploaders: int = 0
    agreed_uploaders: int = 0
    quarantined_at: datetime | None = None
    quarantine_reason: str | None = None
    quarantine_case_id: CaseId | None = None

    @property
    def acts_by_itself(self) -> bool:
        """Whether a copy may be restricted without a person."""
        return self.hash_action.acts_by_itself and self.quarantined_at is None

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

    def quarantine(self, case_id: CaseId, *, reason: str, now: datetime) -> "Takedown":
        """
        Let it no longer act by itself.

        Args:
            case_id: The case that asks a person.

            reason: What that person reads.

            now: When.

        Raises:
            WrongStateError: If it is not active, or in quarantine already.
        """
        self._require(TakedownState.ACTIVE)
        if self.quarantined_at is not None:
            message = f"takedown {self.id} is in quarantine since {self.quarantined_at:%Y-%m-%dT%H:%M:%SZ}"
            raise WrongStateError(message)
        return replace(self, quarantined_at=now, quarantine_reason=reason, quarantine_case_id=case_id)

    def lift_quarantine(self, *, agreed_uploaders: int) -> "Takedown":
        """
        Let it act by itself again.

        Args:
            agreed_uploaders: How many people it may match from now on.

        Raises:
            WrongStateError: If it is not in quarantine, or was taken back.
        """
        self._require(TakedownState.ACTIVE)
        if self.quarantined_at is None:
            message = f"takedown {self.id} is not in quarantine; there is nothing to lift"
            raise WrongStateError(message)
        return replace(self, quarantined_at=None, quarantine_reason=None, agreed_uploaders=agreed_uploaders)

    def _require(self, *states: TakedownState) -> None:
        if self.state not in states:
            message = f"takedown {self.id} is {self.state.value}"
            raise WrongStateError(message)
