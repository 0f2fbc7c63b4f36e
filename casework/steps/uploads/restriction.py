"""
What restricts an upload, with the statement of reasons for who posted it, composed from what is known: nothing is read.

    restriction_by           a copy that was just judged, from what its match remembers
    restriction_by_decision  an upload that a decision keeps down
    restriction_by_match     any other match that is on record

Of an upload as it stands now, `standing.restriction_of` reads what these need. Invariant: all say the same of the same
upload.
"""

from casework.domain.actor import policy_actor
from casework.domain.cases.decision import Decision
from casework.domain.ids import DecisionId
from casework.domain.takedowns.statement import Record, Restriction
from casework.domain.takedowns.takedown import Takedown
from casework.domain.takedowns.upload import Match
from casework.domain.verdict import Verdict
from casework.policy.recommendation import AppliedPolicy
from casework.policy.statement import Found, policy_behind, rule_behind, state_reasons
from casework.steps.finding.judging import Judged


def restriction_by(judged: Judged, *, decided_by: DecisionId | None = None) -> Restriction | None:
    """
    Say what restricts an upload that was just found to be a copy; None if nothing does.

    Args:
        judged: The match that its case is about.

        decided_by: The policy's own decision, where the match is blocked by one.
    """
    if judged.result.verdict is Verdict.ALLOW:
        return None
    return restriction_by_match(judged.match, judged.takedown, judged.asked.policy, decided_by=decided_by)


def restriction_by_match(
    match: Match, takedown: Takedown, policy: AppliedPolicy, *, decided_by: DecisionId | None
) -> Restriction:
    """
    Say what restricts an upload by a match of which no person has said whether it is a copy.

    Args:
        match: Its verdict is hold or block.

        takedown: That is matched; it stands.

        policy: Under which it is restricted.

        decided_by: The policy's own decision; None where it only holds: the decision is then that of the takedown.
    """
    is_held = match.verdict is Verdict.HOLD
    ends_at = takedown.interim_until if takedown.is_interim else None
    found = _found(match, takedown) if is_held else Found.COPY_BY_COMPARISON
    statement = state_reasons(found, rule=match.rule, policy=policy, ends_at=ends_at)
    return Restriction(decided_by or takedown.decision_id, statement, is_held)


def restriction_by_decision(decision: Decision, takedown: Takedown) -> Restriction:
    """
    Say what restricts an upload that a decision keeps down.

    Args:
        decision: That upheld it.

        takedown: That it rests on.
    """
    by_policy = decision.decided_by == policy_actor(decision.policy_version).id
    by_person = Found.ITSELF if takedown.decision_id == decision.id else Found.COPY_BY_PERSON
    statement = state_reasons(
        Found.COPY_BY_COMPARISON if by_policy else by_person,
        rule=rule_behind(decision.recommendation),
        policy=policy_behind(decision.recommendation.policy, decision.facts),
    )
    return Restriction(decision.id, statement, is_held=False)


def told(restriction: Restriction | None) -> dict[str, str | Record | None]:
    """Return what an event about an upload says of what restricts it."""
    if restriction is None:
        return {"decision_id": None, "statement_of_reasons": None}
    return {"decision_id": restriction.decision_id, "statement_of_reasons": restriction.statement.as_record()}


def _found(match: Match, takedown: Takedown) -> Found:
    is_decided = takedown.effective_at is not None
    if not match.evidence:  # named by the report, and no copy of what was sent in
        return Found.REPORTED_AND_UPHELD if is_decided else Found.REPORTED
    if takedown.source is not None:
        return Found.RESEMBLES_LISTED
    return Found.RESEMBLES if is_decided else Found.RESEMBLES_REPORTED
