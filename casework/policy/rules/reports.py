"""Rules about the report: who may ask for a removal, and what the report must say."""

from casework.domain.facts import Authority, Conduct, Facts, Reporter
from casework.policy.recommendation import AppliedPolicy, Outcome
from casework.policy.rule import rule


@rule(
    "R02",
    Outcome.REQUEST_AUTHORITY,
    "The report comes from a representative whose mandate has not been verified.",
    "Proof that they act for the person depicted is needed before anything can be decided.",
    policy=AppliedPolicy.NONE_YET,
    clauses=("A9", "A10"),
)
def representatives_must_show_their_mandate(facts: Facts) -> bool:
    """The reporter is a representative, and the mandate is not verified."""
    return facts.reporter is Reporter.AUTHORISED_REPRESENTATIVE and facts.authority is not Authority.VERIFIED


@rule(
    "R04",
    Outcome.REJECT_NOT_DEPICTED,
    "The reporter neither is nor acts for a person depicted.",
    "The policy protects the people a picture shows; owning a picture, or having taken it, is a matter of copyright.",
    clauses=("A10",),
)
def only_people_depicted_can_object(facts: Facts) -> bool:
    """
    Media is shared, and the reporter neither is depicted nor acts for a person depicted.

    That takes in the photographer and the owner of the copyright: B2 says "owner", A2 and A10 say "depicted", and A2
    and A10 win. Where it is not established that a bystander is not depicted, R05 or R10 follows.
    """
    return facts.conduct is Conduct.SHARED_MEDIA and not facts.reporter_depicted


@rule(
    "R10",
    Outcome.REQUEST_VALID_REPORT,
    "Nobody entitled to object has reported this yet.",
    "A report by the person depicted, or by a representative with a mandate, is needed: only they can say that there "
    "was no permission.",
    policy=AppliedPolicy.NONE_YET,
    clauses=("A9",),
)
def a_first_person_report_is_needed(facts: Facts) -> bool:
    """The report is not valid: a third party's, or the platform's own detection."""
    return not facts.report_is_valid


@rule(
    "R12",
    Outcome.REQUEST_NON_CONSENT,
    "The report does not say that the person depicted did not consent.",
    "A statement of non-consent is needed before anything can be decided.",
    policy=AppliedPolicy.NONE_YET,
    clauses=("A10",),
)
def non_consent_must_be_stated(facts: Facts) -> bool:
    """Media is shared, the report is valid, and it does not state non-consent."""
    return facts.conduct is Conduct.SHARED_MEDIA and facts.report_is_valid and not facts.non_consent_stated
