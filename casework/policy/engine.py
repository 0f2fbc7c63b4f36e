"""
Facts -> recommendation: the first rule of the table that applies.

Invariant: total and pure. Every combination of facts gets exactly one recommendation, because the last rule asks for
nothing; the same facts always get the same.
"""

from casework.domain.facts import Facts
from casework.policy import POLICY_RULES
from casework.policy.recommendation import Recommendation


def recommend(facts: Facts) -> Recommendation:
    """
    Ask the policy.

    Args:
        facts: Of a report, or those a match inherits (see `inheritance`).

    Returns:
        What the first rule that applies recommends.
    """
    return next(answer for rule in POLICY_RULES if (answer := rule(facts)) is not None)
