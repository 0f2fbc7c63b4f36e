"""
One past thing under the policy that runs and under the one that is tried: does it come out otherwise?

    open case   what is recommended                    the facts as they are, by both tables
    decision    what was recommended, at the time      the facts it saw, by the tried table
    match       what the policy said of the upload     evidence, banking and facts, by both

Invariant: only what the change brings about counts as one. A match is judged twice from the same record; where both
come out alike it is as it was, whatever else has happened since. What people decided is taken as it is.
"""

from dataclasses import dataclass, replace

from casework.domain.banking import HashAction
from casework.domain.cases.decision import DecisionOutcome
from casework.domain.cases.past import OpenCase, PastDecision, PastMatch, PastTakedown
from casework.domain.takedowns.trust import Lack
from casework.domain.verdict import Verdict
from casework.policy.automation.banking import banked_on_uphold
from casework.policy.automation.interim import still_restricted
from casework.policy.automation.verdict import judge
from casework.policy.inheritance import inherit
from casework.policy.override import DECISIONS_IN_LINE
from casework.policy.recommendation import Recommendation
from casework.policy.replay.change import PolicyChange
from casework.policy.replay.table import DecisionTable
from matcher.comparing.comparison import Comparison
from matcher.comparing.other_thresholds import weighed_again
from matcher.strength import Strength

NO_MATCH = "no_match"
"""What a match comes to where nothing agrees any more, or the takedown would hold nothing."""


@dataclass(frozen=True, slots=True)
class Result:
    """
    What something comes to.

    Args:
        rule: The rule that says so.

        outcome: Of a case or a decision what is recommended; of a match the verdict, or `NO_MATCH`.

        hash_action: What becomes of the media's signals; None of a match.
    """

    rule: str
    outcome: str
    hash_action: str | None = None

    def comes_to_the_same(self, other: "Result") -> bool:
        """Tell whether nothing but the rule differs."""
        return (self.outcome, self.hash_action) == (other.outcome, other.hash_action)


@dataclass(frozen=True, slots=True)
class Replayed:
    """
    One thing, before and after.

    Args:
        before: What it came to.

        after: What it would come to.

        in_line: Of a decision, whether what was decided follows what would be recommended; None of everything else, and
            of what no recommendation is followed by.
    """

    before: Result
    after: Result
    in_line: bool | None = None


def replay_open_case(case: OpenCase, change: PolicyChange) -> Replayed:
    """Ask about a case that waits: what is recommended now, and what would be."""
    return Replayed(_result(change.running.recommend(case.facts)), _result(change.tried.recommend(case.facts)))


def replay_decision(decision: PastDecision, change: PolicyChange) -> Replayed:
    """Ask about a decision: what was recommended to whoever made it, and what would be."""
    before = Result(decision.rule, decision.recommended, decision.hash_action)
    if change.table is None:
        return Replayed(before, before)
    recommended = change.tried.recommend(decision.facts)
    decided = decision.outcome
    by_no_rule = decided in (DecisionOutcome.RESTRICT, DecisionOutcome.REFER)
    in_line = None if by_no_rule else decided in DECISIONS_IN_LINE[recommended.outcome]
    return Replayed(before, _result(recommended), in_line)


def replay_match(match: PastMatch, change: PolicyChange) -> Replayed:
    """Judge a match again: by its evidence, by how its takedown is banked, and by the facts it inherits."""
    before = Result(match.rule, match.verdict.value)
    if match.named:
        return Replayed(before, before)  # the report named it: neither evidence nor the table has said so
    lacks = match.takedown.lacks
    as_it_runs = _verdict(match, change.running, _as_weighed(match), match.takedown.hash_action, lacks)
    banked = _banked(match.takedown, change)
    weighed = _weighed(match, change)
    if weighed.strength is None or not banked.is_banked:
        return Replayed(before, Result(match.rule, NO_MATCH))
    tried = _verdict(match, change.tried, weighed, banked, change.counting(lacks))
    if tried == as_it_runs:
        return Replayed(before, before)
    if _was_capped(match, as_it_runs):
        # Something that is not on record, protected media or a quarantine, kept it milder than this: so it would now.
        tried = replace(tried, outcome=min(match.verdict, Verdict(tried.outcome)).value)
    return Replayed(before, tried)


def _result(recommendation: Recommendation) -> Result:
    return Result(recommendation.rule, recommendation.outcome.value, recommendation.hash_action.value)


def _was_capped(match: PastMatch, as_it_runs: Result) -> bool:
    return match.verdict < Verdict(as_it_runs.outcome)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """How sure a match is; not at all where the strength is None."""

    strength: Strength | None
    agreeing: int


def _as_weighed(match: PastMatch) -> _Weighed:
    return _Weighed(match.strength, match.agreeing)


def _weighed(match: PastMatch, change: PolicyChange) -> _Weighed:
    """Weigh evidence under other thresholds; what was lowered for another reason stays as low."""
    stored = _as_weighed(match)
    if match.evidence is None or not change.thresholds:
        return stored
    as_it_was, now = weighed_again(match.evidence, {}), weighed_again(match.evidence, change.thresholds)
    if (as_it_was.strength, as_it_was.agreeing) == (now.strength, now.agreeing):
        return stored
    if now.strength is None:
        return _Weighed(None, 0)
    strength = min(match.strength, now.strength) if _was_lowered(match, as_it_was) else now.strength
    agreeing = min(match.agreeing, now.agreeing) if match.agreeing < as_it_was.agreeing else now.agreeing
    return _Weighed(strength, agreeing)


def _was_lowered(match: PastMatch, as_it_was: Comparison) -> bool:
    """Tell whether a match was taken for less than its evidence says: frames that many videos share, for one."""
    return as_it_was.strength is not None and match.strength < as_it_was.strength


def _banked(takedown: PastTakedown, change: PolicyChange) -> HashAction:
    """Say how a takedown would be banked: as it is, unless the tables differ about it."""
    if takedown.source is not None:
        return takedown.hash_action  # no table banked it
    now, then = _banked_by(takedown, change.running), _banked_by(takedown, change.tried)
    if now is then:
        return takedown.hash_action
    less_than_said = now.acts_by_itself and not takedown.hash_action.acts_by_itself  # part of a campaign
    return HashAction.HOLD_MATCH_ONLY if less_than_said and then.acts_by_itself else then


def _banked_by(takedown: PastTakedown, table: DecisionTable) -> HashAction:
    recommendation = table.recommend(takedown.decided)
    if takedown.interim:
        return HashAction.HOLD_MATCH_ONLY if still_restricted(recommendation) else HashAction.NONE
    return banked_on_uphold(recommendation, takedown.decided)


def _verdict(
    match: PastMatch, table: DecisionTable, weighed: _Weighed, banked: HashAction, lacks: tuple[Lack, ...]
) -> Result:
    assert weighed.strength is not None
    recommendation = table.recommend(inherit(match.takedown.origin, uploader_is_subject=match.by_subject))
    result = judge(
        recommendation,
        strength=weighed.strength,
        agreeing=weighed.agreeing,
        hash_action=banked,
        claimed=match.claimed,
        quarantined=match.takedown.quarantined,
        interim=match.takedown.interim,
        source=match.takedown.source,
        lacks=lacks,
    )
    return Result(recommendation.rule, result.verdict.value)
