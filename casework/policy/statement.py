"""
What a statement of reasons says: standard sentences by what was found, by whom, and under which policy.

Pure. The words are for the person who posted: they name the ground and the way to object. They leave out the rules'
own reasons, which say what the reporter stated, and the evidence, which says how to escape the next search.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Final

from casework.domain.cases.decision import DecisionOutcome, RecordedRecommendation
from casework.domain.facts import Conduct, Facts
from casework.domain.takedowns.statement import StatementOfReasons
from casework.policy.override import DECISIONS_IN_LINE
from casework.policy.recommendation import AppliedPolicy

HOW_TO_APPEAL: Final = (
    "You can object, free of charge and for six months: tell the platform why, and it asks for another look "
    "(POST /v1/appeals with `upload`). A person who had no part in it decides. A certified body for out-of-court "
    "disputes, and a court, are open to you as well."
)

GROUNDS: Final[Mapping[AppliedPolicy, str]] = {
    AppliedPolicy.NON_CONSENSUAL_NUDITY: "nude or intimate media, shared without the consent of the person it shows",
    AppliedPolicy.PRIVATE_MEDIA: "media of a private individual, shared without their permission",
    AppliedPolicy.PRIVATE_INFORMATION: "a post that gives away private information or presses for that",
    AppliedPolicy.ABUSIVE_BEHAVIOUR: "a post that is meant to harass, intimidate or silence a person",
}
"""What each policy forbids, for who posted it."""


class Found(Enum):
    """How it was found that an upload is to be restricted, in words; `{ground}` is what its policy forbids."""

    COPY_BY_COMPARISON = (
        "This post is blocked: an automated comparison found that it shows media that was removed before. What was "
        "removed is {ground}."
    )
    COPY_BY_PERSON = (
        "This post is blocked: a person found that it shows media that was removed before. What was removed is "
        "{ground}."
    )
    ITSELF = "This post is blocked: a notice about it was received, and a person decided that it is {ground}."
    RESEMBLES = (
        "This post is held, not refused: an automated comparison found that it resembles media that was removed "
        "before. What was removed is {ground}. A person has yet to decide about this post."
    )
    RESEMBLES_REPORTED = (
        "This post is held, not refused: an automated comparison found that it resembles media that a notice is about. "
        "Should the notice be right, it is {ground}. Nobody has decided yet. This is an interim measure: it ends with "
        "that decision{limit}."
    )
    RESEMBLES_LISTED = (
        "This post is held, not refused: an automated comparison found that it resembles media on a list that came "
        "from others. Should the list be right, it is {ground}. Nobody here has decided about that media; a person has "
        "yet to decide about this post."
    )
    REPORTED = (
        "This post is held, not refused: a notice about it was received. Should the notice be right, it is {ground}. "
        "Nobody has decided yet. This is an interim measure: it ends with that decision{limit}."
    )
    REPORTED_AND_UPHELD = (
        "This post is held, not refused: a notice about it was received and found right about the media it is about: "
        "{ground}. A person has yet to decide whether this post shows it."
    )


def state_reasons(
    found: Found, *, rule: str | None, policy: AppliedPolicy, ends_at: datetime | None = None
) -> StatementOfReasons:
    """
    Write a statement of reasons.

    Args:
        found: How it was found.

        rule: That it rests on; None where a person decided against what the table recommends.

        policy: Whose ground is named: see `policy_behind`.

        ends_at: When the restriction ends by itself; None where it does not.
    """
    limit = "" if ends_at is None else f", and without one on {ends_at:%Y-%m-%d at %H:%M} UTC"
    return StatementOfReasons(
        facts=found.value.format(ground=GROUNDS[policy], limit=limit),
        rule=rule,
        policy=policy.value,
        automated=found not in (Found.ITSELF, Found.COPY_BY_PERSON),
        how_to_appeal=HOW_TO_APPEAL,
        ends_at=ends_at,
    )


def policy_behind(applied: str, facts: Facts) -> AppliedPolicy:
    """
    Return the policy under which something is restricted.

    Args:
        applied: By the rule. Where it names none, since something has yet to be found out or a person decided against
            it, the facts say which policy is asked.

        facts: That the rule was asked about.
    """
    named = next((policy for policy in GROUNDS if policy.value == applied), None)
    if named is not None:
        return named
    if facts.conduct is not Conduct.SHARED_MEDIA:
        return AppliedPolicy.PRIVATE_INFORMATION
    return AppliedPolicy.NON_CONSENSUAL_NUDITY if facts.nudity else AppliedPolicy.PRIVATE_MEDIA


def rule_behind(recommended: RecordedRecommendation) -> str | None:
    """Return the rule that an upheld decision rests on; None where it was made against what the rule recommends."""
    against = {one.value for one, decisions in DECISIONS_IN_LINE.items() if DecisionOutcome.UPHOLD not in decisions}
    return None if recommended.outcome in against else recommended.rule
