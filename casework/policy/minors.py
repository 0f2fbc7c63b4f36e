"""
Cases about people who may be under 18: they leave the route for adults, before any rule is asked.

X06 of the policy's model: "leave the adult route: restricted handling, do not copy, CSAM procedure". Nothing is
automatic there and nothing is banked, so what is recommended is always the same. Pure.
"""

from typing import Final

from casework.domain.banking import HashAction
from casework.domain.cases.case import Case
from casework.policy.engine import recommend
from casework.policy.recommendation import AccountConsequence, AppliedPolicy, Outcome, Recommendation

LEAVES_ADULT_ROUTE: Final = Recommendation(
    outcome=Outcome.LEAVE_ADULT_ROUTE,
    rule="X06",
    policy=AppliedPolicy.CHILD_SAFETY,
    hash_action=HashAction.NONE,
    account=AccountConsequence.NONE,
    reasons=(
        "The person shown may be under 18, so this is not handled as a report about an adult.",
        "Nothing about it is automatic, no picture and no fingerprint of it is kept, and a person takes the steps that "
        "the law asks for.",
    ),
    clauses=(),
)

MINORS_STEPS: Final = (
    "Do not copy, download or forward the media, and do not ask anybody to send it: this service keeps none of it.",
    "If somebody may be in danger, tell the police now (in the EU: DSA Art. 18).",
    "Hand the post over to those who are responsible for child safety on your platform: they secure and remove it by "
    "their own procedure. The event `case.minors` names it.",
    "Report it, as the operator's duty: in the United States to the CyberTipline of NCMEC (18 U.S.C. 2258A), in the "
    "United Kingdom to the NCA or the Internet Watch Foundation, elsewhere to the national hotline (inhope.org) or the "
    "police. Keep what you reported for as long as that law says, outside this service.",
    "Tell whoever reported where there is help: Take It Down (takeitdown.ncmec.org), in the United Kingdom Report "
    "Remove, the police.",
    "Then decide `refer`: it closes the case. Was the word mistaken, take it back and say why.",
)
"""What the moderator of such a case reads, in order."""


def recommend_for(case: Case) -> Recommendation:
    """Return what is recommended for a case: by the policy on its facts, unless it has left the adult route."""
    return recommend(case.facts) if case.minor is None else LEAVES_ADULT_ROUTE
