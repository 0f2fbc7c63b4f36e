"""
What the record says of one past thing: no more than it takes to ask the policy again.

Each has a `position` by which the replay goes on after it.
"""

from dataclasses import dataclass

from casework.domain.banking import HashAction
from casework.domain.cases.case import CaseState
from casework.domain.cases.decision import DecisionOutcome
from casework.domain.facts import Facts
from casework.domain.takedowns.trust import Lack
from casework.domain.verdict import Verdict
from matcher.comparing.comparison import Evidence
from matcher.strength import Strength


@dataclass(frozen=True, slots=True)
class OpenCase:
    """A case that waits for somebody, and what is known of it."""

    position: str
    case_id: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class PastDecision:
    """
    What was decided of a case.

    Args:
        by_policy: Whether the policy decided by itself.

        rule: That recommended, at the time.

        recommended: What it did, in its words.

        hash_action: What it said of the media's signals.

        facts: Those the decision saw.
    """

    position: str
    decision_id: str
    case_id: str
    takedown_id: str | None
    outcome: DecisionOutcome
    by_policy: bool
    rule: str
    recommended: str
    hash_action: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class PastTakedown:
    """
    What a match is judged by beside the evidence.

    Args:
        takedown_id: Its id.

        origin: Facts of the case it was decided in, as they are now.

        decided: Facts of the decision it stands on.

        hash_action: How it is banked.

        interim: Whether no person ever decided about it.

        quarantined: Whether it is in quarantine.

        source: The list of others it is from, where nobody here has decided about it; else None.

        lacks: What it lacks before copies are blocked without a person; not known of one that would not block anyway.
    """

    takedown_id: str
    origin: Facts
    decided: Facts
    hash_action: HashAction
    interim: bool
    quarantined: bool
    source: str | None = None
    lacks: tuple[Lack, ...] = ()


@dataclass(frozen=True, slots=True)
class PastMatch:
    """
    An upload that matched a takedown.

    Args:
        case_id: The upload's case, if it has one.

        case_state: Where that stands.

        by_subject: Whether the person depicted posted it.

        claimed: Whether the reference came without a file.

        strength: How sure it was.

        agreeing: How many independent signals agreed.

        evidence: What agreed, how far, where; None where it was not asked for. Empty where the report named the upload.

        named: Whether the report named the upload, and nothing agreed.

        verdict: What the policy said.

        rule: The rule that said it.

        settled: What a person said of it since; None where nobody did.
    """

    position: str
    upload_id: str
    case_id: str | None
    case_state: CaseState | None
    takedown: PastTakedown
    by_subject: bool
    claimed: bool
    strength: Strength
    agreeing: int
    evidence: tuple[Evidence, ...] | None
    named: bool
    verdict: Verdict
    rule: str
    settled: DecisionOutcome | None
