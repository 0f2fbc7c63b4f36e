"""Rules about posts meant to harass, intimidate or silence the person depicted: such a purpose voids the exemptions."""

from casework.domain.banking import HashAction
from casework.domain.facts import Facts, SubjectStatus
from casework.policy.recommendation import AppliedPolicy, Outcome
from casework.policy.rule import rule


@rule(
    "R08",
    Outcome.ABUSE_REVIEW,
    "The post is meant to harass, intimidate or silence a public figure or somebody who is part of a public "
    "conversation.",
    "It may be removed under the policy against abusive behaviour; a person decides.",
    policy=AppliedPolicy.ABUSIVE_BEHAVIOUR,
    hash_action=HashAction.NONE_UNTIL_DECIDED,
    clauses=("A13", "B11"),
)
def harassment_of_public_people_is_reviewed(facts: Facts) -> bool:
    """
    The purpose is to harass, and the person is a public figure or part of a public conversation.

    Any report will do: the articles state no gate for the abuse policy.
    """
    return facts.harass_purpose and facts.subject_status is not SubjectStatus.PRIVATE_INDIVIDUAL


@rule(
    "R09",
    Outcome.ABUSE_REVIEW,
    "The post is meant to harass, intimidate or silence a private individual, who has not reported it.",
    "It may be removed under the policy against abusive behaviour; a person decides.",
    policy=AppliedPolicy.ABUSIVE_BEHAVIOUR,
    hash_action=HashAction.NONE_UNTIL_DECIDED,
    clauses=("A5", "A13"),
)
def harassment_reported_by_others_is_reviewed(facts: Facts) -> bool:
    """
    The purpose is to harass a private individual, and the report is not valid.

    Derived: what A13 grants to public people holds all the more for private ones. The private-media policy itself still
    waits for a valid report.
    """
    return _harasses_a_private_individual(facts) and not facts.report_is_valid


@rule(
    "R15",
    Outcome.REMOVE,
    "The post shares media of a private individual without permission in order to harass, intimidate or silence them.",
    "That purpose makes it graver and voids every exemption, public availability and news coverage included.",
    policy=AppliedPolicy.PRIVATE_MEDIA,
    hash_action=HashAction.BANK_CONTEXT_DEPENDENT,
    clauses=("A10", "A5"),
)
def harassment_of_private_people_is_removed(facts: Facts) -> bool:
    """The purpose is to harass a private individual, and the report is valid."""
    return _harasses_a_private_individual(facts) and facts.report_is_valid


def _harasses_a_private_individual(facts: Facts) -> bool:
    return facts.harass_purpose and facts.subject_status is SubjectStatus.PRIVATE_INDIVIDUAL
