"""What was recommended, as a decision keeps it."""

from casework.domain.cases.decision import RecordedRecommendation
from casework.policy.recommendation import Recommendation


def recorded(recommendation: Recommendation) -> RecordedRecommendation:
    """Keep what was recommended, as the decision will show it for ever."""
    return RecordedRecommendation(
        outcome=recommendation.outcome.value,
        rule=recommendation.rule,
        policy=recommendation.policy,
        hash_action=recommendation.hash_action.value,
        reasons=recommendation.reasons,
    )
