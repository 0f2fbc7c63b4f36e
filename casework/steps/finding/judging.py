"""
What the policy says about a copy.

A match goes through the same `recommend` that decided the origin: it inherits that case's facts, but not those of the
post. Pixels say "this is a copy"; the exemption belongs to the post, so the policy is asked again.
"""

from dataclasses import dataclass, replace

from casework.domain.facts import Facts
from casework.domain.ids import CaseId
from casework.domain.media import Media
from casework.domain.takedowns.explaining import explain
from casework.domain.takedowns.takedown import Takedown, TakedownState
from casework.domain.takedowns.upload import Match
from casework.domain.verdict import Verdict
from casework.policy.engine import recommend
from casework.policy.inheritance import inherit
from casework.policy.verdict import VerdictResult, held_in_quarantine, judge
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

        group: The case of the quarantine its takedown is in, which asks about all its matches; None outside one.
    """

    match: Match
    result: VerdictResult
    comparison: Comparison
    group: CaseId | None = None

    @property
    def restricts(self) -> bool:
        """Whether a person or the policy acts on it."""
        return self.result.opens_case or self.result.verdict is Verdict.BLOCK

    @property
    def rank(self) -> tuple[tuple[int, bool, bool], int, int]:
        """A key that orders matches: the strictest first, then the surest."""
        return self.result.severity, self.match.strength.rank, self.match.agreeing


def judge_copy(
    comparison: Comparison,
    *,
    takedown: Takedown,
    origin: Facts,
    reference: Media,
    uploader_id: str | None,
    protected: bool = False,
) -> Judged | None:
    """
    Ask the policy about a copy.

    Args:
        comparison: Of the copy with a reference.

        takedown: Whose reference it is.

        origin: Facts of the case the takedown was decided in.

        reference: What it was compared with.

        uploader_id: Who posts the copy.

        protected: Whether the copy is one of protected media too.

    Returns:
        The match; None if it is none, or the takedown does not stand.
    """
    if comparison.strength is None or takedown.state is not TakedownState.ACTIVE:
        return None
    found = Match(
        takedown_id=takedown.id,
        case_id=takedown.case_id,
        media_id=reference.id,
        strength=comparison.strength,
        agreeing=min(comparison.agreeing, 1) if reference.is_claimed else comparison.agreeing,
        evidence=comparison.evidence,
        explanation=explain(comparison),
        verdict=Verdict.HOLD,
        rule="",
        reason="",
    )
    return _judged(found, comparison, takedown, origin, reference, uploader_id, protected=protected)


def judge_again(
    match: Match,
    *,
    takedown: Takedown,
    origin: Facts,
    reference: Media,
    uploader_id: str | None,
    protected: bool = False,
) -> Judged:
    """
    Ask the policy again about a match that is on record, for its takedown left quarantine since.

    Args:
        match: As it is stored.

        takedown: As it is now.

        origin: Facts of the case the takedown was decided in.

        reference: What the copy was compared with.

        uploader_id: Who posts the copy.

        protected: Whether the copy is one of protected media too.
    """
    comparison = Comparison(match.evidence, match.strength, match.agreeing, grounds=())
    return _judged(match, comparison, takedown, origin, reference, uploader_id, protected=protected)


def as_takedown_is_now(judged: Judged, takedown: Takedown) -> Judged:
    """
    Take a block back where the takedown went into quarantine since the copy was judged, and group it accordingly.

    Args:
        judged: As it was judged, perhaps before this transaction, or before the uploads beside it were registered.

        takedown: As it is in this transaction.
    """
    group = _group_of(takedown)
    if group is None or judged.result.verdict is not Verdict.BLOCK:
        return replace(judged, group=group)
    result = held_in_quarantine()
    match = replace(judged.match, verdict=result.verdict, reason=result.reason)
    return replace(judged, match=match, result=result, group=group)


def _judged(
    match: Match,
    comparison: Comparison,
    takedown: Takedown,
    origin: Facts,
    reference: Media,
    uploader_id: str | None,
    *,
    protected: bool,
) -> Judged:
    recommendation = recommend(facts_of_match(origin, takedown, uploader_id))
    result = judge(
        recommendation,
        strength=match.strength,
        agreeing=match.agreeing,
        hash_action=takedown.hash_action,
        protected=protected,
        claimed=reference.is_claimed,
        quarantined=takedown.quarantined_at is not None,
    )
    match = replace(match, verdict=result.verdict, rule=recommendation.rule, reason=result.reason)
    return Judged(match, result, comparison, group=_group_of(takedown))


def _group_of(takedown: Takedown) -> CaseId | None:
    return None if takedown.quarantined_at is None else takedown.quarantine_case_id
