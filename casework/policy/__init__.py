"""
The private-media policy as one ordered decision table, used for first reports and for every match alike.

Order is meaning: the first rule that applies decides, so each may assume that those above it did not. A new rule is
written in `rules/` and named here once; a change of what any facts lead to is a new `POLICY_VERSION`.
Everything under `casework.policy` is pure: the same facts give the same answer, without clock, database or network.
"""

from casework.policy.rule import Rule
from casework.policy.rules.abuse import (
    harassment_of_private_people_is_removed,
    harassment_of_public_people_is_reviewed,
    harassment_reported_by_others_is_reviewed,
)
from casework.policy.rules.context import (
    context_is_assessed_first,
    help_and_news_at_higher_risk_are_weighed,
    help_and_news_at_low_risk_may_stay,
    media_already_public_is_kept,
    media_in_the_public_interest_is_kept,
    media_of_public_figures_is_kept,
)
from casework.policy.rules.information import private_information_is_removed, threats_and_bounties_are_removed
from casework.policy.rules.nudity import (
    disputed_nude_media_is_reviewed,
    nude_media_is_removed,
    nude_media_reported_by_others_is_reviewed,
)
from casework.policy.rules.permission import (
    disputed_permission_is_reviewed,
    media_shared_with_permission_is_kept,
    media_shared_without_permission_is_removed,
)
from casework.policy.rules.reports import (
    a_first_person_report_is_needed,
    non_consent_must_be_stated,
    only_people_depicted_can_object,
    representatives_must_show_their_mandate,
)

POLICY_VERSION = "private-media/1"
"""Stored with every decision; a test holds it to what the table answers."""

POLICY_RULES: tuple[Rule, ...] = (
    threats_and_bounties_are_removed,  # R01
    representatives_must_show_their_mandate,  # R02
    media_shared_with_permission_is_kept,  # R03
    only_people_depicted_can_object,  # R04
    nude_media_reported_by_others_is_reviewed,  # R05
    disputed_nude_media_is_reviewed,  # R06
    nude_media_is_removed,  # R07
    harassment_of_public_people_is_reviewed,  # R08
    harassment_reported_by_others_is_reviewed,  # R09
    a_first_person_report_is_needed,  # R10
    private_information_is_removed,  # R11
    non_consent_must_be_stated,  # R12
    context_is_assessed_first,  # R13
    media_of_public_figures_is_kept,  # R14
    harassment_of_private_people_is_removed,  # R15
    media_in_the_public_interest_is_kept,  # R16
    media_already_public_is_kept,  # R17
    help_and_news_at_low_risk_may_stay,  # R18
    help_and_news_at_higher_risk_are_weighed,  # R19
    disputed_permission_is_reviewed,  # R20
    media_shared_without_permission_is_removed,  # R21
)
