"""
When a report is restricted at once, and when not: what R05 and R06 say in their words.

"Restricted at once, and a person decides": from the report on, copies are held until a person has decided, or a limit
has passed. Nothing is blocked. Whoever reports may be wrong, or lie, and has told the media to be intimate themselves:
so what the safeguards are there for is left to a person from the beginning.

Pure: the step measures, this says. Invariant: it rests on the recommendation alone, and ends with it.
"""

from dataclasses import dataclass
from datetime import timedelta

from casework.domain.banking import HashAction
from casework.domain.cases.decision import BlastRadius
from casework.policy.automation.safeguards import SafeguardLimits
from casework.policy.recommendation import Outcome, Recommendation


@dataclass(frozen=True, slots=True)
class InterimTerms:
    """
    For how long what nobody has decided yet is restricted, and what of it.

    Args:
        limit: After this it ends by itself; none for no time at all.

        valid_reports: Whether intimate media is restricted at once, too, where the person depicted reports it and
            nothing is disputed (R07), which the table leaves to the decision.
    """

    limit: timedelta = timedelta(hours=72)
    valid_reports: bool = False


DEFAULT_INTERIM = InterimTerms()
NO_INTERIM = InterimTerms(limit=timedelta())


def restricted_at_once(recommendation: Recommendation, terms: InterimTerms) -> bool:
    """Tell whether what the policy recommends at receipt is restricted at once."""
    if terms.limit <= timedelta():
        return False
    if recommendation.hash_action is HashAction.HOLD_MATCH_ONLY:
        return True
    return terms.valid_reports and _is_removed_by_itself(recommendation)


def still_restricted(recommendation: Recommendation) -> bool:
    """Tell whether what is restricted stays so, now that more is known: what is to be removed stays all the more."""
    return recommendation.hash_action is HashAction.HOLD_MATCH_ONLY or _is_removed_by_itself(recommendation)


def why_not_at_once(
    *, campaign: bool, protected: bool, listed: bool, blast_radius: BlastRadius, limits: SafeguardLimits
) -> str | None:
    """
    Say why something is left to a person although the policy would restrict it at once, or None.

    Args:
        campaign: Whether the case looks like part of a campaign.

        protected: Whether the media matches the `protected` collection.

        listed: Whether all of the media is on the never-bank list.

        blast_radius: Registered uploads, and their uploaders, that it would hold.

        limits: How much one person may take down alone: nobody at all takes down no more.
    """
    if campaign:
        return "It is not restricted before a person decides: it looks like part of a campaign."
    if listed:
        return "It is not restricted before a person decides: the media is on the never-bank list."
    if protected:
        return "It is not restricted before a person decides: the media is protected as newsworthy."
    if blast_radius.uploads > limits.uploads or blast_radius.uploaders > limits.uploaders:
        return (
            f"It is not restricted before a person decides: it would hold {blast_radius.uploads} registered uploads "
            f"by {blast_radius.uploaders} people."
        )
    return None


def _is_removed_by_itself(recommendation: Recommendation) -> bool:
    return recommendation.outcome is Outcome.REMOVE and recommendation.hash_action.acts_by_itself
