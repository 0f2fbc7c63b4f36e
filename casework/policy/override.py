"""
When a moderator's decision differs from what the policy recommends, and so needs a reason that is kept for ever.

Invariant: what is decided in line with the recommendation needs none; where the policy leaves it to a person, either
way is in line.
"""

from casework.domain.cases.decision import DecisionOutcome
from casework.policy.recommendation import Outcome, Recommendation

_UPHOLD, _REJECT, _ASK = DecisionOutcome.UPHOLD, DecisionOutcome.REJECT, DecisionOutcome.REQUEST_INFORMATION
_REFER = DecisionOutcome.REFER
_LEFT_TO_A_PERSON = frozenset({_UPHOLD, _REJECT, _ASK})

DECISIONS_IN_LINE: dict[Outcome, frozenset[DecisionOutcome]] = {
    Outcome.REMOVE: frozenset({_UPHOLD}),
    Outcome.ABUSE_REVIEW: _LEFT_TO_A_PERSON,
    Outcome.NUDITY_REVIEW: _LEFT_TO_A_PERSON,
    Outcome.DISPUTE_REVIEW: _LEFT_TO_A_PERSON,
    Outcome.BALANCE_REVIEW: _LEFT_TO_A_PERSON,
    Outcome.NEEDS_CONTEXT: frozenset({_ASK}),
    Outcome.KEEP: frozenset({_REJECT}),
    Outcome.KEEP_DISCRETIONARY: frozenset({_REJECT}),
    Outcome.REQUEST_VALID_REPORT: frozenset({_ASK}),
    Outcome.REQUEST_AUTHORITY: frozenset({_ASK}),
    Outcome.REQUEST_NON_CONSENT: frozenset({_ASK}),
    Outcome.REJECT_NOT_DEPICTED: frozenset({_REJECT}),
    Outcome.LEAVE_ADULT_ROUTE: frozenset({_REFER, _ASK}),
}
"""For each recommended outcome, the decisions that follow it."""


def differs(recommendation: Recommendation, outcome: DecisionOutcome) -> bool:
    """Tell whether a decision departs from the recommendation and so needs an override reason."""
    return outcome not in DECISIONS_IN_LINE[recommendation.outcome]
