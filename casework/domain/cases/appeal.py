"""
An appeal: the poster or the reporter asks for a decision to be looked at again, by somebody else.

Invariant: nobody decides an appeal against their own decision or approval (DSA Art. 20(6)), nor one they filed.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from casework.domain.actor import Actor
from casework.domain.errors import SamePersonError, WrongStateError
from casework.domain.ids import AppealId, CaseId, DecisionId, UploadId


class AppealBy(StrEnum):
    """Who appeals."""

    POSTER = "poster"
    REPORTER = "reporter"


class AppealState(StrEnum):
    """Where an appeal stands."""

    OPEN = "open"
    OVERTURNED = "overturned"
    STANDS = "stands"


class AppealOutcome(StrEnum):
    """What its reviewer can say."""

    OVERTURN = "overturn"
    STAND = "stand"


@dataclass(frozen=True, slots=True)
class Appeal:
    """
    One appeal against one decision.

    Args:
        filed_by: Actor who handed it in; None for one of before this was kept.

        upload_id: The upload it is about, where it was filed for who posted it; None for a reporter's.
    """

    id: AppealId
    decision_id: DecisionId
    case_id: CaseId
    by: AppealBy
    grounds: str
    state: AppealState
    filed_at: datetime
    decided_by: str | None = None
    decided_at: datetime | None = None
    note: str | None = None
    filed_by: str | None = None
    upload_id: UploadId | None = None

    def require_judged_by_another(self, actor: Actor) -> None:
        """
        Keep who filed an appeal from deciding it.

        Raises:
            SamePersonError: If the actor filed it.
        """
        if actor.id == self.filed_by and not actor.is_operator:
            message = f"appeal {self.id} was filed by {actor.id}; another person must decide it"
            raise SamePersonError(message)

    def decide(self, outcome: AppealOutcome, *, by: str, note: str | None, now: datetime) -> "Appeal":
        """
        Close it.

        Raises:
            WrongStateError: If it was decided before.
        """
        if self.state is not AppealState.OPEN:
            message = f"appeal {self.id} was decided before: {self.state.value}"
            raise WrongStateError(message)
        state = AppealState.OVERTURNED if outcome is AppealOutcome.OVERTURN else AppealState.STANDS
        return replace(self, state=state, decided_by=by, decided_at=now, note=note)
