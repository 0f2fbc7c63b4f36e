"""
What upholding a case banks: how the media's signals will be matched from then on.

A rule that says REMOVE says so itself. Where a person upholds after a review, or against the recommendation, the facts
say it. Invariant: signals act by themselves only for intimate media that the person depicted denied consent for.
"""

from casework.domain.banking import HashAction
from casework.domain.facts import Conduct, Facts
from casework.policy.recommendation import Outcome, Recommendation


def banked_on_uphold(recommendation: Recommendation, facts: Facts, *, campaign: bool = False) -> HashAction:
    """
    Say how the media of an upheld case is banked.

    Args:
        recommendation: The policy's, on these facts.

        facts: Those the decision saw.

        campaign: Whether the case looks like part of a campaign: what that asked for acts on nothing by itself.

    Returns:
        Never `NONE_UNTIL_DECIDED`: now it is decided. `NONE` where the wrong is not in the media.
    """
    banked = _banked(recommendation, facts)
    return HashAction.HOLD_MATCH_ONLY if campaign and banked.acts_by_itself else banked


def _banked(recommendation: Recommendation, facts: Facts) -> HashAction:
    if recommendation.outcome is Outcome.REMOVE:
        return recommendation.hash_action
    if facts.conduct is not Conduct.SHARED_MEDIA:
        return HashAction.NONE
    if not facts.nudity:
        return HashAction.BANK_CONTEXT_DEPENDENT
    denied_by_subject = facts.report_is_valid and facts.reporter_depicted and facts.non_consent_stated
    return HashAction.BANK_CONTEXT_FREE if denied_by_subject else HashAction.HOLD_MATCH_ONLY
