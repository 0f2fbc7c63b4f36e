"""Rules about nude and intimate media, which no exemption saves: no public figure, no press, no public interest."""

from casework.domain.banking import HashAction
from casework.domain.facts import Conduct, Facts, PermissionEvidence
from casework.policy.recommendation import AppliedPolicy, Outcome
from casework.policy.rule import rule


@rule(
    "R05",
    Outcome.NUDITY_REVIEW,
    "The media is nude or intimate, and neither the person depicted nor a verified representative has reported it.",
    "It is restricted at once, and a person decides.",
    policy=AppliedPolicy.NON_CONSENSUAL_NUDITY,
    hash_action=HashAction.HOLD_MATCH_ONLY,
    clauses=("A14", "A9"),
)
def nude_media_reported_by_others_is_reviewed(facts: Facts) -> bool:
    """
    Nude media is shared, and the report is not valid: a third party's, an unverified representative's, or nobody's.

    The articles state no reporter gate for the nudity policy, so neither removing nor waiting would follow from them.
    """
    return _shares_nude_media(facts) and not facts.report_is_valid


@rule(
    "R06",
    Outcome.DISPUTE_REVIEW,
    "The media is nude or intimate; the person depicted states that there was no consent, and the poster claims "
    "permission.",
    "The statement of the person depicted prevails until a person has decided: it is restricted at once.",
    policy=AppliedPolicy.NON_CONSENSUAL_NUDITY,
    hash_action=HashAction.HOLD_MATCH_ONLY,
    clauses=("A14", "A10"),
)
def disputed_nude_media_is_reviewed(facts: Facts) -> bool:
    """Nude media is shared, the report is valid and states non-consent, and the poster claims permission."""
    return _is_denied_nude_media(facts) and facts.permission_evidence is PermissionEvidence.CLAIMED_BY_POSTER


@rule(
    "R07",
    Outcome.REMOVE,
    "The media is nude or intimate, and the person depicted did not consent to its being shared.",
    "No exemption applies: neither public status, public interest, news coverage nor availability elsewhere.",
    policy=AppliedPolicy.NON_CONSENSUAL_NUDITY,
    hash_action=HashAction.BANK_CONTEXT_FREE,
    clauses=("A14", "A10"),
)
def nude_media_is_removed(facts: Facts) -> bool:
    """Nude media is shared, and the report is valid and states non-consent."""
    return _is_denied_nude_media(facts)


def _shares_nude_media(facts: Facts) -> bool:
    return facts.conduct is Conduct.SHARED_MEDIA and facts.nudity


def _is_denied_nude_media(facts: Facts) -> bool:
    return _shares_nude_media(facts) and facts.report_is_valid and facts.non_consent_stated
