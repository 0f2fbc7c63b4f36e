"""
When one person's decision is not enough, and when nothing may act by itself: wide effects, campaigns, protected media.

Pure: the handler measures, this says whether a second person must agree, and why, in sentences they will read.
Invariant: a reversal is never delayed by a safeguard, and asking for information needs no approval.
"""

from dataclasses import dataclass
from datetime import timedelta

from casework.domain.actor import Role
from casework.domain.cases.decision import BlastRadius, DecisionOutcome
from casework.domain.cases.report import ReporterHistory, ReportPattern
from casework.policy.recommendation import Flag, Recommendation

CAMPAIGN_WINDOW = timedelta(hours=24)
CAMPAIGN_REPORTERS = 10
"""Different people who report one target within the window; below it there is no campaign."""

CAMPAIGN_NEWCOMERS = 0.8
"""Share of them who never reported before."""

FALSE_REPORTS_DECIDED = 4
"""Earlier reports that must have been decided before anything is said about who filed them."""

FALSE_REPORTS_SHARE = 0.75
"""Share of them that were rejected."""

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
    campaign: bool = False,
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

        campaign: Whether the case looks like part of a campaign.

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
        if campaign:
            reasons.append("It looks like part of a campaign: a second person must agree.")
    return tuple(reasons)


def campaign_reason(pattern: ReportPattern) -> str | None:
    """
    Say why a report looks like part of a campaign, or None if it does not.

    Many people report one target at once, and most of them have never reported before: the roll-out of 2021 was gamed
    that way. A campaign raises no score: it only makes people look together, and holds what would act by itself.
    """
    if pattern.reporters < CAMPAIGN_REPORTERS or pattern.newcomers < pattern.reporters * CAMPAIGN_NEWCOMERS:
        return None
    hours = round(CAMPAIGN_WINDOW.total_seconds() / 3600)
    return (
        f"It may be part of a campaign: {pattern.reports} reports by {pattern.reporters} people about one target "
        f"within {hours} hours, {pattern.newcomers} of whom never reported before. Nothing acts by itself on it."
    )


def false_reporter_notice(history: ReporterHistory) -> str | None:
    """
    Say that most of a reporter's earlier reports were rejected, or None.

    A notice for the reviewer, nothing else: this report may be the true one, and is decided on its own facts.
    """
    if history.decided < FALSE_REPORTS_DECIDED or history.rejected < history.decided * FALSE_REPORTS_SHARE:
        return None
    return (
        f"{history.rejected} of this reporter's {history.decided} earlier reports were rejected; "
        "this one is decided on its own facts."
    )


def _reasons_against_wide_effects(blast_radius: BlastRadius, limits: SafeguardLimits) -> list[str]:
    reasons = []
    if not blast_radius.known:
        reasons.append(
            "It is not known how many registered uploads it would hit, for what holds them does not answer now: "
            "a second person must agree."
        )
    if blast_radius.uploads > limits.uploads:
        reasons.append(
            f"It would hit {blast_radius.uploads} registered uploads; one person may decide up to {limits.uploads}."
        )
    if blast_radius.uploaders > limits.uploaders:
        reasons.append(
            f"It would hit uploads by {blast_radius.uploaders} people; one person may decide up to {limits.uploaders}."
        )
    return reasons
