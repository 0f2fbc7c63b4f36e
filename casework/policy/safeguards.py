"""
When one person's decision is not enough: four eyes before a takedown with wide or disputed effects.

Pure: the handler measures, this says whether a second person must agree, and why, in sentences they will read.
Invariant: a reversal is never delayed by a safeguard, and asking for information needs no approval.
"""

from dataclasses import dataclass

from casework.domain.actor import Role
from casework.domain.decision import BlastRadius, DecisionOutcome
from casework.policy.recommendation import Flag, Recommendation

_SENIOR = frozenset({Role.SENIOR, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class SafeguardLimits:
    """
    How much one person may take down alone.

    Args:
        uploads: Registered uploads a takedown may hit (inclusive).

        uploaders: Distinct people whose uploads it may hit (inclusive).
    """

    uploads: int = 50
    uploaders: int = 25


def approvals_needed(
    recommendation: Recommendation,
    outcome: DecisionOutcome,
    *,
    decider: Role,
    blast_radius: BlastRadius,
    limits: SafeguardLimits,
    protected: bool = False,
) -> tuple[str, ...]:
    """
    Say why a second person must agree.

    Args:
        recommendation: The policy's.

        outcome: What is being decided.

        decider: Role of who decides.

        blast_radius: Registered uploads, and their uploaders, that the takedown would hit.

        limits: How much one person may take down alone.

        protected: Whether the media matches the `protected` collection.

    Returns:
        One sentence a reason; empty if the decision may take effect at once.
    """
    if outcome is DecisionOutcome.REQUEST_INFORMATION:
        return ()
    reasons = []
    if Flag.POLICY_AMBIGUITY in recommendation.flags and decider not in _SENIOR:
        reasons.append("The policy is ambiguous here: a senior moderator must sign it off.")
    if outcome is DecisionOutcome.UPHOLD:
        reasons += _reasons_against_wide_effects(blast_radius, limits)
        if protected:
            reasons.append("The media is protected as newsworthy: a second person must agree to remove it.")
    return tuple(reasons)


def _reasons_against_wide_effects(blast_radius: BlastRadius, limits: SafeguardLimits) -> list[str]:
    reasons = []
    if blast_radius.uploads > limits.uploads:
        reasons.append(
            f"It would hit {blast_radius.uploads} registered uploads; one person may decide up to {limits.uploads}."
        )
    if blast_radius.uploaders > limits.uploaders:
        reasons.append(
            f"It would hit uploads by {blast_radius.uploaders} people; one person may decide up to {limits.uploaders}."
        )
    return reasons
