"""
What the policy says about a copy.

A match goes through the same `recommend` that decided the origin: it inherits that case's facts, but not those of the
post. Pixels say "this is a copy"; the exemption belongs to the post, so the policy is asked again.
"""

from dataclasses import dataclass

from casework.domain.facts import Facts
from casework.domain.ids import MediaId
from casework.domain.takedowns.explaining import explain
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.domain.takedowns.upload import Match
from casework.policy.engine import recommend
from casework.policy.inheritance import inherit
from casework.policy.verdict import VerdictResult, judge
from matcher.comparing.comparison import Comparison


def facts_of_match(origin: Facts, takedown: Takedown, uploader_id: str | None) -> Facts:
    """Return the facts a match is decided on: the origin's, without those of its post."""
    same_person = uploader_id is not None and uploader_id == takedown.subject_uploader_id
    return inherit(origin, uploader_is_subject=same_person)


@dataclass(frozen=True, slots=True)
class Judged:
    """
    A match with what the policy said about it.

    Args:
        match: The match, as it is stored.

        result: The policy's verdict on it.

        comparison: What the matcher found, from which the match was made.
    """

    match: Match
    result: VerdictResult
    comparison: Comparison

    @property
    def rank(self) -> tuple[tuple[int, bool, bool], int, int]:
        """A key that orders matches: the strictest first, then the surest."""
        return self.result.severity, self.match.strength.rank, self.match.agreeing


def judge_copy(
    comparison: Comparison,
    *,
    takedown: Takedown,
    origin: Facts,
    media_id: MediaId,
    uploader_id: str | None,
    protected: bool = False,
) -> Judged | None:
    """
    Ask the policy about a copy.

    Args:
        comparison: Of the copy with a reference.

        takedown: Whose reference it is.

        origin: Facts of the case the takedown was decided in.

        media_id: The reference.

        uploader_id: Who posts the copy.

        protected: Whether the copy is one of protected media too.

    Returns:
        The match; None if it is none, or the takedown does not stand.
    """
    if comparison.strength is None or takedown.state is not TakedownState.ACTIVE:
        return None
    recommendation = recommend(facts_of_match(origin, takedown, uploader_id))
    result = judge(
        recommendation,
        strength=comparison.strength,
        agreeing=comparison.agreeing,
        hash_action=takedown.hash_action,
        protected=protected,
    )
    match = Match(
        takedown_id=takedown.id,
        case_id=takedown.case_id,
        media_id=media_id,
        strength=comparison.strength,
        agreeing=comparison.agreeing,
        evidence=comparison.evidence,
        explanation=explain(comparison),
        verdict=result.verdict,
        rule=recommendation.rule,
        reason=result.reason,
    )
    return Judged(match, result, comparison)
