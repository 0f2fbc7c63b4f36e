"""
A decision: the only thing that removes, keeps or brings back anything.

Invariant: it names who decided (a person, or the policy at a version), which facts they saw, what was recommended and,
where they differ, why. It is never edited: an overturned decision stays, with the reversal beside it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from casework.domain.facts import Facts
from casework.domain.ids import CaseId, DecisionId, MediaId, ProtectedId, TakedownId


class DecisionOutcome(StrEnum):
    """
    What can be said of a case.

    Attributes:
        UPHOLD: It is taken down; of a match: it is a copy.

        REJECT: It stays; of a match: it is none.

        REQUEST_INFORMATION: Nothing is decided yet; the reporter is asked.

        REFER: The person depicted may be under 18, and what the law asks for then is done; nothing is taken down here.

        RESTRICT: Copies are held until a person has decided: by the policy, at receipt, or by who imports hashes.
    """

    UPHOLD = "uphold"
    REJECT = "reject"
    REQUEST_INFORMATION = "request_information"
    REFER = "refer"
    RESTRICT = "restrict"


class DecisionState(StrEnum):
    """Whether a decision has taken effect."""

    AWAITING_APPROVAL = "awaiting_approval"
    EFFECTIVE = "effective"
    OVERTURNED = "overturned"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    """Of what was restricted at once: a person has decided since."""


@dataclass(frozen=True, slots=True)
class BlastRadius:
    """
    What a takedown would hit before it takes effect.

    Args:
        uploads: Registered uploads that match its signals.

        uploaders: Distinct people who posted them.

        complete: Whether each was compared; if not, what time did not suffice for is counted by what the index says.

        known: Whether the uploads could be searched at all; if not, nothing is counted, and it is not complete either.
    """

    uploads: int = 0
    uploaders: int = 0
    complete: bool = True
    known: bool = True


UNKNOWN_RADIUS: Final = BlastRadius(complete=False, known=False)
"""Of what could not be looked for, since what holds the uploads did not answer."""


@dataclass(frozen=True, slots=True)
class RecordedRecommendation:
    """What the policy recommended at the moment of deciding, in the policy file's names."""

    outcome: str
    rule: str
    policy: str
    hash_action: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotBanked:
    """
    A piece of the case's media that is not banked although the case was upheld.

    Args:
        media_id: The media.

        never_bank_id: The entry of the never-bank list that it is a copy of.

        reason: Why that is on the list.
    """

    media_id: MediaId
    never_bank_id: ProtectedId
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """
    One decision about one case.

    Args:
        approvals_needed: How many more people must agree before it takes effect.

        approval_reasons: Why a second person is asked, in sentences.

        not_banked: Which of the case's media is on the never-bank list, and so is removed without being banked.

        index_version: The `takedowns` version from which its effect can be seen in matching; 0 before it takes effect.
    """

    id: DecisionId
    case_id: CaseId
    outcome: DecisionOutcome
    state: DecisionState
    decided_by: str
    decided_at: datetime
    note: str | None
    override_reason: str | None
    recommendation: RecordedRecommendation
    policy_version: str
    facts: Facts
    takedown_id: TakedownId | None
    blast_radius: BlastRadius
    approvals_needed: int = 0
    approval_reasons: tuple[str, ...] = ()
    approved_by: str | None = None
    not_banked: tuple[NotBanked, ...] = ()
    index_version: int = 0
