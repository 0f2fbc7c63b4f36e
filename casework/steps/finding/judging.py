"""
What the policy says about a copy.

A match goes through the same `recommend` that decided the origin: it inherits that case's facts, but not those of the
post. Pixels say "this is a copy"; the exemption belongs to the post, so the policy is asked again.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

from casework.domain.facts import Facts
from casework.domain.ids import CaseId
from casework.domain.media import Media
from casework.domain.takedowns.explaining import explain
from casework.domain.takedowns.takedown import Takedown
from casework.domain.takedowns.upload import Match
from casework.domain.verdict import Verdict
from casework.policy.automation.verdict import VerdictResult, judge, judge_named
from casework.policy.engine import recommend
from casework.policy.inheritance import inherit
from casework.policy.recommendation import AppliedPolicy, Recommendation
from casework.policy.statement import policy_behind
from matcher.comparing.comparison import Comparison
from matcher.strength import Strength


def facts_of_match(origin: Facts, takedown: Takedown, uploader_id: str | None) -> Facts:
    """Return the facts a match is decided on: the origin's, without those of its post."""
    return inherit(origin, uploader_is_subject=_is_subject(takedown, uploader_id))


def recommended(origin: Facts, takedown: Takedown, uploader_id: str | None) -> tuple[Recommendation, AppliedPolicy]:
    """Return what the policy recommends of a match, and under which policy its upload is restricted, if it is."""
    return _recommended_on(origin, is_subject=_is_subject(takedown, uploader_id))


@dataclass(frozen=True, slots=True)
class Asked:
    """
    What the policy was asked about a copy, beside what its takedown is at that moment.

    Args:
        recommendation: On the facts the copy inherits.

        policy: Under which it is restricted, if it is.

        protected: Whether the copy is one of protected media too.

        claimed: Whether the reference came without a file.
    """

    recommendation: Recommendation
    policy: AppliedPolicy
    protected: bool
    claimed: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """
    A match with what the policy said about it.

    Args:
        match: The match, as it is stored.

        result: The policy's verdict on it.

        comparison: What the matcher found, from which the match was made.

        asked: What the policy was asked.

        takedown: Whose reference it is a copy of, as it was when the policy was asked.
    """

    match: Match
    result: VerdictResult
    comparison: Comparison
    asked: Asked
    takedown: Takedown

    @property
    def group(self) -> CaseId | None:
        """
        The case that asks about all its takedown matches: of a quarantine, or of a report that nobody decided yet.

        None where each copy has a case of its own.
        """
        return self.takedown.group

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
    if comparison.strength is None or not takedown.state.stands:
        return None
    asked = _asked(takedown, origin, reference, uploader_id, protected=protected)
    agreeing = min(comparison.agreeing, 1) if reference.is_claimed else comparison.agreeing
    result = _result(comparison.strength, agreeing, takedown, asked)
    found = Match(
        takedown_id=takedown.id,
        case_id=takedown.case_id,
        media_id=reference.id,
        strength=comparison.strength,
        agreeing=agreeing,
        evidence=comparison.evidence,
        explanation=explain(comparison),
        verdict=result.verdict,
        rule=asked.recommendation.rule,
        reason=result.reason,
        source=takedown.source,
    )
    return Judged(found, result, comparison, asked, takedown)


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
    Ask the policy again about a match that is on record, for its takedown is another by now.

    Args:
        match: As it is stored.

        takedown: As it is now.

        origin: Facts of the case the takedown was decided in.

        reference: What the copy was compared with.

        uploader_id: Who posts the copy.

        protected: Whether the copy is one of protected media too.
    """
    comparison = Comparison(match.evidence, match.strength, match.agreeing, grounds=())
    if not match.evidence:  # named by the report, and no copy of what was sent in
        result = judge_named(interim=takedown.is_interim)
        match = replace(match, verdict=result.verdict, reason=result.reason)
        asked = _asked(takedown, origin, reference, uploader_id, protected=protected)
        return Judged(match, result, comparison, asked, takedown)
    asked = _asked(takedown, origin, reference, uploader_id, protected=protected)
    return _judged(match, comparison, takedown, asked)


def as_takedown_is_now(
    judged: Judged, takedown: Takedown, *, origin: Facts | None = None, uploader_id: str | None = None
) -> Judged:
    """
    Judge a copy by what its takedown is now: it may have gone into quarantine since, or have been upheld.

    Args:
        judged: As it was judged, perhaps before this transaction, or before the uploads beside it were registered.

        takedown: As it is in this transaction.

        origin: Facts of its case as they are in this transaction; None where the copy was judged in it.

        uploader_id: Who posts the copy; only together with `origin`.
    """
    asked = judged.asked
    if origin is not None:
        recommendation, policy = recommended(origin, takedown, uploader_id)
        asked = replace(asked, recommendation=recommendation, policy=policy)
    return _judged(judged.match, judged.comparison, takedown, asked)


def _asked(takedown: Takedown, origin: Facts, reference: Media, uploader_id: str | None, *, protected: bool) -> Asked:
    recommendation, policy = recommended(origin, takedown, uploader_id)
    return Asked(recommendation, policy, protected, reference.is_claimed)


@lru_cache(maxsize=4096)
def _recommended_on(origin: Facts, *, is_subject: bool) -> tuple[Recommendation, AppliedPolicy]:
    """Ask the policy, once about the same facts: it is pure, and of many takedowns few differ in them."""
    facts = inherit(origin, uploader_is_subject=is_subject)
    recommendation = recommend(facts)
    return recommendation, policy_behind(recommendation.policy, facts)


def _is_subject(takedown: Takedown, uploader_id: str | None) -> bool:
    return uploader_id is not None and uploader_id == takedown.subject_uploader_id


def _result(strength: Strength, agreeing: int, takedown: Takedown, asked: Asked) -> VerdictResult:
    return judge(
        asked.recommendation,
        strength=strength,
        agreeing=agreeing,
        hash_action=takedown.hash_action,
        protected=asked.protected,
        claimed=asked.claimed,
        quarantined=takedown.quarantined_at is not None,
        interim=takedown.is_interim,
        source=takedown.source if takedown.is_imported else None,
        lacks=takedown.trust_lacks,
    )


def _judged(match: Match, comparison: Comparison, takedown: Takedown, asked: Asked) -> Judged:
    result = _result(match.strength, match.agreeing, takedown, asked)
    match = replace(match, verdict=result.verdict, rule=asked.recommendation.rule, reason=result.reason)
    return Judged(match, result, comparison, asked, takedown)
