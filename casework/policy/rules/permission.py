"""Rules about permission: confirmed, disputed, or missing, which is what the whole policy is about."""

from casework.domain.banking import HashAction
from casework.domain.facts import Conduct, Facts, PermissionEvidence
from casework.policy.recommendation import AppliedPolicy, Outcome
from casework.policy.rule import rule


@rule(
    "R03",
    Outcome.KEEP,
    "The person depicted confirms that this post was permitted.",
    "Only media shared without permission is restricted.",
    clauses=("A2",),
)
def media_shared_with_permission_is_kept(facts: Facts) -> bool:
    """Media is shared, and the person depicted confirms the permission."""
    return (
        facts.conduct is Conduct.SHARED_MEDIA and facts.permission_evidence is PermissionEvidence.CONFIRMED_BY_SUBJECT
    )


@rule(
    "R20",
    Outcome.DISPUTE_REVIEW,
    "The poster claims permission, and the person depicted denies it.",
    "A person must look at what each of them shows.",
    policy=AppliedPolicy.PRIVATE_MEDIA,
    hash_action=HashAction.NONE_UNTIL_DECIDED,
    clauses=("A2", "A10"),
)
def disputed_permission_is_reviewed(facts: Facts) -> bool:
    """
    The poster claims permission, and the report denies it.

    Derived: A2 makes permission decide, A10 takes the word of the person depicted; neither says what a claim against it
    is worth.
    """
    return facts.permission_evidence is PermissionEvidence.CLAIMED_BY_POSTER


@rule(
    "R21",
    Outcome.REMOVE,
    "The post shares media of a private individual without the permission of the person depicted.",
    "The report is valid, and no exemption applies.",
    policy=AppliedPolicy.PRIVATE_MEDIA,
    hash_action=HashAction.BANK_CONTEXT_DEPENDENT,
    clauses=("A2", "A8", "A10"),
)
def media_shared_without_permission_is_removed(facts: Facts) -> bool:
    """
    Otherwise: media of somebody who is no public figure, a valid report, no consent, no exemption.

    It asks nothing of the facts, so that every case gets an answer; the rules before it have excluded all else.
    """
    return True
