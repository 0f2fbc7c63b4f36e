"""Rules about what is wrong without any media being shared: threats, bounties, credentials, private information."""

from casework.domain.facts import Conduct, Facts
from casework.policy.recommendation import AppliedPolicy, Outcome
from casework.policy.rule import rule

_PRESSING_FOR_EXPOSURE = frozenset(
    {
        Conduct.THREAT_TO_EXPOSE,
        Conduct.INCENTIVISE_OTHERS,
        Conduct.DEMAND_MONEY,
        Conduct.OFFER_BOUNTY,
        Conduct.SHARE_CREDENTIALS,
    }
)


@rule(
    "R01",
    Outcome.REMOVE,
    "The post threatens to expose private media or information, urges others to, demands money or offers a reward "
    "for it, or gives away credentials that open it.",
    "Such a post is removed no matter who reports it, because nothing needs to have been shared yet.",
    policy=AppliedPolicy.PRIVATE_INFORMATION,
    clauses=("A4", "B4", "B5", "B6"),
)
def threats_and_bounties_are_removed(facts: Facts) -> bool:
    """
    The post threatens to expose, incentivises others, demands money, offers a bounty or shares credentials.

    A9 asks for a first-person report only where media or information "has been shared"; here none has, so any report
    and the platform's own detection will do. No signals are banked: the wrong is the text.
    """
    return facts.conduct in _PRESSING_FOR_EXPOSURE


@rule(
    "R11",
    Outcome.REMOVE,
    "The post publishes private information, such as a phone number, an address or an identity document.",
    "The person concerned, or a verified representative, reported it.",
    policy=AppliedPolicy.PRIVATE_INFORMATION,
    clauses=("A3", "A9", "B4"),
)
def private_information_is_removed(facts: Facts) -> bool:
    """
    The post exposes private information, and the report is valid.

    No public-interest exemption: A12 speaks of media only, so it does not reach phone numbers, addresses or IDs.
    """
    return facts.conduct is Conduct.PRIVATE_INFO and facts.report_is_valid
